/* SPDX-License-Identifier: MIT */
/*
 * The clock of the command's own deadlines, in the unit of the library's (PPTP_NS_PER_SEC). Called by
 * run.c, keeper.c and kept_route.c.
 */
#include "monotonic.h"

#include <time.h>

#include <pptp/types.h>

uint64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}
