/* SPDX-License-Identifier: MIT */
/* The object of a tunnel, read: sound, incomplete, of wrong types, and made to do harm. */
#include "status_rig.h"

#include <errno.h>

#include <pptp/session.h>

static void expect_unreadable(const char *object, size_t size, const char *problem)
{
	struct tunnel tunnel;

	ck_assert_msg(!tunnel_read(&tunnel, "office", object, size), "read: %.200s", object);
	ck_assert_msg(strstr(tunnel.problem, problem) != NULL, "\"%s\" does not say \"%s\"",
		      tunnel.problem, problem);
	ck_assert(!tunnel_is_readable(&tunnel));
	ck_assert(!tunnel_is_up(&tunnel));
	ck_assert_str_eq(tunnel_text(&tunnel, TUNNEL_NAME), "office");
	ck_assert(!tunnel_has(&tunnel, TUNNEL_VERSION));
	tunnel_clear(&tunnel);
}

START_TEST(all_members)
{
	struct tunnel tunnel;

	ck_assert_msg(read_text(&tunnel, good_object), "%s", tunnel.problem);
	for (unsigned int id = 0; id < TUNNEL_MEMBERS; id++)
		ck_assert_msg(tunnel_has(&tunnel, (enum tunnel_member)id), "member %u", id);
	ck_assert(tunnel_is_up(&tunnel));
	ck_assert_uint_eq(tunnel_number(&tunnel, TUNNEL_PHASE), PPTP_PHASE_UP);
	ck_assert_uint_eq(tunnel_number(&tunnel, TUNNEL_PHASE_MS), 725500);
	ck_assert_uint_eq(tunnel_number(&tunnel, TUNNEL_UP_SINCE), 1795824001);
	ck_assert_uint_eq(tunnel_number(&tunnel, TUNNEL_PPPD), 4712);
	ck_assert_str_eq(tunnel_text(&tunnel, TUNNEL_SERVER_ADDRESS), "192.0.2.7");
	ck_assert_uint_eq(tunnel.stats.rx_accepted, UINT64_MAX);
	ck_assert_uint_eq(tunnel.stats.rtt_us, 23456);
	ck_assert_uint_eq(tunnel.stats_known, 1 | 1 << 14);
	tunnel_clear(&tunnel);
}
END_TEST

START_TEST(required_members_alone)
{
	struct tunnel tunnel;

	ck_assert_msg(read_text(&tunnel, least_object()), "%s", tunnel.problem);
	ck_assert(!tunnel_is_up(&tunnel));
	ck_assert(!tunnel.has_stats);
	ck_assert(!tunnel_has(&tunnel, TUNNEL_CALL_ID));
	/* The file's name counts. */
	ck_assert_str_eq(tunnel_text(&tunnel, TUNNEL_NAME), "office");
	tunnel_clear(&tunnel);
}
END_TEST

static const struct {
	const char *member, *problem;
} required[] = {
	{ "\"version\"", "\"version\" in its answer is missing" },
	{ "\"name\":\"x\"", "\"name\"" },
	{ "\"time\"", "\"time\"" },
	{ "\"started\"", "\"started\"" },
	{ "\"processes\"", "\"processes\"" },
	{ "\"tunnel\"", "\"processes.tunnel\"" },
	{ "\"phase\"", "\"phase\"" },
	{ "\"phase_text\"", "\"phase_text\"" },
	{ "\"phase_seconds\"", "\"phase_seconds\"" },
	{ "\"server\"", "\"server\"" },
	{ "\"name\":\"vpn.example.org\"", "\"server.name\"" },
	{ "\"link\"", "\"link\"" },
	{ "\"host_route\"", "\"host_route\"" },
	{ "\"wanted\"", "\"host_route.wanted\"" },
	{ "\"gre\"", "\"gre\"" },
	{ "\"received\"", "\"gre.received\"" },
	{ "\"acknowledged\"", "\"gre.acknowledged\"" },
};

/* The member has another name then. */
START_TEST(a_required_member_is_missing)
{
	const char *member = required[_i].member;
	const char *object;
	char other[64];

	snprintf(other, sizeof(other), "\"other_%s", member + 1);
	object = edited(least_object(), member, other);
	expect_unreadable(object, strlen(object), required[_i].problem);
	expect_unreadable(object, strlen(object), "is missing");
}
END_TEST

