/* SPDX-License-Identifier: MIT */
/*
 * Sessions against what goes wrong around them: peers, links and callers that misbehave. In a
 * network namespace of its own, with a PAC in this process.
 */
#define _GNU_SOURCE
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

static uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static struct sockaddr_in address(const char *text, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, text, &sin.sin_addr);
	return sin;
}

static void peer_open(struct peer *peer)
{
	struct sockaddr_in sin = address(SERVER, PPTP_PORT);
	struct pptp_ctrl_config cfg;
	int one = 1;

	*peer = (struct peer){ .tcp = -1 };
	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(peer->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	ck_assert_int_eq(bind(peer->listener, (struct sockaddr *)&sin, sizeof sin), 0);
	ck_assert_int_eq(listen(peer->listener, 8), 0);
	peer->gre = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_GRE);
	sin.sin_port = 0;
	ck_assert_int_eq(bind(peer->gre, (struct sockaddr *)&sin, sizeof sin), 0);
	pptp_ctrl_config_init(&cfg);
	cfg.receiver = true;
	cfg.call_id = CALL_ID;
	ck_assert_int_eq(pptp_ctrl_new(&peer->ctrl, &cfg, NULL, NULL), 0);
}

static void peer_close(struct peer *peer)
{
	pptp_ctrl_free(peer->ctrl);
	close(peer->listener);
	close(peer->gre);
	if (peer->tcp >= 0)
		close(peer->tcp);
}

static void peer_work(struct peer *peer)
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
	n = recv(peer->tcp, data, sizeof data, 0);
	if (n > 0)
		pptp_ctrl_input(peer->ctrl, data, (size_t)n, clock_now());
	while (pptp_ctrl_pop_event(peer->ctrl, &event))
		if (event.type == PPTP_CTRL_CALL_UP)
			peer->client_call_id = event.u.call.peer_call_id;
	while ((out = pptp_ctrl_output(peer->ctrl, &len))) {
		if (send(peer->tcp, out, len, MSG_NOSIGNAL) < 0)
			return;
		pptp_ctrl_output_done(peer->ctrl, len);
	}
}

