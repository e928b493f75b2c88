/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_CODEL_H
#define PPTP_CORE_CODEL_H

/*
 * Controlled Delay (RFC 8289) for a queue whose reader is slower than its input: decides
 * at the head of the queue, packet by packet, which ones to drop, so that a standing queue is
 * kept short while bursts pass. In addition, no packet older than CODEL_MAX is kept.
 */

#include <pptp/types.h>

/* Acceptable standing delay, and the time it may be exceeded (4.2.4 and 4.3.2 of RFC 8289), ns. */
#define CODEL_TARGET   (5 * PPTP_NS_PER_MS)
#define CODEL_INTERVAL (100 * PPTP_NS_PER_MS)
/* Packets that arrived up to this long after the queue was first seen standing are not dropped. */
#define CODEL_BURST (CODEL_INTERVAL / 2)
#define CODEL_MAX   (500 * PPTP_NS_PER_MS)

struct codel {
	uint64_t first_above; /* when to begin if the delay stays above target; 0: it is below */
	uint64_t drop_next;   /* when to drop the next one, while dropping */
	uint32_t count;       /* dropped since dropping began */
	uint32_t last_count;  /* count at the beginning */
	bool dropping;
};

void pptp_codel_init(struct codel *codel);

/*
 * The packet at the head of the queue has waited for `sojourn` and can be passed on now.
 * last: nothing is behind it; a queue of one is not a standing queue.
 * Returns whether to drop it instead.
 */
bool pptp_codel_drop(struct codel *codel, uint64_t sojourn, bool last, uint64_t now);

#endif
