/* SPDX-License-Identifier: MIT */

/*
 * What waiting for missing packets costs and saves: the adaptive time-out beside the fixed 0.3 s,
 * no buffer, and an oracle that knows which packets still come. Networks like those on record, on a
 * virtual clock. "Unused" is what came but was not delivered, because it was given up by then;
 * "added" is the time a packet was kept after it came. Prints a table.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "reorder.h"
#include "run_suite.h"

#define MS       PPTP_NS_PER_MS
#define US       1000
#define SENT_MAX 200000
#define START    (1000 * MS)

enum kind {
	KIND_DELAYS, /* `late` in 10000 take late_by longer */
	KIND_SWAPS,  /* `late` in 10000 change places with the next */
	KIND_JITTER, /* each takes 0 to late_by longer */
	KIND_TAIL, /* `late` in 10000 take longer: half of them late_by, a quarter twice that... */
};

/* Probabilities in 1/10000. */
struct mix {
	const char *name;
	enum kind kind;
	unsigned int loss, burst, late;
	uint64_t late_by;
	unsigned int before; /* `late` of the first half of the packets, when it is another */
};

static const struct mix mixes[] = {
	{ "0.1 % lost", KIND_DELAYS, 10, 0, 0, 0, 0 },
	{ "1 % lost", KIND_DELAYS, 100, 0, 0, 0, 0 },
	{ "bursts lost", KIND_DELAYS, 0, 10, 0, 0, 0 },
	{ "0.1 % lost, 1 % swapped", KIND_SWAPS, 10, 0, 100, 0, 0 },
	{ "1 % lost, 5 % swapped", KIND_SWAPS, 100, 0, 500, 0, 0 },
	{ "0.5 % lost, 1 % 20 ms late", KIND_DELAYS, 50, 0, 100, 20 * MS, 0 },
	{ "0.5 % lost, 1 % 50 ms late", KIND_DELAYS, 50, 0, 100, 50 * MS, 0 },
	{ "0.5 % lost, 1 % 150 ms late", KIND_DELAYS, 50, 0, 100, 150 * MS, 0 },
	{ "1 % lost, 0.1 % 150 ms late", KIND_DELAYS, 100, 0, 10, 150 * MS, 0 },
	{ "25 % 10 ms ahead of others", KIND_DELAYS, 10, 0, 7500, 10 * MS, 0 },
	{ "0.2 % lost, jitter 15 ms", KIND_JITTER, 20, 0, 0, 15 * MS, 0 },
	{ "0.5 % lost, tail of delays", KIND_TAIL, 50, 0, 200, 8 * MS, 0 },
	{ "path gets better", KIND_DELAYS, 100, 0, 0, 50 * MS, 100 },
	{ "path gets worse", KIND_DELAYS, 100, 0, 100, 50 * MS, 1 },
};

struct rate {
	unsigned int per_second;
	uint32_t packets;
};

static const struct rate rates[] = { { 50, 30000 }, { 500, 100000 }, { 5000, 200000 } };

#define MIXES     ((int)(sizeof(mixes) / sizeof(mixes[0])))
#define SWAPS_MIX 3 /* 0.1 % lost, 1 % swapped */
#define RATES     ((int)(sizeof(rates) / sizeof(rates[0])))

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((random_state >> 33) % n);
}

struct arrival {
	uint64_t at;
	uint32_t index;
};

static uint64_t came_at[SENT_MAX]; /* by number; PPTP_TIME_NEVER: lost */
static struct arrival arrivals[SENT_MAX];
static uint32_t sent_count, arrival_count;

