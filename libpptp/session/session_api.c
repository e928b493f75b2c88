/* SPDX-License-Identifier: MIT */
/*
 * The public calls of <pptp/session.h> around the conductor (session.c): making and freeing a
 * session, waiting, PPP for embedders, and queries. They check arguments and state, read the clock,
 * restore errno, and leave every decision about the session to session.c. Called by embedders, and
 * by the hub when it settles a member.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "keep_errno.h"
#include "session/log.h"
#include "session/session_state.h"
#include "sized.h"

/* Make the descriptor readable at once. */
static int wake(struct pptp_session *s)
{
	s->loop.error = 0;
	pptp_loop_arm(&s->loop, s->now);
	return s->loop.error;
}

/* For a hub: the session received packets. */
static int settle_member(void *session, uint64_t now)
{
	struct pptp_session *s = session;

	s->now = now;
	pptp_session_settle(s);
	/* Events, or frames for an embedder with its own PPP: its loop must dispatch the session. */
	if (s->events.ring.count || (s->data.link && !data_path_is_attached(&s->data)))
		return wake(s);
	return 0;
}

/* -- beginning and end ------------------------------------------------------------------------ */

/*
 * The caller could not tell these from a failure of the GRE socket, which alone needs a privilege: what else
 * is not permitted is refused by a container or by a filter of system calls.
 */
static int not_the_socket(const struct pptp_session *s, const char *what, int err)
{
	if (err == -ENOMEM)
		return err;
	pptp_session_log(&s->cfg, PPTP_LOG_ERROR, "%s: %s%s", what, pptp_strerror(err),
			 pptp_refusal_hint(err));
	return pptp_is_refusal(err) || err == -EACCES ? PPTP_ERR_UNSUPPORTED : err;
}

static int build(struct pptp_session *s)
{
	static const struct data_path_ids ids = { .gre = WATCH_GRE,
						  .link_read = WATCH_LINK_READ,
						  .link_write = WATCH_LINK_WRITE };
	int err;

	pptp_loop_init(&s->loop);
	pptp_dialer_init(&s->dialer, &s->loop, WATCH_RESOLVER, WATCH_DIAL);
	pptp_host_route_init(&s->route, &s->cfg, &s->loop, WATCH_ROUTE);
	pptp_own_address_init(&s->own_address);
	pptp_watch_init(&s->caller, &s->loop, WATCH_CALLER);
	err = pptp_data_path_init(&s->data, &s->cfg, &s->loop, &ids, settle_member, s);
	if (!err)
		err = pptp_control_init(&s->control, &s->cfg, &s->loop, WATCH_CONTROL,
					s->data.member.call_id);
	if (err)
		return not_the_socket(s, "cannot draw a random number (getrandom)", err);
	err = pptp_loop_open(&s->loop);
	if (err)
		return not_the_socket(s, "cannot wait for the network (epoll, timerfd)", err);
	pptp_dialer_open(&s->dialer, &s->cfg);
	/* Last: a supplied socket is owned only when nothing can fail any more. */
	return pptp_data_path_open(&s->data);
}

int pptp_session_new(struct pptp_session **sessionp, const struct pptp_config *cfg)
{
	PPTP_KEEP_ERRNO;
	struct pptp_session *s;
	int err;

	if (!cfg->server[0])
		return PPTP_ERR_VALUE;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->cfg = *cfg;
	s->control.fd = -1;
	err = build(s);
	if (err) {
		pptp_session_free(s);
		return err;
	}
	*sessionp = s;
	return 0;
}

struct pptp_session *pptp_session_free(struct pptp_session *s)
{
	PPTP_KEEP_ERRNO;

	if (!s)
		return NULL;
	pptp_control_log_sent(&s->control);
	pptp_host_route_release(&s->route);
	pptp_dialer_close(&s->dialer);
	pptp_control_free(&s->control);
	pptp_data_path_free(&s->data);
	pptp_loop_close(&s->loop);
	free(s);
	return NULL;
}

int pptp_session_start(struct pptp_session *s)
{
	PPTP_KEEP_ERRNO;
	int err;

	if (s->phase != PPTP_PHASE_NEW)
		return PPTP_ERR_STATE;
	s->now = pptp_clock_monotonic();
	err = pptp_session_begin(s);
	if (err)
		return err;
	return s->phase == PPTP_PHASE_CLOSED ? wake(s) : 0;
}

int pptp_session_stop(struct pptp_session *s)
{
	PPTP_KEEP_ERRNO;

	if (s->phase == PPTP_PHASE_CLOSED)
		return 0;
	s->now = pptp_clock_monotonic();
	pptp_session_end(s, PPTP_REASON_STOPPED);
	return wake(s);
}

/* -- waiting ---------------------------------------------------------------------------------- */

/* The end was returned to the embedder: the descriptor is not readable any more. */
static int is_over(struct pptp_session *s)
{
	pptp_loop_disarm(&s->loop);
	pptp_watch_remove(&s->caller);
	return PPTP_ERR_CLOSED;
}

int pptp_session_wait(struct pptp_session *s, int timeout_ms)
{
	PPTP_KEEP_ERRNO;
	struct epoll_event events[SESSION_BATCH];
	bool called;
	int n;

	if (s->phase == PPTP_PHASE_CLOSED)
		return is_over(s);
	n = pptp_loop_wait(&s->loop, events, SESSION_BATCH, timeout_ms);
	if (n < 0)
		return n;
	s->now = pptp_clock_monotonic();
	called = pptp_session_handle(s, events, n);
	pptp_session_settle(s);
	return s->phase == PPTP_PHASE_CLOSED ? is_over(s) : called;
}

