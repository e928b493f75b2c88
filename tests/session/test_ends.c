/* SPDX-License-Identifier: MIT */
/*
 * Sessions that end in every way, against peers and callers that misbehave; what is known of a session
 * until then and after.
 */
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

/* -- what is known -------------------------------------------------------------------------- */

#define HOST     "pac.example"
#define VENDOR   "a vendor"
#define FIRMWARE 0x0203
#define WINDOW   17
#define SPEED    64000

/* A PAC that says something of itself, and answers the call like this. */
static void open_peer_with(struct peer *peer, uint8_t call_result)
{
	struct pptp_ctrl_config cfg;

	peer_open(peer);
	pptp_ctrl_free(peer->ctrl);
	pptp_ctrl_config_init(&cfg, sizeof(cfg));
	cfg.receiver = true;
	cfg.call_id = CALL_ID;
	cfg.call_result = call_result;
	cfg.firmware = FIRMWARE;
	cfg.recv_window = WINDOW;
	cfg.connect_speed = SPEED;
	strcpy(cfg.host_name, HOST);
	strcpy(cfg.vendor_name, VENDOR);
	ck_assert_int_eq(pptp_ctrl_new(&peer->ctrl, &cfg, NULL, NULL), 0);
}

/* Run until that event is popped, and no further. */
static struct pptp_event await(struct client *client, struct peer *peer, enum pptp_event_type type)
{
	struct pollfd pfd = { .fd = pptp_session_get_fd(client->session), .events = POLLIN };
	uint64_t end = clock_now() + STEP_MS * PPTP_NS_PER_MS;
	const struct pptp_event *event;

	for (;;) {
		while ((event = pptp_session_pop_event(client->session)))
			if (event->type == type)
				return *event;
		ck_assert_msg(clock_now() < end, "event %d never came", type);
		if (poll(&pfd, 1, 5) > 0)
			pptp_session_dispatch(client->session);
		peer_work(peer);
	}
}

static struct pptp_session_info info_of(const struct client *client)
{
	struct pptp_session_info info;

	memset(&info, 0xA5, sizeof(info));
	ck_assert_int_eq(pptp_session_get_info(client->session, &info, sizeof(info)), 0);
	return info;
}

static void assert_known(const struct client *client, const struct pptp_session_info *known)
{
	const struct pptp_session_info info = info_of(client);

	ck_assert_int_eq(info.phase, known->phase);
	ck_assert_int_eq(info.phase, pptp_session_get_phase(client->session));
	ck_assert_int_eq(info.data_path, known->data_path);
	ck_assert_str_eq(info.server, known->server);
	ck_assert_uint_eq(info.local.s_addr, known->local.s_addr);
	ck_assert_uint_eq(info.remote.s_addr, known->remote.s_addr);
	ck_assert_str_eq(info.host_name, known->host_name);
	ck_assert_str_eq(info.vendor_name, known->vendor_name);
	ck_assert_uint_eq(info.version, known->version);
	ck_assert_uint_eq(info.firmware, known->firmware);
	ck_assert_uint_eq(info.call_id, known->call_id);
	ck_assert_uint_eq(info.peer_call_id, known->peer_call_id);
	ck_assert_uint_eq(info.peer_window, known->peer_window);
	ck_assert_int_eq(info.gre_heard, known->gre_heard);
	ck_assert_int_eq(info.gre_acked, known->gre_acked);
	ck_assert_uint_eq(info.connect_speed, known->connect_speed);
	ck_assert_uint_eq(info.mtu, known->mtu);
	ck_assert_uint_eq(info.up_at, known->up_at);
}

static void know_control(struct pptp_session_info *known, const struct pptp_event *event)
{
	known->phase = event->phase;
	known->local = address(CLIENT, 0).sin_addr;
	known->remote = event->u.control.address;
	known->host_name = event->u.control.host_name;
	known->vendor_name = event->u.control.vendor_name;
	known->version = event->u.control.version;
	known->firmware = event->u.control.firmware;
}

static void know_call(struct pptp_session_info *known, const struct pptp_event *event)
{
	known->phase = event->phase;
	known->local = event->u.call.local;
	known->remote = event->u.call.remote;
	known->call_id = event->u.call.call_id;
	known->peer_call_id = event->u.call.peer_call_id;
	known->peer_window = event->u.call.peer_window;
	known->connect_speed = event->u.call.connect_speed;
	known->mtu = event->u.call.mtu;
}

/* The client's first data packet, number 0, has arrived. */
static void acknowledge_first(const struct peer *peer)
{
	const struct sockaddr_in to = address(CLIENT, 0);
	const struct pptp_gre gre = { .has_ack = true, .call_id = peer->client_call_id };
	uint8_t packet[PPTP_GRE_HEADER_MAX];
	size_t len = pptp_gre_encode(&gre, packet);

	ck_assert_int_eq(
		sendto(peer->gre, packet, len, 0, (const struct sockaddr *)&to, sizeof(to)),
		(ssize_t)len);
}

