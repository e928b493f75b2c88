/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_RING_H
#define PPTP_CORE_RING_H

/*
 * The indices of a bounded queue. The slots themselves are the owner's array; a ring only holds
 * the position and count, so that the queues of events, messages and frames share it.
 */

#include <stdbool.h>

struct ring {
	unsigned int first; /* the oldest slot in use */
	unsigned int count; /* slots in use */
};

/* The slot to fill with a new element, counted as used. The ring must not be full. */
static inline unsigned int ring_push(struct ring *ring, unsigned int capacity)
{
	return (ring->first + ring->count++) % capacity;
}

/* The slot of the oldest element, free from now on. The ring must not be empty. */
static inline unsigned int ring_pop(struct ring *ring, unsigned int capacity)
{
	unsigned int slot = ring->first;

	ring->first = (slot + 1) % capacity;
	ring->count--;
	return slot;
}

#endif
