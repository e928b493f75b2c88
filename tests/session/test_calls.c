/* SPDX-License-Identifier: MIT */
/* What the calls of session.h return, and when; what reaches the wire of what was configured. */
#define _GNU_SOURCE
#include <sys/time.h>

#include "rig.h"

#define NOBODY "127.0.0.77" /* no GRE is received there */

/* -- errors ----------------------------------------------------------------------------------- */

START_TEST(nothing_is_freed_twice)
{
	ck_assert_ptr_null(pptp_session_free(NULL));
	ck_assert_ptr_null(pptp_config_free(NULL));
	ck_assert_ptr_null(pptp_hub_free(NULL));
	ck_assert_ptr_null(pptp_ctrl_free(NULL));
	ck_assert_ptr_null(pptp_tunnel_free(NULL));
}
END_TEST

static int not_touched;
#define NOT_TOUCHED ((struct pptp_session *)&not_touched)

START_TEST(new_refuses)
{
	struct pptp_session *session = NOT_TOUCHED;
	struct pptp_config *cfg;
	int before = count_descriptors();

	ck_assert_int_eq(pptp_config_new(&cfg), 0);
	ck_assert_int_eq(pptp_session_new(&session, cfg), PPTP_ERR_VALUE);
	ck_assert_int_eq(pptp_config_set_server(cfg, SERVER), 0);
	ck_assert_int_eq(pptp_config_set_local_address(cfg, "192.0.2.77"), 0);
	ck_assert_int_eq(pptp_session_new(&session, cfg), -EADDRNOTAVAIL);
	ck_assert_int_eq(pptp_config_set_local_address(cfg, CLIENT), 0);
	ck_assert_int_eq(pptp_config_set_gre_fd(cfg, 999), 0);
	ck_assert_int_eq(pptp_session_new(&session, cfg), -EBADF);
	ck_assert_ptr_eq(session, NOT_TOUCHED);
	ck_assert_int_eq(count_descriptors(), before);
	pptp_config_free(cfg);
}
END_TEST

START_TEST(calls_that_come_too_early_or_twice)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	const struct pptp_event *event;
	struct pptp_frame frame;
	int master, slave, other, other_slave;

	peer_open(peer);
	client_open(client, new_config());
	ck_assert(!(event = pptp_session_pop_event(client->session)));
	ck_assert(!pptp_session_pop_frame(client->session, &frame));
	ck_assert_int_eq(pptp_session_send_frame(client->session, lcp, sizeof(lcp)),
			 PPTP_ERR_STATE);
	ck_assert_int_eq(pptp_session_dispatch(client->session), 0);
	open_pty(&master, &slave);
	open_pty(&other, &other_slave);
	attach(client, master, PPTP_LINK_ASYNC);
	ck_assert_int_eq(pptp_session_attach(client->session, other, other, PPTP_LINK_ASYNC),
			 PPTP_ERR_STATE);
	call(client, peer);
	ck_assert_int_eq(pptp_session_start(client->session), PPTP_ERR_STATE);
	ck_assert_int_eq(pptp_session_send_frame(client->session, lcp, sizeof(lcp)),
			 PPTP_ERR_STATE);
	close(slave);
	close(other);
	close(other_slave);
	finish(client, peer);
}
END_TEST

