/* SPDX-License-Identifier: MIT */
#include <pptp/stats.h>

#include <string.h>

#include "run_suite.h"

/* As pptp(8) prints them; "rx over  win" has two spaces. */
static const char *const classic[PPTP_STATS_LINES_CLASSIC] = {
	"rx accepted",  "rx lost",      "rx under win", "rx over  win", "rx buffered",
	"rx OS errors", "rx truncated", "rx invalid",   "rx acks",      "tx sent",
	"tx failed",    "tx short",     "tx acks",      "tx oversize",  "round trip",
};

#define COUNTERS (sizeof(struct pptp_stats) / sizeof(uint64_t))

START_TEST(classic_names_and_order)
{
	struct pptp_stats stats = { 0 };
	struct pptp_stats_line line;

	for (unsigned int i = 0; i < PPTP_STATS_LINES_CLASSIC; i++) {
		ck_assert(pptp_stats_line(&stats, sizeof(stats), i, &line));
		ck_assert_str_eq(line.name, classic[i]);
		ck_assert_str_eq(line.unit, i == PPTP_STATS_LINES_CLASSIC - 1 ? "ms" : "");
		ck_assert_uint_eq(line.value, 0);
	}
}
END_TEST

START_TEST(each_counter_once)
{
	uint64_t values[COUNTERS];
	struct pptp_stats stats;
	struct pptp_stats_line line, other;

	/* The members stand in the order of the lines; past 32 bits to see all 64. */
	for (size_t i = 0; i < COUNTERS; i++)
		values[i] = (UINT64_C(1) << 40) + i * 1000;
	memcpy(&stats, values, sizeof(stats));
	for (unsigned int i = 0; i < COUNTERS; i++) {
		ck_assert(pptp_stats_line(&stats, sizeof(stats), i, &line));
		ck_assert_uint_eq(line.value, *line.unit ? (values[i] + 500) / 1000 : values[i]);
		for (unsigned int k = 0; k < i; k++) {
			ck_assert(pptp_stats_line(&stats, sizeof(stats), k, &other));
			ck_assert_str_ne(line.name, other.name);
		}
	}
}
END_TEST

START_TEST(round_trip_is_rounded_to_ms)
{
	struct pptp_stats stats = { .rtt_us = 1499 };
	struct pptp_stats_line line;

	ck_assert(pptp_stats_line(&stats, sizeof(stats), 14, &line));
	ck_assert_uint_eq(line.value, 1);
	stats.rtt_us = 1500;
	ck_assert(pptp_stats_line(&stats, sizeof(stats), 14, &line));
	ck_assert_uint_eq(line.value, 2);
}
END_TEST

START_TEST(end_of_lines)
{
	struct pptp_stats stats = { 0 };
	struct pptp_stats_line line = { "untouched", 1, "" };

	ck_assert(!pptp_stats_line(&stats, sizeof(stats), COUNTERS, &line));
	ck_assert(!pptp_stats_line(&stats, sizeof(stats), UINT32_MAX, &line));
	ck_assert_str_eq(line.name, "untouched");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stats");
	TCase *tc = tcase_create("stats");

	tcase_add_test(tc, classic_names_and_order);
	tcase_add_test(tc, each_counter_once);
	tcase_add_test(tc, round_trip_is_rounded_to_ms);
	tcase_add_test(tc, end_of_lines);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
