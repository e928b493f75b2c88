/* SPDX-License-Identifier: MIT */
#include <pptp/hub.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "keep_errno.h"
#include "session/session_state.h"
#include "wire.h"

#define CALL_IDS           65536
#define SOCKETS_A_DISPATCH 16
#define CALL_ID_OFFSET     6

/* The GRE socket of one pair of addresses. */
struct hub_socket {
	struct gre_socket gre;
	struct in_addr local;
	struct in_addr remote;
	uint32_t mark;
	unsigned int users;
	unsigned int failures; /* to read, in a row */
	bool resting;          /* not read until the timer fires */
	struct pptp_session *waiting;
	struct hub_socket *next;
};

struct pptp_hub {
	int epoll_fd;
	int timer_fd;
	struct hub_socket *sockets;
	struct pptp_session *touched;
	struct pptp_session *by_call_id[CALL_IDS];
};

static int open_descriptors(struct pptp_hub *hub)
{
	struct epoll_event timer = { .events = EPOLLIN | EPOLLET, .data.ptr = NULL };

	hub->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (hub->epoll_fd < 0)
		return -errno;
	hub->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (hub->timer_fd < 0 || epoll_ctl(hub->epoll_fd, EPOLL_CTL_ADD, hub->timer_fd, &timer) < 0)
		return -errno;
	return 0;
}

int pptp_hub_new(struct pptp_hub **hubp)
{
	PPTP_KEEP_ERRNO;
	struct pptp_hub *hub = calloc(1, sizeof(*hub));
	int err;

	if (!hub)
		return -ENOMEM;
	hub->epoll_fd = hub->timer_fd = -1;
	err = open_descriptors(hub);
	if (err) {
		pptp_hub_free(hub);
		return err;
	}
	*hubp = hub;
	return 0;
}

struct pptp_hub *pptp_hub_free(struct pptp_hub *hub)
{
	PPTP_KEEP_ERRNO;

	if (!hub)
		return NULL;
	if (hub->timer_fd >= 0)
		close(hub->timer_fd);
	if (hub->epoll_fd >= 0)
		close(hub->epoll_fd);
	free(hub);
	return NULL;
}

int pptp_hub_get_fd(const struct pptp_hub *hub)
{
	return hub->epoll_fd;
}

int pptp_hub_join(struct pptp_session *s)
{
	struct pptp_session **place = &s->cfg.hub->by_call_id[s->call_id];

	if (*place)
		return -EADDRINUSE;
	*place = s;
	s->hub.joined = true;
	return 0;
}

static struct hub_socket *find_socket(struct pptp_session *s, struct in_addr local,
				      struct in_addr remote)
{
	struct hub_socket *socket = s->cfg.hub->sockets;

	while (socket && (socket->local.s_addr != local.s_addr ||
			  socket->remote.s_addr != remote.s_addr || socket->mark != s->cfg.mark))
		socket = socket->next;
	return socket;
}

static int watch(struct pptp_hub *hub, struct hub_socket *socket, int operation, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = socket };

	return epoll_ctl(hub->epoll_fd, operation, socket->gre.fd, &ev) < 0 ? -errno : 0;
}

static int update_watch(struct pptp_hub *hub, struct hub_socket *socket)
{
	uint32_t events = (socket->resting ? 0U : EPOLLIN) | (socket->waiting ? EPOLLOUT : 0U);

	return watch(hub, socket, EPOLL_CTL_MOD, events);
}

static int open_socket(struct hub_socket **socketp, struct pptp_session *s, struct in_addr local,
		       struct in_addr remote)
{
	struct pptp_config cfg = s->cfg;
	struct hub_socket *socket = calloc(1, sizeof(*socket));
	int err;

	if (!socket)
		return -ENOMEM;
	cfg.gre_fd = -1;
	socket->local = local;
	socket->remote = remote;
	socket->mark = cfg.mark;
	err = pptp_gre_socket_open(&socket->gre, &cfg);
	if (!err)
		err = pptp_gre_socket_connect(&socket->gre, local, remote);
	if (!err)
		err = pptp_gre_socket_hear_all(&socket->gre);
	if (!err)
		err = watch(cfg.hub, socket, EPOLL_CTL_ADD, EPOLLIN);
	if (err) {
		pptp_gre_socket_close(&socket->gre);
		free(socket);
		return err;
	}
	socket->next = cfg.hub->sockets;
	cfg.hub->sockets = socket;
	*socketp = socket;
	return 0;
}

int pptp_hub_open_gre(struct pptp_session *s, struct in_addr local, struct in_addr remote)
{
	struct hub_socket *socket = find_socket(s, local, remote);
	int err = socket ? 0 : open_socket(&socket, s, local, remote);

	if (err)
		return err;
	socket->users++;
	s->hub.socket = socket;
	pptp_gre_socket_borrow(&s->gre, socket->gre.fd);
	return 0;
}

void pptp_hub_wait_writable(struct pptp_session *s)
{
	struct hub_socket *socket = s->hub.socket;

	if (!socket || s->hub.waiting)
		return;
	s->hub.waiting = true;
	s->hub.waiting_next = socket->waiting;
	socket->waiting = s;
	if (!s->hub.waiting_next)
		s->wait_error = update_watch(s->cfg.hub, socket);
}

static void stop_waiting(struct pptp_session *s)
{
	struct pptp_session **link = &s->hub.socket->waiting;

	if (!s->hub.waiting)
		return;
	while (*link != s)
		link = &(*link)->hub.waiting_next;
	*link = s->hub.waiting_next;
	s->hub.waiting = false;
}