START_TEST(after_the_end)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	const struct pptp_event *event;
	int pair[2];

	peer_open(peer);
	client_open(client, new_config());
	call(client, peer);
	ck_assert_int_eq(pptp_session_dispatch(client->session), 0);
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
	UNTIL(client->over);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(pptp_session_attach(client->session, pair[0], pair[0], PPTP_LINK_ASYNC),
			 PPTP_ERR_STATE);
	ck_assert_int_eq(fcntl(pair[0], F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(pptp_session_send_frame(client->session, lcp, sizeof(lcp)),
			 PPTP_ERR_STATE);
	ck_assert_int_eq(pptp_session_wait(client->session, -1), PPTP_ERR_CLOSED);
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
	ck_assert(!(event = pptp_session_pop_event(client->session)));
	ck_assert_uint_eq(client->closed_count, 1);
	close(pair[0]);
	close(pair[1]);
	finish(client, peer);
}
END_TEST

START_TEST(frames_empty_too_large_and_largest)
{
	static uint8_t frame[PPTP_FRAME_MAX + 1];
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_stats stats;

	peer_open(peer);
	client_open(client, new_config());
	call(client, peer);
	ck_assert_int_eq(pptp_session_send_frame(client->session, NULL, 0), PPTP_ERR_VALUE);
	ck_assert_int_eq(pptp_session_send_frame(client->session, frame, 0), PPTP_ERR_VALUE);
	ck_assert_int_eq(pptp_session_send_frame(client->session, frame, sizeof(frame)),
			 PPTP_ERR_OVERSIZE);
	ck_assert_int_eq(pptp_session_send_frame(client->session, frame, PPTP_FRAME_MAX), 0);
	ck_assert_int_eq(pptp_session_get_stats(client->session, &stats, sizeof(stats)), 0);
	ck_assert_uint_eq(stats.tx_oversize, 1);
	ck_assert_uint_eq(stats.tx_sent, 1);
	ck_assert_uint_eq(stats.tx_bytes, PPTP_FRAME_MAX);
	finish(client, peer);
}
END_TEST

/* Callers of other versions have smaller or larger structures. */
START_TEST(statistics_of_any_size)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct {
		struct pptp_stats known;
		uint64_t later[2];
	} larger;
	uint64_t first[2];

	peer_open(peer);
	client_open(client, new_config());
	call(client, peer);
	peer_send_frame(peer, peer->client_call_id, lcp, sizeof(lcp));
	ck_assert_int_eq(pptp_session_get_stats(client->session, &larger.known, 0), PPTP_ERR_VALUE);
	do {
		turn(client, peer);
		memset(&larger, 0xA5, sizeof(larger));
		ck_assert_int_eq(
			pptp_session_get_stats(client->session, &larger.known, sizeof(larger)), 0);
	} while (!larger.known.rx_accepted);
	ck_assert_uint_eq(larger.known.rx_bytes, sizeof(lcp));
	ck_assert(!larger.later[0] && !larger.later[1]);
	memset(first, 0xA5, sizeof(first));
	ck_assert_int_eq(pptp_session_get_stats(client->session, (struct pptp_stats *)first,
						sizeof(first[0])),
			 0);
	ck_assert_uint_eq(first[0], 1);
	ck_assert_uint_eq(first[1], UINT64_C(0xA5A5A5A5A5A5A5A5));
	finish(client, peer);
}
END_TEST

/* -- waiting ---------------------------------------------------------------------------------- */

START_TEST(wait_for_nothing)
{
	struct client client_, *client = &client_;
	uint64_t start = clock_now();

	client_open(client, new_config());
	ck_assert_int_eq(pptp_session_wait(client->session, 0), 0);
	ck_assert_uint_lt(clock_now() - start, 1 * PPTP_NS_PER_SEC);
	start = clock_now();
	ck_assert_int_eq(pptp_session_wait(client->session, 30), 0);
	ck_assert_uint_ge(clock_now() - start, 29 * PPTP_NS_PER_MS);
	pptp_session_free(client->session);
}
END_TEST

START_TEST(wait_until_the_call_is_up)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	uint64_t end = clock_now() + STEP_MS * PPTP_NS_PER_MS;

	peer_open(peer);
	client_open(client, new_config());
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	while (!client->up && clock_now() < end) {
		ck_assert_int_eq(pptp_session_wait(client->session, 10), 0);
		client_pop(client);
		peer_work(peer);
	}
	ck_assert(client->up);
	shutdown(peer->tcp, SHUT_RDWR);
	/* Without a limit: it returns because the session is over. */
	while (pptp_session_wait(client->session, -1) != PPTP_ERR_CLOSED)
		ck_assert_uint_lt(clock_now(), end);
	client_pop(client);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_PEER_CLOSED);
	finish(client, peer);
}
END_TEST

