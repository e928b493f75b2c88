/* SPDX-License-Identifier: MIT */
#include "run_suite.h"

#include "numbers.h"
#include "option_line.h"

#include <arpa/inet.h>
#include <locale.h>

START_TEST(test_defaults)
{
	struct line line;

	good(&line, "srv");
	ck_assert_str_eq(line.options.server, "srv");
	ck_assert_int_eq(line.options.pppd_count, 0);
	ck_assert_str_eq(line.options.config->phone, "");
	ck_assert_ptr_null(line.options.local_address);
	ck_assert_str_eq(line.options.log_string, "anon");
	ck_assert_int_eq(line.options.config->quirk, PPTP_QUIRK_NONE);
	ck_assert_uint_eq(line.options.log_level, 1);
	ck_assert(line.options.launch_pppd);
	ck_assert(!line.options.debug);
	ck_assert(!line.options.sync);
	ck_assert(line.options.config->reorder);
	ck_assert(line.options.host_route && line.options.config->host_route);
	ck_assert(line.options.sandbox);
	ck_assert(!line.options.has_mark && !line.options.config->has_mark);
	ck_assert(line.options.config->reorder_adaptive);
	ck_assert_uint_eq(line.options.config->reorder_timeout, 300 * PPTP_NS_PER_MS);
	ck_assert_uint_eq(line.options.config->window, PPTP_WINDOW_OFF);
	ck_assert_uint_eq(line.options.config->echo_idle, 60000 * PPTP_NS_PER_MS);
	ck_assert_uint_eq(line.options.config->echo_reply, 60000 * PPTP_NS_PER_MS);
	ck_assert_uint_eq(line.options.config->connect_timeout, 20 * PPTP_NS_PER_SEC);
	ck_assert_uint_eq(line.options.config->start_timeout, 60 * PPTP_NS_PER_SEC);
	ck_assert_uint_eq(line.options.config->call_timeout, 60 * PPTP_NS_PER_SEC);
	ck_assert_uint_eq(line.options.config->missing_window, PPTP_MISSING_WINDOW_DEFAULT);
	ck_assert_uint_eq(line.options.test_type, 0);
	ck_assert_uint_eq(line.options.config->test_type, 0);
	ck_assert_uint_eq(line.options.test_rate, 100);
	ck_assert_uint_eq(line.options.config->test_rate, 100);
	options_clear(&line.options);
}
END_TEST

START_TEST(test_flags)
{
	struct line line;

	good(&line, "srv --nolaunchpppd --debug --sync --nobuffer --nohostroute --nosandbox");
	ck_assert(!line.options.launch_pppd);
	ck_assert(line.options.debug);
	ck_assert(line.options.sync);
	ck_assert(!line.options.config->reorder);
	ck_assert(!line.options.host_route && !line.options.config->host_route);
	ck_assert(!line.options.sandbox);
	options_clear(&line.options);
	bad("srv --debug=yes", "--debug", "takes no value");
	bad("srv --nolaunchpppd=1", "--nolaunchpppd", "takes no value");
	bad("srv --sync=", "--sync", "takes no value");
	bad("srv --nosandbox=no", "--nosandbox", "takes no value");
}
END_TEST

START_TEST(test_strings)
{
	struct line line;

	good(&line, "srv --phone 5551234 --logstring nm-pptp-service-77 --quirks BEZEQ_ISRAEL "
		    "--localbind 192.0.2.1");
	ck_assert_str_eq(line.options.config->phone, "5551234");
	ck_assert_str_eq(line.options.log_string, "nm-pptp-service-77");
	ck_assert_int_eq(line.options.config->quirk, PPTP_QUIRK_BEZEQ_ISRAEL);
	ck_assert_str_eq(line.options.local_address, "192.0.2.1");
	ck_assert_uint_eq(line.options.config->local.s_addr, htonl(0xc0000201));
	options_clear(&line.options);
	/* A value may look like an option. */
	good(&line, "srv --phone --debug --logstring=--");
	ck_assert_str_eq(line.options.config->phone, "--debug");
	ck_assert_str_eq(line.options.log_string, "--");
	ck_assert(!line.options.debug);
	options_clear(&line.options);
}
END_TEST

