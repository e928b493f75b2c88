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

/* -- for programs ----------------------------------------------------------------------------- */

#define AT(member) offsetof(struct pptp_stats, member)

/* Programs store these names: none may change. */
static const struct known_field {
	const char *name;
	size_t offset;
	enum pptp_stats_kind kind;
	const char *unit;
} known_fields[] = {
	{ "rx_accepted", AT(rx_accepted), PPTP_STATS_COUNTER, "packets" },
	{ "rx_lost", AT(rx_lost), PPTP_STATS_COUNTER, "packets" },
	{ "rx_under_win", AT(rx_under_win), PPTP_STATS_COUNTER, "packets" },
	{ "rx_over_win", AT(rx_over_win), PPTP_STATS_COUNTER, "packets" },
	{ "rx_buffered", AT(rx_buffered), PPTP_STATS_COUNTER, "packets" },
	{ "rx_os_errors", AT(rx_os_errors), PPTP_STATS_COUNTER, "errors" },
	{ "rx_truncated", AT(rx_truncated), PPTP_STATS_COUNTER, "packets" },
	{ "rx_invalid", AT(rx_invalid), PPTP_STATS_COUNTER, "packets" },
	{ "rx_acks", AT(rx_acks), PPTP_STATS_COUNTER, "packets" },
	{ "tx_sent", AT(tx_sent), PPTP_STATS_COUNTER, "packets" },
	{ "tx_failed", AT(tx_failed), PPTP_STATS_COUNTER, "packets" },
	{ "tx_short", AT(tx_short), PPTP_STATS_COUNTER, "packets" },
	{ "tx_acks", AT(tx_acks), PPTP_STATS_COUNTER, "packets" },
	{ "tx_oversize", AT(tx_oversize), PPTP_STATS_COUNTER, "frames" },
	{ "rtt_us", AT(rtt_us), PPTP_STATS_GAUGE, "microseconds" },
	{ "rx_bytes", AT(rx_bytes), PPTP_STATS_COUNTER, "octets" },
	{ "tx_bytes", AT(tx_bytes), PPTP_STATS_COUNTER, "octets" },
	{ "rx_wrong_call", AT(rx_wrong_call), PPTP_STATS_COUNTER, "packets" },
	{ "rx_queue_overflow", AT(rx_queue_overflow), PPTP_STATS_COUNTER, "packets" },
	{ "rx_resyncs", AT(rx_resyncs), PPTP_STATS_COUNTER, "times" },
	{ "tx_dropped", AT(tx_dropped), PPTP_STATS_COUNTER, "frames" },
	{ "link_rx_frames", AT(link_rx_frames), PPTP_STATS_COUNTER, "frames" },
	{ "link_rx_errors", AT(link_rx_errors), PPTP_STATS_COUNTER, "frames" },
	{ "link_tx_dropped", AT(link_tx_dropped), PPTP_STATS_COUNTER, "frames" },
	{ "reorder_timeout_us", AT(reorder_timeout_us), PPTP_STATS_GAUGE, "microseconds" },
	{ "tx_window", AT(tx_window), PPTP_STATS_GAUGE, "packets" },
	{ "tx_window_timeouts", AT(tx_window_timeouts), PPTP_STATS_COUNTER, "times" },
};

_Static_assert(sizeof(known_fields) / sizeof(known_fields[0]) == COUNTERS, "a row for each member");

START_TEST(each_member_by_its_name)
{
	uint64_t values[COUNTERS];
	struct pptp_stats stats;
	struct pptp_stats_field field;

	/* Past 32 bits to see all 64; none is a multiple of 1000, so that rounding shows. */
	for (size_t i = 0; i < COUNTERS; i++)
		values[i] = UINT64_MAX - i * 1000;
	memcpy(&stats, values, sizeof(stats));
	for (unsigned int i = 0; i < COUNTERS; i++) {
		const struct known_field *known = &known_fields[i];

		ck_assert(pptp_stats_get_field(&stats, sizeof(stats), i, &field));
		ck_assert_str_eq(field.name, known->name);
		ck_assert_uint_eq(known->offset, i * sizeof(uint64_t));
		ck_assert_uint_eq(field.value, values[i]);
		ck_assert_int_eq(field.kind, known->kind);
		ck_assert_str_eq(field.unit, known->unit);
	}
}
END_TEST

/* One line of text that fits a page of metrics as it is. */
START_TEST(each_member_is_described)
{
	const struct pptp_stats stats = { 0 };
	struct pptp_stats_field field, other;

	for (unsigned int i = 0; i < COUNTERS; i++) {
		ck_assert(pptp_stats_get_field(&stats, sizeof(stats), i, &field));
		ck_assert_uint_gt(strlen(field.help), 0);
		ck_assert_int_ne(field.help[strlen(field.help) - 1], '.');
		ck_assert_uint_eq(strcspn(field.help, "\n\\\""), strlen(field.help));
		for (unsigned int k = 0; k < i; k++) {
			ck_assert(pptp_stats_get_field(&stats, sizeof(stats), k, &other));
			ck_assert_str_ne(field.help, other.help);
		}
	}
}
END_TEST

/* A program with the header of a version that had fewer members. */
START_TEST(members_of_an_older_header)
{
	uint64_t values[COUNTERS];
	const struct pptp_stats *stats = (const struct pptp_stats *)values;
	struct pptp_stats_field field;

	for (size_t i = 0; i < COUNTERS; i++)
		values[i] = i + 1;
	for (unsigned int count = 1; count <= COUNTERS; count++) {
		size_t size = count * sizeof(uint64_t);

		ck_assert(pptp_stats_get_field(stats, size, count - 1, &field));
		ck_assert_uint_eq(field.value, count);
		field.name = "untouched";
		ck_assert(!pptp_stats_get_field(stats, size, count, &field));
		ck_assert(!pptp_stats_get_field(stats, size - 1, count - 1, &field));
		ck_assert_str_eq(field.name, "untouched");
		ck_assert_uint_eq(field.value, count);
	}
	ck_assert(!pptp_stats_get_field(stats, 0, 0, &field));
}
END_TEST

START_TEST(end_of_fields)
{
	const struct pptp_stats stats = { 0 };
	struct pptp_stats_field field = { .name = "untouched", .value = 1 };

	ck_assert(!pptp_stats_get_field(&stats, sizeof(stats), COUNTERS, &field));
	ck_assert(!pptp_stats_get_field(&stats, sizeof(stats) + 64, COUNTERS, &field));
	ck_assert(!pptp_stats_get_field(&stats, sizeof(stats), UINT32_MAX, &field));
	ck_assert_str_eq(field.name, "untouched");
	ck_assert_uint_eq(field.value, 1);
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
	tcase_add_test(tc, each_member_by_its_name);
	tcase_add_test(tc, each_member_is_described);
	tcase_add_test(tc, members_of_an_older_header);
	tcase_add_test(tc, end_of_fields);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