static void peer_send_frame(struct peer *peer, uint16_t call_id, const uint8_t *frame, size_t len)
{
	struct sockaddr_in to = address(CLIENT, 0);
	uint8_t packet[PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX];
	struct pptp_gre gre = { .has_seq = true, .payload_len = (uint16_t)len,
		.call_id = call_id, .seq = peer->seq++ };
	size_t header = pptp_gre_encode(&gre, packet);

	memcpy(packet + header, frame, len);
	ck_assert_int_eq(sendto(peer->gre, packet, header + len, 0, (struct sockaddr *)&to,
		sizeof to), (ssize_t)(header + len));
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

static void print_log(void *user, enum pptp_log_level level, const char *line)
{
	(void)user;
	printf("# %d %s\n", level, line);
}

static struct pptp_config *new_config(void)
{
	struct pptp_config *cfg;

	ck_assert_int_eq(pptp_config_new(&cfg), 0);
	ck_assert_int_eq(pptp_config_set_server(cfg, SERVER), 0);
	ck_assert_int_eq(pptp_config_set_local_address(cfg, CLIENT), 0);
	ck_assert_int_eq(pptp_config_set_log(cfg, print_log, NULL, PPTP_LOG_INFO), 0);
	return cfg;
}

static void client_open(struct client *client, struct pptp_config *cfg)
{
	*client = (struct client){ 0 };
	ck_assert_int_eq(pptp_session_new(&client->session, cfg), 0);
	pptp_config_free(cfg);
}

static void attach(struct client *client, int fd, enum pptp_link_type type)
{
	ck_assert_int_eq(pptp_session_attach_pty(client->session, fd, type), 0);
}

static void finish(struct client *client, struct peer *peer)
{
	pptp_session_free(client->session);
	peer_close(peer);
}

static void client_pop(struct client *client)
{
	struct pptp_event event;

	while (pptp_session_pop_event(client->session, &event)) {
		if (event.type == PPTP_EVENT_CONTROL_UP)
			client->control_up = true;
		if (event.type == PPTP_EVENT_CALL_UP)
			client->up = true;
		if (event.type == PPTP_EVENT_CLOSED) {
			client->closed = event.u.down;
			client->closed_count++;
		}
	}
}

/* One turn of the loop; how long it waits at most. True when the session had something to do. */
static bool client_turn(struct client *client, int ms)
{
	struct pollfd pfd = { .fd = pptp_session_get_fd(client->session), .events = POLLIN };

	if (poll(&pfd, 1, ms) <= 0)
		return false;
	if (pptp_session_dispatch(client->session) < 0)
		client->over = true;
	client_pop(client);
	return true;
}

static void turn(struct client *client, struct peer *peer)
{
	client_turn(client, 5);
	peer_work(peer);
}

#define UNTIL(condition) do { \
	uint64_t end_ = clock_now() + STEP_MS * PPTP_NS_PER_MS; \
	while (!(condition)) { \
		ck_assert_msg(clock_now() < end_, "never: %s", #condition); \
		turn(client, peer); \
	} \
} while (0)

static void call(struct client *client, struct peer *peer)
{
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	UNTIL(client->up);
}

/* How often the session wants to be dispatched within that time. */
static unsigned int wake_ups(struct client *client, int ms)
{
	uint64_t end = clock_now() + (uint64_t)ms * PPTP_NS_PER_MS;
	unsigned int n = 0;

	while (clock_now() < end && !client->over)
		n += client_turn(client, 10);
	return n;
}

static void open_pty(int *masterp, int *slavep)
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

static const uint8_t lcp[] = { 0xff, 0x03, 0xc0, 0x21, 9, 1, 0, 8, 1, 2, 3, 4 };

static void flood(struct client *client, struct peer *peer, int frames)
{
	uint8_t frame[1400] = { 0xff, 0x03, 0x00, 0x21 };

	for (int i = 0; i < frames; i++) {
		peer_send_frame(peer, peer->client_call_id, frame, sizeof frame);
		if (i % 16 == 0)
			client_turn(client, 0);
	}
}

/* -- links ---------------------------------------------------------------------------------- */

static const enum pptp_link_type types[] = { PPTP_LINK_ASYNC, PPTP_LINK_SYNC };

/* Nobody reads the pty while frames come in; then it hangs up, and the peer answers no more. */
START_TEST(unread_link_costs_no_turns)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	int master, slave;

	peer_open(peer);
	client_open(client, new_config());
	open_pty(&master, &slave);
	attach(client, master, types[_i]);
	call(client, peer);
	flood(client, peer, 1000);
	wake_ups(client, 300);
	ck_assert_uint_lt(wake_ups(client, 300), 20);
	peer->mute = true;
	close(slave);
	ck_assert_uint_lt(wake_ups(client, 1900), 60);
	ck_assert(client->over);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_LINK_CLOSED);
	finish(client, peer);
}
END_TEST

/* A frame that says when it was sent; no octet of it needs an escape but the time's. */
static void send_stamped(struct peer *peer, uint64_t now)
{
	uint8_t frame[1000];

	memset(frame, 0x55, sizeof frame);
	memcpy(frame, &now, sizeof now);
	peer_send_frame(peer, peer->client_call_id, frame, sizeof frame);
}

/* Takes up to `size` octets from the slave; the age of the oldest frame in them, 0 for none. */
static uint64_t read_ages(struct pptp_hdlc_decoder *decoder, int slave, size_t size, uint64_t *lastp)
{
	struct pptp_frame frame;
	uint64_t sent, age = 0, now = clock_now();
	size_t space;
	uint8_t *place = pptp_hdlc_decoder_space(decoder, &space);
	ssize_t n = read(slave, place, size);

	if (n > 0)
		pptp_hdlc_decoder_fill(decoder, (size_t)n);
	while (pptp_hdlc_decoder_next(decoder, &frame)) {
		memcpy(&sent, frame.data, sizeof sent);
		ck_assert_msg(sent >= *lastp, "a frame overtook another");
		*lastp = sent;
		age = now - sent > age ? now - sent : age;
	}
	return age;
}

/*
 * Three times as much comes as pppd reads, for two seconds. What it reads at the end is not what
 * came at the beginning: the queue is bounded in time.
 */
