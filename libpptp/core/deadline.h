/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_DEADLINE_H
#define PPTP_CORE_DEADLINE_H

/*
 * Deadlines: points in time in nanoseconds, PPTP_TIME_NEVER for none. The only place that adds a
 * wait to a time, or chooses between two deadlines.
 */

#include <pptp/types.h>

/* The time `wait` after `now`; PPTP_TIME_NEVER for a wait of that, or where the sum overflows. */
static inline uint64_t deadline_after(uint64_t now, uint64_t wait)
{
	return wait >= PPTP_TIME_NEVER - now ? PPTP_TIME_NEVER : now + wait;
}

static inline uint64_t deadline_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline bool deadline_is_due(uint64_t deadline, uint64_t now)
{
	return deadline != PPTP_TIME_NEVER && deadline <= now;
}

#endif
