/* SPDX-License-Identifier: MIT */
/* What --status prints of tunnels: the table, details, JSON, metrics, and the screen of --watch. */
#include "status_rig.h"

#include "status/details.h"
#include "status/metrics.h"
#include "status/screen.h"
#include "status/table.h"
#include "status/tunnels_json.h"
#include "status/units.h"

/* A tunnel that is up and has not failed. */
static const char *up_object(void)
{
	return edited(edited(good_object, "\"failure\"", "\"x\""), "18446744073709551615",
		      "9900,\"rx_lost\":100,\"rx_buffered\":495,\"rx_bytes\":1258291,"
		      "\"tx_bytes\":99,\"tx_sent\":7");
}

static const char *table_of(struct printed *printed, const struct tunnels *tunnels,
			    const struct earlier *earlier)
{
	begin_printing(printed);
	table_print(printed->file, tunnels, earlier);
	return end_printing(printed);
}

START_TEST(table_without_tunnels)
{
	struct tunnels none = { 0 };
	struct printed printed;

	ck_assert_str_eq(table_of(&printed, &none, NULL), "no tunnel is running\n");
	free(printed.text);
}
END_TEST

START_TEST(table_of_several)
{
	struct tunnel list[4];
	const struct tunnels tunnels = { list, 4 };
	struct printed printed;

	ck_assert(tunnel_read(&list[0], "a", up_object(), strlen(up_object())));
	ck_assert(tunnel_read(&list[1], "longer-name", least_object(), strlen(least_object())));
	ck_assert(tunnel_read(&list[2], "c", good_object, strlen(good_object)));
	tunnel_set_unreadable(&list[3], "d", "it did not answer within a second");
	ck_assert_str_eq(table_of(&printed, &tunnels, NULL),
			 "NAME         STATE           UP    LOSS      RTT       RX    TX  "
			 "REORDERED  INTERFACE  SERVER\n"
			 "a            connected   12m 5s  1.00 %  23.5 ms  1.2 MiB  99 B  "
			 "   5.00 %  ppp0       vpn.example.org (192.0.2.7)\n"
			 "longer-name  connecting       -       -        -        -     -  "
			 "        -  -          vpn.example.org\n"
			 "  connecting for 7s\n"
			 "c            connected   12m 5s  0.00 %  23.5 ms      0 B   0 B  "
			 "   0.00 %  ppp0       vpn.example.org (192.0.2.7)\n"
			 "  it was lost\n"
			 "d            unreadable       -       -        -        -     -  "
			 "        -  -          -\n"
			 "  cannot be read: it did not answer within a second\n");
	free(printed.text);
	for (int i = 0; i < 4; i++)
		tunnel_clear(&list[i]);
}
END_TEST

START_TEST(table_of_the_kernels_link)
{
	struct tunnel tunnel;
	const struct tunnels tunnels = { &tunnel, 1 };
	struct printed printed;

	ck_assert(read_text(&tunnel, edited(edited(up_object(), "\"statistics\"", "\"x\""),
					    "\"vpn.example.org\"", "\"192.0.2.7\"")));
	ck_assert_str_eq(
		table_of(&printed, &tunnels, NULL),
		"NAME    STATE          UP  LOSS  RTT   RX   TX  REORDERED  INTERFACE  SERVER\n"
		"office  connected  12m 5s     -    -  2 B  4 B          -  ppp0       "
		"192.0.2.7\n");
	free(printed.text);
	tunnel_clear(&tunnel);
}
END_TEST

START_TEST(a_sentence_has_the_last_warning)
{
	struct tunnel tunnel;
	const struct tunnels tunnels = { &tunnel, 1 };
	struct printed printed;

	ck_assert(read_text(&tunnel, edited(up_object(), "\"up\"", "\"calling\"")));
	ck_assert_ptr_nonnull(strstr(table_of(&printed, &tunnels, NULL),
				     "\n  waiting for the call for 12m 5s; last warning "
				     "(2026-11-28T01:00:00Z): a warning\n"));
	free(printed.text);
	tunnel_clear(&tunnel);
}
END_TEST

