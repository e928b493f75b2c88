/* SPDX-License-Identifier: MIT */
/*
 * A PPTP server for tests and load, no product to serve users: answers one call at a time as a PAC
 * and sends every PPP frame back. Ends after the number of calls given.
 *
 *	example-testserver ADDRESS [CALLS]      (root, or CAP_NET_RAW)
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

#include <pptp/ctrl.h>
#include <pptp/tunnel.h>

#define CALL_ID 2000

struct server {
	int tcp;
	int gre;
	struct sockaddr_in peer;
	struct pptp_ctrl *ctrl;
	struct pptp_tunnel *tunnel;
};

static uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void send_gre(struct server *server, const uint8_t *packet, size_t len)
{
	sendto(server->gre, packet, len, 0, (const struct sockaddr *)&server->peer,
	       sizeof server->peer);
}

static void echo_frames(struct server *server, uint64_t now)
{
	uint8_t packet[PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX];
	struct pptp_frame frame;
	size_t len;

	while (pptp_tunnel_next(server->tunnel, &frame)) {
		int header = pptp_tunnel_send(server->tunnel, frame.len, now, packet);

		if (header < 0)
			continue;
		memcpy(packet + header, frame.data, frame.len);
		send_gre(server, packet, (size_t)header + frame.len);
	}
	len = pptp_tunnel_ack(server->tunnel, now, packet);
	if (len)
		send_gre(server, packet, len);
}

static void read_gre(struct server *server, uint64_t now)
{
	uint8_t packet[60 + PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX];
	ssize_t n = recv(server->gre, packet, sizeof packet, MSG_DONTWAIT);
	size_t ip = n > 0 ? (size_t)(packet[0] & 15) * 4 : 0;

	if (n <= 0 || ip > (size_t)n)
		return;
	pptp_tunnel_receive(server->tunnel, packet + ip, (size_t)n - ip, now);
	echo_frames(server, now);
}

static void read_tcp(struct server *server, uint64_t now)
{
	uint8_t data[4096];
	ssize_t n = recv(server->tcp, data, sizeof data, MSG_DONTWAIT);

	if (n > 0)
		pptp_ctrl_input(server->ctrl, data, (size_t)n, now);
	else if (n == 0 || errno != EAGAIN)
		pptp_ctrl_tcp_closed(server->ctrl, now);
}

static void write_tcp(struct server *server)
{
	const uint8_t *data;
	size_t len;
	ssize_t n;

	while ((data = pptp_ctrl_output(server->ctrl, &len))) {
		n = send(server->tcp, data, len, MSG_NOSIGNAL);
		if (n < 0)
			return;
		pptp_ctrl_output_done(server->ctrl, (size_t)n);
	}
}

static int milliseconds_until(uint64_t deadline, uint64_t now)
{
	uint64_t ms = deadline > now ? (deadline - now) / PPTP_NS_PER_MS + 1 : 0;

	return ms > 1000 ? 1000 : (int)ms;
}

/* Serves one control connection to its end; true when a call was up. */
static bool serve(struct server *server)
{
	struct pptp_ctrl_event event;
	bool was_up = false;

	pptp_ctrl_tcp_open(server->ctrl, clock_now());
	while (!pptp_ctrl_is_closed(server->ctrl)) {
		struct pollfd pfds[] = {
			{ .fd = server->tcp, .events = POLLIN },
			{ .fd = server->gre, .events = POLLIN },
		};
		uint64_t now = clock_now();
		uint64_t due = pptp_ctrl_deadline(server->ctrl);

		if (pptp_tunnel_deadline(server->tunnel) < due)
			due = pptp_tunnel_deadline(server->tunnel);
		poll(pfds, 2, milliseconds_until(due, now));
		now = clock_now();
		if (pfds[0].revents)
			read_tcp(server, now);
		if (pfds[1].revents)
			read_gre(server, now);
		pptp_ctrl_expire(server->ctrl, now);
		pptp_tunnel_expire(server->tunnel, now);
		echo_frames(server, now);
		while (pptp_ctrl_pop_event(server->ctrl, &event)) {
			if (event.type != PPTP_CTRL_CALL_UP)
				continue;
			was_up = true;
			pptp_tunnel_set_peer(server->tunnel, event.u.call.peer_call_id);
		}
		write_tcp(server);
	}
	return was_up;
}

static bool accept_one(int listener, struct in_addr address)
{
	struct server server = { .tcp = -1, .gre = -1 };
	struct sockaddr_in local = { .sin_family = AF_INET, .sin_addr = address };
	struct pptp_ctrl_config ctrl;
	struct pptp_tunnel_config tunnel;
	socklen_t len = sizeof server.peer;
	bool was_up = false;

	pptp_ctrl_config_init(&ctrl);
	ctrl.receiver = true;
	ctrl.call_id = CALL_ID;
	pptp_tunnel_config_init(&tunnel);
	tunnel.call_id = CALL_ID;
	server.gre = socket(AF_INET, SOCK_RAW, IPPROTO_GRE);
	if (server.gre >= 0 && bind(server.gre, (struct sockaddr *)&local, sizeof local) == 0)
		server.tcp = accept(listener, (struct sockaddr *)&server.peer, &len);
	if (server.tcp >= 0 && pptp_ctrl_new(&server.ctrl, &ctrl, NULL, NULL) == 0 &&
	    pptp_tunnel_new(&server.tunnel, &tunnel) == 0)
		was_up = serve(&server);
	else
		perror("testserver");
	pptp_tunnel_free(server.tunnel);
	pptp_ctrl_free(server.ctrl);
	if (server.tcp >= 0)
		close(server.tcp);
	if (server.gre >= 0)
		close(server.gre);
	return was_up;
}

int main(int argc, char **argv)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(PPTP_PORT) };
	long calls = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
	int one = 1, listener, status = EXIT_SUCCESS;

	if (argc < 2 || inet_pton(AF_INET, argv[1], &sin.sin_addr) != 1) {
		fprintf(stderr, "usage: %s ADDRESS [CALLS]\n", argv[0]);
		return 2;
	}
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(listener, (struct sockaddr *)&sin, sizeof sin) < 0 || listen(listener, 8) < 0) {
		perror(argv[1]);
		close(listener);
		return EXIT_FAILURE;
	}
	printf("listening on %s\n", argv[1]);
	fflush(stdout);
	while (calls-- > 0 && status == EXIT_SUCCESS)
		status = accept_one(listener, sin.sin_addr) ? EXIT_SUCCESS : EXIT_FAILURE;
	close(listener);
	return status;
}