START_TEST(slow_reader_gets_fresh_frames)
{
	static uint8_t buffer[PPTP_FRAME_MAX + 8192];
	struct pptp_hdlc_decoder decoder;
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_stats stats;
	uint64_t start, tick, last = 0, age, oldest = 0;
	int master, slave;

	peer_open(peer);
	client_open(client, new_config());
	open_pty(&master, &slave);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	attach(client, master, PPTP_LINK_ASYNC);
	call(client, peer);
	pptp_hdlc_decoder_init(&decoder, buffer, sizeof buffer);
	start = clock_now();
	for (tick = start; tick < start + 2 * PPTP_NS_PER_SEC; tick += PPTP_NS_PER_MS) {
		for (int i = 0; i < 3; i++)
			send_stamped(peer, clock_now());
		do
			client_turn(client, 1);
		while (clock_now() < tick);
		age = read_ages(&decoder, slave, 1020, &last);
		if (tick > start + PPTP_NS_PER_SEC && age > oldest)
			oldest = age;
	}
	pptp_session_get_stats(client->session, &stats, sizeof stats);
	ck_assert_uint_gt(stats.link_tx_dropped, 500);
	ck_assert_uint_gt(oldest, 0);
	ck_assert_uint_lt(oldest, 800 * PPTP_NS_PER_MS);
	close(slave);
	finish(client, peer);
}
END_TEST

START_TEST(broken_pipe_raises_no_signal)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	int in[2], out[2];

	signal(SIGPIPE, SIG_DFL);
	peer_open(peer);
	client_open(client, new_config());
	ck_assert(pipe(in) == 0 && pipe(out) == 0);
	ck_assert_int_eq(pptp_session_attach_fds(client->session, in[0], out[1],
		PPTP_LINK_ASYNC), 0);
	call(client, peer);
	close(out[0]);
	flood(client, peer, 300);
	UNTIL(client->over);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_LINK_CLOSED);
	close(in[1]);
	finish(client, peer);
}
END_TEST

static int count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

START_TEST(refused_links_stay_the_callers)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int master, slave, before;

	peer_open(peer);
	client_open(client, new_config());
	open_pty(&master, &slave);
	before = count_descriptors();
	ck_assert_int_eq(pptp_session_attach_pty(client->session, -1, types[0]), -EBADF);
	ck_assert_int_lt(pptp_session_attach_pty(client->session, file, types[0]), 0);
	ck_assert_int_lt(pptp_session_attach_fds(client->session, master, file, types[0]), 0);
	ck_assert_int_eq(pptp_session_attach_pty(client->session, master, 7), PPTP_ERR_VALUE);
	ck_assert_int_eq(count_descriptors(), before);
	attach(client, master, types[0]);
	ck_assert_int_eq(pptp_session_attach_pty(client->session, file, types[0]),
		PPTP_ERR_STATE);
	call(client, peer);
	pptp_session_stop(client->session, PPTP_REASON_STOPPED);
	UNTIL(client->over);
	/* The peer's end of TCP came; the pty's master and the GRE socket are closed. */
	ck_assert_int_eq(count_descriptors(), before + 1 - 2);
	close(slave);
	close(file);
	finish(client, peer);
}
END_TEST

/* -- ends ----------------------------------------------------------------------------------- */

enum phase { NEW, RESOLVING, CONNECTING, STARTING, UP, UP_MUTE, STOPPING, PHASES };

static void reach(enum phase phase, struct client *client, struct peer *peer)
{
	struct pptp_config *cfg = new_config();

	peer_open(peer);
	if (phase == RESOLVING)
		pptp_config_set_server(cfg, "name.invalid");
	client_open(client, cfg);
	if (phase > NEW)
		ck_assert_int_eq(pptp_session_start(client->session), 0);
	if (phase == STARTING)
		client_turn(client, STEP_MS);
	if (phase >= UP)
		UNTIL(client->up);
	peer->mute = phase >= UP_MUTE;
	if (phase == STOPPING)
		pptp_session_stop(client->session, PPTP_REASON_STOPPED);
}

START_TEST(stop_in_each_phase)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	uint64_t start;
	unsigned int turns = 0;

	reach(_i, client, peer);
	start = clock_now();
	ck_assert_int_eq(pptp_session_stop(client->session, PPTP_REASON_STOPPED), 0);
	while (!client->over) {
		turns += client_turn(client, 100);
		if (_i >= STARTING)
			peer_work(peer);
		ck_assert_uint_lt(clock_now() - start, 2 * PPTP_NS_PER_SEC);
	}
	ck_assert_uint_lt(turns, 30);
	ck_assert_uint_eq(client->closed_count, 1);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_STOPPED);
	ck_assert_int_eq(pptp_session_stop(client->session, PPTP_REASON_STOPPED), 0);
	ck_assert_int_eq(pptp_session_start(client->session), PPTP_ERR_STATE);
	ck_assert_int_eq(pptp_session_dispatch(client->session), PPTP_ERR_CLOSED);
	finish(client, peer);
}
END_TEST