/* The columns of rates of an object, one or two seconds after that of up_object(). */
static void expect_rates(const char *object, uint64_t ns, const char *rates)
{
	struct tunnel before, now;
	const struct earlier earlier = { { &before, 1 }, ns };
	const struct tunnels tunnels = { &now, 1 };
	struct printed printed;
	const char *row;

	ck_assert(read_text(&before, up_object()));
	ck_assert(read_text(&now, object));
	row = strchr(table_of(&printed, &tunnels, &earlier), '\n');
	ck_assert_ptr_nonnull(row);
	ck_assert_msg(strstr(row, rates) != NULL, "no \"%s\" in: %s", rates, printed.text);
	free(printed.text);
	tunnel_clear(&before);
	tunnel_clear(&now);
}

START_TEST(rates)
{
	const uint64_t s = 1000000000;
	const char *later = edited(up_object(), "\"rx_bytes\":1258291", "\"rx_bytes\":1508291");

	/*                          RX bit/s  TX bit/s  RX pkt/s  TX pkt/s */
	expect_rates(later, s, "      2.0M         0         0         0  ");
	expect_rates(later, 2 * s, "      1.0M         0         0         0  ");
	expect_rates(edited(later, "\"tx_sent\":7", "\"tx_sent\":207"), 2 * s,
		     "1.0M         0         0       100  ");
	/* Counters that fell, another run of pptp, no time between the two. */
	expect_rates(edited(later, "\"tx_sent\":7", "\"tx_sent\":6"), s,
		     "2.0M         0         0         -  ");
	expect_rates(edited(later, "4711", "4799"), s, "   -         -         -         -  ");
	expect_rates(later, 0, "   -         -         -         -  ");
}
END_TEST

START_TEST(rates_of_an_unknown_tunnel)
{
	struct tunnel now;
	const struct tunnels tunnels = { &now, 1 };
	const struct earlier earlier = { .ns = 1000000000 };
	struct printed printed;

	ck_assert(read_text(&now, up_object()));
	ck_assert_ptr_nonnull(strstr(table_of(&printed, &tunnels, &earlier),
				     "   -         -         -         -  "));
	free(printed.text);
	tunnel_clear(&now);
}
END_TEST

START_TEST(details_of_all)
{
	struct tunnel tunnel;
	struct printed printed;

	ck_assert(read_text(&tunnel, good_object));
	begin_printing(&printed);
	details_print(printed.file, &tunnel);
	ck_assert_str_eq(end_printing(&printed),
			 "started: 2026-11-28T00:00:00Z\n"
			 "connected since: 2026-11-28T00:00:01Z\n"
			 "local address: 198.51.100.4\n"
			 "Call IDs: 17 here, 128 of the server\n"
			 "connect speed: 10000000 bit/s\n"
			 "server's window: 64 packets\n"
			 "server's host name: pptpd\n"
			 "server's vendor: linux\n"
			 "server's firmware: 1\n"
			 "link: pty\n"
			 "MTU: 1400\n"
			 "host route: host route added\n"
			 "GRE: packets arrive, the server has acknowledged none of ours\n"
			 "processes: 4711 (tunnel), 4710 (keeper), 4712 (pppd)\n"
			 "version: 1.0.0\n"
			 "last warning: a warning (2026-11-28T01:00:00Z)\n"
			 "failure: lost; exit status 13; another attempt may succeed\n"
			 "rx accepted: 18446744073709551615\n"
			 "round trip: 23 ms\n");
	free(printed.text);
	tunnel_clear(&tunnel);
}
END_TEST

START_TEST(details_of_little)
{
	struct tunnel tunnel;
	struct printed printed;

	ck_assert(read_text(&tunnel, least_object()));
	begin_printing(&printed);
	details_print(printed.file, &tunnel);
	ck_assert_str_eq(end_printing(&printed), "started: 2026-11-28T00:00:00Z\n"
						 "link: pty\n"
						 "host route: not wanted\n"
						 "processes: 1 (tunnel)\n"
						 "version: 1\n");
	free(printed.text);
	tunnel_clear(&tunnel);
	tunnel_set_unreadable(&tunnel, "x", "it is not there");
	begin_printing(&printed);
	details_print(printed.file, &tunnel);
	ck_assert_str_eq(end_printing(&printed), "");
	free(printed.text);
	tunnel_clear(&tunnel);
}
END_TEST

/* Without the blanks that the writer puts after ',' and ':'. */
static void close_up(char *text)
{
	char *out = text, before = '\0';

	for (; *text; before = *text++)
		if (*text != ' ' || (before != ',' && before != ':'))
			*out++ = *text;
	*out = '\0';
}

