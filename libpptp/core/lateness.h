/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_LATENESS_H
#define PPTP_CORE_LATENESS_H

/*
 * Learns how long a missing packet is worth waiting for on this path.
 *
 * Told how late each packet came that was missed (also when it was given up by then), and of each
 * wait that was in vain. Kept as a histogram that forgets. The wait chosen is the one that would
 * have cost least: waits in vain cost their length, a packet given up that came later costs
 * PPTP_LATENESS_WORTH. So 10 ms more are worthwhile when they fill one hole in a hundred.
 */

#include <pptp/types.h>

#define PPTP_LATENESS_BINS 12
/* A repaired packet is worth so much waiting (ms) of the packets behind holes. */
#define PPTP_LATENESS_WORTH 1000
/* The longest and the shortest wait, ns. */
#define PPTP_LATENESS_CEILING (300 * PPTP_NS_PER_MS)
#define PPTP_LATENESS_FLOOR   (5 * PPTP_NS_PER_MS)
/* What was learned counts half after so many events, and after so long (ns). */
#define PPTP_LATENESS_HALF_EVENTS 64
#define PPTP_LATENESS_HALF_LIFE   (20 * PPTP_NS_PER_SEC)

struct pptp_lateness {
	uint64_t ceiling;
	uint64_t wait; /* the present answer, ns */
	uint64_t aged_at;
	unsigned int events; /* since the last halving */
	uint32_t in_vain;
	uint32_t filled[PPTP_LATENESS_BINS];
};

/* The wait is never longer than ceiling (ns), nor than PPTP_LATENESS_CEILING. */
void pptp_lateness_init(struct pptp_lateness *l, uint64_t ceiling);

/* A packet came so late (ns) after it was first missed. */
void pptp_lateness_came(struct pptp_lateness *l, uint64_t late, uint64_t now);

/* A hole was given up. */
void pptp_lateness_gave_up(struct pptp_lateness *l, uint64_t now);

#endif
