/* SPDX-License-Identifier: MIT */
/*
 * The conductor: the course of a session from the first address to the last event. The dialer opens TCP,
 * the control connection places the call on it, the data path carries PPP, the host route keeps the
 * server outside of the tunnel. Each part works on its own structure and reports what happened; only
 * this file decides what follows from it, changes the phase, and makes events of it. The public calls
 * around it are in session_api.c.
 */
#include "session/session_state.h"

#include <arpa/inet.h>
#include <string.h>

#include "deadline.h"
#include "session/event_set.h"

/* Input is read in so many turns at most before a deadline is judged. */
#define TURNS_BEFORE_JUDGING 32
/*
 * Of the control connection up to 8 MiB, in reads of 2 KiB, before a deadline of its own is judged: what
 * a receive buffer holds by default (6 MiB, sysctl net.ipv4.tcp_rmem). It takes at most 0.1 s.
 */
#define CONTROL_READS_BEFORE_JUDGING 4096

/* A session never returns to an earlier phase. */
static void advance(struct pptp_session *s, enum pptp_phase phase)
{
	if (phase > s->phase)
		s->phase = phase;
}

static void push(struct pptp_session *s, struct pptp_event *event)
{
	event->phase = s->phase;
	pptp_event_queue_push(&s->events, event);
}

static void push_simple(struct pptp_session *s, enum pptp_event_type type)
{
	struct pptp_event event = { .type = type };

	push(s, &event);
}

/* -- the end ---------------------------------------------------------------------------------- */

/* What the call's GRE tells of the path. */
static void set_gre(const struct pptp_session *s, struct pptp_event_down *down)
{
	down->gre_heard = s->data.heard;
	down->gre_acked = data_path_is_acked(&s->data);
}

/* The only end: every part is closed, and CLOSED is the last event. */
static void close_session(struct pptp_session *s, const struct pptp_event_down *down)
{
	struct pptp_event event = { .type = PPTP_EVENT_CLOSED, .u.down = *down };

	if (s->phase == PPTP_PHASE_CLOSED)
		return;
	set_gre(s, &event.u.down);
	pptp_dialer_close(&s->dialer);
	pptp_control_close(&s->control);
	pptp_data_path_close(&s->data);
	pptp_host_route_release(&s->route);
	advance(s, PPTP_PHASE_CLOSED);
	push(s, &event);
}

void pptp_session_end(struct pptp_session *s, enum pptp_reason reason)
{
	struct pptp_event_down down;

	if (s->phase >= PPTP_PHASE_ENDING)
		return;
	if (control_is_open(&s->control)) {
		advance(s, PPTP_PHASE_ENDING);
		pptp_control_stop(&s->control, reason, s->now);
		return;
	}
	pptp_down_set(&down, reason, 0, "%s", pptp_reason_text(reason));
	close_session(s, &down);
}

static void fail(struct pptp_session *s, int err, const char *what)
{
	struct pptp_event_down down;

	pptp_down_set(&down, pptp_dialer_reason(err), err, "%s: %s%s", what, pptp_strerror(err),
		      pptp_refusal_hint(err));
	close_session(s, &down);
}

/* Nothing can be sent to the server any more, so there is nothing to wait for. */
static void address_lost(struct pptp_session *s)
{
	struct pptp_event_down down;
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &s->own_address.address, text, sizeof(text));
	pptp_down_set(&down, PPTP_REASON_ADDRESS_GONE, 0, "this machine no longer has %s", text);
	close_session(s, &down);
}

/* -- dialing ---------------------------------------------------------------------------------- */

static void report_route(struct pptp_session *s)
{
	enum route_news news = pptp_host_route_news(&s->route);
	struct pptp_event event = { .u.route = s->route.info };

	if (news == ROUTE_SAME)
		return;
	event.type = news == ROUTE_PINNED ? PPTP_EVENT_ROUTE_PINNED : PPTP_EVENT_ROUTE_LOST;
	push(s, &event);
}

static void report_dialing(struct pptp_session *s, enum pptp_event_type type)
{
	struct pptp_event event = { .type = type };

	pptp_event_set_connecting(&event, &s->dialer, s->cfg.server);
	push(s, &event);
}

static enum dial try_address(struct pptp_session *s)
{
	int err;

	pptp_host_route_release(&s->route);
	advance(s, PPTP_PHASE_CONNECTING);
	report_dialing(s, PPTP_EVENT_CONNECTING);
	err = pptp_host_route_acquire(&s->route, dialer_address(&s->dialer));
	if (err)
		return pptp_dialer_refuse(&s->dialer, &s->cfg, err);
	report_route(s);
	memcpy(s->dialer.tunnel, s->route.tunnel, sizeof(s->dialer.tunnel));
	return pptp_dialer_connect(&s->dialer, &s->cfg, s->now);
}