START_TEST(test_bad_strings)
{
	bad("srv --quirks BEZEQ", "--quirks", "BEZEQ_ISRAEL");
	bad("srv --quirks bezeq_israel", "bezeq_israel", "BEZEQ_ISRAEL");
	bad("srv --quirks ''", "--quirks", "BEZEQ_ISRAEL");
	bad("srv --localbind example.org", "--localbind", "IPv4");
	bad("srv --localbind 10.0.0", "10.0.0", "IPv4");
	bad("srv --localbind 10.0.0.256", "--localbind", "IPv4");
	bad("srv --localbind fe80::1", "fe80::1", "IPv4");
	bad("srv --localbind ''", "--localbind", "IPv4");
}
END_TEST

START_TEST(test_phone_length)
{
	char number[PPTP_STRING_MAX + 2];
	struct line line;

	memset(number, '7', sizeof(number));
	number[PPTP_STRING_MAX] = '\0';
	good_value(&line, "--phone", number);
	ck_assert_str_eq(line.options.config->phone, number);
	options_clear(&line.options);
	number[PPTP_STRING_MAX] = '7';
	number[PPTP_STRING_MAX + 1] = '\0';
	bad_value("--phone", number, "at most 64");
}
END_TEST

static const struct {
	const char *text;
	unsigned int ms;
} timeouts[] = {
	{ "0.01", 10 },
	{ "0.3", 300 },
	{ ".5", 500 },
	{ "1", 1000 },
	{ "1.", 1000 },
	{ "10", 10000 },
	{ "10.000000000", 10000 },
	{ "000.25", 250 },
	{ "2.5", 2500 },
	{ "0.0100000009", 10 },
	{ "9.999", 9999 },
};

START_TEST(test_timeout)
{
	struct line line;

	good_value(&line, "--timeout", timeouts[_i].text);
	ck_assert(!line.options.config->reorder_adaptive);
	ck_assert_uint_eq(line.options.config->reorder_timeout, timeouts[_i].ms * PPTP_NS_PER_MS);
	options_clear(&line.options);
}
END_TEST

static const char *const bad_timeouts[] = {
	"abc",
	"''",
	".",
	"0",
	"0.0099999",
	"0.009",
	"10.0000001",
	"10.1",
	"11",
	"-1",
	"+1",
	"1e0",
	"0,3",
	"0.3s",
	"0x1",
	"1.2.3",
	"nan",
	"inf",
	"99999999999999999999999999999999",
};

START_TEST(test_bad_timeout)
{
	char words[120];

	snprintf(words, sizeof(words), "srv --timeout=%s", bad_timeouts[_i]);
	if (strcmp(bad_timeouts[_i], "''") == 0)
		strcpy(words, "srv --timeout ''");
	bad(words, "--timeout", "0.01 to 10");
	/* Ignored with --nobuffer, but not unread. */
	strcat(words, " --nobuffer");
	bad(words, "--timeout", "0.01 to 10");
}
END_TEST

START_TEST(test_timeout_in_a_locale_with_comma)
{
	struct line line;

	/* Where the locale is not installed the rest still has to hold. */
	setlocale(LC_ALL, "de_DE.UTF-8");
	good(&line, "srv --timeout 0.25");
	ck_assert(!line.options.config->reorder_adaptive);
	ck_assert_uint_eq(line.options.config->reorder_timeout, 250 * PPTP_NS_PER_MS);
	options_clear(&line.options);
	bad("srv --timeout 0,25", "0,25", "--timeout");
	setlocale(LC_ALL, "C");
}
END_TEST

START_TEST(test_waits)
{
	struct line line;

	good(&line, "srv --idle-wait 0 --max-echo-wait 1");
	ck_assert_uint_eq(line.options.config->echo_idle, PPTP_TIME_NEVER);
	ck_assert_uint_eq(line.options.config->echo_reply, 1000 * PPTP_NS_PER_MS);
	options_clear(&line.options);
	good(&line, "srv --max-echo-wait 0");
	ck_assert_uint_eq(line.options.config->echo_reply, PPTP_TIME_NEVER);
	options_clear(&line.options);
	good(&line, "srv --idle-wait=4294967 --max-echo-wait=4294967");
	ck_assert_uint_eq(line.options.config->echo_idle, 4294967000 * PPTP_NS_PER_MS);
	ck_assert_uint_eq(line.options.config->echo_reply, 4294967000 * PPTP_NS_PER_MS);
	options_clear(&line.options);
	bad("srv --idle-wait -1", "--idle-wait", "whole number");
	bad("srv --idle-wait 1.5", "1.5", "whole number");
	bad("srv --idle-wait 4294968", "4294968", "4294967");
	bad("srv --idle-wait ten", "ten", "whole number");
	bad("srv --idle-wait ''", "--idle-wait", "whole number");
	bad("srv --max-echo-wait 4294968", "4294968", "from 0 to");
	bad("srv --max-echo-wait 60s", "60s", "--max-echo-wait");
}
END_TEST

