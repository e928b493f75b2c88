/* SPDX-License-Identifier: MIT */
/* What the headers promise at the edges: wrong phase, wrong argument, what is whose, who is woken.
 */
#define _GNU_SOURCE
#include "rig.h"

#include <netdb.h>
#include <sys/eventfd.h>

static const enum pptp_phase phases[] = {
	PPTP_PHASE_NEW,      PPTP_PHASE_RESOLVING, PPTP_PHASE_CONNECTING,
	PPTP_PHASE_STARTING, PPTP_PHASE_CALLING,   PPTP_PHASE_UP,
};

/* A session in that phase, and a peer that says nothing from then on. */
static void reach(struct client *client, struct peer *peer, enum pptp_phase phase)
{
	struct pptp_config *cfg = new_config();

	peer_open(peer);
	peer->mute = phase == PPTP_PHASE_STARTING;
	if (phase == PPTP_PHASE_RESOLVING)
		pptp_config_set_server(cfg, "name.invalid");
	client_open(client, cfg);
	if (phase != PPTP_PHASE_NEW)
		ck_assert_int_eq(pptp_session_start(client->session), 0);
	UNTIL(pptp_session_get_phase(client->session) == phase);
	peer->mute = true;
}

/* -- ending --------------------------------------------------------------------------------- */

START_TEST(stop_ends_every_phase_with_one_closed)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	uint64_t start;

	reach(client, peer, phases[_i]);
	start = clock_now();
	ck_assert_int_eq(pptp_session_get_phase(client->session), phases[_i]);
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
	UNTIL(client->over);
	ck_assert_uint_lt(clock_now() - start, 2 * PPTP_NS_PER_SEC);
	ck_assert_uint_eq(client->closed_count, 1);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_STOPPED);
	ck_assert(!client->closed.transient);
	finish(client, peer);
}
END_TEST

START_TEST(free_ends_every_phase)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	int before = count_descriptors();

	reach(client, peer, phases[_i]);
	finish(client, peer);
	/* The look-up's thread closes the last one when it has its answer. */
	for (int i = 0; i < STEP_MS && count_descriptors() > before; i++)
		poll(NULL, 0, 1);
	ck_assert_int_eq(count_descriptors(), before);
}
END_TEST

/* Once dispatch has told it: a loop that still has the descriptor does not spin. */
START_TEST(nobody_is_woken_after_the_end)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pollfd pfd;

	reach(client, peer, phases[_i]);
	pptp_session_stop(client->session);
	if (pptp_session_get_phase(client->session) == PPTP_PHASE_CLOSED) {
		ck_assert_int_eq(pptp_session_get_timeout_ms(client->session), 0);
		pfd = (struct pollfd){ pptp_session_get_fd(client->session), POLLIN, 0 };
		ck_assert_int_eq(poll(&pfd, 1, STEP_MS), 1);
	}
	UNTIL(client->over);
	ck_assert_int_eq(pptp_session_get_timeout_ms(client->session), -1);
	pfd = (struct pollfd){ pptp_session_get_fd(client->session), POLLIN, 0 };
	ck_assert_int_eq(poll(&pfd, 1, 20), 0);
	finish(client, peer);
}
END_TEST

START_TEST(closed_session_answers)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_session *session;
	struct pptp_frame frame;
	struct pptp_stats stats;
	const struct pptp_event *event;
	int pair[2];

	peer_open(peer);
	client_open(client, new_config());
	call(client, peer);
	session = client->session;
	ck_assert_int_eq(pptp_session_start(session), PPTP_ERR_STATE);
	/* What came before the end may still be taken. */
	peer_send_frame(peer, peer->client_call_id, lcp, sizeof(lcp));
	UNTIL(pptp_session_get_stats(session, &stats, sizeof(stats)) == 0 && stats.rx_accepted);
	shutdown(peer->tcp, SHUT_RDWR);
	UNTIL(client->over);
	ck_assert(pptp_session_pop_frame(session, &frame));
	ck_assert_mem_eq(frame.data, lcp, sizeof(lcp));
	ck_assert(!pptp_session_pop_frame(session, &frame));
	ck_assert(!(event = pptp_session_pop_event(session)));
	ck_assert_int_eq(pptp_session_dispatch(session), PPTP_ERR_CLOSED);
	ck_assert_int_eq(pptp_session_wait(session, STEP_MS), PPTP_ERR_CLOSED);
	ck_assert_int_eq(pptp_session_start(session), PPTP_ERR_STATE);
	ck_assert_int_eq(pptp_session_send_frame(session, lcp, sizeof(lcp)), PPTP_ERR_STATE);
	ck_assert_int_eq(pptp_session_stop(session), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(pptp_session_attach(session, pair[0], pair[0], PPTP_LINK_ASYNC),
			 PPTP_ERR_STATE);
	ck_assert_int_eq(close(pair[0]) | close(pair[1]), 0);
	ck_assert_int_eq(pptp_session_get_stats(session, &stats, sizeof(stats)), 0);
	ck_assert_uint_eq(stats.rx_accepted, 1);
	finish(client, peer);
}
END_TEST

