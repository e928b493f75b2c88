/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "session/session_state.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "keep_errno.h"
#include "session/log.h"
#include "sized.h"

#define EPOLL_BATCH    WATCH_COUNT
#define FIRST_SEQUENCE 0
/* Acknowledgments wait a little for data to ride on, but not for long nor for many packets. */
#define ACK_DELAY     (10 * PPTP_NS_PER_MS)
#define ACK_EVERY_MAX 64

bool pptp_session_push(struct pptp_session *s, const struct pptp_event *event)
{
	struct pptp_event told = *event;

	told.phase = pptp_session_get_phase(s);
	return pptp_event_queue_push(&s->events, &told);
}

void pptp_session_close(struct pptp_session *s, const struct pptp_event_down *down)
{
	struct pptp_event event = { .type = PPTP_EVENT_CLOSED, .u.down = *down };

	if (s->phase == SESSION_CLOSED)
		return;
	pptp_data_call_down(s);
	pptp_control_close(s);
	s->phase = SESSION_CLOSED;
	pptp_session_unwatch(s, WATCH_LINK_READ);
	pptp_session_unwatch(s, WATCH_LINK_WRITE);
	/* Closing the pty is what tells pppd. Frames that came may still be popped. */
	if (s->link && s->link->read_fd >= 0)
		s->link = pptp_link_free(s->link);
	pptp_gre_socket_close(&s->gre);
	pptp_hub_leave(s);
	pptp_host_route_unpin(s);
	pptp_session_push(s, &event);
}

/* What the system lacks now it may have later: memory, descriptors, an address, an answer. */
static bool is_passing(int system_error)
{
	switch (-system_error) {
	case EAGAIN:
	case ENOMEM:
	case ENOBUFS:
	case EMFILE:
	case ENFILE:
	case EADDRNOTAVAIL:
		return true;
	default:
		return false;
	}
}

void pptp_session_fail(struct pptp_session *s, enum pptp_reason reason, int system_error,
		       const char *format, ...)
{
	struct pptp_event_down down = {
		.reason = reason,
		.system_error = system_error,
		.transient = pptp_reason_is_transient(reason) || is_passing(system_error),
		.gre_heard = s->gre_heard,
		.result_text = "",
		.error_text = "",
		.cause_text = "",
		.detail = "",
	};
	va_list args;

	va_start(args, format);
	vsnprintf(down.text, sizeof(down.text), format, args);
	va_end(args);
	pptp_session_close(s, &down);
}

static int random_u16(uint16_t *valuep)
{
	ssize_t n;

	do {
		n = getrandom(valuep, sizeof(*valuep), 0);
		if (n < 0 && errno != EINTR)
			return -errno;
	} while (n != sizeof(*valuep) || !*valuep);
	return 0;
}

#define CALL_ID_TRIES 4096

/* Random, and in a hub not another session's. */
static int choose_call_id(struct pptp_session *s)
{
	int err = 0;

	for (int i = 0; i < CALL_ID_TRIES; i++) {
		s->call_id = s->cfg.call_id;
		if (!s->call_id)
			err = random_u16(&s->call_id);
		if (!err && s->cfg.hub)
			err = pptp_hub_join(s);
		if (err != -EADDRINUSE || s->cfg.call_id)
			return err;
	}
	return err;
}

static int new_ctrl(struct pptp_session *s)
{
	const struct pptp_config *cfg = &s->cfg;
	struct pptp_ctrl_config ctrl;
	int err;

	pptp_ctrl_config_init(&ctrl, sizeof(ctrl));
	ctrl.call_id = s->call_id;
	err = random_u16(&ctrl.call_serial);
	if (err)
		return err;
	ctrl.recv_window = cfg->recv_window;
	ctrl.quirk = cfg->quirk;
	memcpy(ctrl.host_name, cfg->host_name, sizeof(ctrl.host_name));
	memcpy(ctrl.phone, cfg->phone, sizeof(ctrl.phone));
	ctrl.timeouts.start = cfg->start_timeout;
	ctrl.timeouts.call = cfg->call_timeout;
	ctrl.timeouts.echo_idle = cfg->echo_idle;
	ctrl.timeouts.echo_reply = cfg->echo_reply;
	return pptp_ctrl_new(&s->ctrl, &ctrl, pptp_control_trace, s);
}

static int new_tunnel(struct pptp_session *s)
{
	struct pptp_tunnel_config tunnel;

	pptp_tunnel_config_init(&tunnel, sizeof(tunnel));
	tunnel.call_id = s->call_id;
	tunnel.no_buffer = !s->cfg.reorder;
	tunnel.hole_timeout = s->cfg.reorder_timeout;
	tunnel.adaptive = s->cfg.reorder_adaptive;
	tunnel.missing_window = s->cfg.missing_window;
	tunnel.window = s->cfg.window;
	tunnel.first_seq = FIRST_SEQUENCE;
	tunnel.ack_delay = ACK_DELAY;
	tunnel.ack_every = 1 + s->cfg.recv_window / 4U;
	if (tunnel.ack_every > ACK_EVERY_MAX)
		tunnel.ack_every = ACK_EVERY_MAX;
	return pptp_tunnel_new(&s->tunnel, &tunnel);
}