START_TEST(json_returns_what_was_read)
{
	struct tunnel list[2];
	const struct tunnels tunnels = { list, 2 };
	char expected[2 * OBJECT_MAX];
	struct printed printed;

	ck_assert(read_text(&list[0], edited(good_object, "725.5", "725.500")));
	tunnel_set_unreadable(&list[1], "b", "a \"reason\"");
	begin_printing(&printed);
	tunnels_print_json(printed.file, &tunnels);
	end_printing(&printed);
	close_up(printed.text);
	snprintf(
		expected, sizeof(expected),
		"{\"tunnels\":[%.*s],\"unreadable\":[{\"name\":\"b\",\"text\":\"a \\\"reason\\\"\"}"
		"]}\n",
		(int)strlen(good_object) - 1 + 2, edited(good_object, "725.5", "725.500"));
	ck_assert_str_eq(printed.text, expected);
	free(printed.text);
	tunnel_clear(&list[0]);
	tunnel_clear(&list[1]);
}
END_TEST

START_TEST(json_without_tunnels)
{
	const struct tunnels none = { 0 };
	struct printed printed;

	begin_printing(&printed);
	tunnels_print_json(printed.file, &none);
	ck_assert_str_eq(end_printing(&printed), "{\"tunnels\": []}\n");
	free(printed.text);
}
END_TEST

static const char *metrics_of(struct printed *printed, const char *object)
{
	struct tunnel tunnel;
	const struct tunnels tunnels = { &tunnel, 1 };

	ck_assert_msg(read_text(&tunnel, object), "%s", tunnel.problem);
	begin_printing(printed);
	metrics_print(printed->file, &tunnels);
	tunnel_clear(&tunnel);
	return end_printing(printed);
}