START_TEST(woken_by_the_callers_descriptor)
{
	struct client client_, *client = &client_;
	struct pollfd pfd = { .events = POLLIN };
	char octet = 0;
	int wake[2];

	client_open(client, new_config());
	pfd.fd = pptp_session_get_fd(client->session);
	ck_assert_int_eq(pipe(wake), 0);
	ck_assert_int_eq(pptp_session_wake_on(client->session, 1000), -EBADF);
	ck_assert_int_eq(pptp_session_wake_on(client->session, wake[0]), 0);
	ck_assert_int_eq(pptp_session_wake_on(client->session, wake[0]), PPTP_ERR_STATE);
	ck_assert_int_eq(pptp_session_wait(client->session, 0), 0);
	ck_assert_int_eq(poll(&pfd, 1, 0), 0);
	ck_assert_int_eq(write(wake[1], "x", 1), 1);
	ck_assert_int_eq(poll(&pfd, 1, 0), 1);
	ck_assert_int_eq(pptp_session_wait(client->session, -1), 1);
	/* Not read: still ready, and no error of a dispatch. */
	ck_assert_int_eq(pptp_session_wait(client->session, -1), 1);
	ck_assert_int_eq(pptp_session_dispatch(client->session), 0);
	ck_assert_int_eq(read(wake[0], &octet, 1), 1);
	ck_assert_int_eq(octet, 'x');
	ck_assert_int_eq(pptp_session_wait(client->session, 0), 0);
	pptp_session_free(client->session);
	/* It stayed the caller's. */
	ck_assert_int_ge(fcntl(wake[0], F_GETFD), 0);
	close(wake[0]);
	close(wake[1]);
}
END_TEST

START_TEST(waking_descriptor_is_moved)
{
	struct client client_, *client = &client_;
	struct pollfd pfd = { .events = POLLIN };
	int first[2];
	int second[2];

	client_open(client, new_config());
	pfd.fd = pptp_session_get_fd(client->session);
	ck_assert_int_eq(pipe(first), 0);
	ck_assert_int_eq(pipe(second), 0);
	ck_assert_int_eq(pptp_session_wake_on(client->session, -1), 0);
	ck_assert_int_eq(pptp_session_wake_on(client->session, first[0]), 0);
	ck_assert_int_eq(write(first[1], "x", 1), 1);
	ck_assert_int_eq(pptp_session_wait(client->session, 0), 1);
	ck_assert_int_eq(pptp_session_wake_on(client->session, -1), 0);
	/* Ready still, and nobody's business any more. */
	ck_assert_int_eq(poll(&pfd, 1, 0), 0);
	ck_assert_int_eq(pptp_session_wait(client->session, 0), 0);
	ck_assert_int_eq(pptp_session_wake_on(client->session, second[0]), 0);
	ck_assert_int_eq(pptp_session_wait(client->session, 0), 0);
	ck_assert_int_eq(write(second[1], "x", 1), 1);
	ck_assert_int_eq(pptp_session_wait(client->session, -1), 1);
	ck_assert_int_eq(pptp_session_wake_on(client->session, -1), 0);
	pptp_session_free(client->session);
	for (int n = 0; n < 2; n++) {
		ck_assert_int_eq(close(first[n]), 0);
		ck_assert_int_eq(close(second[n]), 0);
	}
}
END_TEST

static void on_alarm(int number)
{
	(void)number;
}

START_TEST(a_signal_ends_the_wait_without_harm)
{
	struct client client_, *client = &client_;
	struct sigaction action = { .sa_handler = on_alarm }, before;
	/* Again and again, so that one surely meets the wait. */
	struct itimerval often = { { 0, 5000 }, { 0, 5000 } }, off = { 0 };

	client_open(client, new_config());
	sigaction(SIGALRM, &action, &before);
	setitimer(ITIMER_REAL, &often, NULL);
	ck_assert_int_eq(pptp_session_wait(client->session, -1), 0);
	setitimer(ITIMER_REAL, &off, NULL);
	sigaction(SIGALRM, &before, NULL);
	pptp_session_free(client->session);
}
END_TEST

/* -- sockets ---------------------------------------------------------------------------------- */

/* Which kinds of socket the caller was shown. */
struct hook {
	unsigned int raw, stream;
};

static int note_socket(void *user, int fd)
{
	struct hook *hook = user;
	socklen_t len = sizeof(int);
	int type = 0;

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len), 0);
	hook->raw += type == SOCK_RAW;
	hook->stream += type == SOCK_STREAM;
	return 0;
}

/*
 * The caller's GRE socket becomes the session's when it is made, and not when that fails. The
 * caller knows it: it is not shown to the hook.
 */