/* -- reasons to try again ------------------------------------------------------------------- */

/* A name server that does not answer may do so later; a name that is not there will not come. */
START_TEST(look_up_that_failed_for_now_is_transient)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct addrinfo hints = { .ai_family = AF_INET }, *list;
	int answer = getaddrinfo("name.invalid", NULL, &hints, &list);

	ck_assert_int_ne(answer, 0);
	reach(client, peer, PPTP_PHASE_RESOLVING);
	UNTIL(client->over);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_NAME_NOT_FOUND);
	ck_assert_int_eq(client->closed.transient, answer == EAI_AGAIN);
	finish(client, peer);
}
END_TEST

/* Too long for the sentence: the name is cut, not what is wrong. The second is an address too. */
static const struct {
	int zeros;
	const char *end;
	const char *says[2];
} long_names[] = {
	{ 0,
	  "name.invalid",
	  { "cannot find the server ", "; check the name and the DNS settings" } },
	{ 240,
	  "177.0.0.9",
	  { ", address 127.0.0.9 port 1723: ", "is a PPTP server running there" } },
};

START_TEST(a_long_name_leaves_room_for_the_cause)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	char name[PPTP_SERVER_MAX + 1] = "", start[41];

	if (long_names[_i].zeros)
		memset(name, '0', (size_t)long_names[_i].zeros);
	else
		for (int i = 0; i < 6; i++)
			memset(name + strlen(name), i % 2 ? '.' : 'x', i % 2 ? 1 : 60);
	strcat(name, long_names[_i].end);
	snprintf(start, sizeof(start), "%.40s", name);
	peer_open(peer);
	ck_assert_int_eq(pptp_config_set_server(cfg, name), 0);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	UNTIL(client->over);
	ck_assert_ptr_nonnull(strstr(client->closed.text, start));
	for (int i = 0; i < 2; i++)
		ck_assert_msg(strstr(client->closed.text, long_names[_i].says[i]), "\"%s\"",
			      client->closed.text);
	finish(client, peer);
}
END_TEST

static int answer_for_gre(void *user, int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len), 0);
	return type == SOCK_RAW ? *(const int *)user : 0;
}

static const struct refusal {
	int answer;
	enum pptp_reason reason;
	bool transient;
} refusals[] = {
	{ -EPERM, PPTP_REASON_NOT_PERMITTED, false },
	{ -EACCES, PPTP_REASON_NOT_PERMITTED, false },
	{ -ENETUNREACH, PPTP_REASON_UNREACHABLE, true },
	{ -EBUSY, PPTP_REASON_SYSTEM_ERROR, false },
	{ -ENOBUFS, PPTP_REASON_SYSTEM_ERROR, true },
	{ -ENOMEM, PPTP_REASON_SYSTEM_ERROR, true },
	{ -EMFILE, PPTP_REASON_SYSTEM_ERROR, true },
	{ -ENFILE, PPTP_REASON_SYSTEM_ERROR, true },
	{ -EADDRNOTAVAIL, PPTP_REASON_SYSTEM_ERROR, true },
	{ -ENODEV, PPTP_REASON_SYSTEM_ERROR, true },
};

/* The hub opens its socket when the address is known: by then it is an event. */
START_TEST(gre_socket_of_a_hub_is_refused)
{
	const struct refusal *refusal = &refusals[_i];
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct pptp_hub *hub;
	int answer = refusal->answer;

	peer_open(peer);
	ck_assert_int_eq(pptp_config_set_socket_hook(cfg, answer_for_gre, &answer), 0);
	ck_assert_int_eq(pptp_session_new(&client->session, cfg), answer);
	ck_assert_int_eq(pptp_hub_new(&hub), 0);
	ck_assert_int_eq(pptp_config_set_hub(cfg, hub), 0);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	UNTIL(client->over);
	ck_assert_int_eq(client->closed.reason, refusal->reason);
	ck_assert_int_eq(client->closed.system_error, refusal->answer);
	ck_assert_int_eq(client->closed.transient, refusal->transient);
	finish(client, peer);
	pptp_hub_free(hub);
}
END_TEST

