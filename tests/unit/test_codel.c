/* SPDX-License-Identifier: MIT */
#include "codel.h"

#include "run_suite.h"

#define MS       PPTP_NS_PER_MS
#define TARGET   CODEL_TARGET
#define INTERVAL CODEL_INTERVAL

static struct codel codel;
static uint64_t now;

static void setup(void)
{
	pptp_codel_init(&codel);
	now = 7000 * MS;
}

/* Offer a packet each ms for `ms`; how many were dropped. */
static unsigned int offer_for(unsigned int ms, uint64_t sojourn)
{
	unsigned int dropped = 0;

	for (; ms; ms--) {
		dropped += pptp_codel_drop(&codel, sojourn, false, now);
		now += MS;
	}
	return dropped;
}

START_TEST(a_short_queue_loses_nothing)
{
	ck_assert_uint_eq(offer_for(10000, TARGET - 1), 0);
}
END_TEST

START_TEST(a_burst_loses_nothing)
{
	for (int i = 0; i < 100; i++) {
		ck_assert_uint_eq(offer_for(100, 90 * MS), 0);
		ck_assert_uint_eq(offer_for(1, 0), 0);
	}
}
END_TEST

/* Came within 20 ms, and is read for 400. */
START_TEST(a_burst_that_is_read_slowly_loses_nothing)
{
	uint64_t start = now;

	for (int burst = 0; burst < 10; burst++, start += 500 * MS) {
		for (uint64_t i = 0; i < 2000; i++) {
			uint64_t came = start + i * MS / 100, sojourn;

			now = start + i * MS / 5;
			sojourn = now - came;
			if (pptp_codel_drop(&codel, sojourn, i == 1999, now))
				ck_abort_msg("packet %d of burst %d was dropped", (int)i, burst);
		}
	}
}
END_TEST

START_TEST(a_queue_that_stands_is_thinned)
{
	ck_assert_uint_eq(offer_for(100, TARGET), 0);
	ck_assert(pptp_codel_drop(&codel, TARGET, false, now)); /* the first, after an interval */
	/* Then after INTERVAL, INTERVAL / sqrt(2), INTERVAL / sqrt(3)... */
	ck_assert_uint_eq(offer_for(100, TARGET), 0);
	ck_assert_uint_eq(offer_for(1, TARGET), 1);
	ck_assert_uint_eq(offer_for(70, TARGET), 0);
	ck_assert_uint_eq(offer_for(1, TARGET), 1);
	ck_assert_uint_eq(offer_for(57, TARGET), 0);
	ck_assert_uint_eq(offer_for(1, TARGET), 1);
}
END_TEST

START_TEST(faster_and_faster)
{
	unsigned int before = 0;

	for (int second = 0; second < 10; second++) {
		unsigned int dropped = offer_for(1000, 50 * MS);

		ck_assert_uint_gt(dropped, before);
		before = dropped;
	}
}
END_TEST

START_TEST(stops_at_once_below_target)
{
	offer_for(1000, 50 * MS);
	ck_assert(codel.dropping);
	ck_assert_uint_eq(offer_for(1, TARGET - 1), 0);
	ck_assert(!codel.dropping);
	ck_assert_uint_eq(offer_for(100, 50 * MS), 0);
}
END_TEST

START_TEST(goes_on_where_it_was)
{
	uint32_t count;

	offer_for(3000, 50 * MS);
	count = codel.count;
	ck_assert_uint_gt(count, 10);
	offer_for(1, 0);
	offer_for(101, 50 * MS);
	ck_assert(codel.dropping);
	ck_assert_uint_eq(codel.count, count - 1);
	/* But not after a long time. */
	offer_for(1, 0);
	now += 17 * INTERVAL;
	offer_for(101, 50 * MS);
	ck_assert(codel.dropping);
	ck_assert_uint_eq(codel.count, 1);
}
END_TEST

START_TEST(the_last_packet_is_no_queue)
{
	for (int i = 0; i < 1000; i++) {
		ck_assert(!pptp_codel_drop(&codel, 200 * MS, true, now));
		now += 200 * MS;
	}
}
END_TEST

START_TEST(nothing_is_older_than_half_a_second)
{
	ck_assert(!pptp_codel_drop(&codel, CODEL_MAX, true, now));
	ck_assert(pptp_codel_drop(&codel, CODEL_MAX + 1, true, now));
	ck_assert(pptp_codel_drop(&codel, CODEL_MAX + 1, false, now));
	ck_assert(pptp_codel_drop(&codel, UINT64_MAX, false, now));
	ck_assert_uint_eq(offer_for(1000, CODEL_MAX + 1), 1000);
}
END_TEST

/* A packet that waited too long to drop by the law is kept when it is not its turn. */
START_TEST(between_two_drops_packets_pass)
{
	unsigned int dropped = offer_for(1000, CODEL_MAX);

	ck_assert_uint_gt(dropped, 5);
	ck_assert_uint_lt(dropped, 50);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("codel");
	TCase *tc = tcase_create("codel");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, a_short_queue_loses_nothing);
	tcase_add_test(tc, a_burst_loses_nothing);
	tcase_add_test(tc, a_burst_that_is_read_slowly_loses_nothing);
	tcase_add_test(tc, a_queue_that_stands_is_thinned);
	tcase_add_test(tc, faster_and_faster);
	tcase_add_test(tc, stops_at_once_below_target);
	tcase_add_test(tc, goes_on_where_it_was);
	tcase_add_test(tc, the_last_packet_is_no_queue);
	tcase_add_test(tc, nothing_is_older_than_half_a_second);
	tcase_add_test(tc, between_two_drops_packets_pass);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
