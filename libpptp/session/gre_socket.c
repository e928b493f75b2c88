/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "session/gre_socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <pptp/types.h>

#include "session/socket_setup.h"

#define IP_HEADER_MIN  20
#define IP_HEADER_MAX  60
#define PACKET_MAX     (IP_HEADER_MAX + PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX)
#define PACKET_USUAL   1536
#define RECEIVE_BUFFER (8 * 1024 * 1024)
/* Of the GRE header (RFC 2637, 4.1): K is 1, Ver is 1, S and A may be either, the rest is 0. */
#define GRE_FLAGS_OFFSET    0
#define GRE_FLAGS_FREE      0x1080
#define GRE_FLAGS_FIXED     0x2001
#define GRE_PROTOCOL_OFFSET 2
#define GRE_CALL_ID_OFFSET  6

/* After one of these the packet was not sent, but the next may be: the error was about an earlier
 * packet, told by ICMP. */
static bool is_earlier_error(int err)
{
	return err == ECONNREFUSED || err == EHOSTUNREACH || err == ENETUNREACH ||
	       err == ENOPROTOOPT || err == EMSGSIZE;
}

/* What the kernel tells of a packet: drops so far, time of arrival. */
struct gre_rx_control {
	_Alignas(struct cmsghdr)
		uint8_t octets[CMSG_SPACE(sizeof(uint32_t)) + CMSG_SPACE(sizeof(struct timespec))];
};

/* A raw socket whose buffer is full says ENOBUFS; so does one without memory, which is no reason to
 * wait. */
static bool is_full(int fd, int err)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	return err == EAGAIN || (err == ENOBUFS && poll(&pfd, 1, 0) == 0);
}

/* Packets of a usual size lie close together, so that few pages are touched. */
struct gre_rx_batch {
	struct mmsghdr msgs[GRE_BATCH];
	struct iovec iov[GRE_BATCH][2];
	struct gre_rx_control control[GRE_BATCH];
	uint8_t usual[GRE_BATCH][PACKET_USUAL];
	uint8_t rest[GRE_BATCH][PACKET_MAX - PACKET_USUAL];
	uint8_t large[PACKET_MAX]; /* one that is larger, put together */
};

struct gre_tx_batch {
	struct mmsghdr msgs[GRE_BATCH];
	struct iovec iov[GRE_BATCH][2];
	uint8_t headers[GRE_BATCH][PPTP_GRE_HEADER_MAX];
	unsigned int count;
	unsigned int sent;
	bool retried; /* msgs[sent] was tried again after an earlier packet's error */
};

static int attach_filter(int fd, struct sock_filter *code, unsigned short len)
{
	struct sock_fprog program = { .len = len, .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
											   : 0;
}

static int drop_everything(int fd)
{
	struct sock_filter code[] = { BPF_STMT(BPF_RET | BPF_K, 0) };

	return attach_filter(fd, code, 1);
}

/*
 * A raw IPv4 socket shows the filter the packet with its IP header. Nothing passes but what
 * pptp_gre_decode() takes by its first eight octets; what it counts beyond that is up to it.
 */
static int hear(int fd, struct sock_filter check_call_id)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, GRE_FLAGS_OFFSET),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (uint16_t)~GRE_FLAGS_FREE),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, GRE_FLAGS_FIXED, 0, 5),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, GRE_PROTOCOL_OFFSET),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PPTP_GRE_PROTOCOL, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, GRE_CALL_ID_OFFSET),
		check_call_id,
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	int err = attach_filter(fd, code, sizeof(code) / sizeof(code[0]));

	/* For good. A kernel that cannot lock it still has it. */
	if (!err)
		pptp_socket_set_int(fd, SOL_SOCKET, SO_LOCK_FILTER, 1);
	return err;
}

int pptp_gre_socket_hear_call(struct gre_socket *gre, uint16_t call_id)
{
	struct sock_filter ours = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call_id, 0, 1);

	return hear(gre->fd, ours);
}

int pptp_gre_socket_hear_all(struct gre_socket *gre)
{
	struct sock_filter any = BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0, 0, 1);

	return hear(gre->fd, any);
}

/* For bursts that come; what goes waits in the interface's queue, which knows better. */
static void size_buffer(int fd)
{
	if (pptp_socket_set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER) < 0)
		pptp_socket_set_int(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
}

static int is_option(int fd, int option, int wanted)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0)
		return -errno;
	return value == wanted ? 0 : PPTP_ERR_VALUE;
}