START_TEST(test_connect_timeout)
{
	struct line line;

	good(&line, "srv --connect-timeout 0.5");
	ck_assert_uint_eq(line.options.config->connect_timeout, 500 * PPTP_NS_PER_MS);
	ck_assert_uint_eq(line.options.config->start_timeout, 500 * PPTP_NS_PER_MS);
	ck_assert_uint_eq(line.options.config->call_timeout, 500 * PPTP_NS_PER_MS);
	options_clear(&line.options);
	good(&line, "srv --connect-timeout 600");
	ck_assert_uint_eq(line.options.config->connect_timeout, 600000 * PPTP_NS_PER_MS);
	ck_assert_uint_eq(line.options.config->start_timeout, 600000 * PPTP_NS_PER_MS);
	ck_assert_uint_eq(line.options.config->call_timeout, 600000 * PPTP_NS_PER_MS);
	options_clear(&line.options);
	good(&line, "srv --connect-timeout 0.001");
	ck_assert_uint_eq(line.options.config->connect_timeout, 1 * PPTP_NS_PER_MS);
	ck_assert_uint_eq(line.options.config->start_timeout, 1 * PPTP_NS_PER_MS);
	ck_assert_uint_eq(line.options.config->call_timeout, 1 * PPTP_NS_PER_MS);
	options_clear(&line.options);
	bad("srv --connect-timeout 0", "--connect-timeout", "0.001 to 600");
	bad("srv --connect-timeout 600.1", "--connect-timeout", "0.001 to 600");
	bad("srv --connect-timeout soon", "soon", "0.001 to 600");
}
END_TEST

static const struct {
	const char *text;
	uint32_t mark;
} marks[] = {
	{ "0", 0 },
	{ "1", 1 },
	{ "42", 42 },
	{ "010", 10 },
	{ "4294967295", UINT32_MAX },
	{ "0x0", 0 },
	{ "0xffffffff", UINT32_MAX },
	{ "0Xca6c", 0xca6c },
	{ "0xAbC", 0xabc },
};

START_TEST(test_mark)
{
	struct line line;

	good_value(&line, "--rtmark", marks[_i].text);
	ck_assert(line.options.has_mark && line.options.config->has_mark);
	ck_assert_uint_eq(line.options.config->mark, marks[_i].mark);
	options_clear(&line.options);
}
END_TEST

START_TEST(test_bad_mark)
{
	bad("srv --rtmark 4294967296", "--rtmark", "0xffffffff");
	bad("srv --rtmark 0x100000000", "--rtmark", "0xffffffff");
	bad("srv --rtmark 99999999999999999999999", "--rtmark", "0xffffffff");
	bad("srv --rtmark -1", "-1", "--rtmark");
	bad("srv --rtmark 0x", "0x", "--rtmark");
	bad("srv --rtmark 0xfg", "0xfg", "--rtmark");
	bad("srv --rtmark ff", "ff", "--rtmark");
	bad("srv --rtmark ''", "--rtmark", "number");
}
END_TEST

START_TEST(test_log_level)
{
	struct line line;
	char words[40];
	unsigned int level;

	for (level = 0; level <= 2; level++) {
		snprintf(words, sizeof(words), "srv --loglevel %u", level);
		good(&line, words);
		ck_assert_uint_eq(line.options.log_level, level);
		options_clear(&line.options);
	}
	bad("srv --loglevel 3", "--loglevel", "from 0 to 2");
	bad("srv --loglevel -1", "--loglevel", "from 0 to 2");
	bad("srv --loglevel high", "high", "from 0 to 2");
}
END_TEST

START_TEST(test_order_tests)
{
	struct line line;

	good(&line, "srv --test-type 3 --test-rate 10");
	ck_assert_uint_eq(line.options.test_type, 3);
	ck_assert_uint_eq(line.options.config->test_type, 3);
	ck_assert_uint_eq(line.options.test_rate, 10);
	ck_assert_uint_eq(line.options.config->test_rate, 10);
	options_clear(&line.options);
	good(&line, "srv --test-type 0 --test-rate 1");
	ck_assert_uint_eq(line.options.test_type, 0);
	ck_assert_uint_eq(line.options.config->test_type, 0);
	ck_assert_uint_eq(line.options.test_rate, 1);
	ck_assert_uint_eq(line.options.config->test_rate, 1);
	options_clear(&line.options);
	bad("srv --test-type 4", "--test-type", "from 0 to 3");
	bad("srv --test-type swap", "swap", "from 0 to 3");
	bad("srv --test-rate 0", "--test-rate", "from 1 to");
	bad("srv --test-rate 4294967296", "--test-rate", "4294967295");
}
END_TEST