START_TEST(call_id_is_given_once_in_a_hub)
{
	struct pptp_config *cfg = new_config();
	struct pptp_session *first, *second;
	struct pptp_hub *hub;

	ck_assert_int_eq(pptp_hub_new(&hub), 0);
	pptp_config_set_hub(cfg, hub);
	pptp_config_set_call_id(cfg, 77);
	ck_assert_int_eq(pptp_session_new(&first, cfg), 0);
	ck_assert_int_eq(pptp_session_new(&second, cfg), -EADDRINUSE);
	pptp_session_free(first);
	ck_assert_int_eq(pptp_session_new(&second, cfg), 0);
	pptp_session_free(second);
	pptp_config_free(cfg);
	pptp_hub_free(hub);
}
END_TEST

/* -- frames --------------------------------------------------------------------------------- */

#define WAITING 290 /* as many as the window for missing packets lets wait */

/* A late packet sets free what waited for it: who pops after each turn gets all of it. */
START_TEST(frames_that_are_set_free_at_once_all_come)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct pptp_frame frame;
	unsigned int popped = 0;
	uint8_t numbered[6] = { 0xff, 0x03, 0xc0, 0x21 };

	peer_open(peer);
	pptp_config_set_reorder_timeout_ms(cfg, STEP_MS);
	client_open(client, cfg);
	call(client, peer);
	for (unsigned int i = 0; i <= WAITING; i++) {
		unsigned int number = i ? i % WAITING + 1 : 0; /* 0, 2, 3 ..., and 1 last */

		numbered[4] = (uint8_t)(number >> 8);
		numbered[5] = (uint8_t)number;
		peer->seq = number;
		peer_send_frame(peer, peer->client_call_id, numbered, sizeof(numbered));
		if (i % 16 == 0)
			client_turn(client, 0);
	}
	while (popped <= WAITING) {
		UNTIL(pptp_session_pop_frame(client->session, &frame));
		ck_assert_uint_eq((unsigned int)frame.data[4] << 8 | frame.data[5], popped);
		popped++;
	}
	finish(client, peer);
}
END_TEST

#define TOO_MANY 1000

/* Nobody pops: the newest frames are there, and those that made room for them are counted. */
START_TEST(a_full_queue_keeps_the_newest_frames)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	uint8_t numbered[6] = { 0xff, 0x03, 0xc0, 0x21 };
	unsigned int popped = 0, number = 0, before = 0;
	struct pptp_stats stats = { 0 };
	struct pptp_frame frame;

	peer_open(peer);
	client_open(client, new_config());
	call(client, peer);
	for (unsigned int i = 0; i < TOO_MANY; i++) {
		numbered[4] = (uint8_t)(i >> 8);
		numbered[5] = (uint8_t)i;
		peer_send_frame(peer, peer->client_call_id, numbered, sizeof(numbered));
		if (i % 16 == 0)
			client_turn(client, 0);
	}
	UNTIL(pptp_session_get_stats(client->session, &stats, sizeof(stats)) == 0 &&
	      stats.rx_accepted == TOO_MANY);
	while (pptp_session_pop_frame(client->session, &frame)) {
		number = (unsigned int)frame.data[4] << 8 | frame.data[5];
		ck_assert(!popped || number == before + 1);
		before = number;
		popped++;
	}
	ck_assert_uint_eq(number, TOO_MANY - 1);
	ck_assert_uint_lt(popped, TOO_MANY);
	ck_assert_uint_eq(stats.link_tx_dropped, TOO_MANY - popped);
	finish(client, peer);
}
END_TEST

#define ACKNOWLEDGED_AT_ONCE 64 /* a quarter of the window that is offered */

START_TEST(many_packets_are_acknowledged_at_once)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_stats stats;

	peer_open(peer);
	client_open(client, new_config());
	call(client, peer);
	for (int i = 0; i < ACKNOWLEDGED_AT_ONCE; i++)
		peer_send_frame(peer, peer->client_call_id, lcp, sizeof(lcp));
	do {
		ck_assert_int_eq(pptp_session_dispatch(client->session), 0);
		pptp_session_get_stats(client->session, &stats, sizeof(stats));
	} while (stats.rx_accepted < ACKNOWLEDGED_AT_ONCE);
	ck_assert_uint_ge(stats.tx_acks, 1);
	finish(client, peer);
}
END_TEST

