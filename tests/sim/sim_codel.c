/* SPDX-License-Identifier: MIT */

/*
 * A queue to a slow reader, with and without CoDel: a bulk flow that backs off when it loses, as TCP
 * does, and a few interactive packets that share the queue with it. Without, the queue is as long as
 * it is allowed to be; with it, the interactive ones get through in time.
 */

#include <stdio.h>
#include <string.h>

#include "codel.h"
#include "run_suite.h"

#define MS     PPTP_NS_PER_MS
#define QUEUE  2000 /* packets, where nothing else bounds it */
#define ECHOES 8192
#define LENGTH (60 * PPTP_NS_PER_SEC)

struct scene {
	const char *name;
	uint64_t service;    /* the reader's time for a packet */
	uint64_t round_trip; /* of the bulk flow, without the queue */
	bool deaf;           /* bulk does not back off */
};

static const struct scene scenes[] = {
	{ "1000 packets/s, 20 ms", MS, 20 * MS, false },
	{ "1000 packets/s, 100 ms", MS, 100 * MS, false },
	{ "5000 packets/s, 30 ms", MS / 5, 30 * MS, false },
	{ "200 packets/s, 50 ms", 5 * MS, 50 * MS, false },
	{ "1000 packets/s, no backing off", MS, 20 * MS, true },
};

#define SCENES ((int)(sizeof(scenes) / sizeof(scenes[0])))

struct queued {
	uint64_t at;
	bool bulk;
};

struct result {
	unsigned int bulk, interactive, interactive_lost;
	uint64_t sum, worst; /* what the interactive packets waited */
};

/* The bulk flow: a window that grows by one a round trip and halves when something is lost. */
struct bulk {
	double window;
	unsigned int outstanding;
	uint64_t backed_off;
};

/* What the sender of the bulk flow will learn, a round trip later. */
struct echo {
	uint64_t at;
	bool lost;
};

static struct queued queue[QUEUE];
static unsigned int head, count;
static struct echo echoes[ECHOES];
static unsigned int echo_head, echo_count;

static bool enqueue(uint64_t now, bool bulk)
{
	if (count == QUEUE)
		return false;
	queue[(head + count++) % QUEUE] = (struct queued){ now, bulk };
	return true;
}

static void answer(uint64_t at, bool lost)
{
	if (echo_count == ECHOES)
		ck_abort_msg("too many answers on the way");
	echoes[(echo_head + echo_count++) % ECHOES] = (struct echo){ at, lost };
}

static void hear(struct bulk *bulk, const struct scene *scene, uint64_t now)
{
	while (echo_count && echoes[echo_head].at <= now) {
		bool lost = echoes[echo_head].lost;

		echo_head = (echo_head + 1) % ECHOES;
		echo_count--;
		bulk->outstanding--;
		if (!lost) {
			bulk->window += 1 / bulk->window;
		} else if (now >= bulk->backed_off + scene->round_trip) {
			bulk->backed_off = now;
			bulk->window = bulk->window > 4 ? bulk->window / 2 : 2;
		}
	}
}

/* What the sender puts in now: as its window lets it, or twice what the reader takes. */
static void fill(struct bulk *bulk, const struct scene *scene, uint64_t now)
{
	unsigned int most = scene->deaf ? 2 : QUEUE;

	for (unsigned int i = 0; i < most; i++) {
		if (!scene->deaf && bulk->outstanding + 1 > bulk->window)
			return;
		bulk->outstanding++;
		if (!enqueue(now, true))
			answer(now + scene->round_trip, true);
	}
}

static void deliver(const struct scene *scene, const struct queued *packet, uint64_t now,
		    struct result *result)
{
	uint64_t waited = now - packet->at;

	if (packet->bulk) {
		answer(now + scene->round_trip, false);
		result->bulk++;
		return;
	}
	result->interactive++;
	result->sum += waited;
	if (waited > result->worst)
		result->worst = waited;
}

/* The reader takes the next packet that is not dropped. */
static void serve(const struct scene *scene, struct codel *codel, uint64_t now,
		  struct result *result)
{
	while (count) {
		struct queued packet = queue[head];

		head = (head + 1) % QUEUE;
		count--;
		if (!codel || !pptp_codel_drop(codel, now - packet.at, !count, now)) {
			deliver(scene, &packet, now, result);
			return;
		}
		if (packet.bulk)
			answer(now + scene->round_trip, true);
		else
			result->interactive_lost++;
	}
}

static struct result run(const struct scene *scene, bool control)
{
	struct result result = { 0 };
	struct bulk bulk = { .window = 2 };
	struct codel codel;
	uint64_t next_interactive = 0;

	pptp_codel_init(&codel);
	head = count = echo_head = echo_count = 0;
	for (uint64_t now = 1000 * MS; now < LENGTH; now += scene->service) {
		hear(&bulk, scene, now);
		fill(&bulk, scene, now);
		if (now >= next_interactive) {
			next_interactive = now + 20 * MS;
			if (!enqueue(now, false))
				result.interactive_lost++;
		}
		serve(scene, control ? &codel : NULL, now, &result);
	}
	return result;
}

static void print_row(const char *name, const char *how, const struct result *result)
{
	printf("# %-32s %-6s bulk %6u  interactive %4u lost %4u  mean %7.2f  worst %7.2f ms\n",
	       name, how, result->bulk, result->interactive, result->interactive_lost,
	       (double)result->sum / result->interactive / MS, (double)result->worst / MS);
}

START_TEST(interactive_packets_pass)
{
	const struct scene *scene = &scenes[_i];
	struct result with = run(scene, true), without = run(scene, false);

	print_row(scene->name, "codel", &with);
	print_row(scene->name, "none", &without);
	ck_assert_uint_le(with.worst, CODEL_MAX);
	if (scene->deaf)
		return;
	/* A fifth of the delay, and a single flow keeps most of its speed (RFC 8289, 1 and 3.2). */
	ck_assert_uint_ge(with.bulk, without.bulk * 7ULL / 10);
	ck_assert_uint_le(5 * with.sum / with.interactive, without.sum / without.interactive);
	ck_assert_uint_le(with.interactive_lost, with.interactive / 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("codel");
	TCase *tc = tcase_create("scenes");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, interactive_packets_pass, 0, SCENES);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