static const struct {
	const char *old, *new, *problem;
} wrong[] = {
	{ "\"1.0.0\"", "1", "\"version\"" },
	{ "\"office\"", "[]", "\"name\"" },
	{ "\"office\"", "null", "\"name\"" },
	{ "\"2026-11-28T04:00:00Z\"", "\"2026-11-28 04:00:00Z\"", "\"time\"" },
	{ "\"2026-11-28T04:00:00Z\"", "\"2026-13-28T04:00:00Z\"", "\"time\"" },
	{ "\"2026-11-28T04:00:00Z\"", "\"1926-11-28T04:00:00Z\"", "\"time\"" },
	{ "\"2026-11-28T04:00:00Z\"", "\"2026-11-28T04:00:00Zx\"", "\"time\"" },
	{ "{\"tunnel\":4711,\"keeper\":4710,\"pppd\":4712}", "[4711]", "\"processes\"" },
	{ "4711", "0", "\"processes.tunnel\"" },
	{ "4711", "-4711", "\"processes.tunnel\"" },
	{ "4711", "4294967296", "\"processes.tunnel\"" },
	{ "4712", "\"4712\"", "\"processes.pppd\"" },
	{ "\"up\"", "\"flying\"", "\"phase\"" },
	{ "\"up\"", "5", "\"phase\"" },
	{ "725.5", "-1", "\"phase_seconds\"" },
	{ "725.5", "1e300", "\"phase_seconds\"" },
	{ "725.5", "NaN", "\"phase_seconds\"" },
	{ "725.5", "Infinity", "\"phase_seconds\"" },
	{ "725.5", "\"725\"", "\"phase_seconds\"" },
	{ "\"192.0.2.7\"", "\"192.0.2.700\"", "\"server.address\"" },
	{ "\"192.0.2.7\"", "\"2001:db8::1\"", "\"server.address\"" },
	{ "\"vendor_name\":\"linux\"", "\"vendor_name\":{}", "\"server.vendor_name\"" },
	{ "\"firmware\":1", "\"firmware\":65536", "\"server.firmware\"" },
	{ "\"call\":{\"id\":17,", "\"call\":{", "\"call.id\" in its answer is missing" },
	{ "\"id\":17", "\"id\":17.5", "\"call.id\"" },
	{ "\"pty\"", "\"pigeon\"", "\"link\"" },
	{ "\"mtu\":1400", "\"mtu\":true", "\"mtu\"" },
	{ "\"wanted\":true", "\"wanted\":1", "\"host_route.wanted\"" },
	{ "\"received\":true", "\"received\":\"yes\"", "\"gre.received\"" },
	{ "\"rx_octets\":2,", "", "\"interface_statistics.rx_octets\" in its answer is missing" },
	{ "\"time\":\"2026-11-28T01:00:00Z\"", "\"at\":1", "\"last_warning.time\"" },
	{ "\"exit_status\":13", "\"exit_status\":256", "\"failure.exit_status\"" },
	{ "\"statistics\":{", "\"statistics\":[],\"x\":{", "\"statistics\"" },
	{ "23456", "-1", "\"statistics.rtt_us\"" },
	{ "23456", "1.5", "\"statistics.rtt_us\"" },
};

START_TEST(a_value_is_wrong)
{
	const char *object = edited(good_object, wrong[_i].old, wrong[_i].new);

	expect_unreadable(object, strlen(object), wrong[_i].problem);
}
END_TEST

START_TEST(cut_short_anywhere)
{
	/* Without the line feed. */
	const size_t whole = strlen(good_object) - 1;
	struct tunnel tunnel;

	for (size_t size = 0; size < whole; size++)
		expect_unreadable(good_object, size, "cut short");
	ck_assert(tunnel_read(&tunnel, "office", good_object, whole));
	tunnel_clear(&tunnel);
}
END_TEST

