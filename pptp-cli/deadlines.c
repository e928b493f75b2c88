/* SPDX-License-Identifier: MIT */
/* When the command itself acts: the deadlines of the loop in run.c, which alone decides what follows. */
#include "deadlines.h"

#include <stddef.h>

#include <pptp/types.h>

#include "monotonic.h"

uint64_t deadlines_next(const struct deadlines *deadlines)
{
	const uint64_t all[] = { deadlines->start_by,  deadlines->stop,    deadlines->hang_up,
				 deadlines->terminate, deadlines->give_up, deadlines->tell };
	uint64_t next = PPTP_TIME_NEVER;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i] < next)
			next = all[i];
	return next;
}

int deadlines_wait_ms(const struct deadlines *deadlines)
{
	const uint64_t next = deadlines_next(deadlines);
	uint64_t now;

	if (next == PPTP_TIME_NEVER)
		return -1;
	now = monotonic_ns();
	return next <= now ? 0 : (int)((next - now + PPTP_NS_PER_MS - 1) / PPTP_NS_PER_MS);
}

bool deadline_passed(uint64_t *deadlinep, uint64_t now)
{
	if (now < *deadlinep)
		return false;
	*deadlinep = PPTP_TIME_NEVER;
	return true;
}
