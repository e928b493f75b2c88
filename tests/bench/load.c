/* SPDX-License-Identifier: MIT */
#include "scenarios.h"

#include <inttypes.h>
#include <stdio.h>

#define STALL   (400 * MS)
#define WARM_UP (25 * MS)
#define TRIES   20

/* Half a window at a time: what a client finds waiting is a batch for either of them. */
static unsigned int room(const struct flow *flow, unsigned int window)
{
	uint32_t under_way = flow_in_flight(flow);

	return under_way <= window / 2 ? window - under_way : 0;
}

static void push_up(struct bench *bench, struct tunnel *tunnel, unsigned int window)
{
	uint32_t under_way = flow_in_flight(&tunnel->up);
	unsigned int wish = window > under_way ? window - under_way : 0;

	tunnel->want_up = wish && bench_write_up(bench, tunnel, wish) < wish;
}

static void give_up_stalled(struct flow *flow, uint64_t now)
{
	if (flow_in_flight(flow) && now > flow->progress_at + STALL) {
		flow_give_up(flow);
		flow->progress_at = now;
	}
}

static void push(struct bench *bench, const struct load *load)
{
	unsigned int window = load->window / load->active;
	uint64_t now = clock_now();

	if (window < 2)
		window = 2;
	for (unsigned int i = 0; i < load->active; i++) {
		struct tunnel *tunnel = &bench->tunnels[i];

		if (load->down)
			bench_send_down(bench, tunnel, room(&tunnel->down, window));
		if (load->up)
			push_up(bench, tunnel, window);
		give_up_stalled(&tunnel->down, now);
		give_up_stalled(&tunnel->up, now);
	}
}

static bool run_until(struct bench *bench, const struct load *load, uint64_t until)
{
	while (clock_now() < until) {
		push(bench, load);
		bench_turn(bench, clock_now() + 20 * MS);
		for (unsigned int i = 0; i < load->active; i++)
			if (bench->tunnels[i].slave < 0) {
				fprintf(stderr, "client %u closed its terminal\n", i);
				return false;
			}
	}
	return true;
}

static void drain(struct bench *bench, const struct load *load)
{
	uint64_t until = clock_now() + STALL;
	bool waiting = true;

	while (waiting && clock_now() < until) {
		waiting = false;
		for (unsigned int i = 0; i < load->active; i++) {
			struct tunnel *tunnel = &bench->tunnels[i];

			/* The rest of a frame that was written in part. */
			if (tunnel->want_up && bench_write_up(bench, tunnel, 1) == 1)
				tunnel->want_up = false;
			waiting |= tunnel->want_up || flow_in_flight(&tunnel->down) ||
				   flow_in_flight(&tunnel->up);
		}
		bench_turn(bench, clock_now() + 5 * MS);
	}
	for (unsigned int i = 0; i < load->active; i++) {
		flow_give_up(&bench->tunnels[i].down);
		flow_give_up(&bench->tunnels[i].up);
	}
}

static void add(struct load_result *sum, const struct flow *flow)
{
	sum->frames += flow->done;
	sum->lost += flow->lost;
	sum->disordered += flow->disordered;
	sum->damaged += flow->damaged;
}

static struct load_result totals(const struct bench *bench)
{
	struct load_result sum = { 0 };

	for (unsigned int i = 0; i < bench->count; i++) {
		add(&sum, &bench->tunnels[i].down);
		add(&sum, &bench->tunnels[i].up);
	}
	return sum;
}

/* One try; a client that stands still for the whole time leaves no frames. */
static bool try_run(struct bench *bench, const struct load *load, struct load_result *result)
{
	struct load_result before, after;
	uint64_t start, cpu;
	bool fine;

	if (!run_until(bench, load, clock_now() + load->warm_up))
		return false;
	clients_find();
	before = totals(bench);
	cpu = clients_cpu();
	start = clock_now();
	fine = run_until(bench, load, start + load->duration);
	result->cpu = clients_cpu() - cpu;
	result->elapsed = clock_now() - start;
	after = totals(bench);
	result->frames = after.frames - before.frames;
	drain(bench, load);
	after = totals(bench);
	result->lost += after.lost - before.lost;
	result->disordered += after.disordered - before.disordered;
	result->damaged += after.damaged - before.damaged;
	return fine;
}

bool load_run(struct bench *bench, const struct load *load, struct load_result *result)
{
	*result = (struct load_result){ 0 };
	for (int tries = 0; tries < TRIES; tries++) {
		if (!try_run(bench, load, result))
			return false;
		if (result->frames)
			return true;
		result->stalls++;
	}
	fprintf(stderr, "a client carried nothing\n");
	return false;
}

static void print_result(const struct load_result *result)
{
	printf("{\"ns\": %.1f, \"per_second\": %.0f, \"frames\": %" PRIu64 ", \"lost\": %" PRIu64
	       ", \"disordered\": %" PRIu64 ", \"damaged\": %" PRIu64 ", \"stalls\": %u}\n",
	       (double)result->cpu / (double)result->frames,
	       (double)result->frames * 1e9 / (double)result->elapsed, result->frames, result->lost,
	       result->disordered, result->damaged, result->stalls);
	fflush(stdout);
}

/* DIRECTION SIZE WINDOW ACTIVE: one measurement of the options' duration. */
static bool measure(struct bench *bench, const struct options *options, const char *command)
{
	struct load load = { .warm_up = WARM_UP, .duration = options->duration };
	struct load_result result;
	char direction[8];
	size_t size;

	if (sscanf(command, "%7s %zu %u %u", direction, &size, &load.window, &load.active) != 4 ||
	    size < HELLO_SIZE || size + 2 > FRAME_SIZE_MAX || !load.active ||
	    load.active > bench->count)
		return false;
	load.down = direction[0] != 'u';
	load.up = direction[0] != 'd';
	if ((!bench->have_pool || bench->pool.size != size) && !bench_use_size(bench, size))
		return false;
	if (!load_run(bench, &load, &result))
		return false;
	print_result(&result);
	return true;
}

/* Takes its orders line by line, so that several of us can measure in turn. */
bool scenario_load(struct bench *bench, const struct options *options)
{
	char line[64];

	/* The first alone: pptp-linux's later ones use its control connection. */
	if (!bench_start_clients(bench, 1, START_WAIT) ||
	    !bench_start_clients(bench, options->tunnels, START_WAIT))
		return false;
	while (bench_command(bench, line, sizeof(line)))
		if (!measure(bench, options, line))
			return false;
	return true;
}