START_TEST(known_until_the_call_is_up)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_session_info known = { .server = SERVER, .host_name = "", .vendor_name = "" };
	struct pptp_event event;
	uint64_t before;

	open_peer_with(peer, PPTP_CALL_CONNECTED);
	client_open(client, new_config());
	assert_known(client, &known);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	known.phase = PPTP_PHASE_CONNECTING;
	known.remote = address(SERVER, 0).sin_addr;
	assert_known(client, &known);
	event = await(client, peer, PPTP_EVENT_CONTROL_UP);
	know_control(&known, &event);
	assert_known(client, &known);
	ck_assert_str_eq(known.host_name, HOST);
	ck_assert_str_eq(known.vendor_name, VENDOR);
	ck_assert_uint_eq(known.version, 0x0100);
	ck_assert_uint_eq(known.firmware, FIRMWARE);
	before = clock_now();
	event = await(client, peer, PPTP_EVENT_CALL_UP);
	know_call(&known, &event);
	known.up_at = info_of(client).up_at;
	ck_assert_uint_ge(known.up_at, before);
	ck_assert_uint_le(known.up_at, clock_now());
	assert_known(client, &known);
	ck_assert_uint_eq(known.call_id, peer->client_call_id);
	ck_assert_uint_eq(known.peer_call_id, CALL_ID);
	ck_assert_uint_eq(known.peer_window, WINDOW);
	ck_assert_uint_eq(known.connect_speed, SPEED);
	finish(client, peer);
}
END_TEST

START_TEST(known_of_gre_and_after_the_end)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_session_info known;

	open_peer_with(peer, PPTP_CALL_CONNECTED);
	client_open(client, new_config());
	call(client, peer);
	known = info_of(client);
	ck_assert(!known.gre_heard && !known.gre_acked);
	peer_send_frame(peer, peer->client_call_id, lcp, sizeof(lcp));
	await(client, peer, PPTP_EVENT_GRE_HEARD);
	known.gre_heard = true;
	assert_known(client, &known);
	ck_assert_int_eq(pptp_session_send_frame(client->session, lcp, sizeof(lcp)), 0);
	acknowledge_first(peer);
	UNTIL(info_of(client).gre_acked);
	known.gre_acked = true;
	assert_known(client, &known);
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
	known.phase = PPTP_PHASE_ENDING;
	assert_known(client, &known);
	UNTIL(client->over);
	known.phase = PPTP_PHASE_CLOSED;
	assert_known(client, &known);
	/* Those of the copy made when the call came up. */
	ck_assert_str_eq(known.host_name, HOST);
	ck_assert_str_eq(known.vendor_name, VENDOR);
	finish(client, peer);
}
END_TEST

/* Of the call there is nothing, and of a server that never answered neither. */
START_TEST(known_of_a_call_that_failed)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_session_info known = { .server = SERVER, .host_name = "", .vendor_name = "" };
	struct pptp_event event;

	open_peer_with(peer, PPTP_CALL_BUSY);
	client_open(client, new_config());
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	event = await(client, peer, PPTP_EVENT_CONTROL_UP);
	know_control(&known, &event);
	await(client, peer, PPTP_EVENT_CLOSED);
	known.phase = PPTP_PHASE_CLOSED;
	assert_known(client, &known);
	finish(client, peer);
}
END_TEST

/* Every address was tried, as many as there may be: the last one is told, none behind it. */
START_TEST(known_where_no_address_answers)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_session_info known = { .server = "name.invalid",
					   .phase = PPTP_PHASE_CLOSED,
					   .host_name = "",
					   .vendor_name = "" };
	struct in_addr addresses[PPTP_ADDRESSES_MAX];
	struct pptp_config *cfg = new_config();

	for (unsigned int i = 0; i < PPTP_ADDRESSES_MAX; i++)
		addresses[i].s_addr = htonl(INADDR_LOOPBACK + 100 + i);
	ck_assert_int_eq(pptp_config_set_server(cfg, known.server), 0);
	if (_i) {
		ck_assert_int_eq(pptp_config_set_addresses(cfg, addresses, PPTP_ADDRESSES_MAX), 0);
		known.remote = addresses[PPTP_ADDRESSES_MAX - 1];
	}
	peer_open(peer);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	await(client, peer, PPTP_EVENT_CLOSED);
	assert_known(client, &known);
	finish(client, peer);
}
END_TEST

/* Of a program that was built with another version's header. */
START_TEST(known_by_size)
{
	struct {
		struct pptp_session_info info;
		uint8_t more[64];
	} newer, untouched;
	const size_t older = offsetof(struct pptp_session_info, server);
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;

	peer_open(peer);
	client_open(client, new_config());
	call(client, peer);
	memset(&untouched, 0xA5, sizeof(untouched));
	memcpy(&newer, &untouched, sizeof(newer));
	errno = EXDEV;
	ck_assert_int_eq(pptp_session_get_info(client->session, &newer.info, 0), PPTP_ERR_VALUE);
	ck_assert_mem_eq(&newer, &untouched, sizeof(newer));
	ck_assert_int_eq(pptp_session_get_info(client->session, &newer.info, older), 0);
	ck_assert_int_eq(newer.info.phase, PPTP_PHASE_UP);
	ck_assert_int_eq(newer.info.data_path, PPTP_DATA_PATH_USER);
	ck_assert_mem_eq((uint8_t *)&newer + older, (uint8_t *)&untouched + older,
			 sizeof(newer) - older);
	ck_assert_int_eq(pptp_session_get_info(client->session, &newer.info, sizeof(newer)), 0);
	ck_assert_uint_eq(newer.info.peer_call_id, CALL_ID);
	for (size_t i = 0; i < sizeof(newer.more); i++)
		ck_assert_uint_eq(newer.more[i], 0);
	ck_assert_int_eq(errno, EXDEV);
	finish(client, peer);
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
	tcase_add_test(tc, known_until_the_call_is_up);
	tcase_add_test(tc, known_of_gre_and_after_the_end);
	tcase_add_test(tc, known_of_a_call_that_failed);
	tcase_add_loop_test(tc, known_where_no_address_answers, 0, 2);
	tcase_add_test(tc, known_by_size);
}
