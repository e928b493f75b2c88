/* SPDX-License-Identifier: MIT */
/* What a program that links the library meets: events, phases, hooks, sizes, errno. */
#define _GNU_SOURCE
#include "rig.h"

#include <locale.h>
#include <sys/stat.h>

#define EVENTS_MAX 16

struct heard {
	struct pptp_event events[EVENTS_MAX];
	unsigned int count;
};

static const struct pptp_event *event_of(const struct heard *heard, enum pptp_event_type type)
{
	for (unsigned int i = 0; i < heard->count; i++)
		if (heard->events[i].type == type)
			return &heard->events[i];
	return NULL;
}

static void listen_to(struct client *client, struct heard *heard)
{
	const struct pptp_event *event;

	while ((event = pptp_session_pop_event(client->session))) {
		ck_assert_uint_lt(heard->count, EVENTS_MAX);
		heard->events[heard->count++] = *event;
	}
}

/* Run until that event, or the end. */
static const struct pptp_event *hear(struct client *client, struct peer *peer, struct heard *heard,
				     enum pptp_event_type type)
{
	uint64_t end = clock_now() + STEP_MS * PPTP_NS_PER_MS;

	while (!event_of(heard, type) && !client->over) {
		struct pollfd pfd = { .fd = pptp_session_get_fd(client->session),
				      .events = POLLIN };

		ck_assert_msg(clock_now() < end, "event %d never came", type);
		if (poll(&pfd, 1, 5) > 0)
			client->over = pptp_session_dispatch(client->session) < 0;
		listen_to(client, heard);
		peer_work(peer);
	}
	return event_of(heard, type);
}

/* -- events and phases ---------------------------------------------------------------------- */

START_TEST(events_say_how_far_it_is)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct heard heard = { 0 };
	const struct pptp_event *event;

	peer_open(peer);
	client_open(client, new_config());
	ck_assert_int_eq(pptp_session_get_phase(client->session), PPTP_PHASE_NEW);
	ck_assert_int_eq(pptp_session_get_timeout_ms(client->session), -1);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	ck_assert_int_eq(pptp_session_get_phase(client->session), PPTP_PHASE_CONNECTING);
	ck_assert_int_ge(pptp_session_get_timeout_ms(client->session), 0);
	ck_assert_int_le(pptp_session_get_timeout_ms(client->session), 20000);
	event = hear(client, peer, &heard, PPTP_EVENT_CONNECTING);
	ck_assert_int_eq(event->phase, PPTP_PHASE_CONNECTING);
	ck_assert_str_eq(event->u.connecting.server, SERVER);
	event = hear(client, peer, &heard, PPTP_EVENT_CONTROL_UP);
	ck_assert_int_eq(event->phase, PPTP_PHASE_CALLING);
	event = hear(client, peer, &heard, PPTP_EVENT_CALL_UP);
	ck_assert_int_eq(event->phase, PPTP_PHASE_UP);
	ck_assert_uint_eq(event->u.call.peer_call_id, CALL_ID);
	ck_assert_uint_eq(event->u.call.mtu, 1500 - 20 - 16 - 2 - 6);
	ck_assert_int_eq(pptp_session_get_phase(client->session), PPTP_PHASE_UP);
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
	ck_assert_int_eq(pptp_session_get_phase(client->session), PPTP_PHASE_ENDING);
	event = hear(client, peer, &heard, PPTP_EVENT_CLOSED);
	ck_assert_int_eq(event->phase, PPTP_PHASE_CLOSED);
	ck_assert_str_eq(event->u.down.result_text, "");
	ck_assert_int_eq(pptp_session_get_phase(client->session), PPTP_PHASE_CLOSED);
	finish(client, peer);
}
END_TEST

