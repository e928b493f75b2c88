/* SPDX-License-Identifier: MIT */
/* Every setter of a session's configuration: its bounds, and that a refused value changes nothing. */

#include <limits.h>
#include <string.h>

#include "run_suite.h"
#include "session/config.h"

static struct pptp_config *cfg;

static void setup(void)
{
	ck_assert_int_eq(pptp_config_new(&cfg), 0);
}

static void teardown(void)
{
	ck_assert_ptr_null(pptp_config_free(cfg));
}

/* -- numbers ---------------------------------------------------------------------------------- */

#define SETTER(name, type)                                                                         \
	static int set_##name(unsigned int value)                                                  \
	{                                                                                          \
		return pptp_config_set_##name(cfg, (type)value);                                   \
	}
SETTER(port, uint16_t)
SETTER(recv_window, unsigned int)
SETTER(connect_timeout_ms, unsigned int)
SETTER(start_timeout_ms, unsigned int)
SETTER(call_timeout_ms, unsigned int)
SETTER(echo_idle_ms, unsigned int)
SETTER(echo_reply_ms, unsigned int)
SETTER(gre_silent_ms, unsigned int)
SETTER(reorder_timeout_ms, unsigned int)
SETTER(missing_window, unsigned int)
SETTER(window, uint32_t)
SETTER(call_id, uint16_t)
SETTER(mark, uint32_t)
SETTER(quirk, enum pptp_quirk)
SETTER(gre_fd, int)

static int set_test_type(unsigned int value)
{
	return pptp_config_set_test_order(cfg, value, 100);
}

static int set_test_rate(unsigned int value)
{
	return pptp_config_set_test_order(cfg, 1, value);
}

static int set_log_level(unsigned int value)
{
	return pptp_config_set_log(cfg, NULL, NULL, (enum pptp_log_level)value);
}

/* The least and the most that are taken, and what is refused next to them. */
static const struct {
	const char *name;
	int (*set)(unsigned int value);
	unsigned int least, most, below, above;
} numbers[] = {
	{ "port", set_port, 1, UINT16_MAX, 0, 0 },
	{ "receive window", set_recv_window, 1, UINT16_MAX, 0, UINT16_MAX + 1U },
	{ "connect time-out", set_connect_timeout_ms, 1, 600000, 0, 600001 },
	{ "start time-out", set_start_timeout_ms, 1, 600000, 0, 600001 },
	{ "call time-out", set_call_timeout_ms, 1, 600000, 0, 600001 },
	{ "reorder time-out", set_reorder_timeout_ms, 10, 10000, 9, 10001 },
	{ "missing window", set_missing_window, 1, PPTP_MISSING_WINDOW_MAX, 0,
	  PPTP_MISSING_WINDOW_MAX + 1 },
	{ "window", set_window, 0, PPTP_WINDOW_MAX, PPTP_WINDOW_MAX + 1, UINT_MAX - 1 },
	{ "test type", set_test_type, 0, 3, 4, UINT_MAX },
	{ "test rate", set_test_rate, 1, UINT_MAX, 0, 0 },
	{ "log level", set_log_level, PPTP_LOG_ERROR, PPTP_LOG_DEBUG, PPTP_LOG_ERROR - 1,
	  PPTP_LOG_DEBUG + 1 },
	{ "quirk", set_quirk, PPTP_QUIRK_NONE, PPTP_QUIRK_BEZEQ_ISRAEL, 2, UINT_MAX },
	{ "GRE descriptor", set_gre_fd, 0, INT_MAX, (unsigned int)INT_MIN, UINT_MAX - 1 },
};

#define NUMBERS ((int)(sizeof(numbers) / sizeof(numbers[0])))

static void refused(int i, unsigned int value)
{
	struct pptp_config before;

	memcpy(&before, cfg, sizeof(before));
	ck_assert_msg(numbers[i].set(value) == PPTP_ERR_VALUE, "%s %u was taken", numbers[i].name,
		      value);
	ck_assert_msg(memcmp(&before, cfg, sizeof(before)) == 0, "%s %u was refused and kept",
		      numbers[i].name, value);
}

START_TEST(bounds_of_numbers)
{
	ck_assert_int_eq(numbers[_i].set(numbers[_i].least), 0);
	refused(_i, numbers[_i].below);
	ck_assert_int_eq(numbers[_i].set(numbers[_i].most), 0);
	refused(_i, numbers[_i].above);
}
END_TEST

