/* SPDX-License-Identifier: MIT */
/*
 * Stands below the wrappers of tests/faults: timers are the kernel's, so that epoll reports them, but
 * expire by a clock that stands still until fuzz_api.c moves it.
 */
#define _GNU_SOURCE
#include "api_system.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <pptp/types.h>

#include "calls.h"
#include "fuzz.h"

#define DESCRIPTORS_MAX 1024
#define BEGINNING       (1000 * PPTP_NS_PER_SEC)

static struct {
	uint64_t now;
	int64_t day_offset;
	uint32_t random;
	uint64_t deadlines
		[DESCRIPTORS_MAX]; /* by descriptor; PPTP_TIME_NEVER: no timer, or not set */
} sys;

void api_system_begin(void)
{
	sys.now = BEGINNING;
	sys.day_offset = 0;
	sys.random = 1;
	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
		sys.deadlines[fd] = PPTP_TIME_NEVER;
}

uint64_t api_clock(void)
{
	return sys.now;
}

/* -- the clock ------------------------------------------------------------------------------ */

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	uint64_t value = sys.now;

	if (!faults_inside())
		return __real_clock_gettime(id, ts);
	if (id == CLOCK_REALTIME) {
		__real_clock_gettime(id, ts);
		value = (uint64_t)ts->tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts->tv_nsec +
			(uint64_t)sys.day_offset;
	}
	ts->tv_sec = (time_t)(value / PPTP_NS_PER_SEC);
	ts->tv_nsec = (long)(value % PPTP_NS_PER_SEC);
	return 0;
}

void api_clock_set_day(int64_t offset_ns)
{
	sys.day_offset = offset_ns;
}

/* -- timers --------------------------------------------------------------------------------- */

static void expire(int fd)
{
	const struct itimerspec at_once = { .it_value.tv_nsec = 1 };
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	int n;

	sys.deadlines[fd] = PPTP_TIME_NEVER;
	if (syscall(SYS_timerfd_settime, fd, 0, &at_once, NULL) < 0)
		return;
	/* Not poll(), which may be made to fail. libFuzzer's own timer ends a wait by its signal. */
	do {
		n = (int)syscall(SYS_ppoll, &pfd, 1, NULL, NULL, 0);
	} while (n < 0 && errno == EINTR);
	FUZZ_CHECK(n == 1);
}

void api_clock_advance(uint64_t ns)
{
	sys.now += ns;
	for (int fd = 0; fd < DESCRIPTORS_MAX; fd++)
		if (sys.deadlines[fd] <= sys.now)
			expire(fd);
}

int timerfd_create(clockid_t clock, int flags)
{
	int fd = (int)syscall(SYS_timerfd_create, clock, flags);

	FUZZ_CHECK(fd < DESCRIPTORS_MAX);
	if (fd >= 0)
		sys.deadlines[fd] = PPTP_TIME_NEVER;
	return fd;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old)
{
	static const struct itimerspec never;
	uint64_t at = (uint64_t)value->it_value.tv_sec * PPTP_NS_PER_SEC +
		      (uint64_t)value->it_value.tv_nsec;

	(void)flags; /* the library disarms it, or sets an absolute time */
	if (syscall(SYS_timerfd_settime, fd, 0, &never, old) < 0)
		return -1;
	sys.deadlines[fd] = at ? at : PPTP_TIME_NEVER;
	if (sys.deadlines[fd] <= sys.now)
		expire(fd);
	return 0;
}

/* -- random numbers ------------------------------------------------------------------------- */

ssize_t getrandom(void *data, size_t size, unsigned int flags)
{
	uint8_t *octets = data;

	(void)flags;
	for (size_t i = 0; i < size; i++) {
		sys.random = sys.random * 1664525U + 1013904223U;
		octets[i] = (uint8_t)(sys.random >> 24);
	}
	return (ssize_t)size;
}