START_TEST(name_is_looked_up_first)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct heard heard = { 0 };
	const struct pptp_event *event;

	peer_open(peer);
	pptp_config_set_server(cfg, "name.invalid");
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	ck_assert_int_eq(pptp_session_get_phase(client->session), PPTP_PHASE_RESOLVING);
	event = hear(client, peer, &heard, PPTP_EVENT_RESOLVING);
	ck_assert_int_eq(event->phase, PPTP_PHASE_RESOLVING);
	ck_assert_str_eq(event->u.connecting.server, "name.invalid");
	event = hear(client, peer, &heard, PPTP_EVENT_CLOSED);
	ck_assert_int_eq(event->u.down.reason, PPTP_REASON_NAME_NOT_FOUND);
	finish(client, peer);
}
END_TEST

static const struct refusal {
	uint8_t result;
	uint8_t error;
	uint16_t cause;
	enum pptp_reason reason;
	bool transient;
} refusals[] = {
	{ PPTP_CALL_BUSY, 0, 17, PPTP_REASON_CALL_BUSY, true },
	{ PPTP_CALL_GENERAL_ERROR, PPTP_GENERAL_NO_RESOURCE, 0, PPTP_REASON_CALL_REJECTED, true },
};

START_TEST(refusal_is_told_in_numbers_and_words)
{
	const struct refusal *refusal = &refusals[_i];
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_ctrl_config cfg;
	struct heard heard = { 0 };
	const struct pptp_event *event;

	peer_open(peer);
	pptp_ctrl_free(peer->ctrl);
	pptp_ctrl_config_init(&cfg, sizeof(cfg));
	cfg.receiver = true;
	cfg.call_id = CALL_ID;
	cfg.call_result = refusal->result;
	cfg.call_error = refusal->error;
	cfg.call_cause = refusal->cause;
	ck_assert_int_eq(pptp_ctrl_new(&peer->ctrl, &cfg, NULL, NULL), 0);
	client_open(client, new_config());
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	event = hear(client, peer, &heard, PPTP_EVENT_CALL_FAILED);
	ck_assert_int_eq(event->phase, PPTP_PHASE_ENDING);
	ck_assert_int_eq(event->u.down.reason, refusal->reason);
	ck_assert_int_eq(event->u.down.transient, refusal->transient);
	ck_assert_str_eq(event->u.down.result_text, pptp_call_result_text(refusal->result));
	ck_assert_str_eq(event->u.down.error_text,
			 refusal->error ? pptp_general_error_text(refusal->error) : "");
	ck_assert_str_eq(event->u.down.cause_text,
			 refusal->cause ? pptp_cause_text(refusal->cause) : "");
	ck_assert_ptr_nonnull(strstr(event->u.down.text, event->u.down.result_text));
	finish(client, peer);
}
END_TEST

START_TEST(every_phase_has_words)
{
	for (int a = PPTP_PHASE_NEW; a <= PPTP_PHASE_CLOSED; a++)
		for (int b = PPTP_PHASE_NEW; b < a; b++)
			ck_assert_str_ne(pptp_phase_text((enum pptp_phase)a),
					 pptp_phase_text((enum pptp_phase)b));
	ck_assert_str_eq(pptp_phase_text((enum pptp_phase)99), "unknown");
}
END_TEST

/* -- programs built with another version's headers ------------------------------------------- */

/* An event stays as it is until the next one is taken, its strings until the end. */
START_TEST(events_stay_until_the_next_pop)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	const struct pptp_event *event;
	const char *vendor;

	peer_open(peer);
	client_open(client, new_config());
	ck_assert(!pptp_session_pop_event(client->session));
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	event = pptp_session_pop_event(client->session);
	ck_assert_ptr_nonnull(event);
	for (int i = 0; i < 100 && pptp_session_get_phase(client->session) < PPTP_PHASE_UP; i++) {
		poll(NULL, 0, 2);
		pptp_session_dispatch(client->session);
		peer_work(peer);
	}
	ck_assert_int_eq(event->type, PPTP_EVENT_CONNECTING);
	ck_assert_str_eq(event->u.connecting.server, SERVER);
	event = pptp_session_pop_event(client->session);
	ck_assert_int_eq(event->type, PPTP_EVENT_CONNECTED);
	ck_assert_str_eq(event->u.connecting.server, SERVER);
	event = pptp_session_pop_event(client->session);
	ck_assert_int_eq(event->type, PPTP_EVENT_CONTROL_UP);
	vendor = event->u.control.vendor_name;
	ck_assert_str_eq(vendor, "libpptp");
	ck_assert_int_eq(pptp_session_pop_event(client->session)->type, PPTP_EVENT_CALL_UP);
	ck_assert_str_eq(vendor, "libpptp");
	finish(client, peer);
}
END_TEST

