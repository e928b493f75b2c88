/* SPDX-License-Identifier: MIT */
#include "send_window.h"

#include <string.h>

#include "run_suite.h"

#define MS   PPTP_NS_PER_MS
#define MOST 10

static struct send_window w;
static struct pptp_stats stats;
static uint64_t now;

static void setup(void)
{
	memset(&stats, 0, sizeof(stats));
	pptp_send_window_init(&w, &stats);
	pptp_send_window_start(&w, MOST, 0);
	now = 9000 * MS;
}

static void send_all(void)
{
	while (pptp_send_window_credit(&w))
		pptp_send_window_sent(&w, now);
}

/* A window's worth, acknowledged `rtt` later. */
static void round_trip(uint64_t rtt)
{
	send_all();
	now += rtt;
	pptp_send_window_sample(&w, rtt);
	pptp_send_window_acked(&w, 0, now);
}

static void time_out(void)
{
	uint64_t before = stats.tx_window_timeouts;

	send_all();
	now = pptp_send_window_deadline(&w);
	ck_assert_uint_ne(now, PPTP_TIME_NEVER);
	ck_assert(!pptp_send_window_expire(&w, now - 1));
	ck_assert_uint_eq(stats.tx_window_timeouts, before);
	ck_assert(pptp_send_window_expire(&w, now));
	ck_assert_uint_eq(stats.tx_window_timeouts, before + 1);
	ck_assert_uint_eq(pptp_send_window_deadline(&w), PPTP_TIME_NEVER);
}

START_TEST(no_limit_before_and_without)
{
	memset(&stats, 0, sizeof(stats));
	pptp_send_window_init(&w, &stats);
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(pptp_send_window_credit(&w), UINT32_MAX);
		for (int k = 0; k < 1000; k++)
			pptp_send_window_sent(&w, now);
		ck_assert_uint_eq(pptp_send_window_credit(&w), UINT32_MAX);
		pptp_send_window_acked(&w, 0, now);
		pptp_send_window_sample(&w, MS);
		ck_assert_uint_eq(pptp_send_window_credit(&w), UINT32_MAX);
		ck_assert_uint_eq(pptp_send_window_deadline(&w), PPTP_TIME_NEVER);
		ck_assert(!pptp_send_window_expire(&w, now));
		ck_assert_uint_eq(stats.tx_window, 0);
		pptp_send_window_start(&w, 0, 0);
	}
	ck_assert_uint_eq(stats.tx_window_timeouts, 0);
}
END_TEST

/* 4.2.1 */
START_TEST(starts_at_half)
{
	static const uint32_t most[] = { 1, 2, 3, 64, 65535 }, half[] = { 1, 1, 2, 32, 32768 };

	for (int i = 0; i < 5; i++) {
		pptp_send_window_start(&w, most[i], 0);
		ck_assert_uint_eq(pptp_send_window_credit(&w), half[i]);
		ck_assert_uint_eq(stats.tx_window, half[i]);
	}
}
END_TEST

START_TEST(closes_when_full_and_opens_when_acknowledged)
{
	for (uint32_t left = MOST / 2; left-- > 0;) {
		pptp_send_window_sent(&w, now);
		ck_assert_uint_eq(pptp_send_window_credit(&w), left);
	}
	pptp_send_window_acked(&w, 3, now);
	ck_assert_uint_eq(pptp_send_window_credit(&w), 2);
	/* What is older frees nothing. */
	pptp_send_window_acked(&w, 4, now);
	ck_assert_uint_eq(pptp_send_window_credit(&w), 2);
}
END_TEST

/* 4.2.3 */
START_TEST(grows_by_one_a_window)
{
	for (uint32_t window = MOST / 2; window < MOST; window++) {
		ck_assert_uint_eq(stats.tx_window, window);
		round_trip(20 * MS);
	}
	round_trip(20 * MS);
	ck_assert_uint_eq(stats.tx_window, MOST);
	ck_assert_uint_eq(stats.tx_window_timeouts, 0);
}
END_TEST

START_TEST(part_of_a_window_is_no_window)
{
	for (int i = 0; i < MOST / 2; i++) {
		ck_assert_uint_eq(stats.tx_window, MOST / 2);
		pptp_send_window_sent(&w, now);
		pptp_send_window_acked(&w, 0, now);
	}
	ck_assert_uint_eq(stats.tx_window, MOST / 2 + 1);
}
END_TEST

/* 4.2.2 */
START_TEST(a_time_out_halves_and_frees)
{
	time_out();
	ck_assert_uint_eq(pptp_send_window_credit(&w), 3);
	time_out();
	ck_assert_uint_eq(pptp_send_window_credit(&w), 2);
	round_trip(20 * MS);
	ck_assert_uint_eq(pptp_send_window_credit(&w), 3);
}
END_TEST

START_TEST(never_below_one)
{
	for (int i = 0; i < 20; i++) {
		time_out();
		pptp_send_window_acked(&w, 0, now);
	}
	ck_assert_uint_eq(pptp_send_window_credit(&w), 1);
}
END_TEST

