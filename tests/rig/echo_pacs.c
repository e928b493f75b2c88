/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "echo_pacs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pptp/proto/ctrl.h>
#include <pptp/proto/tunnel.h>

#include "network.h"

#define CALL_IDS    65536
#define EVENTS_MAX  64
#define PACKETS_MAX 64
#define PACKET_SIZE (60 + PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX)

struct echo_pac {
	int tcp;
	struct sockaddr_in from;
	struct pptp_ctrl *ctrl;
	struct pptp_tunnel *tunnel;
};

struct peers {
	int epoll_fd;
	int listener;
	int gre;
	unsigned int next_id;
	struct echo_pac *by_call_id[CALL_IDS];
};

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "peers: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void watch(struct peers *peers, int fd, uint64_t what)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u64 = what };

	check(epoll_ctl(peers->epoll_fd, EPOLL_CTL_ADD, fd, &ev), "epoll");
}

/* Values of epoll's data that are no call ID. */
#define WHAT_LISTENER CALL_IDS
#define WHAT_GRE      (CALL_IDS + 1)

struct peers *peers_new(struct in_addr address)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = address };
	struct peers *peers = calloc(1, sizeof(*peers));
	int size = 16 * 1024 * 1024;

	check(peers ? 0 : -1, "memory");
	peers->next_id = 1;
	check(peers->epoll_fd = epoll_create1(EPOLL_CLOEXEC), "epoll");
	check(peers->gre = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_GRE), "raw socket");
	check(setsockopt(peers->gre, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)), "buffer");
	check(bind(peers->gre, (struct sockaddr *)&sin, sizeof(sin)), "bind");
	check(peers->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
	sin.sin_port = htons(PPTP_PORT);
	check(bind(peers->listener, (struct sockaddr *)&sin, sizeof(sin)), "bind");
	check(listen(peers->listener, 1024), "listen");
	watch(peers, peers->listener, WHAT_LISTENER);
	watch(peers, peers->gre, WHAT_GRE);
	return peers;
}

static void echo_pac_free(struct peers *peers, unsigned int call_id)
{
	struct echo_pac *pac = peers->by_call_id[call_id];

	peers->by_call_id[call_id] = NULL;
	pptp_ctrl_free(pac->ctrl);
	pptp_tunnel_free(pac->tunnel);
	close(pac->tcp);
	free(pac);
}

void peers_free(struct peers *peers)
{
	for (unsigned int i = 0; i < CALL_IDS; i++)
		if (peers->by_call_id[i])
			echo_pac_free(peers, i);
	close(peers->listener);
	close(peers->gre);
	close(peers->epoll_fd);
	free(peers);
}

int peers_get_fd(const struct peers *peers)
{
	return peers->epoll_fd;
}

static void accept_pac(struct peers *peers)
{
	struct pptp_ctrl_config ctrl;
	struct pptp_tunnel_config tunnel;
	struct echo_pac *pac = calloc(1, sizeof(*pac));
	socklen_t len = sizeof(pac->from);
	unsigned int id = peers->next_id++;

	check(pac ? 0 : -1, "memory");
	check(pac->tcp =
		      accept4(peers->listener, (struct sockaddr *)&pac->from, &len, SOCK_CLOEXEC),
	      "accept");
	pptp_ctrl_config_init(&ctrl, sizeof(ctrl));
	ctrl.receiver = true;
	ctrl.call_id = (uint16_t)id;
	pptp_tunnel_config_init(&tunnel, sizeof(tunnel));
	tunnel.call_id = (uint16_t)id;
	check(pptp_ctrl_new(&pac->ctrl, &ctrl, NULL, NULL), "control connection");
	check(pptp_tunnel_new(&pac->tunnel, &tunnel), "tunnel");
	pptp_ctrl_tcp_open(pac->ctrl, clock_now());
	peers->by_call_id[id] = pac;
	watch(peers, pac->tcp, id);
}

static void serve_control(struct peers *peers, unsigned int id)
{
	struct echo_pac *pac = peers->by_call_id[id];
	struct pptp_ctrl_event event;
	uint8_t data[2048];
	ssize_t n = recv(pac->tcp, data, sizeof(data), MSG_DONTWAIT);
	const uint8_t *out;
	size_t len;

	if (n > 0)
		pptp_ctrl_input(pac->ctrl, data, (size_t)n, clock_now());
	else
		pptp_ctrl_tcp_closed(pac->ctrl, clock_now());
	while ((out = pptp_ctrl_output(pac->ctrl, &len))) {
		check((int)send(pac->tcp, out, len, MSG_NOSIGNAL), "send");
		pptp_ctrl_output_done(pac->ctrl, len);
	}
	while (pptp_ctrl_pop_event(pac->ctrl, &event, sizeof(event)))
		if (event.type == PPTP_CTRL_CALL_UP)
			pptp_tunnel_set_peer(pac->tunnel, event.u.call.peer_call_id, 0, 0);
	if (pptp_ctrl_is_closed(pac->ctrl))
		echo_pac_free(peers, id);
}

static void echo(struct peers *peers, struct echo_pac *pac, uint64_t now)
{
	uint8_t header[PPTP_GRE_HEADER_MAX];
	struct pptp_frame frame;

	while (pptp_tunnel_next(pac->tunnel, &frame)) {
		int n = pptp_tunnel_send(pac->tunnel, frame.len, now, header);
		struct iovec iov[2] = {
			{ .iov_base = header, .iov_len = (size_t)n },
			{ .iov_base = frame.data, .iov_len = frame.len },
		};
		struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = pac->from.sin_addr };
		struct msghdr msg = {
			.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = iov, .msg_iovlen = 2
		};

		check((int)sendmsg(peers->gre, &msg, 0), "send");
	}
}

static void serve_gre(struct peers *peers)
{
	uint8_t packet[PACKET_SIZE];
	uint64_t now = clock_now();

	for (int i = 0; i < PACKETS_MAX; i++) {
		ssize_t n = recv(peers->gre, packet, sizeof(packet), MSG_DONTWAIT);
		size_t ip = n > 0 ? (size_t)(packet[0] & 15) * 4 : 0;
		struct echo_pac *pac;

		if (n <= (ssize_t)ip + PPTP_GRE_HEADER_MIN)
			return;
		pac = peers->by_call_id[packet[ip + 6] << 8 | packet[ip + 7]];
		if (!pac)
			continue;
		pptp_tunnel_receive(pac->tunnel, packet + ip, (size_t)n - ip, now);
		echo(peers, pac, now);
	}
}

void peers_dispatch(struct peers *peers)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(peers->epoll_fd, events, EVENTS_MAX, 0);

	for (int i = 0; i < n; i++) {
		if (events[i].data.u64 == WHAT_LISTENER)
			accept_pac(peers);
		else if (events[i].data.u64 == WHAT_GRE)
			serve_gre(peers);
		else if (peers->by_call_id[events[i].data.u64])
			serve_control(peers, (unsigned int)events[i].data.u64);
	}
}
