/* SPDX-License-Identifier: MIT */

/* The reorder window follows a stream to another place, and is not led there by strangers. */

#include "reorder_rig.h"

#define RUN     REORDER_RESYNC_RUN
#define SILENCE REORDER_RESYNC_SILENCE

START_TEST(a_stray_packet_changes_nothing)
{
	receive(10);
	ck_assert(!receive(0x70000000));
	ck_assert(!receive(0x80000100));
	ck_assert(receive(11));
	assert_out(2, 10, 11);
	ck_assert_uint_eq(stats.rx_over_win, 1);
	ck_assert_uint_eq(stats.rx_under_win, 1);
	ck_assert_uint_eq(stats.rx_resyncs, 0);
}
END_TEST

START_TEST(far_jump_ahead)
{
	receive(10);
	receive(12);
	now += SILENCE;
	for (uint32_t i = 0; i < RUN - 1; i++)
		ck_assert(!receive(100000 + i));
	ck_assert_uint_eq(stats.rx_over_win, RUN - 1);
	ck_assert(receive(100000 + RUN - 1));
	receive(100000 + RUN);
	/* What was kept before comes first; the way between counts as nothing. */
	assert_out(4, 10, 12, 100000 + RUN - 1, 100000 + RUN);
	ck_assert_uint_eq(stats.rx_resyncs, 1);
	ck_assert_uint_eq(stats.rx_lost, 1);
}
END_TEST

/* Consecutive numbers move nothing while the stream goes on, however many they are. */
START_TEST(a_jump_ahead_needs_silence)
{
	uint32_t far = 100000, seq = 10;

	receive(seq++);
	for (int i = 0; i < 10; i++) {
		for (uint32_t n = 0; n < 2 * RUN; n++)
			ck_assert(!receive(far++));
		now += SILENCE - 1;
		ck_assert(!receive(far++));
		ck_assert(receive(seq++));
	}
	assert_out_run(10, 11);
	for (uint32_t n = 0; n < RUN; n++)
		ck_assert(!receive(far++));
	now += SILENCE;
	ck_assert(receive(far));
	ck_assert_uint_eq(out[out_count - 1], far);
	ck_assert_uint_eq(stats.rx_resyncs, 1);
}
END_TEST

START_TEST(strays_that_do_not_agree)
{
	receive(10);
	now += SILENCE;
	for (uint32_t i = 0; i < 100; i++)
		ck_assert(!receive(100000 + 2 * i));
	for (uint32_t i = 0; i < 100; i++)
		ck_assert(!receive(200000 - i));
	for (uint32_t i = 0; i < 100; i++)
		ck_assert(!receive(300000));
	/* A run that the real stream interrupts starts again. */
	for (uint32_t i = 0; i < 100; i++) {
		if (i % (RUN - 1) == 0) {
			ck_assert(receive(11 + i / (RUN - 1)));
			now += SILENCE;
		}
		ck_assert(!receive(400000 + i));
	}
	ck_assert_uint_eq(stats.rx_resyncs, 0);
}
END_TEST

START_TEST(a_duplicate_does_not_break_the_run)
{
	receive(10);
	now += SILENCE;
	for (uint32_t i = 0; i < RUN - 1; i++) {
		ck_assert(!receive(100000 + i));
		ck_assert(!receive(100000 + i));
	}
	ck_assert(receive(100000 + RUN - 1));
}
END_TEST

START_TEST(peer_starts_again)
{
	uint32_t seq = 0;

	for (uint32_t i = 100; i < 120; i++)
		receive(i);
	/* However slowly, */
	for (; seq < RUN - 1; seq++) {
		now += 3000 * MS;
		ck_assert(!receive(seq));
	}
	now += 3000 * MS;
	ck_assert(receive(seq));
	ck_assert_uint_eq(stats.rx_resyncs, 1);
	ck_assert_uint_eq(stats.rx_under_win, RUN - 1);
	ck_assert_uint_eq(out[out_count - 1], RUN - 1);
	/* or how fast: within the time that a doubled burst may last. */
	for (seq = RUN; seq < 1000; seq++)
		receive(seq);
	for (seq = 0; seq < 1000 && !receive(seq); seq++)
		now += MS;
	ck_assert_uint_eq(seq, 300);
	ck_assert_uint_eq(stats.rx_resyncs, 2);
}
END_TEST

/* At any rate: no loss, no swap and no duplicate begins the wait again. */
START_TEST(a_new_start_with_losses_is_found)
{
	uint64_t again = now;
	uint32_t seq = 0;

	for (uint32_t i = 5000; i < 5020; i++)
		receive(i);
	while (seq < RUN)
		ck_assert(!receive(seq++));
	for (; now < again + 299 * MS; now += MS / 10) {
		seq += seq % 8 == 5 ? 2 : 1;                         /* each eighth is lost, */
		ck_assert(!receive(seq % 64 == 33 ? seq + 3 : seq)); /* and one sometimes early */
		if (seq % 10 == 3)
			ck_assert(!receive(seq - 5));
	}
	now = again + 300 * MS;
	ck_assert(receive(seq + cfg.missing_window));
	ck_assert_uint_eq(stats.rx_resyncs, 1);
}
END_TEST

/* Only as far as the window reaches, and not before five in a row agree. */
START_TEST(a_run_that_leaps_is_another_one)
{
	for (int twice = 0; twice < 2; twice++) {
		uint32_t gap = twice ? 2 : cfg.missing_window + 1;
		uint32_t seq = 0;

		restart();
		receive(50000);
		for (uint32_t i = 0; i < (twice ? 1 : RUN); i++)
			ck_assert(!receive(seq++));
		seq += gap - 1;
		now += 300 * MS;
		for (uint32_t i = 0; i < RUN; i++)
			ck_assert(!receive(seq++));
		now += 299 * MS;
		ck_assert(!receive(seq++));
		now += MS;
		ck_assert(receive(seq));
	}
}
END_TEST

START_TEST(a_burst_delivered_twice_is_not_a_new_start)
{
	for (int twice = 0; twice < 2; twice++) {
		for (uint32_t seq = 0; seq < 200; seq++) {
			now += MS;
			receive(seq);
		}
	}
	receive(200);
	assert_out_run(0, 201);
	ck_assert_uint_eq(stats.rx_under_win, 200);
	ck_assert_uint_eq(stats.rx_resyncs, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resync");
	TCase *tc = tcase_create("resync");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_stray_packet_changes_nothing);
	tcase_add_test(tc, far_jump_ahead);
	tcase_add_test(tc, a_jump_ahead_needs_silence);
	tcase_add_test(tc, strays_that_do_not_agree);
	tcase_add_test(tc, a_duplicate_does_not_break_the_run);
	tcase_add_test(tc, peer_starts_again);
	tcase_add_test(tc, a_new_start_with_losses_is_found);
	tcase_add_test(tc, a_run_that_leaps_is_another_one);
	tcase_add_test(tc, a_burst_delivered_twice_is_not_a_new_start);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