static int open_descriptors(struct pptp_session *s)
{
	int err;

	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll_fd < 0)
		return -errno;
	s->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (s->timer_fd < 0)
		return -errno;
	err = pptp_session_watch_fd(s, WATCH_TIMER, s->timer_fd, EPOLLIN | EPOLLET);
	if (err || s->cfg.hub)
		return err;
	return pptp_gre_socket_open(&s->gre, &s->cfg);
}

static int build_session(struct pptp_session *s)
{
	int err = choose_call_id(s);

	if (!err)
		err = new_ctrl(s);
	if (!err)
		err = new_tunnel(s);
	if (!err && s->cfg.test_type)
		err = pptp_disorder_new(&s->disorder, s->cfg.test_type, s->cfg.test_rate);
	/* Last: a descriptor of the caller's becomes ours only when nothing fails any more. */
	return err ? err : open_descriptors(s);
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
	s->epoll_fd = s->timer_fd = s->tcp_fd = s->gre.fd = -1;
	for (int i = 0; i < WATCH_COUNT; i++)
		s->watched_fd[i] = -1;
	s->timer_armed = s->connect_deadline = s->gre_silent_at = PPTP_TIME_NEVER;
	err = build_session(s);
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
	pptp_control_log_sent(s);
	pptp_host_route_unpin(s);
	pptp_control_close(s);
	pptp_link_free(s->link);
	pptp_gre_socket_close(&s->gre);
	pptp_hub_leave(s);
	pptp_tunnel_free(s->tunnel);
	pptp_ctrl_free(s->ctrl);
	pptp_disorder_free(s->disorder);
	if (s->timer_fd >= 0)
		close(s->timer_fd);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	free(s);
	return NULL;
}

void *pptp_session_get_user(const struct pptp_session *s)
{
	return s->cfg.user;
}