static void connected(struct pptp_session *s)
{
	int err = pptp_data_path_connect(&s->data, s->dialer.local, dialer_address(&s->dialer));
	int fd;

	if (err) {
		fail(s, err, "cannot prepare the GRE socket (bind, connect)");
		return;
	}
	fd = pptp_dialer_take(&s->dialer, &s->control.watch);
	if (fd < 0) {
		fail(s, fd, "cannot wait for the control connection (epoll_ctl)");
		return;
	}
	advance(s, PPTP_PHASE_STARTING);
	pptp_own_address_set(&s->own_address, pptp_data_path_asker(&s->data), s->dialer.local);
	pptp_control_set_call_id(&s->control, s->data.member.call_id);
	pptp_control_open(&s->control, fd, s->now);
	report_dialing(s, PPTP_EVENT_CONNECTED);
}

/* Run the dialer until it has to wait. */
static void dial(struct pptp_session *s, enum dial next)
{
	while (next == DIAL_ADDRESS)
		next = try_address(s);
	if (next == DIAL_CONNECTED)
		connected(s);
	else if (next == DIAL_FAILED)
		close_session(s, &s->dialer.failure);
}

int pptp_session_begin(struct pptp_session *s)
{
	int next = pptp_dialer_start(&s->dialer, &s->cfg);

	if (next < 0)
		return next;
	if (next == DIAL_WAIT) {
		advance(s, PPTP_PHASE_RESOLVING);
		report_dialing(s, PPTP_EVENT_RESOLVING);
	}
	dial(s, (enum dial)next);
	pptp_session_settle(s);
	return 0;
}

/* -- the control connection ------------------------------------------------------------------- */

static void control_up(struct pptp_session *s, const struct pptp_ctrl_event_up *up)
{
	struct pptp_event event = { .type = PPTP_EVENT_CONTROL_UP };

	advance(s, PPTP_PHASE_CALLING);
	s->server = *up;
	pptp_event_set_control(&event, &s->dialer, &s->server);
	push(s, &event);
}

static void call_up(struct pptp_session *s, const struct pptp_ctrl_event_call *call)
{
	struct pptp_event event = { .type = PPTP_EVENT_CALL_UP };
	int err = pptp_data_path_call_up(&s->data, call, s->now);

	if (err) {
		fail(s, err, "cannot carry the call");
		return;
	}
	advance(s, PPTP_PHASE_UP);
	pptp_event_set_call(&event, &s->dialer, call, pptp_data_path_mtu(&s->data));
	s->call = event.u.call;
	s->up_at = s->now;
	push(s, &event);
}

static void call_over(struct pptp_session *s, enum pptp_event_type type,
		      const struct pptp_ctrl_event_down *down)
{
	struct pptp_event event = { .type = type };

	advance(s, PPTP_PHASE_ENDING);
	pptp_data_path_call_down(&s->data);
	s->ended = *down;
	pptp_down_from_ctrl(&event.u.down, &s->ended, s->control.tcp_error, true);
	set_gre(s, &event.u.down);
	push(s, &event);
}

static void control_closed(struct pptp_session *s, const struct pptp_ctrl_event_down *down)
{
	struct pptp_event_down event;

	s->ended = *down;
	pptp_down_from_ctrl(&event, &s->ended, s->control.tcp_error,
			    s->phase > PPTP_PHASE_STARTING);
	close_session(s, &event);
}

static void handle_control_event(struct pptp_session *s, const struct pptp_ctrl_event *event)
{
	switch (event->type) {
	case PPTP_CTRL_UP:
		control_up(s, &event->u.up);
		break;
	case PPTP_CTRL_CALL_UP:
		call_up(s, &event->u.call);
		break;
	case PPTP_CTRL_CALL_FAILED:
		call_over(s, PPTP_EVENT_CALL_FAILED, &event->u.down);
		break;
	case PPTP_CTRL_CALL_DOWN:
		call_over(s, PPTP_EVENT_CALL_DOWN, &event->u.down);
		break;
	case PPTP_CTRL_WAN_ERROR: /* logged by the control connection, no other effect */
	case PPTP_CTRL_LINK_INFO:
		break;
	case PPTP_CTRL_CLOSED:
		control_closed(s, &event->u.down);
		break;
	}
}

/* -- a turn ----------------------------------------------------------------------------------- */

/* A part whose watch an earlier event of the turn removed is not called. */
static void handle_ready(struct pptp_session *s, int id, uint32_t events)
{
	switch ((enum session_watch)id) {
	case WATCH_RESOLVER:
		dial(s, pptp_dialer_resolved(&s->dialer, &s->cfg));
		break;
	case WATCH_DIAL:
		dial(s, pptp_dialer_ready(&s->dialer, &s->cfg));
		break;
	case WATCH_CONTROL:
		pptp_control_ready(&s->control, events, s->now);
		break;
	case WATCH_GRE:
		pptp_data_path_gre_ready(&s->data, events, s->now);
		break;
	case WATCH_LINK_READ:
		pptp_data_path_link_readable(&s->data, events, s->now);
		break;
	case WATCH_LINK_WRITE:
		pptp_data_path_link_writable(&s->data, events, s->now);
		break;
	case WATCH_ROUTE:
		pptp_host_route_ready(&s->route);
		report_route(s);
		pptp_own_address_doubt(&s->own_address, s->now);
		break;
	case WATCH_CALLER: /* it only ends pptp_session_wait() */
		break;
	}
}

