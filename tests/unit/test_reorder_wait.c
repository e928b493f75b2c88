/* SPDX-License-Identifier: MIT */
#include "reorder_wait.h"

#include "run_suite.h"

#define MS PPTP_NS_PER_MS

static struct reorder_wait l;
static uint64_t now;

static void setup(void)
{
	pptp_reorder_wait_init(&l, 300 * MS);
	now = 100000 * MS;
}

static void came(unsigned int times, uint64_t late)
{
	for (; times; times--) {
		now += 100 * MS;
		pptp_reorder_wait_arrived(&l, late, now);
	}
}

static void gave_up(unsigned int times)
{
	for (; times; times--) {
		now += 100 * MS;
		pptp_reorder_wait_gave_up(&l, now);
	}
}

START_TEST(starts_modestly)
{
	ck_assert_uint_eq(l.wait, 36 * MS);
	gave_up(1);
	ck_assert_uint_eq(l.wait, 36 * MS);
}
END_TEST

START_TEST(loss_alone_makes_it_short)
{
	gave_up(40);
	ck_assert_uint_eq(l.wait, REORDER_WAIT_FLOOR);
	gave_up(100000);
	ck_assert_uint_eq(l.wait, REORDER_WAIT_FLOOR);
}
END_TEST

START_TEST(one_late_packet_is_learned_at_once)
{
	gave_up(5);
	came(1, 100 * MS);
	ck_assert_uint_ge(l.wait, 100 * MS);
}
END_TEST

START_TEST(waits_longer_than_packets_are_late)
{
	for (uint64_t late = 0; late <= 230; late++) {
		setup();
		for (int i = 0; i < 90; i++) {
			gave_up(1);
			came(1, late * MS);
		}
		ck_assert_uint_gt(l.wait, late * MS);
		ck_assert_uint_le(l.wait, 2 * late * MS + 7 * MS);
	}
	came(90, 300 * MS);
	ck_assert_uint_eq(l.wait, 300 * MS);
}
END_TEST

/* A step for what was seen, with a quarter and 1 ms for what was not. */
START_TEST(room_for_what_comes_later_still)
{
	static const struct {
		uint64_t late, wait;
	} rows[] = {
		{ 0, 5 },   { 3, 5 },   { 4, 7 },     { 5, 11 },    { 20, 36 },
		{ 28, 36 }, { 29, 50 }, { 191, 240 }, { 192, 300 }, { 300, 300 },
	};

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setup();
		for (int k = 0; k < 90; k++) {
			gave_up(1);
			came(1, rows[i].late * MS);
		}
		ck_assert_uint_eq(l.wait, rows[i].wait * MS);
	}
}
END_TEST

START_TEST(too_late_teaches_nothing)
{
	gave_up(100);
	came(1000, 300 * MS + 1);
	came(1000, PPTP_TIME_NEVER);
	ck_assert_uint_eq(l.wait, REORDER_WAIT_FLOOR);
}
END_TEST

/* 100 ms: worthwhile when they fill more than about a tenth of the holes. */
START_TEST(worth_its_cost)
{
	for (int i = 0; i < 100; i++) {
		gave_up(4);
		came(1, 80 * MS);
	}
	ck_assert_uint_eq(l.wait, 112 * MS);
	setup();
	for (int i = 0; i < 100; i++) {
		gave_up(20);
		came(1, 80 * MS);
	}
	ck_assert_uint_eq(l.wait, REORDER_WAIT_FLOOR);
}
END_TEST

START_TEST(rare_and_long_beside_many_short)
{
	for (int i = 0; i < 100; i++) {
		gave_up(10);
		came(20, 8 * MS);
		if (i % 10 == 0)
			came(1, 200 * MS);
	}
	ck_assert_uint_eq(l.wait, 11 * MS);
}
END_TEST

START_TEST(forgets_by_events)
{
	came(1000, 200 * MS);
	ck_assert_uint_ge(l.wait, 200 * MS);
	gave_up(4 * REORDER_WAIT_HALF_EVENTS);
	ck_assert_uint_eq(l.wait, REORDER_WAIT_FLOOR);
}
END_TEST

START_TEST(forgets_by_time)
{
	came(60, 200 * MS);
	for (int i = 0; i < 40; i++) {
		now += 10000 * MS;
		pptp_reorder_wait_gave_up(&l, now);
	}
	ck_assert_uint_eq(l.wait, REORDER_WAIT_FLOOR);
}
END_TEST

START_TEST(long_silence_is_a_new_start)
{
	gave_up(1000);
	ck_assert_uint_eq(l.wait, REORDER_WAIT_FLOOR);
	now += 10 * REORDER_WAIT_HALF_LIFE;
	pptp_reorder_wait_gave_up(&l, now);
	ck_assert_uint_eq(l.wait, 36 * MS);
}
END_TEST

/* Few events in a long time are still remembered. */
START_TEST(sparse_events_count)
{
	for (int i = 0; i < 100; i++) {
		now += 60000 * MS;
		pptp_reorder_wait_arrived(&l, 60 * MS, now);
		now += 60000 * MS;
		pptp_reorder_wait_gave_up(&l, now);
		ck_assert_uint_ge(l.wait, 60 * MS);
	}
}
END_TEST

START_TEST(lower_ceiling)
{
	pptp_reorder_wait_init(&l, 20 * MS);
	ck_assert_uint_eq(l.wait, 20 * MS);
	came(10, 20 * MS);
	ck_assert_uint_eq(l.wait, 20 * MS);
	came(10, 21 * MS);
	gave_up(100);
	ck_assert_uint_le(l.wait, 20 * MS);
	/* A higher one changes nothing. */
	pptp_reorder_wait_init(&l, PPTP_TIME_NEVER);
	came(10, 300 * MS);
	came(10, 301 * MS);
	ck_assert_uint_eq(l.wait, REORDER_WAIT_CEILING);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reorder_wait");
	TCase *tc = tcase_create("reorder_wait");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, starts_modestly);
	tcase_add_test(tc, loss_alone_makes_it_short);
	tcase_add_test(tc, one_late_packet_is_learned_at_once);
	tcase_add_test(tc, waits_longer_than_packets_are_late);
	tcase_add_test(tc, room_for_what_comes_later_still);
	tcase_add_test(tc, too_late_teaches_nothing);
	tcase_add_test(tc, worth_its_cost);
	tcase_add_test(tc, rare_and_long_beside_many_short);
	tcase_add_test(tc, forgets_by_events);
	tcase_add_test(tc, forgets_by_time);
	tcase_add_test(tc, long_silence_is_a_new_start);
	tcase_add_test(tc, sparse_events_count);
	tcase_add_test(tc, lower_ceiling);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
