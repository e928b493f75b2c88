/* SPDX-License-Identifier: MIT */
#include "scenarios.h"

#include <inttypes.h>
#include <stdio.h>

/* What a client costs by being there: to start, to stay idle, to keep in memory. */

#define SETTLE      (1500 * MS)
#define BEFORE_IDLE (200 * MS)

bool scenario_setup(struct bench *bench, const struct options *options)
{
	printf("{\"ms\": [");
	for (unsigned int i = 0; i < options->repeats; i++) {
		const struct tunnel *tunnel = &bench->tunnels[0];

		if (!bench_start_clients(bench, 1, START_WAIT))
			return false;
		printf("%s%.3f", i ? ", " : "",
		       (double)(tunnel->greeted_at - tunnel->started_at) / 1e6);
		bench_stop_clients(bench);
	}
	printf("]}\n");
	return true;
}

static void wait_for(struct bench *bench, uint64_t duration)
{
	uint64_t until = clock_now() + duration;

	while (clock_now() < until)
		bench_turn(bench, until);
}

bool scenario_idle(struct bench *bench, const struct options *options)
{
	struct load load = { .down = true,
			     .up = true,
			     .active = options->tunnels,
			     .window = 16 * options->tunnels,
			     .duration = BEFORE_IDLE };
	struct client_memory memory;
	struct load_result result;
	uint64_t wakeups, cpu;

	if (!bench_start_clients(bench, 1, START_WAIT) ||
	    !bench_start_clients(bench, options->tunnels, START_WAIT) ||
	    !bench_use_size(bench, options->size) || !load_run(bench, &load, &result))
		return false;
	wait_for(bench, SETTLE);
	clients_find();
	wakeups = clients_wakeups();
	cpu = clients_cpu();
	wait_for(bench, options->duration);
	cpu = clients_cpu() - cpu;
	wakeups = clients_wakeups() - wakeups;
	clients_memory(&memory);
	printf("{\"seconds\": %.1f, \"wakeups\": %" PRIu64 ", \"cpu_us\": %.1f, \"pss_kib\": %lu, "
	       "\"private_kib\": %lu, \"written_kib\": %lu, \"processes\": %u}\n",
	       (double)options->duration / 1e9, wakeups, (double)cpu / 1e3, memory.pss_kib,
	       memory.private_kib, memory.written_kib, memory.processes);
	return true;
}
