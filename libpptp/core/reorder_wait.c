/* SPDX-License-Identifier: MIT */
/*
 * Learns how long a missing packet is worth waiting for on this path, from how late packets arrived
 * and which waits were in vain. A histogram whose counts decay; the wait chosen is the one that
 * would have cost least (see the header). It has no timer and no packets. Called by
 * reorder.c for each hole.
 */
#include "reorder_wait.h"

#include <string.h>

/* The weight of one event, so that halving keeps fractions of it. */
#define EVENT 1024U
/* After this many half-lives without an event everything is forgotten. */
#define FORGOTTEN 10

/* The waits to choose from, ms; each about 1.5 times the one before. */
static const uint16_t waits[REORDER_WAIT_BINS] = {
	5, 7, 11, 16, 24, 36, 50, 75, 112, 168, 240, 300,
};

/* Initial state of an unknown path: as if one packet had arrived 28 ms late. */
#define PRIOR_BIN 5

static void forget_all(struct reorder_wait *w)
{
	memset(w->filled, 0, sizeof(w->filled));
	w->filled[PRIOR_BIN] = EVENT;
	w->in_vain = 0;
	w->events = 0;
}

static void halve(struct reorder_wait *w)
{
	w->in_vain /= 2;
	for (unsigned int i = 0; i < REORDER_WAIT_BINS; i++)
		w->filled[i] /= 2;
	w->events = 0;
}

static void age(struct reorder_wait *w, uint64_t now)
{
	if (!w->aged_at) {
		w->aged_at = now;
	} else if (now - w->aged_at >= FORGOTTEN * REORDER_WAIT_HALF_LIFE) {
		forget_all(w);
		w->aged_at = now;
	}
	while (now - w->aged_at >= REORDER_WAIT_HALF_LIFE) {
		halve(w);
		w->aged_at += REORDER_WAIT_HALF_LIFE;
	}
	if (++w->events >= REORDER_WAIT_HALF_EVENTS)
		halve(w);
}

/* Choose the wait that would have cost least; of equals the shortest. */
static void choose(struct reorder_wait *w)
{
	uint64_t best = UINT64_MAX, spent = 0, later = 0;

	for (unsigned int i = 0; i < REORDER_WAIT_BINS; i++)
		later += w->filled[i];
	for (unsigned int i = 0; i < REORDER_WAIT_BINS; i++) {
		uint64_t cost;

		later -= w->filled[i];
		spent += (uint64_t)w->filled[i] * waits[i];
		cost = spent + (w->in_vain + later) * waits[i] + later * REORDER_WAIT_WORTH;
		if (cost < best) {
			best = cost;
			w->wait = waits[i] * PPTP_NS_PER_MS;
		}
	}
	if (w->wait > w->ceiling)
		w->wait = w->ceiling;
}

void pptp_reorder_wait_init(struct reorder_wait *w, uint64_t ceiling)
{
	*w = (struct reorder_wait){ .ceiling = ceiling };
	forget_all(w);
	choose(w);
}

void pptp_reorder_wait_arrived(struct reorder_wait *w, uint64_t late, uint64_t now)
{
	/* A margin: the next one may be a little later. */
	uint64_t wanted = late + late / 4 + PPTP_NS_PER_MS;
	unsigned int bin = 0;

	if (late > w->ceiling || late > REORDER_WAIT_CEILING)
		return;
	while (bin < REORDER_WAIT_BINS - 1 && waits[bin] * PPTP_NS_PER_MS < wanted)
		bin++;
	age(w, now);
	w->filled[bin] += EVENT;
	choose(w);
}

void pptp_reorder_wait_gave_up(struct reorder_wait *w, uint64_t now)
{
	age(w, now);
	w->in_vain += EVENT;
	choose(w);
}