static const struct {
	const char *octets;
	size_t size;
	const char *problem;
} no_objects[] = {
#define OCTETS(text) text, sizeof(text) - 1
	{ OCTETS("[]"), "no JSON object" },
	{ OCTETS("null "), "no JSON object" },
	{ OCTETS("17 "), "no JSON object" },
	{ OCTETS("\"text\""), "no JSON object" },
	{ OCTETS("{}"), "\"version\" in its answer is missing" },
	{ OCTETS("{} {}"), "no JSON" },
	{ OCTETS("{}\0{}"), "octets of value 0" },
	{ OCTETS("\0{}"), "no JSON" },
	{ OCTETS("{,}"), "no JSON" },
	{ OCTETS("{\"version\":\"\xff\"}"), "no JSON" },
	{ OCTETS("hello"), "no JSON" },
	{ OCTETS("\x1b]0;title\x07"), "no JSON" },
	{ OCTETS("[[[[[[[[[[[[[[[["), "nesting too deep" },
	{ OCTETS("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{"),
	  "nesting too deep" },
};

START_TEST(no_object)
{
	expect_unreadable(no_objects[_i].octets, no_objects[_i].size, no_objects[_i].problem);
}
END_TEST

START_TEST(nested_64_kib_deep)
{
	char *octets = malloc(ANSWER_OCTETS_MAX);

	ck_assert_ptr_nonnull(octets);
	memset(octets, '[', ANSWER_OCTETS_MAX);
	expect_unreadable(octets, ANSWER_OCTETS_MAX, "nesting too deep");
	for (size_t i = 0; i + 5 <= ANSWER_OCTETS_MAX; i += 5)
		memcpy(octets + i, "{\"a\":", 5);
	expect_unreadable(octets, ANSWER_OCTETS_MAX, "nesting too deep");
	free(octets);
}
END_TEST

/* A text of 60 KiB is kept up to its bound, as printable ASCII. */
START_TEST(long_text)
{
	const size_t length = 60000, room = length + sizeof(good_object);
	const char *at = strstr(good_object, "host route added");
	char *object = malloc(room);
	struct tunnel tunnel;

	ck_assert_ptr_nonnull(object);
	snprintf(object, room, "%.*s%*s%s", (int)(at - good_object), good_object, (int)length,
		 "host route", at);
	ck_assert_msg(read_text(&tunnel, object), "%s", tunnel.problem);
	ck_assert_uint_eq(strlen(tunnel_text(&tunnel, TUNNEL_ROUTE_TEXT)), 1200);
	tunnel_clear(&tunnel);
	free(object);
}
END_TEST

START_TEST(texts_are_printable)
{
	struct tunnel tunnel;

	ck_assert(read_text(&tunnel, edited(good_object, "\"vpn.example.org\"",
					    "\"a\\u001b[2J\\nb\\u009bc\\u00e9\\\"\\\\\"")));
	ck_assert_str_eq(tunnel_text(&tunnel, TUNNEL_SERVER_NAME), "a?[2J?b??c??\"\\");
	tunnel_clear(&tunnel);
	/* The text ends there, and nothing else does. */
	ck_assert(read_text(&tunnel, edited(good_object, "\"linux\"", "\"li\\u0000nux\"")));
	ck_assert_str_eq(tunnel_text(&tunnel, TUNNEL_SERVER_VENDOR), "li");
	tunnel_clear(&tunnel);
}
END_TEST

START_TEST(the_last_of_two_counts)
{
	struct tunnel tunnel;

	ck_assert(
		read_text(&tunnel, edited(good_object, "\"mtu\":1400", "\"mtu\":[],\"mtu\":1300")));
	ck_assert_uint_eq(tunnel_number(&tunnel, TUNNEL_MTU), 1300);
	tunnel_clear(&tunnel);
}
END_TEST

/* json-c 0.18 refuses them, an earlier one gives the largest number that there is: never a small one. */
START_TEST(numbers_above_64_bits)
{
	struct tunnel tunnel;

	if (read_text(&tunnel, edited(good_object, "23456", "99999999999999999999999")))
		ck_assert_uint_eq(tunnel.stats.rtt_us, UINT64_MAX);
	else
		ck_assert_ptr_nonnull(strstr(tunnel.problem, "no JSON"));
	tunnel_clear(&tunnel);
}
END_TEST

START_TEST(members_of_later_versions_are_left_out)
{
	struct tunnel tunnel;

	ck_assert(read_text(&tunnel, edited(good_object, "\"mtu\":", "\"new\":[{}],\"mtu\":")));
	tunnel_clear(&tunnel);
	ck_assert(read_text(&tunnel, edited(good_object, "\"rtt_us\":", "\"new\":1,\"rtt_us\":")));
	ck_assert_uint_eq(tunnel.stats_known, 1 | 1 << 14);
	tunnel_clear(&tunnel);
}
END_TEST

