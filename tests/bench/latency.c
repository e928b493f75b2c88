/* SPDX-License-Identifier: MIT */
#include "scenarios.h"

#include <stdio.h>
#include <stdlib.h>

/* One frame at a time goes up and, when it came out, another down: nothing ever queues. */

#define GIVE_UP (1000 * MS)

struct ping {
	bool waiting;
	uint64_t came_at;
};

static void arrived(struct bench *bench, struct tunnel *tunnel, bool down, uint32_t number)
{
	struct ping *ping = bench->user;

	(void)tunnel;
	(void)down;
	(void)number;
	ping->waiting = false;
	ping->came_at = clock_now();
}

/* The time one frame takes, 0 when it never came. */
static uint64_t pass(struct bench *bench, struct ping *ping, bool down)
{
	struct tunnel *tunnel = &bench->tunnels[0];
	uint64_t start = clock_now();
	unsigned int sent;

	ping->waiting = true;
	sent = down ? bench_send_down(bench, tunnel, 1) : bench_write_up(bench, tunnel, 1);
	while (sent && ping->waiting && clock_now() < start + GIVE_UP)
		bench_turn(bench, start + GIVE_UP);
	if (!ping->waiting)
		return ping->came_at - start;
	flow_give_up(down ? &tunnel->down : &tunnel->up);
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void print_times(const char *name, uint64_t *times, unsigned int count)
{
	qsort(times, count, sizeof *times, by_size);
	printf("\"%s\": {\"median_us\": %.2f, \"p99_us\": %.2f, \"min_us\": %.2f}, ", name,
		(double)times[count / 2] / 1e3, (double)times[count * 99 / 100] / 1e3,
		(double)times[0] / 1e3);
}

static bool ping_pong(struct bench *bench, const struct options *options, uint64_t *times[3],
	unsigned int *lostp)
{
	uint64_t gap = 1000 * MS / options->rate, next = clock_now();
	struct ping ping = { 0 };
	unsigned int n = 0;

	bench->arrived = arrived;
	bench->user = &ping;
	while (n < options->repeats) {
		while (clock_now() < next)
			bench_turn(bench, next);
		next += gap;
		times[0][n] = pass(bench, &ping, false);
		times[1][n] = pass(bench, &ping, true);
		times[2][n] = times[0][n] + times[1][n];
		if (times[0][n] && times[1][n])
			n++;
		else if (++*lostp > 5)
			break;
	}
	bench->arrived = NULL;
	return n == options->repeats && n > 0;
}

bool scenario_latency(struct bench *bench, const struct options *options)
{
	static const char *const names[] = { "up", "down", "round" };
	uint64_t *times[3];
	unsigned int lost = 0;
	bool fine = bench_start_clients(bench, 1, START_WAIT) && bench_use_size(bench, options->size);

	for (int i = 0; i < 3; i++) {
		times[i] = calloc(options->repeats + 1, sizeof *times[i]);
		fine = fine && times[i];
	}
	fine = fine && ping_pong(bench, options, times, &lost);
	if (fine) {
		printf("{");
		for (int i = 0; i < 3; i++)
			print_times(names[i], times[i], options->repeats);
		printf("\"pings\": %u, \"lost\": %u}\n", options->repeats, lost);
	}
	for (int i = 0; i < 3; i++)
		free(times[i]);
	return fine;
}