/* Another kind of socket would be taken by the kernel, and carry nothing. */
static int check_handed_over(int fd)
{
	int err = is_option(fd, SO_DOMAIN, AF_INET);

	if (!err)
		err = is_option(fd, SO_TYPE, SOCK_RAW);
	return err ? err : is_option(fd, SO_PROTOCOL, IPPROTO_GRE);
}

int pptp_gre_socket_open(struct gre_socket *gre, const struct pptp_config *cfg)
{
	int fd = cfg->gre_fd, err;

	*gre = (struct gre_socket){ .fd = -1 };
	if (fd < 0)
		fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_GRE);
	if (fd < 0)
		return -errno;
	err = fd == cfg->gre_fd ? check_handed_over(fd) : 0;
	if (!err)
		err = drop_everything(fd);
	if (!err)
		err = pptp_socket_setup(fd, cfg);
	if (err) {
		if (fd != cfg->gre_fd)
			close(fd);
		return err;
	}
	size_buffer(fd);
	pptp_socket_set_int(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	/* Frames that do not fit the path are fragmented by us, never refused. */
	pptp_socket_set_int(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
	gre->fd = fd;
	return 0;
}

void pptp_gre_socket_borrow(struct gre_socket *gre, int fd)
{
	*gre = (struct gre_socket){ .fd = fd, .borrowed = true };
}

int pptp_gre_socket_connect(struct gre_socket *gre, struct in_addr local, struct in_addr remote)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr = local };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = remote };

	if (bind(gre->fd, (const struct sockaddr *)&from, sizeof(from)) < 0)
		return -errno;
	while (connect(gre->fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

unsigned int pptp_gre_socket_path_mtu(const struct gre_socket *gre)
{
	socklen_t len = sizeof(int);
	int mtu = 0;

	if (getsockopt(gre->fd, IPPROTO_IP, IP_MTU, &mtu, &len) < 0 || mtu < 0)
		return 0;
	return (unsigned int)mtu;
}

static struct gre_rx_batch *new_rx_batch(void)
{
	struct gre_rx_batch *rx = malloc(sizeof(*rx));

	if (!rx)
		return NULL;
	memset(rx->msgs, 0, sizeof(rx->msgs));
	for (unsigned int i = 0; i < GRE_BATCH; i++) {
		rx->iov[i][0] = (struct iovec){ rx->usual[i], sizeof(rx->usual[i]) };
		rx->iov[i][1] = (struct iovec){ rx->rest[i], sizeof(rx->rest[i]) };
		rx->msgs[i].msg_hdr.msg_iov = rx->iov[i];
		rx->msgs[i].msg_hdr.msg_iovlen = 2;
	}
	return rx;
}

/* Copy what the kernel told of packet `index`; false when it told nothing of this type. */
static bool read_control(struct gre_socket *gre, unsigned int index, int type, void *value,
			 size_t size)
{
	struct msghdr *hdr = &gre->rx->msgs[index].msg_hdr;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(hdr); c; c = CMSG_NXTHDR(hdr, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == type) {
			memcpy(value, CMSG_DATA(c), size);
			return true;
		}
	return false;
}

/* Space for it with the first packet (drops are cumulative); with each once they are stamped. */
static void offer_control(struct gre_socket *gre)
{
	unsigned int count = gre->stamped ? GRE_BATCH : 1;

	for (unsigned int i = 0; i < count; i++) {
		struct msghdr *hdr = &gre->rx->msgs[i].msg_hdr;

		hdr->msg_control = gre->rx->control[i].octets;
		hdr->msg_controllen = sizeof(gre->rx->control[i].octets);
	}
}

void pptp_gre_socket_stamp(struct gre_socket *gre)
{
	if (!gre->stamped && !pptp_socket_set_int(gre->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1))
		gre->stamped = true;
}

uint64_t pptp_gre_socket_waited(struct gre_socket *gre, unsigned int index, uint64_t wall_clock)
{
	struct timespec ts;
	uint64_t arrived;

	if (!read_control(gre, index, SCM_TIMESTAMPNS, &ts, sizeof(ts)))
		return 0;
	arrived = (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
	return wall_clock > arrived ? wall_clock - arrived : 0;
}

int pptp_gre_socket_receive(struct gre_socket *gre)
{
	int n;

	if (!gre->rx)
		gre->rx = new_rx_batch();
	if (!gre->rx)
		return -ENOMEM;
	offer_control(gre);
	n = recvmmsg(gre->fd, gre->rx->msgs, GRE_BATCH, MSG_DONTWAIT, NULL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return n;
}

uint32_t pptp_gre_socket_take_overflow(struct gre_socket *gre)
{
	uint32_t total = gre->overflow, fresh;

	read_control(gre, 0, SO_RXQ_OVFL, &total, sizeof(total));
	fresh = total - gre->overflow;
	gre->overflow = total;
	return fresh;
}

static uint8_t *put_together(struct gre_rx_batch *rx, unsigned int index, size_t len)
{
	memcpy(rx->large, rx->usual[index], PACKET_USUAL);
	memcpy(rx->large + PACKET_USUAL, rx->rest[index], len - PACKET_USUAL);
	return rx->large;
}

uint8_t *pptp_gre_socket_packet(struct gre_socket *gre, unsigned int index, size_t *lenp)
{
	size_t len = gre->rx->msgs[index].msg_len, header;
	uint8_t *ip =
		len > PACKET_USUAL ? put_together(gre->rx, index, len) : gre->rx->usual[index];

	/* The kernel checked the IP header before it gave us the packet. */
	header = len < IP_HEADER_MIN ? len : (size_t)(ip[0] & 0x0f) * 4;
	if (header > len)
		header = len;
	*lenp = len - header;
	return ip + header;
}

static struct gre_tx_batch *new_tx_batch(void)
{
	struct gre_tx_batch *tx = calloc(1, sizeof(*tx));

	if (!tx)
		return NULL;
	for (unsigned int i = 0; i < GRE_BATCH; i++) {
		tx->iov[i][0].iov_base = tx->headers[i];
		tx->msgs[i].msg_hdr.msg_iov = tx->iov[i];
		tx->msgs[i].msg_hdr.msg_iovlen = 2;
	}
	return tx;
}

uint8_t *pptp_gre_socket_next_header(struct gre_socket *gre)
{
	if (!gre->tx)
		gre->tx = new_tx_batch();
	if (!gre->tx || gre->tx->count == GRE_BATCH)
		return NULL;
	return gre->tx->headers[gre->tx->count];
}

void pptp_gre_socket_queue(struct gre_socket *gre, size_t header_len, uint8_t *payload, size_t len)
{
	struct iovec *iov = gre->tx->iov[gre->tx->count++];

	iov[0].iov_len = header_len;
	iov[1].iov_base = payload;
	iov[1].iov_len = len;
}

unsigned int pptp_gre_socket_queued(const struct gre_socket *gre)
{
	return gre->tx ? gre->tx->count - gre->tx->sent : 0;
}

/* The first message not yet sent failed: try it again, or give it up. Returns 0 or -EAGAIN. */
static int handle_send_error(struct gre_socket *gre, int err, gre_sent_fn sent, void *user)
{
	struct gre_tx_batch *tx = gre->tx;

	if (is_full(gre->fd, err))
		return -EAGAIN;
	if (err == EINTR)
		return 0;
	if (is_earlier_error(err) && !tx->retried) {
		tx->retried = true;
		return 0;
	}
	sent(user, tx->iov[tx->sent][1].iov_len, -err);
	tx->retried = false;
	tx->sent++;
	return 0;
}

int pptp_gre_socket_flush(struct gre_socket *gre, gre_sent_fn sent, void *user)
{
	struct gre_tx_batch *tx = gre->tx;

	if (!tx)
		return 0;
	while (tx->sent < tx->count) {
		int n = sendmmsg(gre->fd, tx->msgs + tx->sent, tx->count - tx->sent, MSG_DONTWAIT);

		if (n < 0) {
			if (handle_send_error(gre, errno, sent, user) < 0)
				return -EAGAIN;
			continue;
		}
		for (int i = 0; i < n; i++)
			sent(user, tx->iov[tx->sent++][1].iov_len, 0);
		tx->retried = false;
	}
	tx->count = tx->sent = 0;
	return 0;
}

static int send_once(const struct gre_socket *gre, const uint8_t *packet, size_t len)
{
	ssize_t n;

	do
		n = send(gre->fd, packet, len, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? errno : 0;
}

int pptp_gre_socket_send(struct gre_socket *gre, const uint8_t *packet, size_t len)
{
	int err = send_once(gre, packet, len);

	if (is_earlier_error(err))
		err = send_once(gre, packet, len);
	if (!err)
		return 0;
	return is_full(gre->fd, err) ? -EAGAIN : -err;
}

void pptp_gre_socket_close(struct gre_socket *gre)
{
	if (gre->fd >= 0 && !gre->borrowed)
		close(gre->fd);
	free(gre->rx);
	free(gre->tx);
	*gre = (struct gre_socket){ .fd = -1 };
}