START_TEST(a_gre_socket_of_the_callers)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct pptp_session *session;
	struct pptp_frame frame = { 0 };
	struct hook hook = { 0 };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_GRE);

	ck_assert_int_ge(fd, 0);
	peer_open(peer);
	ck_assert_int_eq(pptp_config_set_gre_fd(cfg, fd), 0);
	ck_assert_int_eq(pptp_config_set_socket_hook(cfg, note_socket, &hook), 0);
	ck_assert_int_eq(pptp_config_set_local_address(cfg, "192.0.2.77"), 0);
	ck_assert_int_eq(pptp_session_new(&session, cfg), -EADDRNOTAVAIL);
	ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
	ck_assert_int_eq(pptp_config_set_local_address(cfg, CLIENT), 0);
	client_open(client, cfg);
	call(client, peer);
	ck_assert_uint_eq(hook.raw, 0);
	ck_assert_uint_eq(hook.stream, 1);
	peer_send_frame(peer, peer->client_call_id, lcp, sizeof(lcp));
	UNTIL(pptp_session_pop_frame(client->session, &frame));
	ck_assert_uint_eq(frame.len, sizeof(lcp));
	ck_assert_mem_eq(frame.data, lcp, sizeof(lcp));
	pptp_session_free(client->session);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_eq(errno, EBADF);
	peer_close(peer);
}
END_TEST

/* The socket learns that nobody takes its packet. */
static void leave_error(int fd)
{
	struct sockaddr_in from = address(CLIENT, 0), to = address(NOBODY, 0);
	struct pollfd pfd = { .fd = fd };
	int on = 1, off = 0;

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	ck_assert_int_eq(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)), 0);
	ck_assert_int_eq(sendto(fd, lcp, sizeof(lcp), 0, (struct sockaddr *)&to, sizeof(to)),
			 sizeof(lcp));
	ck_assert_int_eq(poll(&pfd, 1, STEP_MS), 1);
	ck_assert(pfd.revents & POLLERR);
	ck_assert_int_eq(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &off, sizeof(off)), 0);
}

/*
 * A raw socket receives all GRE of the machine before it has a filter, also that of other tunnels; an
 * error may wait there too (_i).
 */
START_TEST(received_before_the_filter)
{
	static const uint8_t stray[] = { 0xff, 0x03, 0x00, 0x21, 0x45 };
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct pptp_frame frame = { 0 };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_GRE);

	peer_open(peer);
	ck_assert_int_eq(pptp_config_set_call_id(cfg, 4711), 0);
	ck_assert_int_eq(pptp_config_set_gre_fd(cfg, fd), 0);
	for (int i = 0; i < 3; i++)
		peer_send_frame(peer, 4711, stray, sizeof(stray));
	if (_i)
		leave_error(fd);
	client_open(client, cfg);
	call(client, peer);
	peer_send_frame(peer, 4711, lcp, sizeof(lcp));
	UNTIL(pptp_session_pop_frame(client->session, &frame));
	ck_assert_uint_eq(frame.len, sizeof(lcp));
	ck_assert_mem_eq(frame.data, lcp, sizeof(lcp));
	pptp_session_free(client->session);
	peer_close(peer);
}
END_TEST

/* -- the wire --------------------------------------------------------------------------------- */

/* Reads one message of the session's from TCP; the peer's own machine gets it too. */
static struct pptp_msg hear(struct client *client, struct peer *peer)
{
	uint64_t end = clock_now() + STEP_MS * PPTP_NS_PER_MS;
	uint8_t data[PPTP_MSG_SIZE_MAX];
	struct pptp_msg msg;
	size_t size;

	while (peer->tcp < 0 || recv(peer->tcp, data, PPTP_MSG_HEADER_SIZE, MSG_PEEK) < 0) {
		ck_assert_uint_lt(clock_now(), end);
		client_turn(client, 5);
		if (peer->tcp < 0) {
			peer->mute = true;
			peer_work(peer);
			peer->mute = false;
		}
	}
	size = (size_t)(data[0] << 8 | data[1]);
	ck_assert_uint_le(size, sizeof(data));
	ck_assert_int_eq(recv(peer->tcp, data, size, MSG_WAITALL), (ssize_t)size);
	ck_assert_int_eq(pptp_msg_decode(&msg, data, size), 0);
	pptp_ctrl_input(peer->ctrl, data, size, clock_now());
	peer_work(peer);
	return msg;
}

