/* SPDX-License-Identifier: MIT */
#include "scenarios.h"

#include <stdio.h>
#include <stdlib.h>

/* One frame at a time goes up and, when it came out, another down: nothing ever queues. */

#define GIVE_UP   (1000 * MS)
#define PINGS_MAX 1000
#define LOST_MAX  5

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

static void print_times(const uint64_t *times, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		printf("%s%.2f", i ? ", " : "", (double)times[i] / 1e3);
}

/* Up to PINGS_MAX frames each way; prints their times in microseconds. */
static bool ping_pong(struct bench *bench, const struct options *options, unsigned int pings)
{
	static uint64_t up[PINGS_MAX], down[PINGS_MAX];
	uint64_t gap = 1000 * MS / options->rate, next = clock_now();
	struct ping ping = { 0 };
	unsigned int n = 0, lost = 0;

	bench->arrived = arrived;
	bench->user = &ping;
	while (n < pings && lost < LOST_MAX) {
		while (clock_now() < next)
			bench_turn(bench, next);
		next += gap;
		up[n] = pass(bench, &ping, false);
		down[n] = pass(bench, &ping, true);
		if (up[n] && down[n])
			n++;
		else
			lost++;
	}
	bench->arrived = NULL;
	printf("{\"up\": [");
	print_times(up, n);
	printf("], \"down\": [");
	print_times(down, n);
	printf("], \"lost\": %u}\n", lost);
	fflush(stdout);
	return n == pings;
}

/* Takes its orders, a number of pings each, line by line. */
bool scenario_latency(struct bench *bench, const struct options *options)
{
	char line[64];

	if (!bench_start_clients(bench, 1, START_WAIT) || !bench_use_size(bench, options->size))
		return false;
	while (bench_command(bench, line, sizeof(line))) {
		unsigned long pings = strtoul(line, NULL, 10);

		if (!pings || pings > PINGS_MAX || !ping_pong(bench, options, (unsigned int)pings))
			return false;
	}
	return true;
}