/* No name is looked up when the caller has resolved it. */
START_TEST(sockets_are_bound_to_the_interface)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct pptp_session *session = NULL;

	ck_assert_int_eq(pptp_config_set_interface(cfg, "no-such-if"), 0);
	ck_assert_int_eq(pptp_session_new(&session, cfg), -ENODEV);
	ck_assert_ptr_null(session);
	ck_assert_int_eq(pptp_config_set_interface(cfg, "lo"), 0);
	peer_open(peer);
	client_open(client, cfg);
	call(client, peer);
	finish(client, peer);
}
END_TEST

START_TEST(older_and_newer_configurations)
{
	struct {
		struct pptp_tunnel_config cfg;
		uint8_t more[64];
	} newer;
	struct pptp_tunnel_config older;
	struct pptp_tunnel *tunnel;

	memset(&newer, 0xAA, sizeof(newer));
	pptp_tunnel_config_init(&newer.cfg, sizeof(newer));
	ck_assert_uint_eq(newer.cfg.size, sizeof(newer));
	ck_assert_uint_eq(newer.more[63], 0);
	ck_assert_int_eq(pptp_tunnel_new(&tunnel, &newer.cfg), 0);
	pptp_tunnel_free(tunnel);
	/* What a program does not know of has its default, whatever stands behind its structure. */
	memset(&older, 0xAA, sizeof(older));
	pptp_tunnel_config_init(&older, offsetof(struct pptp_tunnel_config, missing_window));
	ck_assert_uint_eq(older.missing_window, 0xAAAAAAAAU);
	ck_assert_int_eq(pptp_tunnel_new(&tunnel, &older), 0);
	pptp_tunnel_free(tunnel);
}
END_TEST

#define SILENCE_MS 150

/* Heard before or after the silence was reported: reported once at most, and not when it was not. */
START_TEST(silence_of_gre)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct heard heard = { 0 };
	unsigned int silent = 0;
	uint64_t end;

	peer_open(peer);
	ck_assert_int_eq(pptp_config_set_gre_silent_ms(cfg, SILENCE_MS), 0);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	ck_assert_ptr_nonnull(hear(client, peer, &heard, PPTP_EVENT_CALL_UP));
	end = clock_now() + 2 * SILENCE_MS * PPTP_NS_PER_MS;
	if (_i)
		ck_assert_ptr_nonnull(hear(client, peer, &heard, PPTP_EVENT_GRE_SILENT));
	for (int i = 0; i < 2; i++)
		peer_send_frame(peer, peer->client_call_id, lcp, sizeof(lcp));
	ck_assert_ptr_nonnull(hear(client, peer, &heard, PPTP_EVENT_GRE_HEARD));
	while (clock_now() < end) {
		ck_assert_int_eq(pptp_session_wait(client->session, 5), 0);
		listen_to(client, &heard);
	}
	for (unsigned int i = 0; i < heard.count; i++)
		silent += heard.events[i].type == PPTP_EVENT_GRE_SILENT;
	ck_assert_uint_eq(silent, (unsigned int)_i);
	finish(client, peer);
}
END_TEST

/* -- hooks ---------------------------------------------------------------------------------- */

struct hook {
	int answer;
	unsigned int calls;
	unsigned int freed;
	struct pptp_route_query query;
	int looked_up;
	struct pptp_route_info path;
};

static int socket_hook(void *user, int fd)
{
	struct hook *hook = user;
	int type = 0;
	socklen_t len = sizeof(type);

	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len), 0);
	hook->calls++;
	return type == SOCK_STREAM ? hook->answer : 0;
}