START_TEST(free_in_each_phase)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	int before = count_descriptors();
	uint64_t end = clock_now() + STEP_MS * PPTP_NS_PER_MS;

	reach(_i, client, peer);
	finish(client, peer);
	/* The resolver's thread lets go of its own one when the name is given up. */
	while (count_descriptors() != before && clock_now() < end)
		poll(NULL, 0, 5);
	ck_assert_int_eq(count_descriptors(), before);
}
END_TEST

START_TEST(server_dies)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct linger reset = { .l_onoff = 1 };
	struct pollfd pfd = { .events = POLLIN };
	int master;

	peer_open(peer);
	client_open(client, new_config());
	open_pty(&master, &pfd.fd);
	attach(client, master, PPTP_LINK_ASYNC);
	call(client, peer);
	if (_i)
		setsockopt(peer->tcp, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(peer->tcp);
	UNTIL(client->over);
	ck_assert_uint_eq(client->closed_count, 1);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_PEER_CLOSED);
	ck_assert_int_eq(poll(&pfd, 1, 0), 1);
	ck_assert(pfd.revents & POLLHUP);
	close(pfd.fd);
	finish(client, peer);
}
END_TEST

/* An incoming call comes and goes many times, and nobody pops events. */
START_TEST(closed_is_never_lost)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_msg offer = { .type = PPTP_MSG_ICRQ, .u.incoming_request.call_id = CALL_ID };
	struct pptp_msg cancel = { .type = PPTP_MSG_CDN, .u.disconnect.call_id = CALL_ID };
	struct pptp_config *cfg = new_config();
	uint8_t data[512];
	int len = pptp_msg_encode(&offer, data, sizeof data);

	len += pptp_msg_encode(&cancel, data + len, sizeof data - (size_t)len);
	peer_open(peer);
	pptp_config_set_accept_incoming(cfg, true);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	UNTIL(client->control_up);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(send(peer->tcp, data, (size_t)len, 0), len);
		pptp_session_dispatch(client->session);
	}
	shutdown(peer->tcp, SHUT_WR);
	for (int i = 0; i < 500 && pptp_session_dispatch(client->session) == 0; i++)
		poll(NULL, 0, 10);
	client_pop(client);
	ck_assert_uint_eq(client->closed_count, 1);
	finish(client, peer);
}
END_TEST

/* -- hub ------------------------------------------------------------------------------------ */

/* A child of the embedder's holds copies of all descriptors; the hub forgets the socket. */
START_TEST(hub_forgets_a_socket_that_a_child_holds)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct pollfd pfd = { .events = POLLIN };
	struct pptp_hub *hub;
	int hold[2];
	char octet;

	peer_open(peer);
	ck_assert_int_eq(pptp_hub_new(&hub), 0);
	pfd.fd = pptp_hub_get_fd(hub);
	pptp_config_set_hub(cfg, hub);
	client_open(client, cfg);
	call(client, peer);
	ck_assert_int_eq(pipe(hold), 0);
	if (fork() == 0) {
		close(hold[1]);
		_exit(read(hold[0], &octet, 1) < 0);
	}
	pptp_session_free(client->session);
	peer_send_frame(peer, peer->client_call_id, lcp, sizeof lcp);
	ck_assert_int_eq(poll(&pfd, 1, 50), 0);
	ck_assert_int_eq(pptp_hub_dispatch(hub), 0);
	pptp_hub_free(hub);
	close(hold[1]);
	wait(NULL);
	close(hold[0]);
	peer_close(peer);
}
END_TEST

static bool own_network(void)
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

int main(void)
{
	Suite *suite = suite_create("session faults");
	TCase *tc = tcase_create("session");

	if (!own_network()) {
		printf("1..0 # SKIP sessions against faults: no network namespace may be made here\n");
		return EXIT_SUCCESS;
	}
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, unread_link_costs_no_turns, 0, 2);
	tcase_add_test(tc, slow_reader_gets_fresh_frames);
	tcase_add_test(tc, broken_pipe_raises_no_signal);
	tcase_add_test(tc, refused_links_stay_the_callers);
	tcase_add_loop_test(tc, stop_in_each_phase, 0, PHASES);
	tcase_add_loop_test(tc, free_in_each_phase, 0, PHASES);
	tcase_add_loop_test(tc, server_dies, 0, 2);
	tcase_add_test(tc, closed_is_never_lost);
	tcase_add_test(tc, hub_forgets_a_socket_that_a_child_holds);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
