/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_CODEL_H
#define PPTP_CORE_CODEL_H

/*
 * Controlled Delay (RFC 8289) for a queue towards a reader that is slower than what comes: decides
 * at the head of the queue, packet by packet, which ones to drop, so that a queue that stands is
 * kept short while bursts pass. Besides, nothing older than CODEL_MAX is ever kept.
 */

#include <pptp/types.h>

/* A queue may stand so long (4.2.4 and 4.3.2 of RFC 8289), in ns, for about so long. */
#define CODEL_TARGET   (5 * PPTP_NS_PER_MS)
#define CODEL_INTERVAL (100 * PPTP_NS_PER_MS)
/* What came so long after a queue was first seen to stand, or earlier, is not dropped for it. */
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
 * The packet at the head of the queue has waited for `sojourn` and could go now.
 * last: nothing is behind it; a queue of one does not stand.
 * Returns whether to drop it instead.
 */
bool pptp_codel_drop(struct codel *codel, uint64_t sojourn, bool last, uint64_t now);

#endif
