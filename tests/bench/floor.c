/* SPDX-License-Identifier: MIT */
/*
 * The floor: what the kernel alone takes to move the same octets, as cheaply as one thread can ask
 * for it. Stands in the client's place: places a call, then gives for each GRE packet the octets of
 * its frame to the terminal and for the octets of each frame its GRE packet, all of them made
 * beforehand. Nothing is coded, checked, acknowledged or put in order.
 *
 *	bench_floor SERVER SIZE        (the terminal is standard input and output)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pptp/proto/msg.h>

#include "frames.h"

#define BATCH      64
#define GRE_HEADER 12
#define OUR_CALL   4711

struct floor {
	int tcp;
	int gre;
	uint16_t peer_call_id;
	struct pool pool;
	uint32_t seq;
	size_t up_byte;   /* of the encoded pool, the next to come from the terminal */
	size_t down_byte; /* of the encoded pool, the next for the terminal */
	size_t down_end;
	bool terminal_full;
};

static struct mmsghdr tx[BATCH], rx[BATCH];
static struct iovec tx_iov[BATCH][2], rx_iov[BATCH];
static uint8_t tx_header[BATCH][GRE_HEADER], rx_data[BATCH][2048];

static bool exchange(struct floor *floor, const struct pptp_msg *msg, struct pptp_msg *reply)
{
	uint8_t buf[PPTP_MSG_SIZE_MAX];
	int n = pptp_msg_encode(msg, buf, sizeof(buf));
	size_t have = 0, len = 2;

	if (n < 0 || send(floor->tcp, buf, (size_t)n, 0) != n)
		return false;
	while (have < len) {
		ssize_t got = recv(floor->tcp, buf + have, len - have, 0);

		if (got <= 0)
			return false;
		have += (size_t)got;
		len = have >= 2 ? (size_t)buf[0] << 8 | buf[1] : 2;
		if (len > sizeof(buf))
			return false;
	}
	return pptp_msg_decode(reply, buf, len) == 0;
}

static bool place_call(struct floor *floor)
{
	struct pptp_msg start = { .type = PPTP_MSG_SCCRQ,
				  .u.start = { .version = PPTP_VERSION_1_0,
					       .framing_caps = PPTP_FRAMING_ANY,
					       .bearer_caps = PPTP_BEARER_ANY } };
	struct pptp_msg call = { .type = PPTP_MSG_OCRQ,
				 .u.call_request = { .call_id = OUR_CALL,
						     .min_bps = 2400,
						     .max_bps = 1000000000,
						     .bearer_type = PPTP_BEARER_ANY,
						     .framing_type = PPTP_FRAMING_ANY,
						     .recv_window = 64 } };
	struct pptp_msg reply;

	if (!exchange(floor, &start, &reply) || reply.type != PPTP_MSG_SCCRP ||
	    !exchange(floor, &call, &reply) || reply.type != PPTP_MSG_OCRP)
		return false;
	floor->peer_call_id = reply.u.call_reply.call_id;
	return true;
}

static bool open_sockets(struct floor *floor, const char *server)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(PPTP_PORT) };
	int size = 8 * 1024 * 1024;

	floor->tcp = socket(AF_INET, SOCK_STREAM, 0);
	floor->gre = socket(AF_INET, SOCK_RAW, IPPROTO_GRE);
	if (floor->tcp < 0 || floor->gre < 0 || inet_pton(AF_INET, server, &sin.sin_addr) != 1 ||
	    connect(floor->tcp, (struct sockaddr *)&sin, sizeof(sin)) < 0)
		return false;
	sin.sin_port = 0;
	setsockopt(floor->gre, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(floor->gre, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return connect(floor->gre, (struct sockaddr *)&sin, sizeof(sin)) == 0;
}

static void make_batches(struct floor *floor)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		uint8_t *header = tx_header[i];

		header[0] = 0x30;
		header[1] = 0x01;
		put_u16(header + 2, 0x880B);
		put_u16(header + 4, (uint16_t)floor->pool.size);
		put_u16(header + 6, floor->peer_call_id);
		tx_iov[i][0] = (struct iovec){ .iov_base = header, .iov_len = GRE_HEADER };
		tx_iov[i][1].iov_len = floor->pool.size;
		tx[i].msg_hdr.msg_iov = tx_iov[i];
		tx[i].msg_hdr.msg_iovlen = 2;
		rx_iov[i] = (struct iovec){ .iov_base = rx_data[i], .iov_len = sizeof(rx_data[i]) };
		rx[i].msg_hdr.msg_iov = &rx_iov[i];
		rx[i].msg_hdr.msg_iovlen = 1;
	}
}