static int route_hook(void *user, const struct pptp_route_query *query, bool needed)
{
	struct hook *hook = user;

	if (!needed) {
		hook->freed++;
		return 0;
	}
	hook->calls++;
	hook->query = *query;
	hook->looked_up = pptp_route_lookup(query, &hook->path, sizeof(hook->path));
	return hook->answer;
}

/* Where the socket needs a privilege, one serves both addresses. */
START_TEST(supplied_addresses_are_tried_in_order)
{
	const bool bound = _i == 1;
	struct hook hook = { 0 };
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct in_addr addresses[] = { address("127.0.0.9", 0).sin_addr,
				       address(SERVER, 0).sin_addr };
	struct pptp_config *cfg = new_config();
	struct heard heard = { 0 };
	const struct pptp_event *event;

	ck_assert_int_eq(pptp_config_set_server(cfg, "no-such-name.invalid"), 0);
	ck_assert_int_eq(pptp_config_set_addresses(cfg, addresses, 2), 0);
	ck_assert_int_eq(pptp_config_set_interface(cfg, bound ? "lo" : ""), 0);
	pptp_config_set_socket_hook(cfg, socket_hook, &hook);
	peer_open(peer);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	event = hear(client, peer, &heard, PPTP_EVENT_CALL_UP);
	ck_assert_ptr_nonnull(event);
	ck_assert_ptr_null(event_of(&heard, PPTP_EVENT_RESOLVING));
	ck_assert_int_eq(heard.events[0].type, PPTP_EVENT_CONNECTING);
	ck_assert_str_eq(heard.events[0].u.connecting.server, "no-such-name.invalid");
	ck_assert_uint_eq(heard.events[0].u.connecting.address.s_addr, addresses[0].s_addr);
	ck_assert_uint_eq(heard.events[0].u.connecting.count, 2);
	ck_assert_int_eq(heard.events[1].type, PPTP_EVENT_CONNECTING);
	ck_assert_uint_eq(heard.events[1].u.connecting.address.s_addr, addresses[1].s_addr);
	ck_assert_uint_eq(event->u.call.remote.s_addr, addresses[1].s_addr);
	event = event_of(&heard, PPTP_EVENT_CONNECTED);
	ck_assert_ptr_nonnull(event);
	ck_assert_uint_eq(event->u.connecting.address.s_addr, addresses[1].s_addr);
	ck_assert_uint_eq(hook.calls, bound ? 2 : 3);
	finish(client, peer);
}
END_TEST

static const struct {
	int answer;
	enum pptp_reason reason;
	int system_error;
} hook_answers[] = {
	{ 0, PPTP_REASON_NONE, 0 },
	{ -EPERM, PPTP_REASON_NOT_PERMITTED, -EPERM },
	{ -ENETUNREACH, PPTP_REASON_UNREACHABLE, -ENETUNREACH },
	{ -EBUSY, PPTP_REASON_SYSTEM_ERROR, -EBUSY },
	{ 1, PPTP_REASON_SYSTEM_ERROR, -EINVAL },
};

START_TEST(socket_hook_sees_both_sockets_and_may_refuse)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct hook hook = { .answer = hook_answers[_i].answer };
	struct pptp_config *cfg = new_config();
	struct heard heard = { 0 };
	const struct pptp_event *closed;

	peer_open(peer);
	pptp_config_set_socket_hook(cfg, socket_hook, &hook);
	client_open(client, cfg);
	ck_assert_uint_eq(hook.calls, 1);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	ck_assert_uint_eq(hook.calls, 2);
	if (hook_answers[_i].reason == PPTP_REASON_NONE) {
		ck_assert_ptr_nonnull(hear(client, peer, &heard, PPTP_EVENT_CALL_UP));
	} else {
		closed = hear(client, peer, &heard, PPTP_EVENT_CLOSED);
		ck_assert_int_eq(closed->u.down.reason, hook_answers[_i].reason);
		ck_assert_int_eq(closed->u.down.system_error, hook_answers[_i].system_error);
	}
	finish(client, peer);
}
END_TEST