START_TEST(test_window)
{
	static const char *const wrong[] = {
		"0", "65536", "-1", "1.5", "", "Auto", "on", "4294967295", "12x",
	};
	struct line line;
	char words[80];

	good(&line, "srv --window auto");
	ck_assert_uint_eq(line.options.config->window, PPTP_WINDOW_AUTO);
	options_clear(&line.options);
	good(&line, "srv --window 65535");
	ck_assert_uint_eq(line.options.config->window, 65535);
	options_clear(&line.options);
	good(&line, "srv --window 1");
	ck_assert_uint_eq(line.options.config->window, 1);
	options_clear(&line.options);
	good(&line, "srv --window 5 --window off");
	ck_assert_uint_eq(line.options.config->window, PPTP_WINDOW_OFF);
	options_clear(&line.options);
	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(words, sizeof(words), "srv --window=%s", wrong[i]);
		bad(words, "--window", "auto, off or a whole number");
	}
	bad("srv --window", "--window", "needs a value");
}
END_TEST

START_TEST(test_missing_window)
{
	struct line line;

	good(&line, "srv --missing-window 1");
	ck_assert_uint_eq(line.options.config->missing_window, 1);
	options_clear(&line.options);
	good(&line, "srv --missing-window 6000");
	ck_assert_uint_eq(line.options.config->missing_window, 6000);
	ck_assert(!line.options.missing_window_cut);
	options_clear(&line.options);
	good(&line, "srv --missing-window 65536");
	ck_assert(!line.options.missing_window_cut);
	options_clear(&line.options);
	good(&line, "srv --missing-window 65537");
	ck_assert_uint_eq(line.options.config->missing_window, PPTP_MISSING_WINDOW_MAX);
	ck_assert(line.options.missing_window_cut);
	options_clear(&line.options);
	bad("srv --missing-window 0", "--missing-window", "from 1 to");
	bad("srv --missing-window -5", "--missing-window", "from 1 to");
	bad("srv --missing-window lots", "lots", "--missing-window");
}
END_TEST

START_TEST(test_numbers_leave_value_alone)
{
	uint64_t value = 77;

	ck_assert(!number_decimal("12x", 100, &value));
	ck_assert(!number_decimal("101", 100, &value));
	ck_assert(!number_decimal("18446744073709551616", UINT64_MAX, &value));
	ck_assert(!number_decimal("5", 4, &value));
	ck_assert(!number_seconds("3.0", 2999999, &value));
	ck_assert_uint_eq(value, 77);
	ck_assert(number_decimal("18446744073709551615", UINT64_MAX, &value));
	ck_assert_uint_eq(value, UINT64_MAX);
	ck_assert(number_seconds("1.2345678", 2000000, &value));
	ck_assert_uint_eq(value, 1234567);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, test_defaults);
	tcase_add_test(tcase, test_flags);
	tcase_add_test(tcase, test_strings);
	tcase_add_test(tcase, test_bad_strings);
	tcase_add_test(tcase, test_phone_length);
	tcase_add_loop_test(tcase, test_timeout, 0, COUNT(timeouts));
	tcase_add_loop_test(tcase, test_bad_timeout, 0, COUNT(bad_timeouts));
	tcase_add_test(tcase, test_timeout_in_a_locale_with_comma);
	tcase_add_test(tcase, test_waits);
	tcase_add_test(tcase, test_connect_timeout);
	tcase_add_loop_test(tcase, test_mark, 0, COUNT(marks));
	tcase_add_test(tcase, test_bad_mark);
	tcase_add_test(tcase, test_log_level);
	tcase_add_test(tcase, test_order_tests);
	tcase_add_test(tcase, test_missing_window);
	tcase_add_test(tcase, test_window);
	tcase_add_test(tcase, test_numbers_leave_value_alone);
}

int main(void)
{
	Suite *suite = suite_create("option_values");
	TCase *tcase = tcase_create("values");

	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
