/* SPDX-License-Identifier: MIT */
#include "lateness.h"

#include <string.h>

/* One event, so that halving keeps fractions of it. */
#define EVENT 1024U
/* Unseen for so many half-lives is unknown. */
#define FORGOTTEN 10

/* The waits to choose from, ms. Half as much again each: the choice is never far from the best. */
static const uint16_t waits[PPTP_LATENESS_BINS] = {
	5, 7, 11, 16, 24, 36, 50, 75, 112, 168, 240, 300,
};

/* A path that nothing is known of: as if one packet had come 28 ms late. */
#define PRIOR_BIN 5

static void forget_all(struct pptp_lateness *l)
{
	memset(l->filled, 0, sizeof(l->filled));
	l->filled[PRIOR_BIN] = EVENT;
	l->in_vain = 0;
	l->events = 0;
}

static void halve(struct pptp_lateness *l)
{
	l->in_vain /= 2;
	for (unsigned int i = 0; i < PPTP_LATENESS_BINS; i++)
		l->filled[i] /= 2;
	l->events = 0;
}

static void age(struct pptp_lateness *l, uint64_t now)
{
	if (!l->aged_at) {
		l->aged_at = now;
	} else if (now - l->aged_at >= FORGOTTEN * PPTP_LATENESS_HALF_LIFE) {
		forget_all(l);
		l->aged_at = now;
	}
	while (now - l->aged_at >= PPTP_LATENESS_HALF_LIFE) {
		halve(l);
		l->aged_at += PPTP_LATENESS_HALF_LIFE;
	}
	if (++l->events >= PPTP_LATENESS_HALF_EVENTS)
		halve(l);
}

/* Take the wait that would have cost least; of equals the shortest. */
static void choose(struct pptp_lateness *l)
{
	uint64_t best = UINT64_MAX, spent = 0, later = 0;

	for (unsigned int i = 0; i < PPTP_LATENESS_BINS; i++)
		later += l->filled[i];
	for (unsigned int i = 0; i < PPTP_LATENESS_BINS; i++) {
		uint64_t cost;

		later -= l->filled[i];
		spent += (uint64_t)l->filled[i] * waits[i];
		cost = spent + (l->in_vain + later) * waits[i] + later * PPTP_LATENESS_WORTH;
		if (cost < best) {
			best = cost;
			l->wait = waits[i] * PPTP_NS_PER_MS;
		}
	}
	if (l->wait > l->ceiling)
		l->wait = l->ceiling;
}

void pptp_lateness_init(struct pptp_lateness *l, uint64_t ceiling)
{
	*l = (struct pptp_lateness){ .ceiling = ceiling };
	forget_all(l);
	choose(l);
}

void pptp_lateness_came(struct pptp_lateness *l, uint64_t late, uint64_t now)
{
	/* The next one may come a little later. */
	uint64_t wanted = late + late / 4 + PPTP_NS_PER_MS;
	unsigned int bin = 0;

	if (late > l->ceiling || late > PPTP_LATENESS_CEILING)
		return;
	while (bin < PPTP_LATENESS_BINS - 1 && waits[bin] * PPTP_NS_PER_MS < wanted)
		bin++;
	age(l, now);
	l->filled[bin] += EVENT;
	choose(l);
}

void pptp_lateness_gave_up(struct pptp_lateness *l, uint64_t now)
{
	age(l, now);
	l->in_vain += EVENT;
	choose(l);
}
