/* SPDX-License-Identifier: MIT */
/*
 * The epoll set, its timer and the clock. A session has one loop, which its parts share; a hub has
 * one for all of its ports. It does not act on descriptors: pptp_loop_wait() returns
 * watches, and their owner calls the part that each belongs to.
 */
#include "session/loop.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <pptp/types.h>

void pptp_loop_init(struct loop *loop)
{
	*loop = (struct loop){ .epoll_fd = -1, .timer_fd = -1, .armed = PPTP_TIME_NEVER };
	pptp_watch_init(&loop->timer, loop, 0);
}

int pptp_loop_open(struct loop *loop)
{
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll_fd < 0)
		return -errno;
	loop->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop->timer_fd < 0)
		return -errno;
	/* Edge-triggered, so that the timer need not be read. */
	return pptp_watch_add(&loop->timer, loop->timer_fd, EPOLLIN | EPOLLET);
}

void pptp_loop_close(struct loop *loop)
{
	if (loop->timer_fd >= 0)
		close(loop->timer_fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	pptp_loop_init(loop);
}

int pptp_loop_wait(struct loop *loop, struct epoll_event *events, int size, int timeout_ms)
{
	int n = epoll_wait(loop->epoll_fd, events, size, timeout_ms), kept = 0;

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == &loop->timer)
			loop->armed = PPTP_TIME_NEVER;
		else
			events[kept++] = events[i];
	}
	return kept;
}

/* A timer that fires too early costs one wake-up; setting it with every packet a call each. */
void pptp_loop_arm(struct loop *loop, uint64_t deadline)
{
	struct itimerspec its = { 0 };

	if (deadline >= loop->armed)
		return;
	its.it_value.tv_sec = (time_t)(deadline / PPTP_NS_PER_SEC);
	its.it_value.tv_nsec = (long)(deadline % PPTP_NS_PER_SEC);
	if (deadline == 0)
		its.it_value.tv_nsec = 1; /* 0 would disarm it */
	if (timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &its, NULL) < 0)
		loop->error = -errno;
	else
		loop->armed = deadline;
}

void pptp_loop_rearm(struct loop *loop)
{
	loop->armed = PPTP_TIME_NEVER;
}

void pptp_loop_disarm(struct loop *loop)
{
	static const struct itimerspec never;

	if (timerfd_settime(loop->timer_fd, 0, &never, NULL) == 0)
		loop->armed = PPTP_TIME_NEVER;
}

void pptp_watch_init(struct watch *watch, struct loop *loop, int id)
{
	*watch = (struct watch){ .loop = loop, .fd = -1, .id = id };
}

static int control(struct watch *watch, int operation, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	return epoll_ctl(watch->loop->epoll_fd, operation, watch->fd, &event) < 0 ? -errno : 0;
}

int pptp_watch_add(struct watch *watch, int fd, uint32_t events)
{
	int err;

	watch->fd = fd;
	err = control(watch, EPOLL_CTL_ADD, events);
	if (err)
		watch->fd = -1;
	else
		watch->events = events;
	return err;
}

int pptp_watch_set(struct watch *watch, uint32_t events)
{
	int err;

	if (watch->fd < 0 || watch->events == events)
		return 0;
	err = control(watch, EPOLL_CTL_MOD, events);
	if (err)
		watch->loop->error = err;
	else
		watch->events = events;
	return err;
}

int pptp_watch_move(struct watch *to, struct watch *from, uint32_t events)
{
	int err;

	to->fd = from->fd;
	err = control(to, EPOLL_CTL_MOD, events);
	if (err) {
		to->fd = -1;
		return err;
	}
	to->events = events;
	from->fd = -1;
	return 0;
}

void pptp_watch_disabled(struct watch *watch)
{
	watch->events = 0;
}

void pptp_watch_remove(struct watch *watch)
{
	if (watch->fd < 0)
		return;
	/* Closing is not enough: a forked child may hold a copy of the descriptor. */
	control(watch, EPOLL_CTL_DEL, 0);
	watch->fd = -1;
	watch->events = 0;
}

static uint64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t pptp_clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t pptp_clock_real(void)
{
	return read_clock(CLOCK_REALTIME);
}
