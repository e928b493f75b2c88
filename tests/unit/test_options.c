/* SPDX-License-Identifier: MIT */
#include "run_suite.h"

#include "option_line.h"

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
	bad("--debug --", "server", "missing");
	bad("''", "server", "empty");
	good(&line, "--debug --loglevel 2 srv");
	ck_assert_str_eq(line.options.server, "srv");
	ck_assert(line.options.debug);
	ck_assert_uint_eq(line.options.log_level, 2);
	options_clear(&line.options);
	good(&line, "--nolaunchpppd -- srv");
	ck_assert_str_eq(line.options.server, "srv");
	ck_assert_int_eq(line.options.pppd_count, 0);
	options_clear(&line.options);
}
END_TEST

/* What people write in place of a name. */
START_TEST(test_not_a_name)
{
	bad("srv:1723", "srv:1723", "port");
	bad("10.0.0.1:443", "10.0.0.1:443", "port");
	bad("alice@srv", "alice@srv", "user");
	bad("https://srv/", "https://srv/", "URL");
	bad("-- srv:1723", "srv:1723", "port");
}
END_TEST

/* The error goes to a terminal, which obeys control characters. */
START_TEST(test_errors_are_printable)
{
	bad("a\033]2;title\007@srv", "\"a?]2;title?@srv\"", "user");
	bad("srv --debug\0337", "\"--debug?7\"", "unknown");
	bad("srv --loglevel 1\r", "\"1?\"", "from 0 to 2");
	bad("srv --timeout \302\2332J", "\"??2J\"", "seconds");
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
	expect_pppd("--phone 1 -- srv call work noauth", plain);
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
		"phone",     "quirks",         "timeout", "idle-wait",       "max-echo-wait",
		"logstring", "localbind",      "rtmark",  "loglevel",        "test-type",
		"test-rate", "missing-window", "window",  "connect-timeout",
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
	ck_assert_uint_eq(line.options.config->echo_idle, 5000 * PPTP_NS_PER_MS);
	ck_assert_uint_eq(line.options.config->echo_reply, 7000 * PPTP_NS_PER_MS);
	ck_assert_uint_eq(line.options.config->missing_window, 9);
	options_clear(&line.options);
	/* Of --debug and --sync alone with pptp-linux, which has no --diagnose and no --status. */
	good(&line, "srv --d --s");
	ck_assert(line.options.debug && line.options.sync && line.options.task == TASK_CALL);
	options_clear(&line.options);
	bad("srv --no", "\"--no\"", "ambiguous");
	bad("srv --log 1", "\"--log\"", "ambiguous");
	bad("srv --test=1", "--test=1", "ambiguous");
	bad("srv --loglev", "--loglevel", "needs a value");
	bad("srv --deb=1", "--debug", "takes no value");
}
END_TEST

static void expect_plugin(const char *words, const char *const *wanted)
{
	struct line line;
	int i;

	good(&line, words);
	for (i = 0; wanted[i]; i++) {
		ck_assert_int_lt(i, line.options.plugin_count);
		ck_assert_str_eq(line.options.plugin_arguments[i], wanted[i]);
	}
	ck_assert_int_eq(line.options.plugin_count, i);
	options_clear(&line.options);
}

START_TEST(test_kernel)
{
	struct line line;

	good(&line, "srv");
	ck_assert_int_eq(line.options.kernel, KERNEL_NO);
	options_clear(&line.options);
	good(&line, "srv --kernel auto");
	ck_assert_int_eq(line.options.kernel, KERNEL_YES);
	ck_assert_str_eq(line.options.pppd_arguments[0], "auto");
	options_clear(&line.options);
	good(&line, "srv --kernel=auto");
	ck_assert_int_eq(line.options.kernel, KERNEL_AUTO);
	options_clear(&line.options);
	bad("srv --kernel=on", "--kernel", "auto");
	bad("srv --kernel --nolaunchpppd", "--kernel", "plugin pptp.so pptp_server srv");
	bad("srv --kernel=auto --channel", "--kernel", "--nolaunchpppd");
	good(&line, "srv --channel");
	ck_assert(line.options.channel && !line.options.launch_pppd);
	options_clear(&line.options);
}
END_TEST

/* What is passed to pppd's plugin, and what the kernel's data path ignores. */
START_TEST(test_options_of_the_plugin)
{
	struct line line;

	expect_plugin("srv --kernel --debug call work", (const char *const[]){ NULL });
	expect_plugin("srv --phone=5 --nohost --loglevel 2 --kernel nodetach",
		      (const char *const[]){ "pptp_phone", "5", "pptp_nohostroute", "pptp_loglevel",
					     "2", NULL });
	expect_plugin("--offer-window 9 srv --window 5",
		      (const char *const[]){ "pptp_offer-window", "9", NULL });
	good(&line, "srv --kernel --phone 5");
	ck_assert_ptr_null(line.options.without_effect);
	options_clear(&line.options);
	good(&line, "srv --kernel --timeout 1");
	ck_assert_str_eq(line.options.without_effect, "timeout");
	options_clear(&line.options);
}
END_TEST

START_TEST(test_last_one_counts)
{
	struct line line;

	good(&line, "srv --loglevel 0 --loglevel 2 --timeout 1 --timeout=2");
	ck_assert_uint_eq(line.options.log_level, 2);
	ck_assert_uint_eq(line.options.config->reorder_timeout, 2000 * PPTP_NS_PER_MS);
	options_clear(&line.options);
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, test_version_and_help);
	tcase_add_test(tcase, test_server);
	tcase_add_test(tcase, test_not_a_name);
	tcase_add_test(tcase, test_errors_are_printable);
	tcase_add_test(tcase, test_no_arguments);
	tcase_add_test(tcase, test_pppd_arguments);
	tcase_add_test(tcase, test_empty_pppd_argument);
	tcase_add_test(tcase, test_unknown);
	tcase_add_test(tcase, test_missing_value);
	tcase_add_test(tcase, test_abbreviations);
	tcase_add_test(tcase, test_kernel);
	tcase_add_test(tcase, test_options_of_the_plugin);
	tcase_add_test(tcase, test_last_one_counts);
}

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = tcase_create("words");

	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
