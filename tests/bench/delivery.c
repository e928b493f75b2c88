/* SPDX-License-Identifier: MIT */
#include "scenarios.h"

#include <inttypes.h>
#include <stdio.h>

/* What a client delivers when packets come in a burst, or are lost and swapped on their way. */

#define BURST       2000
#define QUIET       (700 * MS)
#define LOST_ONE_IN 1000
#define SWAP_ONE_IN 100
#define TIMES       65536 /* a power of two */

/* -- bursts ----------------------------------------------------------------------------------- */

static void wait_until_quiet(struct bench *bench)
{
	const struct flow *flow = &bench->tunnels[0].down;

	while (flow_in_flight(flow) && clock_now() < flow->progress_at + QUIET)
		bench_turn(bench, clock_now() + 10 * MS);
}

/* Back to back, the terminal is read meanwhile. */
static void send_burst(struct bench *bench, struct tunnel *tunnel)
{
	for (unsigned int sent = 0; sent < BURST;) {
		unsigned int n = BURST - sent < SEND_BATCH ? BURST - sent : SEND_BATCH;

		sent += bench_send_down(bench, tunnel, n);
		bench_read_terminal(bench, tunnel);
	}
	tunnel->down.progress_at = clock_now();
}

bool scenario_bursts(struct bench *bench, const struct options *options)
{
	struct tunnel *tunnel = &bench->tunnels[0];
	uint64_t start, done;

	if (!bench_start_clients(bench, 1, START_WAIT) || !bench_use_size(bench, options->size))
		return false;
	bench->numbered = true;
	printf("{\"burst\": %u, \"came\": [", BURST);
	for (unsigned int i = 0; i < options->repeats; i++) {
		done = tunnel->down.done;
		start = clock_now();
		send_burst(bench, tunnel);
		wait_until_quiet(bench);
		flow_give_up(&tunnel->down);
		printf("%s{\"frames\": %" PRIu64 ", \"ms\": %.2f}", i ? ", " : "",
		       tunnel->down.done - done, (double)(tunnel->down.progress_at - start) / 1e6);
	}
	printf("], \"disordered\": %" PRIu64 ", \"damaged\": %" PRIu64 "}\n",
	       tunnel->down.disordered, tunnel->down.damaged);
	return true;
}

/* -- loss and reordering ---------------------------------------------------------------------- */

struct trip {
	uint64_t sent_at[TIMES];
	uint64_t random;
	uint64_t sum;
	uint64_t worst;
	uint64_t count;
	uint32_t dropped;
	uint32_t swapped;
	bool holding;
	uint32_t held;
	uint32_t first_seq; /* GRE's for frame 0 */
};

static void took(struct bench *bench, struct tunnel *tunnel, bool down, uint32_t number)
{
	struct trip *trip = bench->user;
	uint64_t time = clock_now() - trip->sent_at[number & (TIMES - 1)];

	(void)tunnel;
	if (!down)
		return;
	trip->sum += time;
	trip->count++;
	if (time > trip->worst)
		trip->worst = time;
}

static bool one_in(struct trip *trip, unsigned int n)
{
	trip->random ^= trip->random << 13;
	trip->random ^= trip->random >> 7;
	trip->random ^= trip->random << 17;
	return (trip->random >> 16) % n == 0;
}

static void send_number(struct bench *bench, const struct trip *trip, uint32_t number)
{
	bench_send_one(bench, &bench->tunnels[0], number, trip->first_seq + number);
}

/* The next frame's turn: it goes out, or is lost, or waits until right behind the one after it. */
static void take_turn(struct bench *bench, struct trip *trip, bool damage)
{
	struct tunnel *tunnel = &bench->tunnels[0];
	uint32_t number = tunnel->down.sent++;

	tunnel->gre_sent = trip->first_seq + tunnel->down.sent;
	trip->sent_at[number & (TIMES - 1)] = clock_now();
	if (damage && one_in(trip, LOST_ONE_IN)) {
		trip->dropped++;
		return;
	}
	if (damage && !trip->holding && one_in(trip, SWAP_ONE_IN)) {
		trip->holding = true;
		trip->held = number;
		return;
	}
	send_number(bench, trip, number);
	if (!trip->holding)
		return;
	send_number(bench, trip, trip->held);
	trip->holding = false;
	trip->swapped++;
}

static void run_steadily(struct bench *bench, struct trip *trip, const struct options *options,
			 uint64_t duration, bool damage)
{
	uint64_t gap = 1000 * MS / options->rate, next = clock_now(), end = next + duration;

	trip->sum = trip->worst = trip->count = trip->dropped = trip->swapped = 0;
	while (next < end) {
		while (clock_now() < next)
			bench_turn(bench, next);
		next += gap;
		take_turn(bench, trip, damage);
	}
	if (trip->holding)
		send_number(bench, trip, trip->held);
	trip->holding = false;
	bench->tunnels[0].down.progress_at = clock_now();
	wait_until_quiet(bench);
	flow_give_up(&bench->tunnels[0].down);
}

static void print_trip(const char *name, const struct trip *trip, uint64_t sent)
{
	printf("\"%s\": {\"sent\": %" PRIu64
	       ", \"dropped\": %u, \"swapped\": %u, \"came\": %" PRIu64
	       ", \"mean_ms\": %.4f, \"worst_ms\": %.3f}, ",
	       name, sent, trip->dropped, trip->swapped, trip->count,
	       (double)trip->sum / (trip->count ? (double)trip->count : 1) / 1e6,
	       (double)trip->worst / 1e6);
}

bool scenario_loss(struct bench *bench, const struct options *options)
{
	static struct trip trip;
	struct tunnel *tunnel = &bench->tunnels[0];
	uint64_t sent;

	if (!bench_start_clients(bench, 1, START_WAIT) || !bench_use_size(bench, options->size))
		return false;
	trip.random = UINT64_C(0x2637);
	trip.first_seq = tunnel->gre_sent;
	bench->numbered = true;
	bench->verify_mask = 0;
	bench->arrived = took;
	bench->user = &trip;
	printf("{");
	run_steadily(bench, &trip, options, options->duration / 2, false);
	print_trip("clean", &trip, tunnel->down.sent);
	sent = tunnel->down.sent;
	run_steadily(bench, &trip, options, options->duration, true);
	print_trip("damaged", &trip, tunnel->down.sent - sent);
	printf("\"disordered\": %" PRIu64 ", \"bad\": %" PRIu64 "}\n", tunnel->down.disordered,
	       tunnel->down.damaged);
	bench->arrived = NULL;
	return true;
}