START_TEST(route_hook_answers_for_the_route)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct hook hook = { .answer = PPTP_ROUTE_BY_CALLER };
	struct pptp_config *cfg = new_config();
	struct heard heard = { 0 };

	peer_open(peer);
	pptp_config_set_route_hook(cfg, route_hook, &hook);
	pptp_config_set_host_route(cfg, true);
	pptp_config_set_mark(cfg, 7);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	ck_assert_ptr_nonnull(hear(client, peer, &heard, PPTP_EVENT_CALL_UP));
	ck_assert_uint_eq(hook.calls, 1);
	ck_assert_uint_eq(hook.freed, 0);
	ck_assert_uint_eq(hook.query.dst.s_addr, inet_addr(SERVER));
	ck_assert_uint_eq(hook.query.src.s_addr, inet_addr(CLIENT));
	ck_assert_uint_eq(hook.query.mark, 7);
	if (hook.looked_up != PPTP_ERR_UNSUPPORTED) { /* built without routes */
		ck_assert_int_eq(hook.looked_up, 0);
		ck_assert_uint_eq(hook.path.oif, if_nametoindex("lo"));
		ck_assert_int_eq(hook.path.kind, PPTP_ROUTE_LOCAL);
	}
	pptp_session_stop(client->session);
	ck_assert_ptr_nonnull(hear(client, peer, &heard, PPTP_EVENT_CLOSED));
	ck_assert_uint_eq(hook.freed, 1);
	finish(client, peer);
	ck_assert_uint_eq(hook.freed, 1);
}
END_TEST

static const struct {
	int answer;
	enum pptp_reason reason;
	int system_error;
} vetoes[] = {
	{ -EHOSTUNREACH, PPTP_REASON_UNREACHABLE, -EHOSTUNREACH },
	{ 2, PPTP_REASON_SYSTEM_ERROR, -EINVAL }, /* of a later version, or no answer at all */
};

START_TEST(route_hook_forbids_an_address)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct hook hook = { .answer = vetoes[_i].answer };
	struct pptp_config *cfg = new_config();
	struct heard heard = { 0 };
	const struct pptp_event *closed;

	peer_open(peer);
	pptp_config_set_route_hook(cfg, route_hook, &hook);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	closed = hear(client, peer, &heard, PPTP_EVENT_CLOSED);
	ck_assert_int_eq(closed->u.down.reason, vetoes[_i].reason);
	ck_assert_int_eq(closed->u.down.system_error, vetoes[_i].system_error);
	ck_assert_uint_eq(hook.calls, 1);
	ck_assert_uint_eq(hook.freed, 0);
	ck_assert_int_lt(accept4(peer->listener, NULL, NULL, SOCK_NONBLOCK), 0);
	finish(client, peer);
}
END_TEST

/* -- manners -------------------------------------------------------------------------------- */

START_TEST(caller_keeps_its_pointer_and_errno)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	const uint8_t frame[] = { 0xff, 0x03, 0xc0, 0x21 };

	peer_open(peer);
	ck_assert_int_eq(pptp_config_set_user(cfg, peer), 0);
	errno = EXDEV;
	client_open(client, cfg);
	ck_assert_ptr_eq(pptp_session_get_user(client->session), peer);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	ck_assert_int_eq(pptp_session_send_frame(client->session, frame, sizeof(frame)),
			 PPTP_ERR_STATE);
	ck_assert_int_eq(errno, EXDEV);
	UNTIL(client->up);
	errno = EXDEV;
	for (int i = 0; i < 10; i++) {
		pptp_session_dispatch(client->session);
		pptp_session_send_frame(client->session, frame, sizeof(frame));
	}
	ck_assert_int_lt(pptp_session_attach(client->session, -1, -1, PPTP_LINK_ASYNC), 0);
	ck_assert_int_eq(errno, EXDEV);
	shutdown(peer->tcp, SHUT_RDWR);
	UNTIL(client->over);
	errno = EXDEV;
	finish(client, peer);
	ck_assert_int_eq(errno, EXDEV);
}
END_TEST