START_TEST(numbers_arrive)
{
	ck_assert_int_eq(set_port(1), 0);
	ck_assert_uint_eq(cfg->port, 1);
	ck_assert_int_eq(set_recv_window(UINT16_MAX), 0);
	ck_assert_uint_eq(cfg->recv_window, UINT16_MAX);
	ck_assert_int_eq(set_missing_window(6000), 0);
	ck_assert_uint_eq(cfg->missing_window, 6000);
	ck_assert_int_eq(set_window(PPTP_WINDOW_AUTO), 0);
	ck_assert_uint_eq(cfg->window, PPTP_WINDOW_AUTO);
	ck_assert_int_eq(set_call_id(77), 0);
	ck_assert_uint_eq(cfg->call_id, 77);
	ck_assert_int_eq(set_quirk(PPTP_QUIRK_BEZEQ_ISRAEL), 0);
	ck_assert_int_eq(cfg->quirk, PPTP_QUIRK_BEZEQ_ISRAEL);
	ck_assert_int_eq(set_gre_fd(5), 0);
	ck_assert_int_eq(cfg->gre_fd, 5);
	ck_assert_int_eq(set_gre_fd(UINT_MAX), 0);
	ck_assert_int_eq(cfg->gre_fd, -1);
	ck_assert_int_eq(pptp_config_set_test_order(cfg, 3, 7), 0);
	ck_assert_uint_eq(cfg->test_type, 3);
	ck_assert_uint_eq(cfg->test_rate, 7);
}
END_TEST

START_TEST(a_mark_of_zero_is_a_mark)
{
	ck_assert(!cfg->has_mark);
	ck_assert_int_eq(set_mark(0), 0);
	ck_assert(cfg->has_mark && cfg->mark == 0);
	ck_assert_int_eq(set_mark(UINT_MAX), 0);
	ck_assert_uint_eq(cfg->mark, UINT_MAX);
}
END_TEST

/* -- times ------------------------------------------------------------------------------------ */

START_TEST(times_are_milliseconds)
{
	ck_assert_int_eq(set_connect_timeout_ms(1), 0);
	ck_assert_uint_eq(cfg->connect_timeout, PPTP_NS_PER_MS);
	ck_assert_int_eq(set_start_timeout_ms(600000), 0);
	ck_assert_uint_eq(cfg->start_timeout, 600 * PPTP_NS_PER_SEC);
	ck_assert_int_eq(set_call_timeout_ms(20), 0);
	ck_assert_uint_eq(cfg->call_timeout, 20 * PPTP_NS_PER_MS);
	ck_assert_int_eq(set_echo_reply_ms(UINT_MAX), 0);
	ck_assert_uint_eq(cfg->echo_reply, UINT_MAX * PPTP_NS_PER_MS);
	ck_assert_int_eq(set_echo_reply_ms(0), 0);
	ck_assert_uint_eq(cfg->echo_reply, PPTP_TIME_NEVER);
	ck_assert_int_eq(set_reorder_timeout_ms(10000), 0);
	ck_assert_uint_eq(cfg->reorder_timeout, 10 * PPTP_NS_PER_SEC);
}
END_TEST

START_TEST(zero_turns_keep_alive_and_silence_off)
{
	ck_assert_int_eq(set_echo_idle_ms(0), 0);
	ck_assert_uint_eq(cfg->echo_idle, PPTP_TIME_NEVER);
	ck_assert_int_eq(set_echo_idle_ms(UINT_MAX), 0);
	ck_assert_uint_eq(cfg->echo_idle, UINT_MAX * PPTP_NS_PER_MS);
	ck_assert_int_eq(set_gre_silent_ms(0), 0);
	ck_assert_uint_eq(cfg->gre_silent, PPTP_TIME_NEVER);
	ck_assert_int_eq(set_gre_silent_ms(1), 0);
	ck_assert_uint_eq(cfg->gre_silent, PPTP_NS_PER_MS);
}
END_TEST

/* A wait of so long exactly is not learned any more; one that was refused does not end that. */
START_TEST(a_fixed_reorder_timeout_is_fixed)
{
	ck_assert(cfg->reorder_adaptive);
	ck_assert_int_eq(set_reorder_timeout_ms(9), PPTP_ERR_VALUE);
	ck_assert(cfg->reorder_adaptive);
	ck_assert_int_eq(set_reorder_timeout_ms(10), 0);
	ck_assert(!cfg->reorder_adaptive);
}
END_TEST