START_TEST(metrics_of_one)
{
	struct printed printed;
	const char *text =
		metrics_of(&printed, edited(good_object, "\"linux\"", "\"a\\\\b\\\"c\""));

	ck_assert_ptr_nonnull(strstr(text, "# TYPE pptp_up gauge\npptp_up{name=\"office\"} 1\n"));
	ck_assert_ptr_nonnull(strstr(
		text,
		"pptp_tunnel_info{name=\"office\",server=\"vpn.example.org\","
		"address=\"192.0.2.7\",vendor=\"a\\\\b\\\"c\",link=\"pty\",interface=\"ppp0\","
		"version=\"1.0.0\"} 1\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "pptp_receive_packets_total{name=\"office\"} 18446744073709551615\n"));
	ck_assert_ptr_nonnull(strstr(text, "pptp_round_trip_seconds{name=\"office\"} 0.023456\n"));
	ck_assert_ptr_nonnull(
		strstr(text, "pptp_interface_transmit_bytes_total{name=\"office\"} 4\n"));
	/* A statistic that the tunnel does not have has no sample. */
	ck_assert_ptr_null(strstr(text, "pptp_receive_lost_packets_total"));
	ck_assert_ptr_null(strstr(text, "_total counter"));
	ck_assert_str_eq(strstr(text, "# EOF"), "# EOF\n");
	free(printed.text);
}
END_TEST

START_TEST(metrics_of_an_unknown_round_trip)
{
	struct printed printed;

	ck_assert_ptr_null(strstr(metrics_of(&printed, edited(good_object, "23456", "0")),
				  "pptp_round_trip_seconds"));
	ck_assert_ptr_nonnull(strstr(printed.text, "pptp_up{name=\"office\"} 1\n"));
	free(printed.text);
}
END_TEST

START_TEST(metrics_of_what_is_not_readable)
{
	struct tunnel tunnel;
	const struct tunnels tunnels = { &tunnel, 1 };
	struct printed printed;

	tunnel_set_unreadable(&tunnel, "x", "it is not there");
	begin_printing(&printed);
	metrics_print(printed.file, &tunnels);
	ck_assert_str_eq(end_printing(&printed), "# HELP pptp_up 1 when the tunnel is connected, "
						 "else 0\n# TYPE pptp_up gauge\n"
						 "pptp_up{name=\"x\"} 0\n# EOF\n");
	free(printed.text);
	tunnel_clear(&tunnel);
}
END_TEST

/* One that the library has and the table of metrics has not would be left out. */
START_TEST(each_statistic_is_a_metric)
{
	struct pptp_stats stats = { 0 };
	struct pptp_stats_field field;
	struct printed printed;
	char text[200];
	unsigned int fields = 0, samples = 0;

	for (; pptp_stats_get_field(&stats, sizeof(stats), fields, &field); fields++) {
		snprintf(text, sizeof(text), "\"statistics\":{\"%s\":7", field.name);
		metrics_of(&printed,
			   edited(edited(good_object, ",\"rtt_us\":23456", ""),
				  "\"statistics\":{\"rx_accepted\":18446744073709551615", text));
		samples = 0;
		for (const char *at = printed.text; (at = strstr(at, "# HELP ")); at++)
			samples++;
		/* Four of the object, four of the interface, and this one. */
		ck_assert_msg(samples == 9, "%s: %u metrics", field.name, samples);
		free(printed.text);
	}
	ck_assert_uint_eq(fields, sizeof(stats) / sizeof(uint64_t));
}
END_TEST

START_TEST(units)
{
	char text[UNIT_TEXT_MAX];

#define EXPECT(call, expected)                                                                     \
	do {                                                                                       \
		call;                                                                              \
		ck_assert_str_eq(text, expected);                                                  \
	} while (0)
	EXPECT(unit_duration(text, 0), "0s");
	EXPECT(unit_duration(text, 59999), "59s");
	EXPECT(unit_duration(text, 60000), "1m 0s");
	EXPECT(unit_duration(text, 3599999), "59m 59s");
	EXPECT(unit_duration(text, 3600000), "1h 0m");
	EXPECT(unit_duration(text, 86400000), "1d 0h");
	EXPECT(unit_duration(text, UINT64_MAX), "213503982334d 14h");
	EXPECT(unit_octets(text, 0), "0 B");
	EXPECT(unit_octets(text, 1023), "1023 B");
	EXPECT(unit_octets(text, 1024), "1.0 KiB");
	EXPECT(unit_octets(text, 1048575), "1.0 MiB");
	EXPECT(unit_octets(text, UINT64_MAX), "16.0 EiB");
	EXPECT(unit_rate(text, 0), "0");
	EXPECT(unit_rate(text, 999), "999");
	EXPECT(unit_rate(text, 999.7), "1.0k");
	EXPECT(unit_rate(text, 1000), "1.0k");
	EXPECT(unit_rate(text, 123456789), "123.5M");
	EXPECT(unit_percent(text, 0, 0), "-");
	EXPECT(unit_percent(text, 0, 1), "0.00 %");
	EXPECT(unit_percent(text, 1, 3), "33.33 %");
	EXPECT(unit_milliseconds(text, 23456), "23.5 ms");
}
END_TEST

START_TEST(screen_is_cut_to_the_window)
{
	struct printed printed;

	begin_printing(&printed);
	screen_print(printed.file, "one\ntwo and more\nthree\n", 4, 6);
	ck_assert_str_eq(end_printing(&printed),
			 "\033[Hone\033[K\ntwo a\033[K\nthree\033[K\n\033[J");
	free(printed.text);
	begin_printing(&printed);
	screen_print(printed.file, "one\ntwo\nthree\nfour\n", 4, 80);
	ck_assert_str_eq(end_printing(&printed),
			 "\033[Hone\033[K\ntwo\033[K\n... 2 more lines\033[K\n\033[J");
	free(printed.text);
	begin_printing(&printed);
	screen_print(printed.file, "one\n", 1, 1);
	ck_assert_str_eq(end_printing(&printed), "\033[H\033[J");
	free(printed.text);
	begin_printing(&printed);
	screen_print(printed.file, "one\ntwo\nthree\n", 2, 9);
	ck_assert_str_eq(end_printing(&printed), "\033[H... 3 mo\033[K\n\033[J");
	free(printed.text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("status_output");
	TCase *tcase = tcase_create("status_output");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, table_without_tunnels);
	tcase_add_test(tcase, table_of_several);
	tcase_add_test(tcase, table_of_the_kernels_link);
	tcase_add_test(tcase, a_sentence_has_the_last_warning);
	tcase_add_test(tcase, rates);
	tcase_add_test(tcase, rates_of_an_unknown_tunnel);
	tcase_add_test(tcase, details_of_all);
	tcase_add_test(tcase, details_of_little);
	tcase_add_test(tcase, json_returns_what_was_read);
	tcase_add_test(tcase, json_without_tunnels);
	tcase_add_test(tcase, metrics_of_one);
	tcase_add_test(tcase, metrics_of_an_unknown_round_trip);
	tcase_add_test(tcase, metrics_of_what_is_not_readable);
	tcase_add_test(tcase, each_statistic_is_a_metric);
	tcase_add_test(tcase, units);
	tcase_add_test(tcase, screen_is_cut_to_the_window);
	return run_suite(suite);
}
