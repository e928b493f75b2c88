/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_LOOP_H
#define PPTP_SESSION_LOOP_H

/*
 * One epoll set with one timer: what a session, or a hub, waits for. Each part owns the watches of
 * its descriptors.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct loop;

/* One descriptor in the epoll set. Its memory must last as long as the loop. */
struct watch {
	struct loop *loop;
	int fd; /* -1: not in the set */
	uint32_t events;
	int id; /* for the owner of the loop */
};

struct loop {
	int epoll_fd;
	int timer_fd;
	uint64_t armed; /* when the timer fires, PPTP_TIME_NEVER for not at all */
	int error;      /* -errno once epoll or the timer failed: the loop may not wake any more */
	struct watch timer;
};

/* Both descriptors -1, so that pptp_loop_close() is allowed at any time. */
void pptp_loop_init(struct loop *loop);
/* 0 or -errno. */
int pptp_loop_open(struct loop *loop);
void pptp_loop_close(struct loop *loop);

/*
 * Wait at most timeout_ms, -1 without limit. Returns how many of `events` hold a watch (data.ptr) whose
 * descriptor is ready, 0 also after a signal, or -errno. The timer is handled here. A watch whose fd
 * is -1 was removed by the handling of an earlier event: skip it.
 */
int pptp_loop_wait(struct loop *loop, struct epoll_event *events, int size, int timeout_ms);

/* Set the timer to `deadline` if that is earlier than its present time. */
void pptp_loop_arm(struct loop *loop, uint64_t deadline);
/* Discard the timer's present time: the next pptp_loop_arm() sets it again. */
void pptp_loop_rearm(struct loop *loop);
void pptp_loop_disarm(struct loop *loop);

void pptp_watch_init(struct watch *watch, struct loop *loop, int id);
/* 0 or -errno. */
int pptp_watch_add(struct watch *watch, int fd, uint32_t events);
/* Change the events of a watch in the set. 0 or -errno, which is kept in the loop too. */
int pptp_watch_set(struct watch *watch, uint32_t events);
/* The kernel has disabled it (EPOLLONESHOT). */
void pptp_watch_disabled(struct watch *watch);
void pptp_watch_remove(struct watch *watch);
/* Another part takes over the descriptor: `to` is watched in place of `from`. 0 or -errno. */
int pptp_watch_move(struct watch *to, struct watch *from, uint32_t events);

static inline bool watch_is_active(const struct watch *watch)
{
	return watch->fd >= 0;
}

uint64_t pptp_clock_monotonic(void);
uint64_t pptp_clock_real(void); /* the clock of the kernel's packet time stamps */

#endif
