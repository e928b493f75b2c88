/* SPDX-License-Identifier: MIT */
/*
 * CoDel (RFC 8289): which packets of a standing queue towards a slow PPP to drop, so that a bulk
 * transfer does not delay all other traffic by seconds. It has no queue of its own and no clock:
 * the packets wait in the GRE socket, and the caller passes how long each one waited. Called by
 * session/data_path.c for each packet while the link is congested.
 */
#include "codel.h"

#include <string.h>

void pptp_codel_init(struct codel *codel)
{
	memset(codel, 0, sizeof(*codel));
}

/* The whole part of the square root. */
static uint64_t square_root(uint64_t n)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1) {
		if ((root | bit) * (root | bit) <= n)
			root |= bit;
	}
	return root;
}

/* interval / sqrt(count) after t. */
static uint64_t control_law(uint64_t t, uint32_t count)
{
	return t + square_root(CODEL_INTERVAL * CODEL_INTERVAL / count);
}

/*
 * Whether the delay has been above target for an interval, and for packets that arrived since then
 * too: a burst that arrived at once is not dropped, however slowly it is read.
 */
static bool stands(struct codel *codel, uint64_t sojourn, bool last, uint64_t now)
{
	if (sojourn < CODEL_TARGET || last) {
		codel->first_above = 0;
		return false;
	}
	if (!codel->first_above) {
		codel->first_above = now + CODEL_INTERVAL;
		return false;
	}
	return now >= codel->first_above &&
	       now - sojourn >= codel->first_above - CODEL_INTERVAL + CODEL_BURST;
}

static void begin(struct codel *codel, uint64_t now)
{
	uint32_t before = codel->count - codel->last_count;

	codel->dropping = true;
	/* Dropping ended recently: continue at about the rate it had reached. */
	if (before > 1 && now < codel->drop_next + 16 * CODEL_INTERVAL)
		codel->count = before;
	else
		codel->count = 1;
	codel->last_count = codel->count;
	codel->drop_next = control_law(now, codel->count);
}

bool pptp_codel_drop(struct codel *codel, uint64_t sojourn, bool last, uint64_t now)
{
	if (!stands(codel, sojourn, last, now)) {
		codel->dropping = false;
	} else if (!codel->dropping) {
		begin(codel, now);
		return true;
	} else if (now >= codel->drop_next) {
		codel->count++;
		codel->drop_next = control_law(codel->drop_next, codel->count);
		return true;
	}
	return sojourn > CODEL_MAX;
}
