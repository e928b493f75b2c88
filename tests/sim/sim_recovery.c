/* SPDX-License-Identifier: MIT */

/*
 * What the rules of a far jump cost and what they prevent, on a virtual clock: how long a stream that
 * was interrupted or numbered anew is not delivered, at 10 to 100,000 packets per second, and what a
 * stranger achieves who sends consecutive numbers to a stream that goes on. One line per case.
 */

#include <stdio.h>
#include <string.h>

#include "reorder.h"
#include "run_suite.h"

#define MS           PPTP_NS_PER_MS
#define FIRST        0x40000000U
#define ROUNDS       20
#define PACKETS_MAX  100000
#define GIVEN_UP     (10 * PPTP_NS_PER_SEC)
#define ATTACK_UNTIL (200 * PPTP_NS_PER_SEC)
#define SLOT         (MS / 10)

struct packet {
	uint64_t at;
	uint32_t seq;
	uint32_t order; /* ties arrive as they were sent */
	bool forged;
};

static struct packet packets[PACKETS_MAX];
static unsigned int packet_count;
static struct reorder r;
static struct pptp_stats stats;
static uint64_t good, forged;
static uint64_t random_state;

static double random_part(void)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(random_state >> 33) / (double)(UINT64_C(1) << 31);
}

static void begin(uint64_t seed)
{
	struct pptp_tunnel_config cfg;

	pptp_tunnel_config_init(&cfg, sizeof(cfg));
	memset(&stats, 0, sizeof(stats));
	pptp_reorder_init(&r, &cfg, &stats);
	good = forged = 0;
	random_state = seed + 1;
}

static void drain(void)
{
	struct pptp_frame frame;

	while (pptp_reorder_next(&r, &frame)) {
		forged += frame.data[0];
		good += !frame.data[0];
	}
}

static void expire_until(uint64_t now)
{
	while (pptp_reorder_deadline(&r) < now) {
		pptp_reorder_expire(&r, pptp_reorder_deadline(&r));
		drain();
	}
}

static void arrive(uint32_t seq, bool is_forged, uint64_t now)
{
	uint8_t frame[] = { is_forged };

	expire_until(now);
	pptp_reorder_receive(&r, seq, frame, sizeof(frame), now);
	drain();
}

/* -- recoveries ------------------------------------------------------------------------------- */

struct recovery {
	const char *name;
	uint32_t lost;    /* packets in a row, 0: none */
	uint64_t silence; /* at least, ns */
	uint32_t anew;    /* where the numbers go on, 0: where they were */
	double losses;    /* of single packets afterwards, and as many are swapped */
	uint64_t behind;  /* how long the jump must last */
};

static const struct recovery recoveries[] = {
	{ "301 lost in a row", 301, 0, 0, 0, 0 },
	{ "301 lost in a row, then 1 % lost and swapped", 301, 0, 0, 0.01, 0 },
	{ "interrupted for 1 s", 301, PPTP_NS_PER_SEC, 0, 0, 0 },
	{ "numbered anew, ahead", 0, 0, FIRST + 1000000, 0, 0 },
	{ "numbered anew, ahead, 1 % lost and swapped", 0, 0, FIRST + 1000000, 0.01, 0 },
	{ "numbered anew, from 0", 0, 0, 1, 0, REORDER_RESYNC_TIME },
	{ "numbered anew, from 0, 1 % lost and swapped", 0, 0, 1, 0.01, REORDER_RESYNC_TIME },
};

static const unsigned int rates[] = { 10, 100, 1000, 10000, 100000 };

#define RECOVERIES ((int)(sizeof(recoveries) / sizeof(recoveries[0])))
#define RATES      ((int)(sizeof(rates) / sizeof(rates[0])))

/* Nothing of the stream is delivered for so long from its first packet afterwards, ns. */
static uint64_t recover(const struct recovery *what, uint64_t interval, uint64_t seed)
{
	uint64_t now = PPTP_NS_PER_SEC, again;
	uint32_t seq = FIRST, lost = what->lost;

	begin(seed);
	for (int i = 0; i < 50; i++, now += interval)
		arrive(seq++, false, now);
	if (lost && lost * interval < what->silence)
		lost = (uint32_t)(what->silence / interval);
	seq = what->anew ? what->anew : seq + lost;
	again = now += lost * interval;
	for (good = 0; !good && now < again + GIVEN_UP; now += interval, seq++) {
		double dice = random_part();

		if (dice < what->losses)
			continue;
		if (dice < 2 * what->losses) {
			arrive(seq + 1, false, now);
			now += interval;
			arrive(seq++, false, now);
			continue;
		}
		arrive(seq, false, now);
	}
	ck_assert_msg(good, "%s: never again", what->name);
	ck_assert_uint_eq(stats.rx_resyncs, 1);
	pptp_reorder_fini(&r);
	return now - interval - again;
}

