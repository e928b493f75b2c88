/* SPDX-License-Identifier: MIT */
/*
 * A PPTP server for tests, load and demonstrations, no product to serve users: answers calls as a
 * PAC, many at once, and sends every PPP frame back, or only counts them.
 *
 *	example-testserver ADDRESS [CALLS [count]]      (root, or CAP_NET_RAW)
 *
 * Ends when that many calls are over, one without the argument.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <pptp/proto/ctrl.h>
#include <pptp/proto/tunnel.h>

#define CALLS_MAX 1024 /* at the same time; a call's ID is its place and one */
#define GRE_TURN  256

struct call {
	int tcp; /* -1: the place is free */
	struct sockaddr_in peer;
	struct pptp_ctrl *ctrl;
	struct pptp_tunnel *tunnel;
	bool was_up;
};

struct server {
	struct sockaddr_in address;
	int listener;
	int gre;
	bool only_count;
	unsigned int served;
	uint64_t frames;
	struct call calls[CALLS_MAX];
};

static uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void send_gre(struct server *server, struct call *call, const uint8_t *packet, size_t len)
{
	struct sockaddr_in to = call->peer;

	to.sin_port = 0;
	sendto(server->gre, packet, len, MSG_DONTWAIT, (const struct sockaddr *)&to, sizeof(to));
}

/* Frames in sequence are sent back, or counted; then the acknowledgment that is due is sent. */
static void take_frames(struct server *server, struct call *call, uint64_t now)
{
	uint8_t packet[PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX];
	struct pptp_frame frame;
	size_t len;

	while (pptp_tunnel_next(call->tunnel, &frame)) {
		int header = 0;

		server->frames++;
		if (!server->only_count)
			header = pptp_tunnel_send(call->tunnel, frame.len, now, packet);
		if (header <= 0)
			continue;
		memcpy(packet + header, frame.data, frame.len);
		send_gre(server, call, packet, (size_t)header + frame.len);
	}
	len = pptp_tunnel_ack(call->tunnel, now, packet);
	if (len)
		send_gre(server, call, packet, len);
}

/* The packet's call ID selects the call. */
static struct call *addressee(struct server *server, const uint8_t *packet, size_t len)
{
	struct pptp_gre gre;
	struct call *call;

	if (pptp_gre_decode(&gre, packet, len) < 0 || !gre.call_id || gre.call_id > CALLS_MAX)
		return NULL;
	call = &server->calls[gre.call_id - 1];
	return call->tcp >= 0 ? call : NULL;
}

static void read_gre(struct server *server, uint64_t now)
{
	uint8_t packet[60 + PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX];

	for (int i = 0; i < GRE_TURN; i++) {
		ssize_t n = recv(server->gre, packet, sizeof(packet), MSG_DONTWAIT);
		size_t ip = n > 0 ? (size_t)(packet[0] & 15) * 4 : 0;
		struct call *call;

		if (n <= 0)
			return;
		if (ip > (size_t)n)
			continue;
		call = addressee(server, packet + ip, (size_t)n - ip);
		if (!call)
			continue;
		pptp_tunnel_receive(call->tunnel, packet + ip, (size_t)n - ip, now);
		take_frames(server, call, now);
	}
}

static void read_tcp(struct call *call, uint64_t now)
{
	uint8_t data[4096];
	ssize_t n = recv(call->tcp, data, sizeof(data), MSG_DONTWAIT);

	if (n > 0)
		pptp_ctrl_input(call->ctrl, data, (size_t)n, now);
	else if (n == 0 || errno != EAGAIN)
		pptp_ctrl_tcp_closed(call->ctrl, now);
}

static void write_tcp(struct call *call)
{
	const uint8_t *data;
	size_t len;
	ssize_t n;

	while ((data = pptp_ctrl_output(call->ctrl, &len))) {
		n = send(call->tcp, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0)
			return;
		pptp_ctrl_output_done(call->ctrl, (size_t)n);
	}
}

static void hang_up(struct server *server, struct call *call)
{
	server->served += call->was_up;
	call->tunnel = pptp_tunnel_free(call->tunnel);
	call->ctrl = pptp_ctrl_free(call->ctrl);
	close(call->tcp);
	call->tcp = -1;
}

/* Act on deadlines, take the events, send the output. */
static void settle(struct server *server, struct call *call, uint64_t now)
{
	struct pptp_ctrl_event event;

	pptp_ctrl_expire(call->ctrl, now);
	pptp_tunnel_expire(call->tunnel, now);
	take_frames(server, call, now);
	while (pptp_ctrl_pop_event(call->ctrl, &event, sizeof(event))) {
		if (event.type != PPTP_CTRL_CALL_UP)
			continue;
		call->was_up = true;
		pptp_tunnel_set_peer(call->tunnel, event.u.call.peer_call_id, 0, 0);
	}
	write_tcp(call);
	if (pptp_ctrl_is_closed(call->ctrl))
		hang_up(server, call);
}