/* The peer never acknowledges: the window opens by time-out, in a loop that polls only. */
START_TEST(window_opens_again_for_frames)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	unsigned int sent = 0;

	peer_open(peer);
	pptp_config_set_window(cfg, 4);
	pptp_config_set_gre_silent_ms(cfg, 0);
	client_open(client, cfg);
	call(client, peer);
	while (pptp_session_send_frame(client->session, lcp, sizeof(lcp)) == 0)
		ck_assert_uint_le(++sent, 4);
	ck_assert_int_ge(pptp_session_get_timeout_ms(client->session), 0);
	ck_assert_int_lt(pptp_session_get_timeout_ms(client->session), 4000);
	UNTIL(pptp_session_send_frame(client->session, lcp, sizeof(lcp)) == 0);
	finish(client, peer);
}
END_TEST

/* -- descriptors ---------------------------------------------------------------------------- */

START_TEST(link_that_cannot_be_one_is_refused)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	int ends[2], file = open("/dev/null", O_RDWR | O_CLOEXEC), before;

	peer_open(peer);
	client_open(client, new_config());
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	before = count_descriptors();
	ck_assert_int_eq(pptp_session_attach(client->session, ends[1], ends[0], PPTP_LINK_ASYNC),
			 -EBADF);
	ck_assert_int_eq(pptp_session_attach(client->session, ends[0], -1, PPTP_LINK_ASYNC),
			 -EBADF);
	ck_assert_int_eq(pptp_session_attach(client->session, file, file, PPTP_LINK_ASYNC), -EPERM);
	ck_assert_int_eq(pptp_session_attach(client->session, file, file, (enum pptp_link_type)3),
			 PPTP_ERR_VALUE);
	ck_assert_int_eq(count_descriptors(), before);
	ck_assert_int_eq(pptp_session_attach(client->session, ends[0], ends[1], PPTP_LINK_ASYNC),
			 0);
	ck_assert_int_eq(pptp_session_attach(client->session, file, file, PPTP_LINK_ASYNC),
			 PPTP_ERR_STATE);
	finish(client, peer);
	ck_assert_int_lt(fcntl(ends[0], F_GETFD), 0);
	ck_assert_int_lt(fcntl(ends[1], F_GETFD), 0);
	close(file);
}
END_TEST

START_TEST(waking_descriptor_stays_the_callers)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	peer_open(peer);
	client_open(client, new_config());
	ck_assert_int_eq(pptp_session_wake_on(client->session, 1000), -EBADF);
	ck_assert_int_eq(pptp_session_wake_on(client->session, wake), 0);
	ck_assert_int_eq(pptp_session_wake_on(client->session, wake), PPTP_ERR_STATE);
	ck_assert_int_eq(pptp_session_wait(client->session, 1), 0);
	ck_assert_int_eq(eventfd_write(wake, 1), 0);
	ck_assert_int_eq(pptp_session_wait(client->session, -1), 1);
	ck_assert_int_eq(pptp_session_wait(client->session, -1), 1);
	ck_assert_int_eq(pptp_session_dispatch(client->session), 0);
	finish(client, peer);
	ck_assert_int_eq(close(wake), 0);
}
END_TEST

static const struct {
	int domain;
	int type;
	int protocol;
} other_sockets[] = {
	{ AF_INET, SOCK_DGRAM, 0 },
	{ AF_INET, SOCK_STREAM, 0 },
	{ AF_INET, SOCK_RAW, IPPROTO_ICMP },
	{ AF_INET6, SOCK_RAW, IPPROTO_GRE },
};

START_TEST(gre_descriptor_of_another_kind_is_refused)
{
	struct pptp_config *cfg = new_config();
	struct pptp_session *session;
	int fd = socket(other_sockets[_i].domain, other_sockets[_i].type | SOCK_CLOEXEC,
			other_sockets[_i].protocol);

	if (fd >= 0) { /* the kernel may have no IPv6 */
		ck_assert_int_eq(pptp_config_set_gre_fd(cfg, fd), 0);
		ck_assert_int_eq(pptp_session_new(&session, cfg), PPTP_ERR_VALUE);
		ck_assert_int_eq(close(fd), 0);
	}
	fd = eventfd(0, EFD_CLOEXEC);
	pptp_config_set_gre_fd(cfg, fd);
	ck_assert_int_eq(pptp_session_new(&session, cfg), -ENOTSOCK);
	ck_assert_int_eq(close(fd), 0);
	pptp_config_set_gre_fd(cfg, 1000);
	ck_assert_int_eq(pptp_session_new(&session, cfg), -EBADF);
	ck_assert_int_eq(pptp_config_set_gre_fd(cfg, -2), PPTP_ERR_VALUE);
	pptp_config_free(cfg);
}
END_TEST

