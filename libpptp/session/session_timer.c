/* SPDX-License-Identifier: MIT */
#include "session/session_state.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

int pptp_session_watch_fd(struct pptp_session *s, enum session_watch watch, int fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.u32 = watch };

	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
		return -errno;
	s->watched_fd[watch] = fd;
	s->watched_events[watch] = events;
	return 0;
}

void pptp_session_watch_events(struct pptp_session *s, enum session_watch watch, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.u32 = watch };

	if (s->watched_fd[watch] < 0 || s->watched_events[watch] == events)
		return;
	if (epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, s->watched_fd[watch], &ev) < 0)
		s->wait_error = -errno;
	else
		s->watched_events[watch] = events;
}

void pptp_session_unwatch(struct pptp_session *s, enum session_watch watch)
{
	if (s->watched_fd[watch] < 0)
		return;
	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, s->watched_fd[watch], NULL);
	s->watched_fd[watch] = -1;
	s->watched_events[watch] = 0;
}

static uint64_t read_clock(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t pptp_session_clock(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t pptp_session_wall_clock(void)
{
	return read_clock(CLOCK_REALTIME);
}

/* A timer that fires too early costs one wake-up; moving it with every packet costs a call each. */
void pptp_session_arm_timer(struct pptp_session *s, uint64_t deadline)
{
	struct itimerspec its = { 0 };

	if (deadline >= s->timer_armed)
		return;
	its.it_value.tv_sec = (time_t)(deadline / PPTP_NS_PER_SEC);
	its.it_value.tv_nsec = (long)(deadline % PPTP_NS_PER_SEC);
	if (deadline == 0)
		its.it_value.tv_nsec = 1; /* 0 would disarm it */
	if (timerfd_settime(s->timer_fd, TFD_TIMER_ABSTIME, &its, NULL) < 0)
		s->wait_error = -errno;
	else
		s->timer_armed = deadline;
}

void pptp_session_disarm_timer(struct pptp_session *s)
{
	static const struct itimerspec never;

	if (timerfd_settime(s->timer_fd, 0, &never, NULL) == 0)
		s->timer_armed = PPTP_TIME_NEVER;
}

/* The timer is watched edge-triggered: there is nothing to read. */
void pptp_session_timer_fired(struct pptp_session *s)
{
	s->timer_armed = PPTP_TIME_NEVER;
}
