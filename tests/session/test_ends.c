/* SPDX-License-Identifier: MIT */
/* Sessions that end in every way, against peers and callers that misbehave. */
#define _GNU_SOURCE
#include "rig.h"

#include <netinet/tcp.h>

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
		pptp_session_stop(client->session);
}

START_TEST(stop_in_each_phase)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	uint64_t start;
	unsigned int turns = 0;

	reach(_i, client, peer);
	start = clock_now();
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
	while (!client->over) {
		turns += client_turn(client, 100);
		if (_i >= STARTING)
			peer_work(peer);
		ck_assert_uint_lt(clock_now() - start, 2 * PPTP_NS_PER_SEC);
	}
	ck_assert_uint_lt(turns, 30);
	ck_assert_uint_eq(client->closed_count, 1);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_STOPPED);
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
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
		setsockopt(peer->tcp, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
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
	int len = pptp_msg_encode(&offer, data, sizeof(data));

	len += pptp_msg_encode(&cancel, data + len, sizeof(data) - (size_t)len);
	peer_open(peer);
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

/* What the peer may repeat without end leaves room for what happens once, though nobody pops. */
START_TEST(the_end_of_the_call_is_not_lost_in_a_flood)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_msg info = { .type = PPTP_MSG_SLI };
	unsigned int count[PPTP_EVENT_GRE_ONE_WAY + 1] = { 0 };
	struct pollfd pfd = { .events = POLLIN };
	const struct pptp_event *event;
	uint8_t data[64];
	int len, one = 1;

	peer_open(peer);
	client_open(client, new_config());
	call(client, peer);
	info.u.link_info.peer_call_id = peer->client_call_id;
	len = pptp_msg_encode(&info, data, sizeof(data));
	/* Each for itself: of many in one read the core keeps a few only. */
	ck_assert_int_eq(setsockopt(peer->tcp, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), 0);
	pfd.fd = pptp_session_get_fd(client->session);
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(send(peer->tcp, data, (size_t)len, 0), len);
		ck_assert_int_eq(poll(&pfd, 1, STEP_MS), 1);
		ck_assert_int_eq(pptp_session_dispatch(client->session), 0);
	}
	shutdown(peer->tcp, SHUT_WR);
	for (int i = 0; i < 500 && pptp_session_dispatch(client->session) == 0; i++)
		poll(NULL, 0, 10);
	while ((event = pptp_session_pop_event(client->session)))
		count[event->type]++;
	ck_assert_uint_eq(count[PPTP_EVENT_CALL_DOWN], 1);
	ck_assert_uint_eq(count[PPTP_EVENT_CLOSED], 1);
	finish(client, peer);
}
END_TEST

/* -- hub ------------------------------------------------------------------------------------ */

/* The hub carries a frame to a session: the session's own descriptor says so, before any timer. */
START_TEST(hub_wakes_the_session)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct pollfd of_hub = { .events = POLLIN }, own = { .events = POLLIN };
	struct pptp_frame frame;
	struct pptp_hub *hub;

	peer_open(peer);
	ck_assert_int_eq(pptp_hub_new(&hub), 0);
	pptp_config_set_hub(cfg, hub);
	client_open(client, cfg);
	call(client, peer);
	of_hub.fd = pptp_hub_get_fd(hub);
	own.fd = pptp_session_get_fd(client->session);
	/* The first brings GRE_HEARD too, the second nothing but itself. */
	for (int i = 0; i < 2; i++) {
		peer_send_frame(peer, peer->client_call_id, lcp, sizeof(lcp));
		ck_assert_int_eq(poll(&of_hub, 1, STEP_MS), 1);
		while (client_turn(client, 0))
			continue;
		ck_assert_int_eq(pptp_hub_dispatch(hub), 0);
		ck_assert_int_eq(pptp_session_get_timeout_ms(client->session), 0);
		ck_assert_int_eq(poll(&own, 1, STEP_MS), 1);
		client_turn(client, 0);
		ck_assert(pptp_session_pop_frame(client->session, &frame));
	}
	finish(client, peer);
	pptp_hub_free(hub);
}
END_TEST

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
	peer_send_frame(peer, peer->client_call_id, lcp, sizeof(lcp));
	ck_assert_int_eq(poll(&pfd, 1, 50), 0);
	ck_assert_int_eq(pptp_hub_dispatch(hub), 0);
	pptp_hub_free(hub);
	close(hold[1]);
	wait(NULL);
	close(hold[0]);
	peer_close(peer);
}
END_TEST

const char suite_name[] = "session ends";

void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, stop_in_each_phase, 0, PHASES);
	tcase_add_loop_test(tc, free_in_each_phase, 0, PHASES);
	tcase_add_loop_test(tc, server_dies, 0, 2);
	tcase_add_test(tc, closed_is_never_lost);
	tcase_add_test(tc, the_end_of_the_call_is_not_lost_in_a_flood);
	tcase_add_test(tc, hub_wakes_the_session);
	tcase_add_test(tc, hub_forgets_a_socket_that_a_child_holds);
}
