/* SPDX-License-Identifier: MIT */
/* The command line of pptpsetup, what its values may be, and the peers file they become. */
#include "run_suite.h"

#include <stdio.h>
#include <string.h>

#include "setup/arguments.h"
#include "setup/checks.h"
#include "setup/peers.h"

#define WORDS_MAX 20

static int parse(struct arguments *arguments, const char *line)
{
	static char words[1000], program[] = "pptpsetup";
	char *argv[WORDS_MAX] = { program }, *rest = NULL;
	int argc = 1;

	snprintf(words, sizeof(words), "%s", line);
	for (char *word = strtok_r(words, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	return arguments_parse(arguments, argc, argv);
}

static const char *const wrong_lines[] = {
	"",
	"work",
	"--create",
	"--create ../x",
	"--create .x",
	"--create -x",
	"--create a --delete a",
	"--create a --create b",
	"--delete a --server b",
	"--list --encrypt",
	"--show a --password b",
	"--create a b",
	"--create a --nothing",
	"--create a --encrypt=yes",
	"--create a --server b:1723",
	"--create a --username u\\v --domain d",
	"--create a --password b --password-stdin",
	"--create a --root / --start",
	"--create a --route 10.0.0.0",
	"--create a --password @/etc/shadow",
};

START_TEST(wrong_lines_are_refused)
{
	struct arguments arguments;

	ck_assert_int_eq(parse(&arguments, wrong_lines[_i]), -1);
}
END_TEST

START_TEST(all_options)
{
	struct arguments arguments;
	const struct peer *peer = &arguments.peer;

	ck_assert_int_eq(parse(&arguments, "--create w --server s.example --domain D --username u "
					   "--password p --encrypt --start --dns --defaultroute "
					   "--persist --kernel --route 10.0.0.0/8"),
			 0);
	ck_assert_int_eq(arguments.task, ARGUMENTS_CREATE);
	ck_assert_str_eq(peer->name, "w");
	ck_assert_str_eq(peer->server, "s.example");
	ck_assert_str_eq(peer->user, "D\\u");
	ck_assert_str_eq(arguments.password, "p");
	ck_assert(peer->encrypt && peer->dns && peer->default_route && peer->persist);
	ck_assert(peer->kernel && arguments.start);
	ck_assert_uint_eq(peer->route_count, 1);
	ck_assert_str_eq(peer->routes[0], "10.0.0.0/8");
}
END_TEST

START_TEST(the_password_leaves_the_command_line)
{
	char first[] = "--password", second[] = "secret", joined[] = "--password=secret";
	char create[] = "--create=w", program[] = "pptpsetup";
	char *apart[] = { program, create, first, second, NULL };
	char *together[] = { program, joined, create, NULL };
	struct arguments arguments;

	ck_assert_int_eq(arguments_parse(&arguments, 4, apart), 0);
	ck_assert_str_eq(arguments.password, "secret");
	ck_assert_mem_eq(second, "\0\0\0\0\0\0", sizeof(second));
	ck_assert_int_eq(arguments_parse(&arguments, 3, together), 0);
	ck_assert_str_eq(arguments.password, "secret");
	ck_assert_str_eq(joined, "--password=");
	ck_assert_mem_eq(joined + strlen(joined), "\0\0\0\0\0\0", 7);
}
END_TEST

static void repeated(char *text, size_t count)
{
	memset(text, 'x', count);
	text[count] = '\0';
}

START_TEST(lengths)
{
	char text[300];

	repeated(text, 255);
	ck_assert_ptr_null(check_user(text));
	ck_assert_ptr_null(check_password(text));
	repeated(text, 256);
	ck_assert_ptr_nonnull(check_user(text));
	ck_assert_ptr_nonnull(check_password(text));
	repeated(text, 64);
	ck_assert_ptr_null(check_phone(text));
	repeated(text, 65);
	ck_assert_ptr_nonnull(check_phone(text));
	repeated(text, 253);
	ck_assert_ptr_null(check_server(text));
	repeated(text, 254);
	ck_assert_ptr_nonnull(check_server(text));
}
END_TEST

START_TEST(a_domain_counts)
{
	struct arguments arguments = { .domain = "D" };
	char name[300];

	repeated(name, 253);
	ck_assert_int_eq(arguments_set_user(&arguments, name), 0);
	ck_assert_uint_eq(strlen(arguments.peer.user), 255);
	repeated(name, 254);
	ck_assert_int_eq(arguments_set_user(&arguments, name), -1);
	ck_assert_int_eq(arguments_set_user(&arguments, ""), -1);
}
END_TEST

START_TEST(values)
{
	static const char *const servers[] = { "",    "-x",  ".x",  "a b",      "a;b",
					       "a$b", "a`b", "a'b", "a\"b",     "a\nb",
					       "u@a", "a:1", "::1", "http://a", "\303\244" };
	static const char *const routes[] = { "",
					      "10.0.0.0",
					      "10.0.0.0/",
					      "10.0.0.0/33",
					      "10.0.0/8",
					      "10.0.0.0.0/8",
					      "10.0.0.1/8",
					      "256.0.0.0/8",
					      "010.0.0.0/8",
					      "10.0.0.0/08",
					      "10.0.0.0/8 ",
					      "0.0.0.0/0",
					      "a.0.0.0/8",
					      "10.0.0.0/-1",
					      "10.0.0.0/8\n" };
	static const char *const good[] = { "10.0.0.0/8", "192.0.2.1/32", "192.0.2.128/25",
					    "128.0.0.0/1" };

	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
		ck_assert_msg(check_server(servers[i]), "server %s", servers[i]);
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		ck_assert_msg(check_route(routes[i]), "route %s", routes[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(!check_route(good[i]), "route %s", good[i]);
	ck_assert_ptr_null(check_server("vpn-1.example.org"));
	ck_assert_ptr_null(check_password("@home"));
	ck_assert_ptr_null(check_phone("+49-1*#.,a"));
	ck_assert_ptr_nonnull(check_phone("1'2"));
	ck_assert_ptr_nonnull(check_phone("1 2"));
	ck_assert_ptr_nonnull(check_phone("1\"2"));
	ck_assert_ptr_nonnull(check_phone(""));
	ck_assert_ptr_nonnull(check_password("a\nb"));
	ck_assert_ptr_nonnull(check_user("a\nb"));
}
END_TEST

/* The largest that there can be, and each option alone. */
START_TEST(peers_files_are_read_back)
{
	struct peer peer = { .name = "w", .server = "s.example", .user = "D\\u \"#" };
	struct peer read;
	char text[PEERS_SIZE];
	size_t length;

	peer.encrypt = _i & 1;
	peer.dns = _i & 2;
	peer.default_route = _i & 4;
	peer.persist = _i & 8;
	peer.kernel = _i & 16;
	if (_i & 64)
		memcpy(peer.phone, "#1*", 4);
	if (_i & 32) {
		repeated(peer.name, STATUS_NAME_MAX);
		repeated(peer.server, CHECK_SERVER_MAX);
		repeated(peer.user, CHECK_WORD_MAX);
		memset(peer.user, '\001', CHECK_WORD_MAX);
		if (_i & 64)
			repeated(peer.phone, CHECK_PHONE_MAX);
		for (; peer.route_count < PEERS_ROUTES_MAX; peer.route_count++)
			memcpy(peer.routes[peer.route_count], "192.168.100.128/25", 19);
	}
	length = peers_write(&peer, text);
	ck_assert_uint_lt(length, PEERS_SIZE);
	ck_assert_int_eq(text[length - 1], '\n');
	ck_assert(peers_is_ours(text, length));
	peers_read(&read, peer.name, text, length);
	ck_assert_mem_eq(&read, &peer, sizeof(peer));
}
END_TEST

START_TEST(others_peers_files)
{
	static const char before[] =
		"# written by pptpsetup\npty \"pptp 192.0.2.1 --nolaunchpppd\"\n"
		"name D\\\\u\nremotename w\nrequire-mppe-128\n";
	static const char foreign[] = "pty x\n# written by pptpsetup\n";
	struct peer peer;

	ck_assert(peers_is_ours(before, strlen(before)));
	peers_read(&peer, "w", before, strlen(before));
	ck_assert_str_eq(peer.server, "192.0.2.1");
	ck_assert_str_eq(peer.user, "D\\u");
	ck_assert(peer.encrypt && !peer.kernel);
	ck_assert(!peers_is_ours(foreign, strlen(foreign)));
	ck_assert(!peers_is_ours("", 0));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("setup_arguments");
	TCase *line = tcase_create("command line");
	TCase *file = tcase_create("peers file");

	tcase_add_loop_test(line, wrong_lines_are_refused, 0,
			    (int)(sizeof(wrong_lines) / sizeof(wrong_lines[0])));
	tcase_add_test(line, all_options);
	tcase_add_test(line, the_password_leaves_the_command_line);
	tcase_add_test(line, lengths);
	tcase_add_test(line, a_domain_counts);
	tcase_add_test(line, values);
	suite_add_tcase(suite, line);
	tcase_add_loop_test(file, peers_files_are_read_back, 0, 128);
	tcase_add_test(file, others_peers_files);
	suite_add_tcase(suite, file);
	return run_suite(suite);
}