START_TEST(a_deaf_peer_turns_it_off)
{
	for (int i = 0; i < SEND_WINDOW_TIMEOUTS_MAX; i++)
		time_out();
	ck_assert_uint_eq(pptp_send_window_credit(&w), UINT32_MAX);
	ck_assert_uint_eq(stats.tx_window, 0);
	for (int i = 0; i < 1000; i++)
		pptp_send_window_sent(&w, now);
	ck_assert_uint_eq(pptp_send_window_deadline(&w), PPTP_TIME_NEVER);
	/* It was not deaf after all. */
	pptp_send_window_acked(&w, 900, now);
	ck_assert_uint_eq(pptp_send_window_credit(&w), MOST / 2);
	/* And three more are needed again. */
	time_out();
	time_out();
	ck_assert_uint_ne(stats.tx_window, 0);
	time_out();
	ck_assert_uint_eq(stats.tx_window, 0);
}
END_TEST

START_TEST(the_timer_runs_from_the_last_progress)
{
	uint64_t start = now;

	ck_assert_uint_eq(pptp_send_window_deadline(&w), PPTP_TIME_NEVER);
	pptp_send_window_sent(&w, now);
	ck_assert_uint_eq(pptp_send_window_deadline(&w), start + SEND_WINDOW_FIRST_RTT);
	now += 100 * MS;
	pptp_send_window_sent(&w, now);
	ck_assert_uint_eq(pptp_send_window_deadline(&w), start + SEND_WINDOW_FIRST_RTT);
	pptp_send_window_acked(&w, 1, now);
	ck_assert_uint_eq(pptp_send_window_deadline(&w), now + SEND_WINDOW_FIRST_RTT);
	pptp_send_window_acked(&w, 0, now);
	ck_assert_uint_eq(pptp_send_window_deadline(&w), PPTP_TIME_NEVER);
	pptp_send_window_sent(&w, PPTP_TIME_NEVER - 1);
	ck_assert_uint_eq(pptp_send_window_deadline(&w), PPTP_TIME_NEVER);
}
END_TEST

/* 4.4: RTT begins with the peer's processing delay. */
START_TEST(first_time_out)
{
	pptp_send_window_start(&w, MOST, 400 * MS);
	ck_assert_uint_eq(w.ato, 400 * MS);
	pptp_send_window_start(&w, MOST, 10 * MS);
	ck_assert_uint_eq(w.ato, SEND_WINDOW_MIN_TIMEOUT);
	pptp_send_window_start(&w, MOST, 6553500 * MS);
	ck_assert_uint_eq(w.ato, SEND_WINDOW_MAX_TIMEOUT);
}
END_TEST

/* 4.4.1, by hand: RTT 400, DEV 0, sample 480. */
START_TEST(adaptive_time_out)
{
	pptp_send_window_start(&w, MOST, 400 * MS);
	pptp_send_window_sample(&w, 480 * MS);
	ck_assert_uint_eq(w.rtt, 410 * MS);
	ck_assert_uint_eq(w.dev, 20 * MS);
	ck_assert_uint_eq(w.ato, 490 * MS);
	/* The other way: diff 80. */
	pptp_send_window_sample(&w, 330 * MS);
	ck_assert_uint_eq(w.rtt, 400 * MS);
	ck_assert_uint_eq(w.dev, 35 * MS);
	ck_assert_uint_eq(w.ato, 540 * MS);
	for (int i = 0; i < 200; i++)
		pptp_send_window_sample(&w, MS);
	ck_assert_uint_eq(w.ato, SEND_WINDOW_MIN_TIMEOUT);
	for (int i = 0; i < 200; i++)
		pptp_send_window_sample(&w, PPTP_TIME_NEVER);
	ck_assert_uint_eq(w.ato, SEND_WINDOW_MAX_TIMEOUT);
}
END_TEST

/* 4.4.2 */
START_TEST(time_out_backs_off)
{
	time_out();
	ck_assert_uint_eq(w.ato, 2 * SEND_WINDOW_FIRST_RTT);
	for (int i = 0; i < 100; i++) {
		time_out();
		pptp_send_window_acked(&w, 0, now);
	}
	ck_assert_uint_eq(w.ato, SEND_WINDOW_MAX_TIMEOUT);
	/* Until something is timed again. */
	pptp_send_window_sample(&w, SEND_WINDOW_FIRST_RTT);
	ck_assert_uint_eq(w.ato, SEND_WINDOW_FIRST_RTT);
	/* A round trip of nothing stays where it is. */
	for (int i = 0; i < 200; i++)
		pptp_send_window_sample(&w, 0);
	for (int i = 0; i < 100; i++) {
		time_out();
		pptp_send_window_acked(&w, 0, now);
	}
	ck_assert_uint_eq(w.ato, SEND_WINDOW_MIN_TIMEOUT);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("send_window");
	TCase *tc = tcase_create("send_window");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, no_limit_before_and_without);
	tcase_add_test(tc, starts_at_half);
	tcase_add_test(tc, closes_when_full_and_opens_when_acknowledged);
	tcase_add_test(tc, grows_by_one_a_window);
	tcase_add_test(tc, part_of_a_window_is_no_window);
	tcase_add_test(tc, a_time_out_halves_and_frees);
	tcase_add_test(tc, never_below_one);
	tcase_add_test(tc, a_deaf_peer_turns_it_off);
	tcase_add_test(tc, the_timer_runs_from_the_last_progress);
	tcase_add_test(tc, first_time_out);
	tcase_add_test(tc, adaptive_time_out);
	tcase_add_test(tc, time_out_backs_off);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