struct manager {
	unsigned int sockets;
	unsigned int routes;
	unsigned int dropped;
};

static int see_socket(void *user, int fd)
{
	struct manager *manager = user;

	(void)fd;
	manager->sockets++;
	return 0;
}

static int keep_route(void *user, const struct pptp_route_query *query, bool needed)
{
	struct manager *manager = user;

	(void)query;
	if (needed)
		manager->routes++;
	else
		manager->dropped++;
	return PPTP_ROUTE_BY_CALLER;
}

/* Set up by its owner, it is not shown to the hook; the session's for good, and for it alone. */
START_TEST(gre_descriptor_serves_one_session)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct manager manager = { 0 };
	struct pptp_session *second;
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_GRE), copy = dup(fd);

	peer_open(peer);
	pptp_config_set_gre_fd(cfg, fd);
	pptp_config_set_socket_hook(cfg, see_socket, &manager);
	pptp_config_set_route_hook(cfg, keep_route, &manager);
	client_open(client, cfg);
	ck_assert_uint_eq(manager.sockets, 0);
	call(client, peer);
	ck_assert_uint_eq(manager.sockets, 1);
	ck_assert_uint_eq(manager.routes, 1);
	cfg = new_config();
	pptp_config_set_gre_fd(cfg, copy);
	ck_assert_int_eq(pptp_session_new(&second, cfg), -EPERM);
	pptp_config_free(cfg);
	pptp_session_stop(client->session);
	UNTIL(client->over);
	ck_assert_uint_eq(manager.dropped, 1);
	ck_assert_int_lt(fcntl(fd, F_GETFD), 0);
	finish(client, peer);
	ck_assert_int_eq(close(copy), 0);
}
END_TEST

/* Also before the first one has a call. What the first one closed may be another descriptor by then. */
START_TEST(gre_descriptor_given_twice_is_refused)
{
	struct pptp_config *cfg = new_config();
	struct pptp_session *first, *second;
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_GRE), other;

	pptp_config_set_gre_fd(cfg, fd);
	ck_assert_int_eq(pptp_session_new(&first, cfg), 0);
	ck_assert_int_eq(pptp_session_new(&second, cfg), -EPERM);
	pptp_session_free(first);
	ck_assert_int_lt(fcntl(fd, F_GETFD), 0);
	other = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_eq(other, fd);
	ck_assert_int_eq(pptp_session_new(&second, cfg), -ENOTSOCK);
	ck_assert_int_eq(close(other), 0);
	pptp_config_free(cfg);
}
END_TEST

#define LOOP(tc, test, table) tcase_add_loop_test(tc, test, 0, sizeof(table) / sizeof(table[0]))

const char suite_name[] = "session rules";

void add_tests(TCase *tc)
{
	LOOP(tc, stop_ends_every_phase_with_one_closed, phases);
	LOOP(tc, free_ends_every_phase, phases);
	LOOP(tc, nobody_is_woken_after_the_end, phases);
	tcase_add_test(tc, closed_session_answers);
	tcase_add_test(tc, look_up_that_failed_for_now_is_transient);
	LOOP(tc, a_long_name_leaves_room_for_the_cause, long_names);
	LOOP(tc, gre_socket_of_a_hub_is_refused, refusals);
	tcase_add_test(tc, call_id_is_given_once_in_a_hub);
	tcase_add_test(tc, frames_that_are_set_free_at_once_all_come);
	tcase_add_test(tc, many_packets_are_acknowledged_at_once);
	tcase_add_test(tc, window_opens_again_for_frames);
	tcase_add_test(tc, a_full_queue_keeps_the_newest_frames);
	tcase_add_test(tc, link_that_cannot_be_one_is_refused);
	tcase_add_test(tc, waking_descriptor_stays_the_callers);
	LOOP(tc, gre_descriptor_of_another_kind_is_refused, other_sockets);
	tcase_add_test(tc, gre_descriptor_serves_one_session);
	tcase_add_test(tc, gre_descriptor_given_twice_is_refused);
}