/* -- strings ---------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*set)(struct pptp_config *cfg, const char *value);
	size_t offset, most;
	int empty;
} strings[] = {
	{ "server", pptp_config_set_server, offsetof(struct pptp_config, server), 253,
	  PPTP_ERR_VALUE },
	{ "phone", pptp_config_set_phone, offsetof(struct pptp_config, phone), 64, 0 },
	{ "host name", pptp_config_set_host_name, offsetof(struct pptp_config, host_name), 64, 0 },
	{ "interface", pptp_config_set_interface, offsetof(struct pptp_config, interface), 15, 0 },
};

#define STRINGS ((int)(sizeof(strings) / sizeof(strings[0])))

/* The server's name is in log lines, each of which is one line. */
START_TEST(no_server_is_a_control_character)
{
	ck_assert_int_eq(pptp_config_set_server(cfg, "vpn\n"), PPTP_ERR_VALUE);
	ck_assert_int_eq(pptp_config_set_server(cfg, "\033[2Jvpn"), PPTP_ERR_VALUE);
	ck_assert_int_eq(pptp_config_set_server(cfg, "vpn\177"), PPTP_ERR_VALUE);
	ck_assert_str_eq(cfg->server, "");
	ck_assert_int_eq(pptp_config_set_server(cfg, "b\303\274ro.example"), 0);
}
END_TEST

START_TEST(bounds_of_strings)
{
	const char *kept = (const char *)cfg + strings[_i].offset;
	char text[300];

	memset(text, 'x', sizeof(text));
	text[strings[_i].most] = '\0';
	ck_assert_int_eq(strings[_i].set(cfg, text), 0);
	ck_assert_str_eq(kept, text);
	text[strings[_i].most] = 'x';
	text[strings[_i].most + 1] = '\0';
	ck_assert_int_eq(strings[_i].set(cfg, text), PPTP_ERR_VALUE);
	ck_assert_uint_eq(strlen(kept), strings[_i].most);
	ck_assert_int_eq(strings[_i].set(cfg, ""), strings[_i].empty);
	ck_assert_uint_eq(strlen(kept), strings[_i].empty ? strings[_i].most : 0);
	/* Copied: what the caller does with its own afterwards does not matter. */
	memcpy(text, "short", 6);
	ck_assert_int_eq(strings[_i].set(cfg, text), 0);
	memset(text, 'y', 5);
	ck_assert_str_eq(kept, "short");
}
END_TEST

START_TEST(no_more_addresses_than_fit)
{
	struct in_addr addresses[PPTP_ADDRESSES_MAX + 1];

	for (unsigned int i = 0; i <= PPTP_ADDRESSES_MAX; i++)
		addresses[i].s_addr = i + 1;
	ck_assert_int_eq(pptp_config_set_addresses(cfg, addresses, 2), 0);
	ck_assert_int_eq(pptp_config_set_addresses(cfg, addresses, PPTP_ADDRESSES_MAX + 1),
			 PPTP_ERR_VALUE);
	ck_assert_uint_eq(cfg->address_count, 2);
	ck_assert_int_eq(pptp_config_set_addresses(cfg, addresses, PPTP_ADDRESSES_MAX), 0);
	ck_assert_uint_eq(cfg->addresses[PPTP_ADDRESSES_MAX - 1].s_addr, PPTP_ADDRESSES_MAX);
	ck_assert_int_eq(pptp_config_set_addresses(cfg, NULL, 0), 0);
	ck_assert_uint_eq(cfg->address_count, 0);
}
END_TEST

START_TEST(local_addresses)
{
	static const char *const wrong[] = {
		"",    "1.2.3",     "1.2.3.4.5",  "256.1.1.1",   "1.2.3.4 ", " 1.2.3.4",
		"::1", "localhost", "0x7f.0.0.1", "127.0.0.1\n", "1..2.3",
	};
	struct in_addr want;

	ck_assert_int_eq(pptp_config_set_local_address(cfg, "192.0.2.1"), 0);
	memcpy(&want, &cfg->local, sizeof(want));
	ck_assert_uint_eq(ntohl(want.s_addr), 0xC0000201);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_msg(pptp_config_set_local_address(cfg, wrong[i]) == PPTP_ERR_VALUE,
			      "\"%s\" was taken", wrong[i]);
		ck_assert_mem_eq(&cfg->local, &want, sizeof(want));
	}
}
END_TEST

