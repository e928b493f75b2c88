/* SPDX-License-Identifier: MIT */

#include "reorder_rig.h"

START_TEST(in_sequence_is_not_copied)
{
	uint8_t packet[4] = { 1, 2, 3, 4 };
	struct pptp_frame frame;

	for (uint32_t seq = 0xFFFFFFF0; seq != 0x10; seq++) {
		ck_assert(pptp_reorder_receive(&r, seq, packet, sizeof(packet), now));
		ck_assert(pptp_reorder_next(&r, &frame));
		ck_assert_ptr_eq(frame.data, packet);
		ck_assert_uint_eq(frame.len, sizeof(packet));
		ck_assert(!pptp_reorder_next(&r, &frame));
		ck_assert_uint_eq(pptp_reorder_deadline(&r), PPTP_TIME_NEVER);
	}
	/* And costs no memory. */
	ck_assert_ptr_null(r.store);
}
END_TEST

START_TEST(any_first_number)
{
	static const uint32_t firsts[] = { 0, 1, 77, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF };

	for (unsigned int i = 0; i < 6; i++) {
		restart();
		ck_assert(receive(firsts[i]));
		ck_assert(receive(firsts[i] + 1));
		assert_out_run(firsts[i], 2);
		ck_assert_uint_eq(stats.rx_lost, 0);
	}
}
END_TEST

START_TEST(a_swap_is_repaired)
{
	receive(5);
	receive(7);
	ck_assert_uint_eq(pptp_reorder_deadline(&r), now + 300 * MS);
	receive(6);
	receive(8);
	assert_out(4, 5, 6, 7, 8);
	ck_assert_uint_eq(stats.rx_buffered, 1);
	ck_assert_uint_eq(stats.rx_lost, 0);
	ck_assert_uint_eq(pptp_reorder_deadline(&r), PPTP_TIME_NEVER);
}
END_TEST

START_TEST(duplicates)
{
	receive(5);
	ck_assert(!receive(5));
	receive(7);
	ck_assert(!receive(7));
	receive(6);
	ck_assert(!receive(6));
	ck_assert(!receive(7));
	assert_out(3, 5, 6, 7);
	ck_assert_uint_eq(stats.rx_under_win, 4);
}
END_TEST

START_TEST(a_hole_is_given_up_in_time)
{
	receive(1);
	receive(3);
	expire_at(now + 300 * MS - 1);
	assert_out(1, 1);
	ck_assert_uint_eq(pptp_reorder_deadline(&r), now + 1);
	expire_at(now + 1);
	assert_out(2, 1, 3);
	ck_assert_uint_eq(stats.rx_lost, 1);
	ck_assert_uint_eq(pptp_reorder_deadline(&r), PPTP_TIME_NEVER);
	/* Too late now. */
	ck_assert(!receive(2));
	ck_assert_uint_eq(stats.rx_under_win, 1);
	assert_out(2, 1, 3);
}
END_TEST

START_TEST(each_hole_has_its_own_time)
{
	uint64_t start = now;

	receive(0);
	receive(2); /* 1 is missed from now on */
	now = start + 100 * MS;
	receive(5); /* 3 and 4 from now on */
	now = start + 150 * MS;
	receive(3); /* changes nothing for 4 */
	ck_assert_uint_eq(pptp_reorder_deadline(&r), start + 300 * MS);
	expire_at(start + 300 * MS);
	assert_out(3, 0, 2, 3);
	ck_assert_uint_eq(pptp_reorder_deadline(&r), start + 400 * MS);
	expire_at(start + 399 * MS);
	assert_out(3, 0, 2, 3);
	expire_at(start + 400 * MS);
	assert_out(4, 0, 2, 3, 5);
	ck_assert_uint_eq(stats.rx_lost, 2);
}
END_TEST

START_TEST(the_missing_packet_beats_its_time_out)
{
	receive(1);
	receive(3);
	now += 301 * MS;
	ck_assert(receive(2));
	assert_out(3, 1, 2, 3);
	ck_assert_uint_eq(stats.rx_lost, 0);
}
END_TEST

START_TEST(a_packet_gives_up_what_is_overdue)
{
	receive(1);
	receive(3);
	now += 300 * MS;
	receive(4);
	assert_out(3, 1, 3, 4);
	ck_assert_uint_eq(stats.rx_lost, 1);
}
END_TEST