START_TEST(what_the_peer_is_told)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct pptp_msg msg;

	peer_open(peer);
	ck_assert_int_eq(pptp_config_set_host_name(cfg, "desk-17"), 0);
	ck_assert_int_eq(pptp_config_set_phone(cfg, "5551234"), 0);
	ck_assert_int_eq(pptp_config_set_call_id(cfg, 4711), 0);
	ck_assert_int_eq(pptp_config_set_recv_window(cfg, 99), 0);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	msg = hear(client, peer);
	ck_assert_int_eq(msg.type, PPTP_MSG_SCCRQ);
	ck_assert_str_eq(msg.u.start.host_name, "desk-17");
	msg = hear(client, peer);
	ck_assert_int_eq(msg.type, PPTP_MSG_OCRQ);
	ck_assert_str_eq(msg.u.call_request.phone, "5551234");
	ck_assert_uint_eq(msg.u.call_request.phone_length, 7);
	ck_assert_uint_eq(msg.u.call_request.call_id, 4711);
	ck_assert_uint_eq(msg.u.call_request.recv_window, 99);
	UNTIL(client->up);
	finish(client, peer);
}
END_TEST

START_TEST(what_a_quirk_changes)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct pptp_msg msg;

	peer_open(peer);
	ck_assert_int_eq(pptp_config_set_quirk(cfg, PPTP_QUIRK_BEZEQ_ISRAEL), 0);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	msg = hear(client, peer);
	ck_assert_str_eq(msg.u.start.host_name, "RELAY_PPP1");
	msg = hear(client, peer);
	ck_assert_str_eq(msg.u.call_request.phone, "RELAY_PPP1");
	msg = hear(client, peer);
	ck_assert_int_eq(msg.type, PPTP_MSG_SLI);
	finish(client, peer);
}
END_TEST

/* -- logs ------------------------------------------------------------------------------------- */

struct log_count {
	unsigned int lines[PPTP_LOG_DEBUG + 1];
};

static void count_lines(void *user, enum pptp_log_level level, const char *line)
{
	struct log_count *count = user;

	ck_assert_ptr_null(strchr(line, '\n'));
	count->lines[level]++;
}

START_TEST(log_lines_of_the_levels_wanted)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct log_count count = { 0 };
	struct pptp_msg odd = { .type = PPTP_MSG_ECHORP }, stop = { .type = PPTP_MSG_STOPCCRQ };
	uint8_t data[2 * PPTP_MSG_SIZE_MAX];
	int len = pptp_msg_encode(&odd, data, sizeof(data));

	len += pptp_msg_encode(&stop, data + len, sizeof(data) - (size_t)len);
	peer_open(peer);
	ck_assert_int_eq(pptp_config_set_log(cfg, count_lines, &count, (enum pptp_log_level)_i), 0);
	client_open(client, cfg);
	call(client, peer);
	/* Worth an information: a reply that nobody asked for. */
	ck_assert_int_eq(send(peer->tcp, data, (size_t)len, 0), len);
	UNTIL(client->over);
	for (int level = _i + 1; level <= PPTP_LOG_DEBUG; level++)
		ck_assert_uint_eq(count.lines[level], 0);
	ck_assert((count.lines[PPTP_LOG_INFO] > 0) == (_i >= PPTP_LOG_INFO));
	/* Each message of the control connection, both ways. */
	if (_i == PPTP_LOG_DEBUG)
		ck_assert_uint_ge(count.lines[PPTP_LOG_DEBUG], 4);
	finish(client, peer);
}
END_TEST

const char suite_name[] = "session calls";

void add_tests(TCase *tc)
{
	tcase_add_test(tc, nothing_is_freed_twice);
	tcase_add_test(tc, new_refuses);
	tcase_add_test(tc, calls_that_come_too_early_or_twice);
	tcase_add_test(tc, after_the_end);
	tcase_add_test(tc, frames_empty_too_large_and_largest);
	tcase_add_test(tc, statistics_of_any_size);
	tcase_add_test(tc, wait_for_nothing);
	tcase_add_test(tc, wait_until_the_call_is_up);
	tcase_add_test(tc, woken_by_the_callers_descriptor);
	tcase_add_test(tc, waking_descriptor_is_moved);
	tcase_add_test(tc, a_signal_ends_the_wait_without_harm);
	tcase_add_test(tc, a_gre_socket_of_the_callers);
	tcase_add_loop_test(tc, received_before_the_filter, 0, 2);
	tcase_add_test(tc, what_the_peer_is_told);
	tcase_add_test(tc, what_a_quirk_changes);
	tcase_add_loop_test(tc, log_lines_of_the_levels_wanted, PPTP_LOG_ERROR, PPTP_LOG_DEBUG + 1);
}