static int arrival_compare(const void *ap, const void *bp)
{
	const struct arrival *a = ap, *b = bp;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

static uint64_t extra_delay(const struct mix *mix, unsigned int late)
{
	uint64_t delay = mix->late_by;

	if (mix->kind == KIND_JITTER)
		return random_below((uint32_t)(mix->late_by / US)) * UINT64_C(1000);
	if (mix->kind == KIND_SWAPS || random_below(10000) >= late)
		return 0;
	if (mix->kind == KIND_TAIL) {
		while (delay < 200 * MS && random_below(2))
			delay *= 2;
	}
	return delay;
}

static void swap_some(const struct mix *mix)
{
	for (uint32_t i = 1; i + 1 < sent_count; i++) {
		if (random_below(10000) < mix->late) {
			uint64_t at = came_at[i];

			came_at[i] = came_at[i + 1];
			came_at[i + 1] = at;
			i++;
		}
	}
}

static void lose_some(const struct mix *mix)
{
	uint32_t burst = 0;

	for (uint32_t i = 1; i < sent_count; i++) {
		if (!burst && random_below(10000) < mix->burst)
			burst = 1 + random_below(20);
		if (burst || random_below(10000) < mix->loss)
			came_at[i] = PPTP_TIME_NEVER;
		burst -= burst > 0;
	}
}

static void network(const struct mix *mix, uint64_t interval, uint32_t sent)
{
	sent_count = sent;
	for (uint32_t i = 0; i < sent; i++) {
		bool early = mix->before && i < sent / 2;

		came_at[i] = START + i * interval;
		if (i)
			came_at[i] += extra_delay(mix, early ? mix->before : mix->late);
	}
	if (mix->kind == KIND_SWAPS)
		swap_some(mix);
	lose_some(mix);
	arrival_count = 0;
	for (uint32_t i = 0; i < sent; i++) {
		if (came_at[i] != PPTP_TIME_NEVER)
			arrivals[arrival_count++] = (struct arrival){ came_at[i], i };
	}
	qsort(arrivals, arrival_count, sizeof(arrivals[0]), arrival_compare);
}

/* How it went with one way to wait, for packets from number `from` on. */
struct result {
	uint32_t from;
	uint32_t arrived, delivered;
	uint64_t sum, worst, p99;
};

static uint64_t added[SENT_MAX];

static void count_delivery(struct result *result, uint32_t index, uint64_t at)
{
	uint64_t kept = at - came_at[index];

	if (index < result->from)
		return;
	added[result->delivered++] = kept;
	result->sum += kept;
	if (kept > result->worst)
		result->worst = kept;
}

static int time_compare(const void *ap, const void *bp)
{
	const uint64_t *a = ap, *b = bp;

	return *a < *b ? -1 : *a > *b;
}

static void finish(struct result *result)
{
	for (uint32_t i = result->from; i < sent_count; i++)
		result->arrived += came_at[i] != PPTP_TIME_NEVER;
	qsort(added, result->delivered, sizeof(added[0]), time_compare);
	result->p99 = added[(uint64_t)result->delivered * 99 / 100];
}

static uint64_t mean_us(const struct result *result)
{
	return result->sum / result->delivered / US;
}

/* In millionths of what arrived. */
static uint64_t unused_ppm(const struct result *result)
{
	return (uint64_t)(result->arrived - result->delivered) * 1000000 / result->arrived;
}

static uint32_t last_out;

static void drain(struct reorder *r, struct result *result, uint64_t now)
{
	struct pptp_frame frame;
	uint32_t index;

	while (pptp_reorder_next(r, &frame)) {
		memcpy(&index, frame.data, sizeof(index));
		if (index && index <= last_out)
			ck_abort_msg("frame %u after frame %u", index, last_out);
		last_out = index;
		count_delivery(result, index, now);
	}
}

static void run(const struct pptp_tunnel_config *cfg, struct result *result)
{
	struct pptp_stats stats = { 0 };
	struct reorder r;
	uint8_t *frame = malloc(sizeof(uint32_t));

	last_out = 0;
	pptp_reorder_init(&r, cfg, &stats);
	for (uint32_t i = 0; i <= arrival_count; i++) {
		uint64_t until = i < arrival_count ? arrivals[i].at : PPTP_TIME_NEVER;

		while (pptp_reorder_deadline(&r) < until) {
			uint64_t deadline = pptp_reorder_deadline(&r);

			pptp_reorder_expire(&r, deadline);
			drain(&r, result, deadline);
		}
		if (i == arrival_count)
			break;
		memcpy(frame, &arrivals[i].index, sizeof(uint32_t));
		pptp_reorder_receive(&r, arrivals[i].index, frame, sizeof(uint32_t), until);
		drain(&r, result, until);
	}
	ck_assert_uint_eq(stats.rx_resyncs, 0);
	pptp_reorder_fini(&r);
	free(frame);
	finish(result);
}

/* Waits for what comes within 0.3 s and for nothing else. */
static void run_oracle(struct result *result)
{
	static uint64_t missed_at[SENT_MAX];
	uint64_t first_behind = PPTP_TIME_NEVER, free_at = 0;

	for (uint32_t i = sent_count; i-- > 0;) {
		missed_at[i] = first_behind;
		if (came_at[i] < first_behind)
			first_behind = came_at[i];
	}
	for (uint32_t i = 0; i < sent_count; i++) {
		if (came_at[i] == PPTP_TIME_NEVER ||
		    (came_at[i] > missed_at[i] && came_at[i] - missed_at[i] > 300 * MS))
			continue;
		if (came_at[i] > free_at)
			free_at = came_at[i];
		count_delivery(result, i, free_at);
	}
	finish(result);
}

static void print_row(const char *name, unsigned int rate, const char *how,
		      const struct result *result)
{
	printf("# %-28s %5u %-9s %7.3f %8.3f %8.2f %8.2f %8.2f\n", name, rate, how,
	       100.0 * result->delivered / (sent_count - result->from),
	       unused_ppm(result) / 10000.0, mean_us(result) / 1000.0, (double)result->p99 / MS,
	       (double)result->worst / MS);
}

enum way { WAY_FIXED, WAY_ADAPTIVE, WAY_NONE, WAY_ORACLE, WAYS };

static void run_all(const struct mix *mix, const struct rate *rate, struct result result[WAYS])
{
	static const char *const names[WAYS] = { "fixed", "adaptive", "none", "oracle" };
	struct pptp_tunnel_config cfg;

	for (int way = 0; way < WAYS; way++) {
		/* After a change: from the middle of what follows it. */
		result[way] = (struct result){ .from = rate->packets / 4 * (mix->before ? 3 : 1) };
		pptp_tunnel_config_init(&cfg, sizeof(cfg));
		cfg.adaptive = way == WAY_ADAPTIVE;
		cfg.reorder = way != WAY_NONE;
		if (way == WAY_ORACLE)
			run_oracle(&result[way]);
		else
			run(&cfg, &result[way]);
		print_row(mix->name, rate->per_second, names[way], &result[way]);
	}
}

START_TEST(adaptive_between_fixed_and_oracle)
{
	const struct mix *mix = &mixes[_i / RATES];
	const struct rate *rate = &rates[_i % RATES];
	struct result result[WAYS];
	uint64_t fixed, adaptive, oracle;

	random_state = (uint64_t)_i + 1;
	if (!_i)
		printf("# %-28s %5s %-9s %7s %8s %8s %8s %8s\n", "network", "pkt/s", "waiting",
		       "deliv %", "unused %", "mean ms", "p99 ms", "worst ms");
	network(mix, PPTP_NS_PER_SEC / rate->per_second, rate->packets);
	run_all(mix, rate, result);
	/* Nearly all that the fixed time-out saves, for about what an oracle would wait. */
	ck_assert_uint_eq(result[WAY_ORACLE].arrived, result[WAY_ORACLE].delivered);
	ck_assert_uint_le(unused_ppm(&result[WAY_ADAPTIVE]), unused_ppm(&result[WAY_FIXED]) + 2000);
	fixed = mean_us(&result[WAY_FIXED]);
	adaptive = mean_us(&result[WAY_ADAPTIVE]);
	oracle = mean_us(&result[WAY_ORACLE]);
	ck_assert_uint_le(adaptive, fixed);
	ck_assert_uint_le(adaptive, 4 * oracle + 1000);
	/* Where nothing comes late, waiting is next to nothing. */
	if (!oracle)
		ck_assert_uint_le(40 * adaptive, fixed);
}
END_TEST

/* From the first packet on: all that came is delivered, mean below 10 ms, worst below 60 ms. */
START_TEST(loss_and_swaps_from_the_start)
{
	static const unsigned int per_second[] = { 100, 300, 1000, 2000, 10000 };
	const struct rate rate = { per_second[_i % 5], 60000 };
	struct pptp_tunnel_config cfg;
	struct result result = { 0 };

	random_state = (uint64_t)_i + 100;
	network(&mixes[SWAPS_MIX], PPTP_NS_PER_SEC / rate.per_second, rate.packets);
	pptp_tunnel_config_init(&cfg, sizeof(cfg));
	run(&cfg, &result);
	if (_i < 5)
		print_row("the same from the start", rate.per_second, "adaptive", &result);
	ck_assert_uint_eq(result.delivered, result.arrived);
	ck_assert_uint_lt(mean_us(&result), 10000);
	ck_assert_uint_lt(result.worst, 60 * MS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hole time-out");
	TCase *tc = tcase_create("networks");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, adaptive_between_fixed_and_oracle, 0, MIXES * RATES);
	tcase_add_loop_test(tc, loss_and_swaps_from_the_start, 0, 50);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