/* What a process has of its own and a library could spoil. */
struct process {
	sigset_t mask;
	void (*handlers[65])(int);
	mode_t mode;
	char directory[4096];
	char locale[256];
};

static void look_at_process(struct process *process)
{
	struct sigaction action;

	memset(process, 0, sizeof(*process));
	sigprocmask(SIG_SETMASK, NULL, &process->mask);
	for (int number = 1; number < 65; number++)
		if (sigaction(number, NULL, &action) == 0)
			process->handlers[number] = action.sa_handler;
	process->mode = umask(0);
	umask(process->mode);
	ck_assert_ptr_nonnull(getcwd(process->directory, sizeof(process->directory)));
	snprintf(process->locale, sizeof(process->locale), "%s", setlocale(LC_ALL, NULL));
}

/* With a name to look up, as that takes a thread, and a whole call. */
START_TEST(process_is_left_alone)
{
	static struct process before, after;
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = new_config();
	struct heard heard = { 0 };

	look_at_process(&before);
	peer_open(peer);
	pptp_config_set_server(cfg, "name.invalid");
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	ck_assert_ptr_nonnull(hear(client, peer, &heard, PPTP_EVENT_CLOSED));
	pptp_session_free(client->session);
	client_open(client, new_config());
	call(client, peer);
	pptp_session_stop(client->session);
	UNTIL(client->over);
	finish(client, peer);
	look_at_process(&after);
	ck_assert_mem_eq(&after, &before, sizeof(after));
}
END_TEST

START_TEST(route_query_of_a_later_version)
{
	struct pptp_route_query query = { .dst.s_addr = htonl(INADDR_LOOPBACK) };
	struct pptp_route *route = NULL;
	struct pptp_route_info info;
	int known = pptp_route_lookup(&query, &info, sizeof(info));
	int refused = known == PPTP_ERR_UNSUPPORTED ? known : PPTP_ERR_VALUE;

	ck_assert_int_ne(known, PPTP_ERR_VALUE);
	for (unsigned int i = 0; i < sizeof(query.reserved) / sizeof(query.reserved[0]); i++) {
		query.reserved[i] = 1;
		ck_assert_int_eq(pptp_route_lookup(&query, &info, sizeof(info)), refused);
		ck_assert_int_eq(pptp_route_pin(&route, &query, NULL, NULL), refused);
		ck_assert_ptr_null(route);
		query.reserved[i] = 0;
	}
}
END_TEST

const char suite_name[] = "session API";

void add_tests(TCase *tc)
{
	tcase_add_test(tc, events_say_how_far_it_is);
	tcase_add_test(tc, name_is_looked_up_first);
	tcase_add_loop_test(tc, refusal_is_told_in_numbers_and_words, 0,
			    sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tc, every_phase_has_words);
	tcase_add_test(tc, events_stay_until_the_next_pop);
	tcase_add_loop_test(tc, supplied_addresses_are_tried_in_order, 0, 2);
	tcase_add_test(tc, sockets_are_bound_to_the_interface);
	tcase_add_test(tc, older_and_newer_configurations);
	tcase_add_loop_test(tc, socket_hook_sees_both_sockets_and_may_refuse, 0,
			    sizeof(hook_answers) / sizeof(hook_answers[0]));
	tcase_add_test(tc, route_hook_answers_for_the_route);
	tcase_add_loop_test(tc, route_hook_forbids_an_address, 0,
			    sizeof(vetoes) / sizeof(vetoes[0]));
	tcase_add_test(tc, caller_keeps_its_pointer_and_errno);
	tcase_add_test(tc, process_is_left_alone);
	tcase_add_test(tc, route_query_of_a_later_version);
	tcase_add_loop_test(tc, silence_of_gre, 0, 2);
}