int pptp_session_dispatch(struct pptp_session *s)
{
	int err = pptp_session_wait(s, 0);

	return err < 0 ? err : 0;
}

int pptp_session_wake_on(struct pptp_session *s, int fd)
{
	PPTP_KEEP_ERRNO;

	if (fd < 0) {
		pptp_watch_remove(&s->caller);
		return 0;
	}
	if (watch_is_active(&s->caller))
		return PPTP_ERR_STATE;
	return pptp_watch_add(&s->caller, fd, EPOLLIN);
}

int pptp_session_get_fd(const struct pptp_session *s)
{
	return s->loop.epoll_fd;
}

int pptp_session_get_timeout_ms(const struct pptp_session *s)
{
	uint64_t now = pptp_clock_monotonic(), ms;

	if (s->loop.armed == PPTP_TIME_NEVER)
		return -1;
	if (s->loop.armed <= now)
		return 0;
	ms = (s->loop.armed - now + PPTP_NS_PER_MS - 1) / PPTP_NS_PER_MS;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

const struct pptp_event *pptp_session_pop_event(struct pptp_session *s)
{
	const struct pptp_event *event = pptp_event_queue_pop(&s->events);

	if (!event)
		pptp_control_log_sent(&s->control);
	return event;
}

/* -- PPP -------------------------------------------------------------------------------------- */

int pptp_session_attach(struct pptp_session *s, int read_fd, int write_fd, enum pptp_link_type type)
{
	PPTP_KEEP_ERRNO;
	int err;

	if (s->phase == PPTP_PHASE_CLOSED)
		return PPTP_ERR_STATE;
	s->now = pptp_clock_monotonic();
	err = pptp_data_path_attach(&s->data, read_fd, write_fd, type, s->now);
	if (err || s->phase == PPTP_PHASE_NEW)
		return err;
	pptp_session_settle(s);
	if (s->phase == PPTP_PHASE_CLOSED)
		wake(s);
	return 0;
}

int pptp_session_take_channel(struct pptp_session *s, int *fdp)
{
	return pptp_data_path_take(&s->data, fdp);
}

int pptp_session_send_frame(struct pptp_session *s, const uint8_t *frame, size_t len)
{
	PPTP_KEEP_ERRNO;
	int err;

	s->now = pptp_clock_monotonic();
	err = pptp_data_path_send(&s->data, frame, len, s->now);
	if (err < 0 && err != PPTP_ERR_STATE && err != -EAGAIN) {
		pptp_own_address_doubt(&s->own_address, s->now);
		pptp_loop_arm(&s->loop, s->own_address.ask_at);
	}
	/* When the peer does not acknowledge in time the window opens again. */
	if (err != PPTP_ERR_STATE)
		pptp_loop_arm(&s->loop, pptp_data_path_deadline(&s->data));
	return err;
}

bool pptp_session_pop_frame(struct pptp_session *s, struct pptp_frame *framep)
{
	return pptp_data_path_pop(&s->data, framep);
}

void pptp_session_check_address(struct pptp_session *s)
{
	PPTP_KEEP_ERRNO;

	s->now = pptp_clock_monotonic();
	pptp_own_address_doubt(&s->own_address, s->now);
	pptp_loop_arm(&s->loop, s->own_address.ask_at);
}

/* -- queries ---------------------------------------------------------------------------------- */

void *pptp_session_get_user(const struct pptp_session *s)
{
	return s->cfg.user;
}

enum pptp_phase pptp_session_get_phase(const struct pptp_session *s)
{
	return s->phase;
}

const char *pptp_phase_text(enum pptp_phase phase)
{
	static const char *const texts[] = {
		[PPTP_PHASE_NEW] = "not started",
		[PPTP_PHASE_RESOLVING] = "looking up the server's name",
		[PPTP_PHASE_CONNECTING] = "connecting",
		[PPTP_PHASE_STARTING] = "waiting for the control connection",
		[PPTP_PHASE_CALLING] = "waiting for the call",
		[PPTP_PHASE_UP] = "connected",
		[PPTP_PHASE_ENDING] = "disconnecting",
		[PPTP_PHASE_CLOSED] = "disconnected",
	};

	if ((unsigned int)phase >= sizeof(texts) / sizeof(texts[0]))
		return "unknown";
	return texts[phase];
}

int pptp_session_get_stats(const struct pptp_session *s, struct pptp_stats *stats, size_t size)
{
	struct pptp_stats known;

	if (!size)
		return PPTP_ERR_VALUE;
	pptp_data_path_get_stats(&s->data, &known);
	pptp_copy_sized(stats, size, &known, sizeof(known));
	return 0;
}

int pptp_session_get_info(const struct pptp_session *s, struct pptp_session_info *infop,
			  size_t size)
{
	const bool was_up = s->up_at > 0;
	const struct pptp_session_info known = {
		.phase = s->phase,
		.data_path = s->cfg.data_path,
		.server = s->cfg.server,
		.local = s->dialer.local,
		.remote = dialer_address(&s->dialer),
		.host_name = s->server.host_name,
		.vendor_name = s->server.vendor_name,
		.version = s->server.version,
		.firmware = s->server.firmware,
		.call_id = s->call.call_id,
		.peer_call_id = s->call.peer_call_id,
		.peer_window = s->call.peer_window,
		.gre_heard = was_up && s->data.heard,
		.gre_acked = was_up && data_path_is_acked(&s->data),
		.connect_speed = s->call.connect_speed,
		.mtu = s->call.mtu,
		.up_at = s->up_at,
	};

	if (!size)
		return PPTP_ERR_VALUE;
	pptp_copy_sized(infop, size, &known, sizeof(known));
	return 0;
}

bool pptp_session_has_host_route(const struct pptp_session *s)
{
	return s->route.route != NULL;
}
