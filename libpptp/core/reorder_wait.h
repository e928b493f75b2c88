/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_REORDER_WAIT_H
#define PPTP_CORE_REORDER_WAIT_H

/*
 * How long a missing packet is worth waiting for.
 *
 * A hole in the sequence is either reordering, and the packet arrives a little later, or loss, and
 * every wait is in vain and delays all packets behind it. Which of the two occurs on a path, and
 * how late packets are, is learned: a histogram of how late missed packets arrived (also those
 * given up by then), and a count of waits in vain, both halved with age. The wait chosen is the one
 * of a dozen that would have cost least, where a wait in vain costs its length and a packet that
 * arrives after it was given up costs REORDER_WAIT_WORTH: 10 ms more are worthwhile when they fill
 * one hole in a hundred.
 */

#include <pptp/types.h>

#define REORDER_WAIT_BINS 12
/* One packet put in order is worth this much waiting (ms) of the packets behind holes. */
#define REORDER_WAIT_WORTH 1000
/* The longest and the shortest wait, ns. */
#define REORDER_WAIT_CEILING (300 * PPTP_NS_PER_MS)
#define REORDER_WAIT_FLOOR   (5 * PPTP_NS_PER_MS)
/* Counts are halved after this many events, and after this time (ns). */
#define REORDER_WAIT_HALF_EVENTS 64
#define REORDER_WAIT_HALF_LIFE   (20 * PPTP_NS_PER_SEC)

struct reorder_wait {
	uint64_t ceiling;
	uint64_t wait; /* the wait chosen, ns */
	uint64_t aged_at;
	unsigned int events; /* since the last halving */
	uint32_t in_vain;
	uint32_t filled[REORDER_WAIT_BINS];
};

/* The wait is never longer than ceiling (ns), nor than REORDER_WAIT_CEILING. */
void pptp_reorder_wait_init(struct reorder_wait *w, uint64_t ceiling);

/* A packet arrived this late (ns) after it was first missed. */
void pptp_reorder_wait_arrived(struct reorder_wait *w, uint64_t late, uint64_t now);

/* A hole was given up. */
void pptp_reorder_wait_gave_up(struct reorder_wait *w, uint64_t now);

#endif