START_TEST(window_bounds_what_is_missing)
{
	static const uint32_t windows[] = { 1, 2, 300, 511 };

	for (unsigned int i = 0; i < 4; i++) {
		cfg.missing_window = windows[i];
		restart();
		receive(0);
		/* Expected is 1. */
		ck_assert(!receive(1 + windows[i] + 1));
		ck_assert_uint_eq(stats.rx_over_win, 1);
		ck_assert(receive(1 + windows[i]));
		ck_assert_uint_eq(stats.rx_buffered, 1);
		expire_at(now + 300 * MS);
		assert_out(2, 0, 1 + windows[i]);
		ck_assert_uint_eq(stats.rx_lost, windows[i]);
	}
}
END_TEST

START_TEST(default_window_is_300)
{
	receive(0);
	ck_assert(!receive(302));
	ck_assert(receive(301));
}
END_TEST

/* One packet lost where many come in a short time: it holds up no more than the window. */
START_TEST(full_window_gives_the_hole_up)
{
	receive(0);
	for (uint32_t seq = 2; seq <= 301; seq++)
		ck_assert(receive(seq));
	ck_assert_uint_eq(out_count, 1);
	for (uint32_t seq = 302; seq <= 3000; seq++)
		ck_assert(receive(seq));
	ck_assert_uint_eq(out_count, 3000);
	ck_assert_uint_eq(out[1], 2);
	ck_assert_uint_eq(stats.rx_lost, 1);
	ck_assert_uint_eq(stats.rx_over_win, 0);
}
END_TEST

START_TEST(window_of_one)
{
	cfg.missing_window = 1;
	restart();
	receive(0);
	receive(2);
	receive(1); /* a swap is repaired */
	receive(4);
	receive(5); /* 3 is given up */
	assert_out(5, 0, 1, 2, 4, 5);
	ck_assert_uint_eq(stats.rx_lost, 1);
	ck_assert_uint_eq(pptp_reorder_deadline(&r), PPTP_TIME_NEVER);
}
END_TEST

/* A window larger than the ring: holes are given up until the packet fits. */
START_TEST(ahead_of_the_ring)
{
	cfg.missing_window = 6000;
	restart();
	receive(0);
	receive(2);
	receive(4);
	ck_assert(receive(1 + PPTP_REORDER_CAPACITY)); /* 1 must go */
	assert_out(2, 0, 2);
	ck_assert_uint_eq(stats.rx_lost, 1);
	ck_assert(receive(1000)); /* all up to 488 */
	assert_out(3, 0, 2, 4);
	ck_assert_uint_eq(stats.rx_lost, 1 + 1 + 484);
	ck_assert(receive(6000)); /* what was kept comes out on the way */
	assert_out(5, 0, 2, 4, 513, 1000);
	receive(5999);
	expire_at(now + 300 * MS);
	assert_out(7, 0, 2, 4, 513, 1000, 5999, 6000);
	ck_assert_uint_eq(stats.rx_lost, 6001 - 7);
	ck_assert_uint_eq(stats.rx_buffered, 6);
	ck_assert_uint_eq(stats.rx_over_win, 0);
}
END_TEST

/* All slots but the missing one are full, and all of it comes out. */
START_TEST(full_ring)
{
	cfg.missing_window = PPTP_REORDER_CAPACITY;
	restart();
	receive(0);
	for (uint32_t seq = 2; seq <= PPTP_REORDER_CAPACITY; seq++)
		ck_assert(receive(seq));
	ck_assert_uint_eq(out_count, 1);
	ck_assert_uint_eq(r.held, PPTP_REORDER_CAPACITY - 1);
	if (_i) {
		receive(1);
		assert_out_run(0, PPTP_REORDER_CAPACITY + 1);
	} else {
		receive(PPTP_REORDER_CAPACITY + 1);
		ck_assert_uint_eq(out_count, PPTP_REORDER_CAPACITY + 1);
		ck_assert_uint_eq(out[1], 2);
		ck_assert_uint_eq(out[out_count - 1], PPTP_REORDER_CAPACITY + 1);
	}
	ck_assert_uint_eq(stats.rx_lost, !_i);
	ck_assert_uint_eq(r.held, 0);
}
END_TEST