bool pptp_session_handle(struct pptp_session *s, const struct epoll_event *events, int count)
{
	bool called = false;

	for (int i = 0; i < count; i++) {
		const struct watch *watch = events[i].data.ptr;

		if (watch_is_active(watch))
			handle_ready(s, watch->id, events[i].events);
		called |= watch == &s->caller;
	}
	return called;
}

static void pump_control(struct pptp_session *s)
{
	struct pptp_ctrl_event event;

	pptp_control_flush(&s->control, s->now);
	while (pptp_control_pop(&s->control, &event, s->now))
		handle_control_event(s, &event);
}

static void settle_data(struct pptp_session *s)
{
	unsigned int news = pptp_data_path_settle(&s->data, s->now);

	if (news & DATA_HEARD) {
		pptp_loop_rearm(&s->loop); /* it was set for GRE_SILENT */
		push_simple(s, PPTP_EVENT_GRE_HEARD);
	}
	if (news & DATA_SILENT)
		push_simple(s, PPTP_EVENT_GRE_SILENT);
	if (news & DATA_ONE_WAY)
		push_simple(s, PPTP_EVENT_GRE_ONE_WAY);
	if (news & DATA_ERRORS)
		pptp_own_address_doubt(&s->own_address, s->now);
	if (news & DATA_LINK_CLOSED) {
		push_simple(s, PPTP_EVENT_LINK_CLOSED);
		pptp_session_end(s, PPTP_REASON_LINK_CLOSED);
	}
}

static uint64_t next_deadline(const struct pptp_session *s)
{
	uint64_t deadline = deadline_min(s->dialer.deadline, pptp_control_deadline(&s->control));

	deadline = deadline_min(deadline, s->own_address.ask_at);
	return deadline_min(deadline, pptp_data_path_deadline(&s->data));
}

/*
 * Before a deadline is judged, what arrived before it is read: after the process stood still (SIGSTOP,
 * a debugger, a suspend of the machine) the answer waits in the socket beside a deadline that has
 * passed. Bounded, as a peer may send without end.
 */
static void read_before_judging(struct pptp_session *s)
{
	const bool dialing = s->phase < PPTP_PHASE_STARTING;
	struct epoll_event events[SESSION_BATCH];

	for (int turn = 0; turn < TURNS_BEFORE_JUDGING; turn++) {
		int n;

		if (s->phase == PPTP_PHASE_CLOSED || next_deadline(s) > s->now)
			return;
		/* Nothing is read from the server before the caller has the event of the connection. */
		if (dialing && s->phase >= PPTP_PHASE_STARTING)
			return;
		pptp_data_path_prepare(&s->data, s->now);
		n = pptp_loop_wait(&s->loop, events, SESSION_BATCH, 0);
		/* The caller's own descriptor stays ready until the caller reads it. */
		if (n <= 0 || (n == 1 && events[0].data.ptr == &s->caller))
			return;
		pptp_session_handle(s, events, n);
		pump_control(s);
	}
}

/*
 * Each whole message moves the deadline of the keep-alive, the only one while the call is up, so a flood
 * does not keep the data path waiting here.
 */
static void read_control_before_judging(struct pptp_session *s)
{
	for (int reads = 0; reads < CONTROL_READS_BEFORE_JUDGING; reads++) {
		if (!pptp_control_read_before_deadline(&s->control, s->now))
			return;
		pump_control(s);
	}
}

void pptp_session_settle(struct pptp_session *s)
{
	int err;

	read_before_judging(s);
	read_control_before_judging(s);
	dial(s, pptp_dialer_expire(&s->dialer, &s->cfg, s->now));
	pptp_control_expire(&s->control, s->now);
	pump_control(s);
	if (s->phase != PPTP_PHASE_CLOSED)
		settle_data(s);
	/* A closed link makes the control connection send. */
	pump_control(s);
	if (s->phase == PPTP_PHASE_CLOSED)
		return;
	if (pptp_own_address_is_lost(&s->own_address, s->now) && s->phase < PPTP_PHASE_ENDING) {
		address_lost(s);
		return;
	}
	pptp_loop_arm(&s->loop, next_deadline(s));
	err = s->loop.error ? s->loop.error : s->data.member.error;
	if (err)
		fail(s, err, "cannot wait for the network and the clock (epoll, timerfd)");
}
