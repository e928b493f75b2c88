/* SPDX-License-Identifier: MIT */
#include "run_suite.h"

#include "exit_status.h"
#include "numbers.h"
#include "options.h"

#include <locale.h>
#include <string.h>

#include <pptp/msg.h>
#include <pptp/tunnel.h>

#define WORDS_MAX 32

/* One command line, parsed; the words are the test's literals. */
struct line {
	struct options options;
	enum options_result result;
	char error[OPTIONS_ERROR_MAX];
	char text[1024];
	char *argv[WORDS_MAX];
	int argc;
};

/* Splits at single blanks; "''" stands for an empty word. */
static void split(struct line *line, const char *words)
{
	char *word;
	char *end;

	ck_assert_uint_lt(strlen(words), sizeof(line->text));
	strcpy(line->text, words);
	line->argc = 0;
	line->argv[line->argc++] = line->text + sizeof(line->text) - 1;
	for (word = line->text; word; word = end ? end + 1 : NULL) {
		end = strchr(word, ' ');
		if (end)
			*end = '\0';
		ck_assert_int_lt(line->argc, WORDS_MAX - 1);
		line->argv[line->argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	line->argv[line->argc] = NULL;
}

static void parse(struct line *line, const char *words)
{
	memset(line, 0, sizeof(*line));
	split(line, words);
	line->result = options_parse(&line->options, line->argc, line->argv, line->error);
}

static void good(struct line *line, const char *words)
{
	parse(line, words);
	ck_assert_msg(line->result == OPTIONS_RUN, "\"%s\" was refused: %s", words, line->error);
	ck_assert_str_eq(line->error, "");
}

/* Refused, with both texts in the message. */
static void bad(const char *words, const char *one, const char *other)
{
	struct line line;

	parse(&line, words);
	ck_assert_msg(line.result == OPTIONS_ERROR, "\"%s\" was taken", words);
	ck_assert_msg(strstr(line.error, one), "\"%s\": no \"%s\" in \"%s\"", words, one,
		line.error);
	ck_assert_msg(strstr(line.error, other), "\"%s\": no \"%s\" in \"%s\"", words, other,
		line.error);
	options_clear(&line.options);
}

static void expect_pppd(const char *words, const char *const *wanted)
{
	struct line line;
	int i;

	good(&line, words);
	ck_assert_str_eq(line.options.server, "srv");
	for (i = 0; wanted[i]; i++) {
		ck_assert_int_lt(i, line.options.pppd_count);
		ck_assert_str_eq(line.options.pppd_arguments[i], wanted[i]);
	}
	ck_assert_int_eq(line.options.pppd_count, i);
	options_clear(&line.options);
}

START_TEST(test_defaults)
{
	struct line line;

	good(&line, "srv");
	ck_assert_str_eq(line.options.server, "srv");
	ck_assert_int_eq(line.options.pppd_count, 0);
	ck_assert_ptr_null(line.options.phone);
	ck_assert_ptr_null(line.options.local_address);
	ck_assert_str_eq(line.options.log_string, "anon");
	ck_assert_int_eq(line.options.quirk, PPTP_QUIRK_NONE);
	ck_assert_uint_eq(line.options.log_level, 1);
	ck_assert(line.options.launch_pppd);
	ck_assert(!line.options.debug);
	ck_assert(!line.options.sync);
	ck_assert(line.options.reorder);
	ck_assert(line.options.host_route);
	ck_assert(!line.options.mark_set);
	ck_assert_uint_eq(line.options.reorder_timeout_ms, 0);
	ck_assert_uint_eq(line.options.window, PPTP_WINDOW_OFF);
	ck_assert_uint_eq(line.options.echo_idle_ms, 60000);
	ck_assert_uint_eq(line.options.echo_reply_ms, 60000);
	ck_assert_uint_eq(line.options.phase_timeout_ms, 0);
	ck_assert_uint_eq(line.options.missing_window, 0);
	ck_assert_uint_eq(line.options.test_type, 0);
	ck_assert_uint_eq(line.options.test_rate, 100);
	options_clear(&line.options);
}
END_TEST

START_TEST(test_flags)
{
	struct line line;

	good(&line, "srv --nolaunchpppd --debug --sync --nobuffer --nohostroute");
	ck_assert(!line.options.launch_pppd);
	ck_assert(line.options.debug);
	ck_assert(line.options.sync);
	ck_assert(!line.options.reorder);
	ck_assert(!line.options.host_route);
	options_clear(&line.options);
	bad("srv --debug=yes", "--debug", "takes no value");
	bad("srv --nolaunchpppd=1", "--nolaunchpppd", "takes no value");
	bad("srv --sync=", "--sync", "takes no value");
}
END_TEST

START_TEST(test_strings)
{
	struct line line;

	good(&line, "srv --phone 5551234 --logstring nm-pptp-service-77 --quirks BEZEQ_ISRAEL "
		"--localbind 192.0.2.1");
	ck_assert_str_eq(line.options.phone, "5551234");
	ck_assert_str_eq(line.options.log_string, "nm-pptp-service-77");
	ck_assert_int_eq(line.options.quirk, PPTP_QUIRK_BEZEQ_ISRAEL);
	ck_assert_str_eq(line.options.local_address, "192.0.2.1");
	options_clear(&line.options);
	/* A value may look like an option. */
	good(&line, "srv --phone --debug --logstring=--");
	ck_assert_str_eq(line.options.phone, "--debug");
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
	char words[200];
	char number[PPTP_STRING_MAX + 2];
	struct line line;

	memset(number, '7', sizeof(number));
	number[PPTP_STRING_MAX] = '\0';
	snprintf(words, sizeof(words), "srv --phone %s", number);
	good(&line, words);
	ck_assert_str_eq(line.options.phone, number);
	options_clear(&line.options);
	number[PPTP_STRING_MAX] = '7';
	number[PPTP_STRING_MAX + 1] = '\0';
	snprintf(words, sizeof(words), "srv --phone %s", number);
	bad(words, "--phone", "at most 64");
}
END_TEST

static const struct {
	const char *text;
	unsigned int ms;
} timeouts[] = {
	{ "0.01", 10 }, { "0.3", 300 }, { ".5", 500 }, { "1", 1000 }, { "1.", 1000 },
	{ "10", 10000 }, { "10.000000000", 10000 }, { "000.25", 250 }, { "2.5", 2500 },
	{ "0.0100000009", 10 }, { "9.999", 9999 },
};

START_TEST(test_timeout)
{
	struct line line;
	char words[80];

	snprintf(words, sizeof(words), "srv --timeout %s", timeouts[_i].text);
	good(&line, words);
	ck_assert_uint_eq(line.options.reorder_timeout_ms, timeouts[_i].ms);
	options_clear(&line.options);
}
END_TEST

static const char *const bad_timeouts[] = {
	"abc", "''", ".", "0", "0.0099999", "0.009", "10.0000001", "10.1", "11", "-1", "+1", "1e0",
	"0,3", "0.3s", "0x1", "1.2.3", "nan", "inf", "99999999999999999999999999999999",
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
	ck_assert_uint_eq(line.options.reorder_timeout_ms, 250);
	options_clear(&line.options);
	bad("srv --timeout 0,25", "0,25", "--timeout");
	setlocale(LC_ALL, "C");
}
END_TEST

START_TEST(test_waits)
{
	struct line line;

	good(&line, "srv --idle-wait 0 --max-echo-wait 1");
	ck_assert_uint_eq(line.options.echo_idle_ms, 0);
	ck_assert_uint_eq(line.options.echo_reply_ms, 1000);
	options_clear(&line.options);
	good(&line, "srv --idle-wait=4294967 --max-echo-wait=4294967");
	ck_assert_uint_eq(line.options.echo_idle_ms, 4294967000u);
	ck_assert_uint_eq(line.options.echo_reply_ms, 4294967000u);
	options_clear(&line.options);
	bad("srv --idle-wait -1", "--idle-wait", "whole number");
	bad("srv --idle-wait 1.5", "1.5", "whole number");
	bad("srv --idle-wait 4294968", "4294968", "4294967");
	bad("srv --idle-wait ten", "ten", "whole number");
	bad("srv --idle-wait ''", "--idle-wait", "whole number");
	bad("srv --max-echo-wait 0", "--max-echo-wait", "from 1 to");
	bad("srv --max-echo-wait 60s", "60s", "--max-echo-wait");
}
END_TEST

START_TEST(test_connect_timeout)
{
	struct line line;

	good(&line, "srv --connect-timeout 0.5");
	ck_assert_uint_eq(line.options.phase_timeout_ms, 500);
	options_clear(&line.options);
	good(&line, "srv --connect-timeout 600");
	ck_assert_uint_eq(line.options.phase_timeout_ms, 600000);
	options_clear(&line.options);
	good(&line, "srv --connect-timeout 0.001");
	ck_assert_uint_eq(line.options.phase_timeout_ms, 1);
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
	{ "0", 0 }, { "1", 1 }, { "42", 42 }, { "010", 10 }, { "4294967295", UINT32_MAX },
	{ "0x0", 0 }, { "0xffffffff", UINT32_MAX }, { "0Xca6c", 0xca6c }, { "0xAbC", 0xabc },
};

START_TEST(test_mark)
{
	struct line line;
	char words[80];

	snprintf(words, sizeof(words), "srv --rtmark %s", marks[_i].text);
	good(&line, words);
	ck_assert(line.options.mark_set);
	ck_assert_uint_eq(line.options.mark, marks[_i].mark);
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
	ck_assert_uint_eq(line.options.test_rate, 10);
	options_clear(&line.options);
	good(&line, "srv --test-type 0 --test-rate 1");
	ck_assert_uint_eq(line.options.test_type, 0);
	ck_assert_uint_eq(line.options.test_rate, 1);
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
	ck_assert_uint_eq(line.options.window, PPTP_WINDOW_AUTO);
	options_clear(&line.options);
	good(&line, "srv --window 65535");
	ck_assert_uint_eq(line.options.window, 65535);
	options_clear(&line.options);
	good(&line, "srv --window 1");
	ck_assert_uint_eq(line.options.window, 1);
	options_clear(&line.options);
	good(&line, "srv --window 5 --window off");
	ck_assert_uint_eq(line.options.window, PPTP_WINDOW_OFF);
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
	ck_assert_uint_eq(line.options.missing_window, 1);
	options_clear(&line.options);
	good(&line, "srv --missing-window 6000");
	ck_assert_uint_eq(line.options.missing_window, 6000);
	ck_assert(!line.options.missing_window_cut);
	options_clear(&line.options);
	good(&line, "srv --missing-window 65536");
	ck_assert(!line.options.missing_window_cut);
	options_clear(&line.options);
	good(&line, "srv --missing-window 65537");
	ck_assert_uint_eq(line.options.missing_window, PPTP_MISSING_WINDOW_MAX);
	ck_assert(line.options.missing_window_cut);
	options_clear(&line.options);
	bad("srv --missing-window 0", "--missing-window", "from 1 to");
	bad("srv --missing-window -5", "--missing-window", "from 1 to");
	bad("srv --missing-window lots", "lots", "--missing-window");
}
END_TEST

START_TEST(test_version_and_help)
{
	struct line line;

	parse(&line, "--version");
	ck_assert_int_eq(line.result, OPTIONS_VERSION);
	options_clear(&line.options);
	parse(&line, "--help");
	ck_assert_int_eq(line.result, OPTIONS_HELP);
	options_clear(&line.options);
	parse(&line, "srv --debug --help --nonsense");
	ck_assert_int_eq(line.result, OPTIONS_HELP);
	options_clear(&line.options);
	/* Behind "--" they are pppd's. */
	good(&line, "srv -- --help --version");
	ck_assert_int_eq(line.options.pppd_count, 2);
	options_clear(&line.options);
}
END_TEST

START_TEST(test_server)
{
	struct line line;

	bad("--debug", "server", "missing");
	bad("-- srv", "server", "missing");
	bad("''", "server", "empty");
	good(&line, "--debug --loglevel 2 srv");
	ck_assert_str_eq(line.options.server, "srv");
	ck_assert(line.options.debug);
	ck_assert_uint_eq(line.options.log_level, 2);
	options_clear(&line.options);
}
END_TEST

START_TEST(test_no_arguments)
{
	char name[] = "pptp";
	char *argv[] = { name, NULL };
	char error[OPTIONS_ERROR_MAX];
	struct options options;

	ck_assert_int_eq(options_parse(&options, 1, argv, error), OPTIONS_ERROR);
	ck_assert_ptr_nonnull(strstr(error, "missing"));
	options_clear(&options);
	options_clear(&options);
}
END_TEST

START_TEST(test_pppd_arguments)
{
	static const char *const plain[] = { "call", "work", "noauth", NULL };
	static const char *const marked[] = { "user", "a", "-detach", "--", "--debug", NULL };
	static const char *const none[] = { NULL };

	expect_pppd("srv call work noauth", plain);
	expect_pppd("srv call --debug work --loglevel 0 noauth", plain);
	expect_pppd("--sync srv call work -- noauth", plain);
	expect_pppd("--phone 1 srv -- call work noauth", plain);
	expect_pppd("srv user a -- -detach -- --debug", marked);
	expect_pppd("srv --", none);
	expect_pppd("srv --debug", none);
}
END_TEST

START_TEST(test_empty_pppd_argument)
{
	struct line line;

	good(&line, "srv password ''");
	ck_assert_int_eq(line.options.pppd_count, 2);
	ck_assert_str_eq(line.options.pppd_arguments[1], "");
	options_clear(&line.options);
}
END_TEST

START_TEST(test_unknown)
{
	bad("srv --nonsense", "--nonsense", "unknown");
	bad("srv --nonsense=1", "--nonsense=1", "after \"--\"");
	bad("--nonsense srv", "--nonsense", "unknown");
	bad("srv call x -detach", "-detach", "after \"--\"");
	bad("-chap srv", "-chap", "unknown");
	bad("srv -d", "\"-d\"", "unknown");
	bad("srv -", "\"-\"", "unknown");
	bad("srv --debugger", "--debugger", "unknown");
	bad("srv --Debug", "--Debug", "unknown");
}
END_TEST

START_TEST(test_missing_value)
{
	static const char *const names[] = {
		"phone", "quirks", "timeout", "idle-wait", "max-echo-wait", "logstring",
		"localbind", "rtmark", "loglevel", "test-type", "test-rate", "missing-window", "window",
		"connect-timeout",
	};
	char words[60];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(words, sizeof(words), "srv --%s", names[i]);
		bad(words, names[i], "needs a value");
	}
}
END_TEST

START_TEST(test_abbreviations)
{
	struct line line;

	good(&line, "srv --nolaunch --deb --logl 2 --idle 5 --max=7 --miss 9");
	ck_assert(!line.options.launch_pppd);
	ck_assert(line.options.debug);
	ck_assert_uint_eq(line.options.log_level, 2);
	ck_assert_uint_eq(line.options.echo_idle_ms, 5000);
	ck_assert_uint_eq(line.options.echo_reply_ms, 7000);
	ck_assert_uint_eq(line.options.missing_window, 9);
	options_clear(&line.options);
	bad("srv --no", "\"--no\"", "ambiguous");
	bad("srv --log 1", "\"--log\"", "ambiguous");
	bad("srv --test=1", "--test=1", "ambiguous");
	bad("srv --loglev", "--loglevel", "needs a value");
	bad("srv --deb=1", "--debug", "takes no value");
}
END_TEST

START_TEST(test_last_one_counts)
{
	struct line line;

	good(&line, "srv --loglevel 0 --loglevel 2 --timeout 1 --timeout=2");
	ck_assert_uint_eq(line.options.log_level, 2);
	ck_assert_uint_eq(line.options.reorder_timeout_ms, 2000);
	options_clear(&line.options);
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

START_TEST(test_exit_statuses)
{
	static const int wanted[PPTP_REASON_COUNT] = {
		[PPTP_REASON_NONE] = 1, [PPTP_REASON_STOPPED] = 0, [PPTP_REASON_LINK_CLOSED] = 0,
		[PPTP_REASON_NAME_NOT_FOUND] = 3, [PPTP_REASON_CONNECT_REFUSED] = 4,
		[PPTP_REASON_UNREACHABLE] = 5, [PPTP_REASON_CONNECT_TIMEOUT] = 6,
		[PPTP_REASON_START_TIMEOUT] = 7, [PPTP_REASON_NOT_AUTHORIZED] = 9,
		[PPTP_REASON_START_REJECTED] = 10, [PPTP_REASON_VERSION] = 10,
		[PPTP_REASON_CALL_TIMEOUT] = 8, [PPTP_REASON_CALL_BUSY] = 11,
		[PPTP_REASON_CALL_REJECTED] = 12, [PPTP_REASON_CALL_DISCONNECTED] = 14,
		[PPTP_REASON_ECHO_TIMEOUT] = 13, [PPTP_REASON_PEER_STOPPED] = 14,
		[PPTP_REASON_PEER_CLOSED] = 14, [PPTP_REASON_PROTOCOL_ERROR] = 15,
		[PPTP_REASON_NOT_PERMITTED] = 18, [PPTP_REASON_SYSTEM_ERROR] = 1,
	};
	int reason;

	for (reason = 0; reason < PPTP_REASON_COUNT; reason++)
		ck_assert_int_eq(exit_status_of_reason((enum pptp_reason)reason), wanted[reason]);
	ck_assert_int_eq(exit_status_of_reason(PPTP_REASON_COUNT), 1);
}
END_TEST

START_TEST(test_exit_status_texts)
{
	int status;
	int other;

	/* Each failure has a sentence of its own. */
	for (status = EXIT_STATUS_OK; status <= EXIT_STATUS_NOT_PERMITTED; status++) {
		ck_assert_str_ne(exit_status_text((enum exit_status)status), "");
		for (other = EXIT_STATUS_OK; other < status; other++)
			ck_assert_str_ne(exit_status_text((enum exit_status)status),
				exit_status_text((enum exit_status)other));
	}
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

static void add_values(TCase *tcase)
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

static void add_words(TCase *tcase)
{
	tcase_add_test(tcase, test_version_and_help);
	tcase_add_test(tcase, test_server);
	tcase_add_test(tcase, test_no_arguments);
	tcase_add_test(tcase, test_pppd_arguments);
	tcase_add_test(tcase, test_empty_pppd_argument);
	tcase_add_test(tcase, test_unknown);
	tcase_add_test(tcase, test_missing_value);
	tcase_add_test(tcase, test_abbreviations);
	tcase_add_test(tcase, test_last_one_counts);
	tcase_add_test(tcase, test_exit_statuses);
	tcase_add_test(tcase, test_exit_status_texts);
}

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *values = tcase_create("values");
	TCase *words = tcase_create("words");

	add_values(values);
	add_words(words);
	suite_add_tcase(suite, values);
	suite_add_tcase(suite, words);
	return run_suite(suite);
}