static void accept_call(struct server *server, uint64_t now)
{
	struct sockaddr_in peer;
	struct pptp_ctrl_config ctrl;
	struct pptp_tunnel_config tunnel;
	socklen_t len = sizeof(peer);
	int tcp = accept(server->listener, (struct sockaddr *)&peer, &len);
	uint16_t place = 0;
	struct call *call;

	while (place < CALLS_MAX && server->calls[place].tcp >= 0)
		place++;
	if (tcp < 0 || place == CALLS_MAX) {
		if (tcp >= 0)
			close(tcp);
		return;
	}
	call = &server->calls[place];
	*call = (struct call){ .tcp = tcp, .peer = peer };
	pptp_ctrl_config_init(&ctrl, sizeof(ctrl));
	ctrl.receiver = true;
	ctrl.call_id = place + 1;
	pptp_tunnel_config_init(&tunnel, sizeof(tunnel));
	tunnel.call_id = place + 1;
	if (pptp_ctrl_new(&call->ctrl, &ctrl, NULL, NULL) < 0 ||
	    pptp_tunnel_new(&call->tunnel, &tunnel) < 0)
		hang_up(server, call);
	else
		pptp_ctrl_tcp_open(call->ctrl, now);
}

/* Fills in what to wait for; returns the number of descriptors, and how long to wait. */
static nfds_t prepare(struct server *server, struct pollfd *pfds, uint64_t now, int *msp)
{
	uint64_t due = now + PPTP_NS_PER_SEC;
	nfds_t count = 2;

	pfds[0] = (struct pollfd){ .fd = server->listener, .events = POLLIN };
	pfds[1] = (struct pollfd){ .fd = server->gre, .events = POLLIN };
	for (struct call *call = server->calls; call < server->calls + CALLS_MAX; call++) {
		if (call->tcp < 0)
			continue;
		pfds[count++] = (struct pollfd){ .fd = call->tcp, .events = POLLIN };
		if (pptp_ctrl_deadline(call->ctrl) < due)
			due = pptp_ctrl_deadline(call->ctrl);
		if (pptp_tunnel_deadline(call->tunnel) < due)
			due = pptp_tunnel_deadline(call->tunnel);
	}
	*msp = due > now ? (int)((due - now) / PPTP_NS_PER_MS) + 1 : 0;
	return count;
}

static void serve(struct server *server, unsigned long calls)
{
	static struct pollfd pfds[CALLS_MAX + 2];

	while (server->served < calls) {
		int ms;
		nfds_t count = prepare(server, pfds, clock_now(), &ms), next = 2;
		uint64_t now;

		poll(pfds, count, ms);
		now = clock_now();
		if (pfds[1].revents)
			read_gre(server, now);
		for (struct call *call = server->calls; call < server->calls + CALLS_MAX; call++) {
			if (call->tcp < 0)
				continue;
			if (pfds[next++].revents)
				read_tcp(call, now);
			settle(server, call, now);
		}
		if (pfds[0].revents)
			accept_call(server, now);
	}
}

static int open_sockets(struct server *server)
{
	struct sockaddr_in local = server->address;
	int one = 1, size = 4 * 1024 * 1024;

	server->listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(server->listener, (struct sockaddr *)&local, sizeof(local)) < 0 ||
	    listen(server->listener, 128) < 0)
		return -1;
	local.sin_port = 0;
	server->gre = socket(AF_INET, SOCK_RAW, IPPROTO_GRE);
	setsockopt(server->gre, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return bind(server->gre, (struct sockaddr *)&local, sizeof(local));
}

int main(int argc, char **argv)
{
	static struct server server = {
		.address = { .sin_family = AF_INET },
	};

	if (argc < 2 || inet_pton(AF_INET, argv[1], &server.address.sin_addr) != 1) {
		fprintf(stderr, "usage: %s ADDRESS [CALLS [count]]\n", argv[0]);
		return 2;
	}
	server.address.sin_port = htons(PPTP_PORT);
	server.only_count = argc > 3 && !strcmp(argv[3], "count");
	for (int i = 0; i < CALLS_MAX; i++)
		server.calls[i].tcp = -1;
	if (open_sockets(&server) < 0) {
		perror(argv[1]);
		close(server.listener);
		close(server.gre);
		return EXIT_FAILURE;
	}
	printf("listening on %s\n", argv[1]);
	fflush(stdout);
	serve(&server, argc > 2 ? strtoul(argv[2], NULL, 10) : 1);
	close(server.listener);
	close(server.gre);
	printf("%u calls served, %llu frames\n", server.served, (unsigned long long)server.frames);
	return EXIT_SUCCESS;
}