/* -- the rest --------------------------------------------------------------------------------- */

static void log_nothing(void *user, enum pptp_log_level level, const char *line)
{
	(void)user;
	(void)level;
	(void)line;
}

static int answer_route(void *user, const struct pptp_route_query *query, bool needed)
{
	(void)user;
	(void)query;
	(void)needed;
	return PPTP_ROUTE_BY_CALLER;
}

static int refuse_socket(void *user, int fd)
{
	(void)user;
	(void)fd;
	return -1;
}

START_TEST(functions_and_their_user_pointers)
{
	int one, other;

	ck_assert_int_eq(pptp_config_set_log(cfg, log_nothing, &one, PPTP_LOG_INFO), 0);
	/* A wrong level leaves the function that there was. */
	ck_assert_int_eq(pptp_config_set_log(cfg, NULL, &other, (enum pptp_log_level)8),
			 PPTP_ERR_VALUE);
	ck_assert(cfg->log == log_nothing && cfg->log_user == &one);
	ck_assert_int_eq(cfg->log_level, PPTP_LOG_INFO);
	ck_assert_int_eq(pptp_config_set_socket_hook(cfg, refuse_socket, &other), 0);
	ck_assert(cfg->socket_hook == refuse_socket && cfg->socket_user == &other);
	ck_assert_int_eq(pptp_config_set_socket_hook(cfg, NULL, NULL), 0);
	ck_assert(!cfg->socket_hook);
	ck_assert_int_eq(pptp_config_set_route_hook(cfg, answer_route, &one), 0);
	ck_assert(cfg->route_hook == answer_route && cfg->route_user == &one);
	ck_assert_ptr_null(cfg->user);
	ck_assert_int_eq(pptp_config_set_user(cfg, &other), 0);
	ck_assert_ptr_eq(cfg->user, &other);
}
END_TEST

START_TEST(switches)
{
	ck_assert(cfg->reorder && !cfg->host_route);
	ck_assert_int_eq(pptp_config_set_reorder(cfg, false), 0);
	ck_assert_int_eq(pptp_config_set_host_route(cfg, true), 0);
	ck_assert(!cfg->reorder && cfg->host_route);
}
END_TEST

/* What config.h says of each. */
START_TEST(defaults)
{
	ck_assert_str_eq(cfg->server, "");
	ck_assert_uint_eq(cfg->port, 1723);
	ck_assert_str_eq(cfg->host_name, "local");
	ck_assert_str_eq(cfg->phone, "");
	ck_assert_uint_eq(cfg->recv_window, 256);
	ck_assert_uint_eq(cfg->connect_timeout, 20 * PPTP_NS_PER_SEC);
	ck_assert_uint_eq(cfg->start_timeout, 60 * PPTP_NS_PER_SEC);
	ck_assert_uint_eq(cfg->call_timeout, 60 * PPTP_NS_PER_SEC);
	ck_assert_uint_eq(cfg->echo_idle, 60 * PPTP_NS_PER_SEC);
	ck_assert_uint_eq(cfg->echo_reply, 60 * PPTP_NS_PER_SEC);
	ck_assert_uint_eq(cfg->gre_silent, 5 * PPTP_NS_PER_SEC);
	ck_assert_uint_eq(cfg->missing_window, 300);
	ck_assert_uint_eq(cfg->window, PPTP_WINDOW_OFF);
	ck_assert_uint_eq(cfg->test_type, 0);
	ck_assert_int_eq(cfg->gre_fd, -1);
	ck_assert_ptr_null(pptp_config_free(NULL));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config");
	TCase *tc = tcase_create("setters");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, bounds_of_numbers, 0, NUMBERS);
	tcase_add_test(tc, numbers_arrive);
	tcase_add_test(tc, a_mark_of_zero_is_a_mark);
	tcase_add_test(tc, times_are_milliseconds);
	tcase_add_test(tc, zero_turns_keep_alive_and_silence_off);
	tcase_add_test(tc, a_fixed_reorder_timeout_is_fixed);
	tcase_add_loop_test(tc, bounds_of_strings, 0, STRINGS);
	tcase_add_test(tc, no_server_is_a_control_character);
	tcase_add_test(tc, no_more_addresses_than_fit);
	tcase_add_test(tc, local_addresses);
	tcase_add_test(tc, functions_and_their_user_pointers);
	tcase_add_test(tc, switches);
	tcase_add_test(tc, defaults);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