static void release_socket(struct pptp_hub *hub, struct hub_socket *socket)
{
	struct hub_socket **link = &hub->sockets;

	if (--socket->users)
		return;
	while (*link != socket)
		link = &(*link)->next;
	*link = socket->next;
	/* Closing would not do: a forked child may hold a copy of the descriptor. */
	watch(hub, socket, EPOLL_CTL_DEL, 0);
	pptp_gre_socket_close(&socket->gre);
	free(socket);
}

static void untouch(struct pptp_hub *hub, struct pptp_session *s)
{
	struct pptp_session **link = &hub->touched;

	if (!s->hub.touched)
		return;
	while (*link != s)
		link = &(*link)->hub.touched_next;
	*link = s->hub.touched_next;
	s->hub.touched = false;
}

void pptp_hub_leave(struct pptp_session *s)
{
	struct pptp_hub *hub = s->cfg.hub;

	if (!s->hub.joined)
		return;
	s->hub.joined = false;
	hub->by_call_id[s->call_id] = NULL;
	untouch(hub, s);
	if (!s->hub.socket)
		return;
	stop_waiting(s);
	release_socket(hub, s->hub.socket);
	s->hub.socket = NULL;
}

static void touch(struct pptp_hub *hub, struct pptp_session *s, uint64_t now)
{
	s->now = now;
	if (s->hub.touched)
		return;
	s->hub.touched = true;
	s->hub.touched_next = hub->touched;
	hub->touched = s;
}

/* Whose packet is it? NULL when it is too short to say, or nobody's on this socket. */
static struct pptp_session *addressee(struct pptp_hub *hub, const struct hub_socket *socket,
				      const uint8_t *packet, size_t len)
{
	struct pptp_session *s;
	uint16_t call_id;

	if (len < PPTP_GRE_HEADER_MIN)
		return NULL;
	get_u16(&call_id, packet + CALL_ID_OFFSET);
	s = hub->by_call_id[call_id];
	return s && s->hub.socket == socket ? s : NULL;
}

/* What cannot be read now is not tried all the time. */
static int rest(struct pptp_hub *hub, struct hub_socket *socket)
{
	struct itimerspec its = { .it_value.tv_nsec = RECEIVE_REST };

	socket->failures = 0;
	if (timerfd_settime(hub->timer_fd, 0, &its, NULL) < 0)
		return -errno;
	socket->resting = true;
	return update_watch(hub, socket);
}

static int wake_resting(struct pptp_hub *hub)
{
	int err = 0;

	for (struct hub_socket *socket = hub->sockets; socket; socket = socket->next) {
		if (!socket->resting)
			continue;
		socket->resting = false;
		err = err ? err : update_watch(hub, socket);
	}
	return err;
}

static int receive(struct pptp_hub *hub, struct hub_socket *socket, uint64_t now)
{
	int n = pptp_gre_socket_receive(&socket->gre);

	if (n < 0)
		return ++socket->failures < RECEIVE_FAILURES_MAX ? 0 : rest(hub, socket);
	socket->failures = 0;
	for (int i = 0; i < n; i++) {
		size_t len;
		uint8_t *packet = pptp_gre_socket_packet(&socket->gre, (unsigned int)i, &len);
		struct pptp_session *s = addressee(hub, socket, packet, len);

		if (!s)
			continue;
		touch(hub, s, now);
		pptp_data_receive(s, packet, len);
	}
	return 0;
}

/* Those that found the socket full send what they kept. */
static int resume(struct pptp_hub *hub, struct hub_socket *socket, uint64_t now)
{
	struct pptp_session *s = socket->waiting, *next;
	int err;

	socket->waiting = NULL;
	err = update_watch(hub, socket);
	for (; s; s = next) {
		next = s->hub.waiting_next;
		s->hub.waiting = false;
		touch(hub, s, now);
		pptp_data_gre_writable(s);
	}
	return err;
}

static int serve(struct pptp_hub *hub, struct hub_socket *socket, uint32_t events, uint64_t now)
{
	int err = 0, other = 0;

	if (events & EPOLLOUT)
		err = resume(hub, socket, now);
	if (events & (EPOLLIN | EPOLLERR))
		other = receive(hub, socket, now);
	return err ? err : other;
}

/* Events, or frames that the embedder takes itself: its loop must look at the session. */
static bool has_news(const struct pptp_session *s)
{
	return s->events.count || (s->link && s->link->read_fd < 0);
}

static int settle_touched(struct pptp_hub *hub)
{
	struct pptp_session *s;
	int err = 0;

	while ((s = hub->touched)) {
		int other = 0;

		untouch(hub, s);
		pptp_session_settle(s);
		if (has_news(s))
			other = pptp_session_wake(s);
		err = err ? err : other;
	}
	return err;
}

int pptp_hub_dispatch(struct pptp_hub *hub)
{
	PPTP_KEEP_ERRNO;
	struct epoll_event events[SOCKETS_A_DISPATCH];
	int n = epoll_wait(hub->epoll_fd, events, SOCKETS_A_DISPATCH, 0);
	uint64_t now = pptp_session_clock();
	int err = 0, other;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	/* Sessions, and with them sockets, may end when they are settled: only after the last. */
	for (int i = 0; i < n; i++) {
		struct hub_socket *socket = events[i].data.ptr;

		other = socket ? serve(hub, socket, events[i].events, now) : wake_resting(hub);
		err = err ? err : other;
	}
	other = settle_touched(hub);
	return err ? err : other;
}
