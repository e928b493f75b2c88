/* SPDX-License-Identifier: MIT */
#include "scenarios.h"

#include <inttypes.h>
#include <stdio.h>

/* Both ways for as long as one likes, with sums that must agree with the client's statistics. */

#define WINDOW      64
#define LAST_WINDOW 2 /* what was lost at the end of the full rate is seen behind it */
#define LAST        (100 * MS)

static void print_flow(const char *name, const struct flow *flow)
{
	printf("\"%s\": {\"sent\": %" PRIu32 ", \"came\": %" PRIu64 ", \"lost\": %" PRIu64
	       ", \"disordered\": %" PRIu64 ", \"damaged\": %" PRIu64 "}, ",
	       name, flow->sent, flow->done, flow->lost, flow->disordered, flow->damaged);
}

static bool run_for(struct bench *bench, unsigned int window, uint64_t duration)
{
	struct load load = {
		.down = true, .up = true, .active = 1, .window = window, .duration = duration
	};
	struct load_result result;

	return load_run(bench, &load, &result);
}

/* The order is a number of milliseconds; the sums since the start are the answer. */
bool scenario_soak(struct bench *bench, const struct options *options)
{
	const struct tunnel *tunnel = &bench->tunnels[0];
	unsigned int milliseconds;
	char line[32];

	if (!bench_start_clients(bench, 1, START_WAIT) || !bench_use_size(bench, options->size))
		return false;
	bench->numbered = true;
	while (bench_command(bench, line, sizeof(line))) {
		if (sscanf(line, "%u", &milliseconds) != 1 ||
		    !run_for(bench, WINDOW, milliseconds * MS) ||
		    !run_for(bench, LAST_WINDOW, LAST))
			return false;
		putchar('{');
		print_flow("down", &tunnel->down);
		print_flow("up", &tunnel->up);
		printf("\"packets\": %" PRIu32 ", \"heard\": %" PRIu32 "}\n", tunnel->gre_sent,
		       tunnel->gre_heard);
		fflush(stdout);
	}
	return true;
}
