/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SESSION_BED_H
#define TESTS_SESSION_BED_H

/*
 * For tests of whole sessions: a PAC in this process, a session with its loop, ptys, and a network
 * namespace of its own. Define _GNU_SOURCE before it.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <pptp/pptp.h>
#include <pptp/proto/ctrl.h>
#include <pptp/proto/gre.h>
#include <pptp/proto/hdlc.h>
#include <pptp/proto/tunnel.h>

#include "run_suite.h"

#define CLIENT  "127.0.0.1"
#define SERVER  "127.0.0.2"
#define CALL_ID 2000
#define STEP_MS 5000

/* -- the peer ------------------------------------------------------------------------------- */

struct peer {
	int listener;
	int tcp;
	int gre;
	bool mute; /* answers nothing more */
	struct pptp_ctrl *ctrl;
	uint16_t client_call_id;
	uint32_t seq;
};

static inline uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static inline struct sockaddr_in address(const char *text, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, text, &sin.sin_addr);
	return sin;
}

static inline void peer_open(struct peer *peer)
{
	struct sockaddr_in sin = address(SERVER, PPTP_PORT);
	struct pptp_ctrl_config cfg;
	int one = 1;

	*peer = (struct peer){ .tcp = -1 };
	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(peer->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	ck_assert_int_eq(bind(peer->listener, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(listen(peer->listener, 8), 0);
	peer->gre = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_GRE);
	sin.sin_port = 0;
	ck_assert_int_eq(bind(peer->gre, (struct sockaddr *)&sin, sizeof(sin)), 0);
	pptp_ctrl_config_init(&cfg, sizeof(cfg));
	cfg.receiver = true;
	cfg.call_id = CALL_ID;
	ck_assert_int_eq(pptp_ctrl_new(&peer->ctrl, &cfg, NULL, NULL), 0);
}

static inline void peer_close(struct peer *peer)
{
	pptp_ctrl_free(peer->ctrl);
	close(peer->listener);
	close(peer->gre);
	if (peer->tcp >= 0)
		close(peer->tcp);
}

static inline void peer_work(struct peer *peer)
{
	struct pptp_ctrl_event event;
	uint8_t data[4096];
	const uint8_t *out;
	size_t len;
	ssize_t n;

	if (peer->tcp < 0) {
		peer->tcp = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (peer->tcp < 0)
			return;
		pptp_ctrl_tcp_open(peer->ctrl, clock_now());
	}
	if (peer->mute)
		return;
	n = recv(peer->tcp, data, sizeof(data), 0);
	if (n > 0)
		pptp_ctrl_input(peer->ctrl, data, (size_t)n, clock_now());
	while (pptp_ctrl_pop_event(peer->ctrl, &event, sizeof(event)))
		if (event.type == PPTP_CTRL_CALL_UP)
			peer->client_call_id = event.u.call.peer_call_id;
	while ((out = pptp_ctrl_output(peer->ctrl, &len))) {
		if (send(peer->tcp, out, len, MSG_NOSIGNAL) < 0)
			return;
		pptp_ctrl_output_done(peer->ctrl, len);
	}
}

static inline void peer_send_frame(struct peer *peer, uint16_t call_id, const uint8_t *frame,
				   size_t len)
{
	struct sockaddr_in to = address(CLIENT, 0);
	uint8_t packet[PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX];
	struct pptp_gre gre = { .has_seq = true,
				.payload_len = (uint16_t)len,
				.call_id = call_id,
				.seq = peer->seq++ };
	size_t header = pptp_gre_encode(&gre, packet);

	memcpy(packet + header, frame, len);
	ck_assert_int_eq(
		sendto(peer->gre, packet, header + len, 0, (struct sockaddr *)&to, sizeof(to)),
		(ssize_t)(header + len));
}

/* -- the session ---------------------------------------------------------------------------- */

struct client {
	struct pptp_session *session;
	bool control_up;
	bool up;
	bool over;
	struct pptp_event_down closed;
	unsigned int closed_count;
};

static inline void print_log(void *user, enum pptp_log_level level, const char *line)
{
	(void)user;
	printf("# %d %s\n", level, line);
}

static inline struct pptp_config *new_config(void)
{
	struct pptp_config *cfg;

	ck_assert_int_eq(pptp_config_new(&cfg), 0);
	ck_assert_int_eq(pptp_config_set_server(cfg, SERVER), 0);
	ck_assert_int_eq(pptp_config_set_local_address(cfg, CLIENT), 0);
	ck_assert_int_eq(pptp_config_set_log(cfg, print_log, NULL, PPTP_LOG_INFO), 0);
	return cfg;
}

static inline void client_open(struct client *client, struct pptp_config *cfg)
{
	*client = (struct client){ 0 };
	ck_assert_int_eq(pptp_session_new(&client->session, cfg), 0);
	pptp_config_free(cfg);
}

static inline void attach(struct client *client, int fd, enum pptp_link_type type)
{
	ck_assert_int_eq(pptp_session_attach(client->session, fd, fd, type), 0);
}

static inline void finish(struct client *client, struct peer *peer)
{
	pptp_session_free(client->session);
	peer_close(peer);
}

static inline void client_pop(struct client *client)
{
	const struct pptp_event *event;

	while ((event = pptp_session_pop_event(client->session))) {
		if (event->type == PPTP_EVENT_CONTROL_UP)
			client->control_up = true;
		if (event->type == PPTP_EVENT_CALL_UP)
			client->up = true;
		if (event->type == PPTP_EVENT_CLOSED) {
			client->closed = event->u.down;
			client->closed_count++;
		}
	}
}

/* One turn of the loop; how long it waits at most. True when the session had something to do. */
static inline bool client_turn(struct client *client, int ms)
{
	struct pollfd pfd = { .fd = pptp_session_get_fd(client->session), .events = POLLIN };

	if (poll(&pfd, 1, ms) <= 0)
		return false;
	if (pptp_session_dispatch(client->session) < 0)
		client->over = true;
	client_pop(client);
	return true;
}

static inline void turn(struct client *client, struct peer *peer)
{
	client_turn(client, 5);
	peer_work(peer);
}

#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		uint64_t end_ = clock_now() + STEP_MS * PPTP_NS_PER_MS;                            \
		while (!(condition)) {                                                             \
			ck_assert_msg(clock_now() < end_, "never: %s", #condition);                \
			turn(client, peer);                                                        \
		}                                                                                  \
	} while (0)

static inline void call(struct client *client, struct peer *peer)
{
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	UNTIL(client->up);
}

/* How often the session wants to be dispatched within that time. */
static inline unsigned int wake_ups(struct client *client, int ms)
{
	uint64_t end = clock_now() + (uint64_t)ms * PPTP_NS_PER_MS;
	unsigned int n = 0;

	while (clock_now() < end && !client->over)
		n += client_turn(client, 10);
	return n;
}

static const uint8_t lcp[]
	__attribute__((unused)) = { 0xff, 0x03, 0xc0, 0x21, 9, 1, 0, 8, 1, 2, 3, 4 };

static inline int count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static inline void open_pty(int *masterp, int *slavep)
{
	struct termios mode;

	*masterp = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(*masterp, 0);
	ck_assert(grantpt(*masterp) == 0 && unlockpt(*masterp) == 0);
	*slavep = open(ptsname(*masterp), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(*slavep, 0);
	tcgetattr(*slavep, &mode);
	cfmakeraw(&mode);
	tcsetattr(*slavep, TCSANOW, &mode);
}

static inline void flood(struct client *client, struct peer *peer, int frames)
{
	uint8_t frame[1400] = { 0xff, 0x03, 0x00, 0x21 };

	for (int i = 0; i < frames; i++) {
		peer_send_frame(peer, peer->client_call_id, frame, sizeof(frame));
		if (i % 16 == 0)
			client_turn(client, 0);
	}
}

static inline bool own_network(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP };
	int fd, result;

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	strcpy(ifr.ifr_name, "lo");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	result = ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
	return result == 0;
}

#endif