/* The greeting goes through as it is; what follows is the pool, again and again. */
static bool pass_hello(struct floor *floor)
{
	uint8_t encoded[HELLO_ENCODED_MAX], frame[HELLO_SIZE + 2], packet[GRE_HEADER + HELLO_SIZE];
	size_t have = 0;
	ssize_t n;

	/* Octet by octet: what follows the closing flag is not for us. */
	while (have < 2 || encoded[have - 1] != 0x7E) {
		if (have == sizeof(encoded))
			return false;
		n = read(STDIN_FILENO, encoded + have, 1);
		if (n != 1)
			return false;
		have++;
	}
	frame_unescape(encoded + 1, have - 2, frame, sizeof(frame));
	memcpy(packet, tx_header[0], GRE_HEADER);
	put_u16(packet + 4, HELLO_SIZE);
	put_u32(packet + 8, floor->seq++);
	memcpy(packet + GRE_HEADER, frame, HELLO_SIZE);
	return send(floor->gre, packet, sizeof(packet), 0) == (ssize_t)sizeof(packet);
}

/* -- down ------------------------------------------------------------------------------------- */

/* Octets [down_byte, down_end) of the encoded pool, which goes round. */
static void write_terminal(struct floor *floor)
{
	size_t total = floor->pool.offset[POOL_FRAMES];

	while (floor->down_byte != floor->down_end) {
		size_t end = floor->down_end > floor->down_byte ? floor->down_end : total;
		ssize_t n = write(STDOUT_FILENO, floor->pool.encoded + floor->down_byte,
				  end - floor->down_byte);

		floor->terminal_full = n < 0 && errno == EAGAIN;
		if (n <= 0)
			return;
		floor->down_byte += (size_t)n;
		if (floor->down_byte == total)
			floor->down_byte = 0;
	}
}

static void from_gre(struct floor *floor)
{
	int n = recvmmsg(floor->gre, rx, BATCH, MSG_DONTWAIT, NULL);

	for (int i = 0; i < n; i++) {
		const uint8_t *gre = rx_data[i] + (size_t)(rx_data[i][0] & 15) * 4;
		size_t header = 8 + (gre[0] & 0x10 ? 4U : 0U) + (gre[1] & 0x80 ? 4U : 0U);
		uint32_t number;

		if (!(gre[0] & 0x10))
			continue;
		number = get_u32(gre + header + FRAME_NUMBER_AT) & (POOL_FRAMES - 1);
		floor->down_end = floor->pool.offset[number + 1];
		if (floor->down_end == floor->pool.offset[POOL_FRAMES])
			floor->down_end = 0;
	}
	write_terminal(floor);
}

/* -- up --------------------------------------------------------------------------------------- */

static void send_frames(struct floor *floor, uint32_t first, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		put_u32(tx_header[i] + 8, floor->seq++);
		tx_iov[i][1].iov_base = (uint8_t *)(uintptr_t)pool_frame(&floor->pool, first + i);
	}
	for (unsigned int done = 0; done < count;) {
		int n = sendmmsg(floor->gre, tx + done, count - done, 0);

		if (n <= 0)
			return;
		done += (unsigned int)n;
	}
}

static bool from_terminal(struct floor *floor)
{
	static uint8_t buf[65536];
	static uint32_t next; /* the first frame not yet sent */
	size_t total = floor->pool.offset[POOL_FRAMES];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));
	unsigned int count = 0;
	uint32_t first = next;

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	floor->up_byte += (size_t)n;
	while (floor->up_byte >= floor->pool.offset[next + 1]) {
		next++;
		count++;
		if (next == POOL_FRAMES) {
			next = 0;
			floor->up_byte -= total;
		}
		if (count == BATCH) {
			send_frames(floor, first, count);
			first = next;
			count = 0;
		}
	}
	send_frames(floor, first, count);
	return true;
}

static void loop(struct floor *floor)
{
	struct pollfd fds[] = {
		{ .fd = floor->gre },
		{ .fd = STDIN_FILENO },
		{ .fd = floor->tcp, .events = POLLIN },
	};

	for (;;) {
		fds[0].events = floor->terminal_full ? 0 : POLLIN;
		fds[1].events = (short)(POLLIN | (floor->terminal_full ? POLLOUT : 0));
		if (poll(fds, 3, -1) < 0 || fds[2].revents)
			return;
		if (fds[1].revents & POLLOUT)
			write_terminal(floor);
		if (fds[0].revents & POLLIN)
			from_gre(floor);
		if ((fds[1].revents & ~POLLOUT) && !from_terminal(floor))
			return;
	}
}

int main(int argc, char **argv)
{
	static struct floor floor;
	size_t size = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	if (size < HELLO_SIZE || size > FRAME_SIZE_MAX || !pool_new(&floor.pool, size)) {
		fprintf(stderr, "usage: %s SERVER SIZE\n", argv[0]);
		return 2;
	}
	if (!open_sockets(&floor, argv[1]) || !place_call(&floor)) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	make_batches(&floor);
	if (!pass_hello(&floor)) {
		perror("the greeting");
		return EXIT_FAILURE;
	}
	fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
	loop(&floor);
	return EXIT_SUCCESS;
}