START_TEST(no_buffer_accepts_at_once)
{
	cfg.reorder = false;
	restart();
	receive(1);
	receive(4);
	ck_assert_uint_eq(stats.rx_buffered, 1);
	ck_assert_uint_eq(stats.rx_lost, 2);
	ck_assert(!receive(2));
	ck_assert(!receive(3));
	ck_assert_uint_eq(stats.rx_under_win, 2);
	receive(5);
	ck_assert(!receive(5 + 302));
	ck_assert_uint_eq(stats.rx_over_win, 1);
	ck_assert(receive(6 + 300));
	assert_out(4, 1, 4, 5, 306);
	ck_assert_uint_eq(pptp_reorder_deadline(&r), PPTP_TIME_NEVER);
	ck_assert_ptr_null(r.store);
}
END_TEST

START_TEST(number_without_frame)
{
	uint8_t none[1];
	struct pptp_frame frame;

	receive(1);
	ck_assert(pptp_reorder_receive(&r, 2, none, 0, now));
	ck_assert(!pptp_reorder_next(&r, &frame));
	receive(3);
	ck_assert(pptp_reorder_receive(&r, 5, none, 0, now));
	ck_assert(!pptp_reorder_next(&r, &frame));
	ck_assert(!pptp_reorder_receive(&r, 5, none, 0, now));
	receive(6);
	receive(4);
	assert_out(4, 1, 3, 4, 6);
	ck_assert_uint_eq(stats.rx_lost, 0);
	ck_assert_uint_eq(stats.rx_under_win, 1);
}
END_TEST

START_TEST(largest_frames_keep_their_content)
{
	static uint8_t packet[PPTP_FRAME_MAX];
	struct pptp_frame frame;

	receive(0);
	for (uint32_t seq = 2; seq < 40; seq++) {
		memset(packet, (int)seq, sizeof(packet));
		ck_assert(pptp_reorder_receive(&r, seq, packet, sizeof(packet), now));
		ck_assert(!pptp_reorder_next(&r, &frame));
	}
	memset(packet, 1, sizeof(packet));
	ck_assert(pptp_reorder_receive(&r, 1, packet, sizeof(packet), now));
	for (uint32_t seq = 1; seq < 40; seq++) {
		ck_assert(pptp_reorder_next(&r, &frame));
		ck_assert_uint_eq(frame.len, PPTP_FRAME_MAX);
		for (size_t i = 0; i < frame.len; i++) {
			if (frame.data[i] != seq)
				ck_abort_msg("packet %u, octet %zu", seq, i);
		}
	}
	ck_assert(!pptp_reorder_next(&r, &frame));
}
END_TEST

/* Far times and time-outs do not overflow. */
START_TEST(deadline_saturates)
{
	cfg.reorder_timeout = PPTP_TIME_NEVER;
	restart();
	receive(1);
	receive(3);
	ck_assert_uint_eq(pptp_reorder_deadline(&r), PPTP_TIME_NEVER);
	expire_at(PPTP_TIME_NEVER - 1);
	assert_out(1, 1);
}
END_TEST

START_TEST(time_out_in_statistics)
{
	ck_assert_uint_eq(stats.reorder_timeout_us, 300000);
	cfg.reorder = false;
	restart();
	ck_assert_uint_eq(stats.reorder_timeout_us, 0);
}
END_TEST

START_TEST(fini_twice)
{
	receive(1);
	receive(3);
	pptp_reorder_fini(&r);
	pptp_reorder_fini(&r);
	pptp_reorder_init(&r, &cfg, &stats);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reorder");
	TCase *tc = tcase_create("reorder");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, in_sequence_is_not_copied);
	tcase_add_test(tc, any_first_number);
	tcase_add_test(tc, a_swap_is_repaired);
	tcase_add_test(tc, duplicates);
	tcase_add_test(tc, a_hole_is_given_up_in_time);
	tcase_add_test(tc, each_hole_has_its_own_time);
	tcase_add_test(tc, the_missing_packet_beats_its_time_out);
	tcase_add_test(tc, a_packet_gives_up_what_is_overdue);
	tcase_add_test(tc, window_bounds_what_is_missing);
	tcase_add_test(tc, default_window_is_300);
	tcase_add_test(tc, full_window_gives_the_hole_up);
	tcase_add_test(tc, window_of_one);
	tcase_add_test(tc, ahead_of_the_ring);
	tcase_add_loop_test(tc, full_ring, 0, 2);
	tcase_add_test(tc, no_buffer_accepts_at_once);
	tcase_add_test(tc, number_without_frame);
	tcase_add_test(tc, largest_frames_keep_their_content);
	tcase_add_test(tc, deadline_saturates);
	tcase_add_test(tc, fini_twice);
	tcase_add_test(tc, time_out_in_statistics);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
