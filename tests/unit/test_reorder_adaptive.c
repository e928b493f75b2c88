/* SPDX-License-Identifier: MIT */

/* The reorder window with the adaptive hole time-out; the rule itself is in test_reorder_wait.c. */

#include "reorder.h"

#include <string.h>

#include "run_suite.h"

#define MS PPTP_NS_PER_MS

static struct reorder r;
static struct pptp_stats stats;
static uint64_t now;

static void restart(uint32_t missing_window)
{
	struct pptp_tunnel_config cfg;

	pptp_reorder_fini(&r);
	pptp_tunnel_config_init(&cfg, sizeof(cfg));
	cfg.missing_window = missing_window;
	memset(&stats, 0, sizeof(stats));
	pptp_reorder_init(&r, &cfg, &stats);
}

static void setup(void)
{
	now = 1000 * MS;
	restart(PPTP_MISSING_WINDOW_DEFAULT);
}

static void teardown(void)
{
	pptp_reorder_fini(&r);
}

static void drain(void)
{
	struct pptp_frame frame;

	while (pptp_reorder_next(&r, &frame))
		;
}

static bool receive(uint32_t seq)
{
	uint8_t frame[1] = { 0 };
	bool taken = pptp_reorder_receive(&r, seq, frame, sizeof(frame), now);

	drain();
	return taken;
}

static void expire_at(uint64_t at)
{
	now = at;
	pptp_reorder_expire(&r, now);
	drain();
}

static void learn_losses(uint32_t *seqp)
{
	for (int i = 0; i < 40; i++, *seqp += 2) {
		now += 10 * MS;
		receive(*seqp);
		expire_at(pptp_reorder_deadline(&r));
	}
}

START_TEST(becomes_short_when_packets_are_lost)
{
	uint32_t seq = 2;

	receive(0);
	ck_assert_uint_eq(stats.reorder_timeout_us, 36000);
	learn_losses(&seq);
	ck_assert_uint_eq(stats.reorder_timeout_us, 5000);
	receive(seq);
	ck_assert_uint_eq(pptp_reorder_deadline(&r), now + 5 * MS);
}
END_TEST

START_TEST(learns_from_what_fills_holes)
{
	uint32_t seq = 2;

	receive(0);
	for (int i = 0; i < 40; i++, seq += 2) {
		receive(seq);
		now += 2 * MS;
		receive(seq - 1);
	}
	ck_assert_uint_eq(stats.rx_lost, 0);
	learn_losses(&seq);
	ck_assert_uint_eq(stats.reorder_timeout_us, 5000);
	for (int i = 0; i < 10; i++, seq += 2) {
		receive(seq);
		now += 4 * MS;
		receive(seq - 1);
	}
	ck_assert_uint_eq(stats.rx_lost, 40);
	ck_assert_uint_eq(stats.reorder_timeout_us, 7000);
}
END_TEST

START_TEST(learns_from_what_comes_too_late)
{
	uint32_t seq = 2;
	uint64_t came;

	receive(0);
	learn_losses(&seq);
	/* Each comes 60 ms late, when it was given up long ago. */
	for (int i = 0; i < 10 && stats.reorder_timeout_us < 60000; i++, seq += 2) {
		receive(seq);
		came = now;
		expire_at(pptp_reorder_deadline(&r));
		now = came + 60 * MS;
		ck_assert(!receive(seq - 1));
	}
	ck_assert_uint_eq(stats.reorder_timeout_us, 112000);
	receive(seq);
	now += 60 * MS;
	ck_assert(receive(seq - 1));
}
END_TEST

START_TEST(learns_nothing_from_duplicates)
{
	uint32_t seq = 2;

	receive(0);
	learn_losses(&seq);
	learn_losses(&seq);
	receive(seq);
	expire_at(pptp_reorder_deadline(&r));
	now += 30 * MS;
	ck_assert(!receive(seq - 1)); /* late, once */
	for (int i = 0; i < 1000; i++) {
		ck_assert(!receive(seq - 1));
		ck_assert(!receive(seq));
		ck_assert(!receive(seq - 2));
	}
	/* Nor from numbers whose place another has taken since. */
	for (uint32_t i = 0; i < 2 * PPTP_REORDER_CAPACITY; i++)
		receive(seq + 1 + i);
	for (uint32_t i = 0; i < 2 * PPTP_REORDER_CAPACITY; i++)
		ck_assert(!receive(seq + 1 + i));
	ck_assert_uint_eq(stats.reorder_timeout_us, 5000);
}
END_TEST

/* A longer wait would not have kept it: the window is full by then. */
START_TEST(learns_nothing_from_beyond_the_window)
{
	uint32_t seq = 2;

	restart(4);
	receive(0);
	learn_losses(&seq);
	for (int i = 0; i < 20; i++, seq += 7) {
		for (uint32_t k = 0; k < 6; k++)
			receive(seq + k);
		now += 30 * MS;
		receive(seq - 1);
	}
	ck_assert_uint_eq(stats.reorder_timeout_us, 5000);
}
END_TEST

/* A burst of loss is waited for once, and counts once. */
START_TEST(counts_waits)
{
	receive(0);
	receive(300);
	expire_at(pptp_reorder_deadline(&r));
	ck_assert_uint_eq(stats.rx_lost, 299);
	ck_assert_uint_eq(stats.reorder_timeout_us, 36000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reorder adaptive");
	TCase *tc = tcase_create("adaptive");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, becomes_short_when_packets_are_lost);
	tcase_add_test(tc, learns_from_what_fills_holes);
	tcase_add_test(tc, learns_from_what_comes_too_late);
	tcase_add_test(tc, learns_nothing_from_duplicates);
	tcase_add_test(tc, learns_nothing_from_beyond_the_window);
	tcase_add_test(tc, counts_waits);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