/* At best the run that confirms is all that is lost; a run is broken now and then. */
START_TEST(a_stream_is_found_again)
{
	const struct recovery *what = &recoveries[_i / RATES];
	uint64_t interval = PPTP_NS_PER_SEC / rates[_i % RATES];
	uint64_t run = (REORDER_RESYNC_RUN - 1) * interval, sum = 0, worst = 0;
	uint64_t silence = what->lost * interval, bound = what->behind;

	if (silence < what->silence)
		silence = what->silence;
	if (!what->behind && silence < REORDER_RESYNC_SILENCE)
		bound = REORDER_RESYNC_SILENCE - silence;
	if (bound < run)
		bound = run;
	if (what->losses > 0)
		bound += 5 * run;
	for (uint64_t round = 0; round < ROUNDS; round++) {
		uint64_t took = recover(what, interval, round);

		sum += took;
		if (took > worst)
			worst = took;
	}
	printf("# %s, %u packets/s: %.2f ms, at most %.2f\n", what->name, rates[_i % RATES],
	       (double)sum / ROUNDS / (double)MS, (double)worst / (double)MS);
	ck_assert_uint_le(worst, bound + interval);
}
END_TEST

/* -- attacks ---------------------------------------------------------------------------------- */

/* A stream of so many packets per second, regular or at random times. */
struct victim {
	unsigned int rate;
	bool random;
	double suffers; /* good packets lost at most, of all */
};

static const struct victim victims[] = {
	{ 33, false, 0 },    { 50, false, 0 },   { 100, false, 0 },
	{ 250, false, 0 },   { 1000, false, 0 }, { 50, true, 0.05 },
	{ 100, true, 0.02 }, { 250, true, 0 },   { 1000, true, 0 },
};

static void add(uint64_t at, uint32_t seq, bool is_forged)
{
	ck_assert_uint_lt(packet_count, PACKETS_MAX);
	packets[packet_count] = (struct packet){ at, seq, packet_count, is_forged };
	packet_count++;
}

static int packet_compare(const void *ap, const void *bp)
{
	const struct packet *a = ap, *b = bp;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static uint64_t add_stream(const struct victim *victim)
{
	double each_slot = (double)victim->rate * SLOT / (double)PPTP_NS_PER_SEC;
	uint64_t gap = PPTP_NS_PER_SEC / victim->rate;
	uint64_t at = PPTP_NS_PER_SEC;
	uint32_t seq = FIRST;

	for (; at < ATTACK_UNTIL && packet_count < PACKETS_MAX / 2; seq++) {
		add(at, seq, false);
		if (!victim->random) /* it jitters by a quarter */
			at += (uint64_t)((0.875 + random_part() / 4) * (double)gap);
		else
			do
				at += SLOT;
			while (random_part() >= each_slot);
	}
	return at;
}

/* Six consecutive numbers anywhere, once a second: at once, or so that they last 21 ms. */
static void add_attacks(uint64_t end, uint64_t pace)
{
	for (uint64_t at = 2 * PPTP_NS_PER_SEC; at + PPTP_NS_PER_SEC < end; at += PPTP_NS_PER_SEC) {
		uint64_t from = at + (uint64_t)(random_part() * 500 * (double)MS);
		uint32_t seq = (uint32_t)(random_part() * UINT32_MAX);

		for (uint32_t i = 0; i < 6; i++)
			add(from + i * pace, seq + i, true);
	}
}

START_TEST(a_stranger_does_not_move_a_stream_that_goes_on)
{
	const struct victim *victim = &victims[_i / 2];
	uint64_t pace = _i % 2 ? 4200000 : 8000, end;
	uint64_t sent;

	begin((uint64_t)_i);
	packet_count = 0;
	end = add_stream(victim);
	sent = packet_count;
	add_attacks(end, pace);
	qsort(packets, packet_count, sizeof(packets[0]), packet_compare);
	for (unsigned int i = 0; i < packet_count; i++)
		arrive(packets[i].seq, packets[i].forged, packets[i].at);
	expire_until(PPTP_TIME_NEVER);
	printf("# %u packets/s %s, 6 forged within %.2f ms: %u forged delivered, %.2f %% lost\n",
	       victim->rate, victim->random ? "at random" : "regular",
	       (double)pace * 5 / (double)MS, (unsigned int)forged,
	       100.0 * (double)(sent - good) / (double)sent);
	ck_assert(good + victim->suffers * (double)sent >= sent);
	ck_assert(victim->suffers > 0 || !forged);
	pptp_reorder_fini(&r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("recovery");
	TCase *tc = tcase_create("recovery");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_stream_is_found_again, 0, RECOVERIES * RATES);
	tcase_add_loop_test(tc, a_stranger_does_not_move_a_stream_that_goes_on, 0,
			    2 * (int)(sizeof(victims) / sizeof(victims[0])));
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
