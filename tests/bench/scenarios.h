/* SPDX-License-Identifier: MIT */
#ifndef BENCH_SCENARIOS_H
#define BENCH_SCENARIOS_H

#include "bench.h"

struct options {
	uint64_t duration; /* of one measurement, ns */
	unsigned int tunnels;
	unsigned int repeats;
	unsigned int rate; /* a second */
	size_t size;
};

/* Each prints JSON objects on standard output, a line each; false when it could not measure. */
typedef bool scenario_fn(struct bench *bench, const struct options *options);

scenario_fn scenario_load;
scenario_fn scenario_latency;
scenario_fn scenario_bursts;
scenario_fn scenario_setup;
scenario_fn scenario_loss;
scenario_fn scenario_idle;
scenario_fn scenario_soak;

/* Closed loop on tunnels [0, active): what a client's processes spend on one frame. */
struct load {
	bool down;
	bool up;
	unsigned int active; /* tunnels that share the window */
	unsigned int window;
	uint64_t warm_up;
	uint64_t duration;
};

struct load_result {
	uint64_t frames; /* that came out while it was measured */
	uint64_t elapsed;
	uint64_t cpu;
	uint64_t lost;
	uint64_t disordered;
	uint64_t damaged;
	unsigned int stalls; /* tries in which nothing came through at all */
};

bool load_run(struct bench *bench, const struct load *load, struct load_result *result);

#define START_WAIT (20000 * MS)

#endif