int pptp_session_get_fd(const struct pptp_session *s)
{
	return s->epoll_fd;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* After whatever happened: act on what is due, send what waits, say when to come back. */
void pptp_session_settle(struct pptp_session *s)
{
	pptp_control_expire(s);
	pptp_control_pump(s);
	if (s->phase != SESSION_CLOSED)
		pptp_data_settle(s);
	/* A link that went away while settling makes the control connection speak. */
	pptp_control_pump(s);
	if (s->phase == SESSION_CLOSED)
		return;
	pptp_session_arm_timer(s, earlier(pptp_control_deadline(s), pptp_data_deadline(s)));
	if (s->wait_error)
		pptp_session_fail(s, PPTP_REASON_SYSTEM_ERROR, s->wait_error,
				  "cannot wait for the network and the clock: %s",
				  pptp_strerror(s->wait_error));
}

/* Something to dispatch at once: the caller learns of events from its loop. */
int pptp_session_wake(struct pptp_session *s)
{
	s->wait_error = 0;
	pptp_session_arm_timer(s, s->now);
	return s->wait_error;
}

int pptp_session_get_timeout_ms(const struct pptp_session *s)
{
	uint64_t now = pptp_session_clock(), ms;

	if (s->timer_armed == PPTP_TIME_NEVER)
		return -1;
	if (s->timer_armed <= now)
		return 0;
	ms = (s->timer_armed - now + PPTP_NS_PER_MS - 1) / PPTP_NS_PER_MS;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

int pptp_session_start(struct pptp_session *s)
{
	PPTP_KEEP_ERRNO;
	int err;

	if (s->phase != SESSION_NEW)
		return PPTP_ERR_STATE;
	s->now = pptp_session_clock();
	err = pptp_control_start(s);
	if (err)
		return err;
	pptp_session_settle(s);
	return s->phase == SESSION_CLOSED ? pptp_session_wake(s) : 0;
}

static void handle(struct pptp_session *s, enum session_watch watch, uint32_t events)
{
	switch (watch) {
	case WATCH_TIMER:
		pptp_session_timer_fired(s);
		break;
	case WATCH_RESOLVER:
		pptp_control_resolved(s);
		break;
	case WATCH_TCP:
		pptp_control_tcp_ready(s, events);
		break;
	case WATCH_GRE:
		pptp_data_gre_ready(s, events);
		break;
	case WATCH_LINK_READ:
		pptp_data_link_readable(s, events);
		break;
	case WATCH_LINK_WRITE:
		pptp_data_link_writable(s, events);
		break;
	case WATCH_ROUTE:
		pptp_host_route_ready(s);
		break;
	case WATCH_CALLER: /* only woke the caller */
	case WATCH_COUNT:
		break;
	}
}

/* The caller is told: nothing wakes it any more. */
static int over(struct pptp_session *s)
{
	pptp_session_disarm_timer(s);
	return PPTP_ERR_CLOSED;
}

int pptp_session_wait(struct pptp_session *s, int timeout_ms)
{
	PPTP_KEEP_ERRNO;
	struct epoll_event events[EPOLL_BATCH];
	int n, woken = 0;

	if (s->phase == SESSION_CLOSED)
		return over(s);
	n = epoll_wait(s->epoll_fd, events, EPOLL_BATCH, timeout_ms);
	if (n < 0 && errno != EINTR)
		return -errno;
	s->now = pptp_session_clock();
	for (int i = 0; i < n; i++) {
		enum session_watch watch = (enum session_watch)events[i].data.u32;

		/* An earlier event of the batch may have ended what a later one is about. */
		if (s->watched_fd[watch] >= 0)
			handle(s, watch, events[i].events);
		if (watch == WATCH_CALLER)
			woken = 1;
	}
	pptp_session_settle(s);
	return s->phase == SESSION_CLOSED ? over(s) : woken;
}

int pptp_session_dispatch(struct pptp_session *s)
{
	int result = pptp_session_wait(s, 0);

	return result < 0 ? result : 0;
}

int pptp_session_wake_on(struct pptp_session *s, int fd)
{
	PPTP_KEEP_ERRNO;

	if (fd < 0) {
		pptp_session_unwatch(s, WATCH_CALLER);
		return 0;
	}
	if (s->watched_fd[WATCH_CALLER] >= 0)
		return PPTP_ERR_STATE;
	return pptp_session_watch_fd(s, WATCH_CALLER, fd, EPOLLIN);
}

const struct pptp_event *pptp_session_pop_event(struct pptp_session *s)
{
	if (pptp_event_queue_pop(&s->events, &s->popped))
		return &s->popped;
	pptp_control_log_sent(s);
	return NULL;
}

/* Frames that came before the pty was there are not lost. */
static void move_frames(struct pptp_session *s, struct link *from, struct link *to)
{
	struct pptp_frame frame;

	while (link_pop(from, &frame))
		to->ops->deliver(to, &frame, s->now);
	to->tx_dropped += from->tx_dropped;
}

int pptp_session_attach(struct pptp_session *s, int read_fd, int write_fd, enum pptp_link_type type)
{
	PPTP_KEEP_ERRNO;
	struct link *before = s->link, *link;
	int err;

	if (s->phase == SESSION_CLOSED || (before && before->read_fd >= 0))
		return PPTP_ERR_STATE;
	if (type != PPTP_LINK_ASYNC && type != PPTP_LINK_SYNC)
		return PPTP_ERR_VALUE;
	err = pptp_link_new_pty(&link, read_fd, write_fd, type);
	if (err)
		return err;
	s->link = link;
	err = pptp_data_link_attached(s);
	if (err) {
		pptp_link_disown(link);
		s->link = before;
		pptp_link_free(link);
		return err;
	}
	if (before)
		move_frames(s, before, link);
	pptp_link_free(before);
	if (s->phase != SESSION_NEW) {
		s->now = pptp_session_clock();
		pptp_session_settle(s);
		if (s->phase == SESSION_CLOSED)
			pptp_session_wake(s);
	}
	return 0;
}

int pptp_session_send_frame(struct pptp_session *s, const uint8_t *frame, size_t len)
{
	PPTP_KEEP_ERRNO;
	int err;

	if (!s->call_up || s->link->read_fd >= 0)
		return PPTP_ERR_STATE;
	if (!len)
		return PPTP_ERR_VALUE;
	s->now = pptp_session_clock();
	err = pptp_data_send_frame(s, frame, len);
	/* When the peer does not acknowledge in time the window opens again. */
	pptp_session_arm_timer(s, pptp_tunnel_deadline(s->tunnel));
	return err;
}

bool pptp_session_pop_frame(struct pptp_session *s, struct pptp_frame *framep)
{
	return s->link && link_pop(s->link, framep);
}

int pptp_session_get_stats(const struct pptp_session *s, struct pptp_stats *stats, size_t size)
{
	const struct pptp_stats *live = pptp_tunnel_stats(s->tunnel);

	if (!size)
		return PPTP_ERR_VALUE;
	pptp_copy_sized(stats, size, live, sizeof(*live));
	return 0;
}

int pptp_session_end(struct pptp_session *s, enum pptp_reason why)
{
	if (s->phase == SESSION_CLOSED)
		return 0;
	s->now = pptp_session_clock();
	if (s->phase != SESSION_CONTROL) {
		pptp_session_fail(s, why, 0, "%s", pptp_reason_text(why));
	} else {
		s->ending = true;
		pptp_ctrl_stop(s->ctrl, why, s->now);
		pptp_control_pump(s);
	}
	return pptp_session_wake(s);
}

int pptp_session_stop(struct pptp_session *s)
{
	PPTP_KEEP_ERRNO;

	return pptp_session_end(s, PPTP_REASON_STOPPED);
}