START_TEST(answers_become_tunnels)
{
	char octets[OBJECT_MAX];
	struct answer list[] = { { .name = "a", .octets = octets },
				 { .name = "b", .err = -ETIMEDOUT },
				 { .name = "c", .err = -EMSGSIZE },
				 { .name = "d", .err = -ENODATA },
				 { .name = "e", .err = -EACCES } };
	struct pid_file list_of_files[] = {
		{ .process = 4712, .interface = "ppp7", .terminal = "" },
		{ .process = 1, .interface = "ppp8", .terminal = "/dev/pts/3" },
	};
	const struct pid_files files = { list_of_files, 2 };
	const struct answers answers = { list, sizeof(list) / sizeof(list[0]) };
	struct tunnels tunnels;

	snprintf(octets, sizeof(octets), "%s",
		 edited(good_object, "\"interface\":\"ppp0\"", "\"x\":\"ppp0\""));
	list[0].size = strlen(octets);
	ck_assert_int_eq(tunnels_read(&tunnels, &answers, &files), 0);
	ck_assert_uint_eq(tunnels.count, 5);
	ck_assert_str_eq(tunnels.list[0].problem, "");
	ck_assert_str_eq(tunnel_text(&tunnels.list[0], TUNNEL_INTERFACE), "ppp7");
	ck_assert_ptr_null(pid_files_interface_on(&files, ""));
	ck_assert_str_eq(tunnels.list[1].problem, "it did not answer within a second");
	ck_assert_str_eq(tunnels.list[2].problem, "its answer is longer than 64 KiB");
	ck_assert_str_eq(tunnels.list[3].problem, "it closed the connection without an answer");
	ck_assert_str_eq(tunnels.list[4].problem, "only root and the group pptp may read it");
	ck_assert_ptr_eq(tunnels_find(&tunnels, "c"), &tunnels.list[2]);
	ck_assert_ptr_null(tunnels_find(&tunnels, "f"));
	tunnels_clear(&tunnels);
	ck_assert_ptr_null(tunnels_find(&tunnels, "c"));
}
END_TEST

/* In pty mode nobody knows pppd's process. */
START_TEST(an_interface_by_its_terminal)
{
	struct pid_file file = { .process = 1, .interface = "ppp8", .terminal = "/dev/pts/3" };
	const struct pid_files files = { &file, 1 };
	char octets[OBJECT_MAX];
	struct answer answer = { .name = "a", .octets = octets };
	const struct answers answers = { &answer, 1 };
	struct tunnels tunnels;

	snprintf(octets, sizeof(octets), "%s",
		 edited(edited(good_object, "\"interface\":\"ppp0\"", "\"x\":\"ppp0\""),
			",\"pppd\":4712", ""));
	answer.size = strlen(octets);
	ck_assert_int_eq(tunnels_read(&tunnels, &answers, &files), 0);
	ck_assert_str_eq(tunnel_text(&tunnels.list[0], TUNNEL_INTERFACE), "ppp8");
	tunnels_clear(&tunnels);
	file.terminal[0] = '\0';
	ck_assert_int_eq(tunnels_read(&tunnels, &answers, &files), 0);
	ck_assert(!tunnel_has(&tunnels.list[0], TUNNEL_INTERFACE));
	tunnels_clear(&tunnels);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

int main(void)
{
	Suite *suite = suite_create("status_tunnel");
	TCase *tcase = tcase_create("status_tunnel");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, all_members);
	tcase_add_test(tcase, required_members_alone);
	tcase_add_loop_test(tcase, a_required_member_is_missing, 0, COUNT(required));
	tcase_add_loop_test(tcase, a_value_is_wrong, 0, COUNT(wrong));
	tcase_add_test(tcase, cut_short_anywhere);
	tcase_add_loop_test(tcase, no_object, 0, COUNT(no_objects));
	tcase_add_test(tcase, nested_64_kib_deep);
	tcase_add_test(tcase, long_text);
	tcase_add_test(tcase, texts_are_printable);
	tcase_add_test(tcase, the_last_of_two_counts);
	tcase_add_test(tcase, numbers_above_64_bits);
	tcase_add_test(tcase, members_of_later_versions_are_left_out);
	tcase_add_test(tcase, answers_become_tunnels);
	tcase_add_test(tcase, an_interface_by_its_terminal);
	return run_suite(suite);
}
