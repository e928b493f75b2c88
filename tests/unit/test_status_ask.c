/* SPDX-License-Identifier: MIT */
/* Asking tunnels through real sockets in a folder of the test's own, and the files of pppd. */
#define _GNU_SOURCE
#include "run_suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monotonic.h"
#include "status/ask.h"
#include "status/pid_files.h"

#define MANY 200

static char folder[] = "/tmp/pptp-status-XXXXXX";

static void make_folder(void)
{
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)))
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	ck_assert_int_eq(rmdir(folder), 0);
}

static int make_socket(const char *file, int queue)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", folder, file);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (queue >= 0)
		ck_assert_int_eq(listen(fd, queue), 0);
	return fd;
}

static void make_file(const char *name, const char *text)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* -- what a tunnel does with each that connects -------------------------------------------------- */

static void say_index(int fd, unsigned int index)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "number %u", index);

	if (send(fd, text, (size_t)length, MSG_NOSIGNAL) != length)
		_exit(1);
}

static void say_nothing(int fd, unsigned int index)
{
	(void)fd;
	(void)index;
}

static void say_octets(int fd, size_t count)
{
	static const char zeros[ANSWER_OCTETS_MAX + 1];

	while (count > 0) {
		size_t part = count < sizeof(zeros) ? count : sizeof(zeros);
		ssize_t sent = send(fd, zeros, part, MSG_NOSIGNAL);

		if (sent < 0)
			return;
		count -= (size_t)sent;
	}
}

static void say_64_kib(int fd, unsigned int index)
{
	(void)index;
	say_octets(fd, ANSWER_OCTETS_MAX);
}

static void say_one_more(int fd, unsigned int index)
{
	(void)index;
	say_octets(fd, ANSWER_OCTETS_MAX + 1);
}

static void say_without_end(int fd, unsigned int index)
{
	(void)index;
	say_octets(fd, SIZE_MAX);
}

/* A process that serves all sockets until it is killed. */
static pid_t start_server(const int *fds, unsigned int count,
			  void (*serve)(int fd, unsigned int index))
{
	struct pollfd waiting[MANY];
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child > 0)
		return child;
	for (unsigned int i = 0; i < count; i++)
		waiting[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	while (poll(waiting, count, -1) > 0)
		for (unsigned int i = 0; i < count; i++)
			if (waiting[i].revents) {
				int fd = accept(fds[i], NULL, NULL);

				serve(fd, i);
				close(fd);
			}
	_exit(1);
}

static void stop_server(pid_t child)
{
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

static void expect_one(void (*serve)(int fd, unsigned int index), int err, size_t size)
{
	struct answers answers;
	int fd = make_socket("one.sock", 5);
	pid_t child = start_server(&fd, 1, serve);

	ck_assert_int_eq(ask_tunnels(&answers, folder, NULL), 0);
	ck_assert_uint_eq(answers.count, 1);
	ck_assert_str_eq(answers.list[0].name, "one");
	ck_assert_int_eq(answers.list[0].err, err);
	if (!err)
		ck_assert_uint_eq(answers.list[0].size, size);
	ck_assert_uint_le(answers.list[0].size, ANSWER_OCTETS_MAX);
	answers_clear(&answers);
	stop_server(child);
	close(fd);
}

START_TEST(no_folder)
{
	struct answers answers;

	ck_assert_int_eq(ask_tunnels(&answers, "/nonexistent/pptp", NULL), 0);
	ck_assert_uint_eq(answers.count, 0);
	ck_assert_int_eq(ask_tunnels(&answers, "/dev/null", NULL), -ENOTDIR);
	ck_assert_uint_eq(answers.count, 0);
}
END_TEST

START_TEST(other_files_are_left_out)
{
	struct answers answers;

	make_file("a.txt", "");
	make_file(".sock", "");
	make_file("-a.sock", "");
	make_file("a b.sock", "");
	make_file("plain.sock", "no socket");
	close(make_socket("a123456789b123456789c123456789d123456789e123456789f123456789g1234.sock",
			  -1));
	ck_assert_int_eq(ask_tunnels(&answers, folder, NULL), 0);
	ck_assert_uint_eq(answers.count, 0);
	answers_clear(&answers);
}
END_TEST

START_TEST(a_leftover_stays_and_is_left_out)
{
	struct answers answers;
	struct stat info;
	char path[200];

	close(make_socket("killed.sock", 5));
	ck_assert_int_eq(ask_tunnels(&answers, folder, NULL), 0);
	ck_assert_uint_eq(answers.count, 0);
	snprintf(path, sizeof(path), "%s/killed.sock", folder);
	ck_assert_int_eq(stat(path, &info), 0);
	answers_clear(&answers);
}
END_TEST

START_TEST(an_answer)
{
	expect_one(say_index, 0, strlen("number 0"));
}
END_TEST

START_TEST(no_answer_at_all)
{
	expect_one(say_nothing, -ENODATA, 0);
}
END_TEST

START_TEST(the_longest_answer)
{
	expect_one(say_64_kib, 0, ANSWER_OCTETS_MAX);
}
END_TEST

START_TEST(an_answer_too_long)
{
	expect_one(say_one_more, -EMSGSIZE, 0);
}
END_TEST

START_TEST(an_answer_without_end)
{
	expect_one(say_without_end, -EMSGSIZE, 0);
}
END_TEST

/* One never accepts; the queue of another is full. Both take the same second. */
START_TEST(not_in_time)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int silent = make_socket("silent.sock", 5), full = make_socket("full.sock", 0);
	int first = socket(AF_UNIX, SOCK_STREAM, 0);
	uint64_t before, took;
	struct answers answers;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/full.sock", folder);
	ck_assert_int_eq(connect(first, (struct sockaddr *)&address, sizeof(address)), 0);
	before = monotonic_ns();
	ck_assert_int_eq(ask_tunnels(&answers, folder, NULL), 0);
	took = (monotonic_ns() - before) / 1000000;
	ck_assert_uint_eq(answers.count, 2);
	ck_assert_int_eq(answers.list[0].err, -ETIMEDOUT);
	ck_assert_int_eq(answers.list[1].err, -ETIMEDOUT);
	ck_assert_uint_ge(took, ANSWER_LIMIT_MS);
	answers_clear(&answers);
	close(first);
	close(full);
	close(silent);
}
END_TEST

START_TEST(many_at_once)
{
	int fds[MANY];
	char text[32];
	struct answers answers;
	pid_t child;

	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "t%03u.sock", i);
		fds[i] = make_socket(text, 5);
	}
	child = start_server(fds, MANY, say_index);
	ck_assert_int_eq(ask_tunnels(&answers, folder, NULL), 0);
	ck_assert_uint_eq(answers.count, MANY);
	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "t%03u", i);
		ck_assert_str_eq(answers.list[i].name, text);
		ck_assert_int_eq(answers.list[i].err, 0);
		snprintf(text, sizeof(text), "number %u", i);
		ck_assert_uint_eq(answers.list[i].size, strlen(text));
		ck_assert_mem_eq(answers.list[i].octets, text, strlen(text));
	}
	answers_clear(&answers);
	/* One of them by its name. */
	ck_assert_int_eq(ask_tunnels(&answers, folder, "t017"), 0);
	ck_assert_uint_eq(answers.count, 1);
	ck_assert_mem_eq(answers.list[0].octets, "number 17", 9);
	answers_clear(&answers);
	stop_server(child);
	for (unsigned int i = 0; i < MANY; i++)
		close(fds[i]);
}
END_TEST

/* More than are asked at once, none of which is there any more. */
START_TEST(a_thousand_leftovers)
{
	struct answers answers;
	char name[32];

	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "t%04u.sock", i);
		make_file(name, "");
	}
	ck_assert_int_eq(ask_tunnels(&answers, folder, NULL), 0);
	ck_assert_uint_eq(answers.count, 0);
	answers_clear(&answers);
}
END_TEST

/* Of this process itself, which has a terminal open. */
START_TEST(terminals_of_pppd)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	char text[64], name[64];
	struct pid_files files;

	ck_assert(master >= 0 && unlockpt(master) == 0 &&
		  ptsname_r(master, name, sizeof(name)) == 0);
	snprintf(text, sizeof(text), "%d\nppp8\n", (int)getpid());
	make_file("ppp8.pid", text);
	slave = open(name, O_RDWR | O_NOCTTY);
	ck_assert_int_ge(slave, 0);
	pid_files_read(&files, folder);
	ck_assert_str_eq(pid_files_interface_on(&files, name), "ppp8");
	ck_assert_ptr_null(pid_files_interface_on(&files, "/dev/pts/none"));
	pid_files_clear(&files);
	close(slave);
	close(master);
}
END_TEST

START_TEST(files_of_pppd)
{
	struct pid_files files;
	char path[200];

	make_file("ppp0.pid", "4712\nppp0\n");
	make_file("ppp-office.pid", "  4713\nwan.1\n");
	make_file("other.pid", "17\n");
	make_file("no-feed.pid", "18\nppp4");
	make_file("negative.pid", "-19\nppp5\n");
	make_file("slash.pid", "20\n../x\n");
	make_file("escape.pid", "21\n\033[2J\n");
	make_file("long.pid", "22\na123456789b12345\n");
	make_file("large.pid", "23                                                      "
			       "                      \nppp6\n");
	make_file("empty.pid", "");
	make_file("ppp7.txt", "24\nppp7\n");
	snprintf(path, sizeof(path), "%s/fifo.pid", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	snprintf(path, sizeof(path), "%s/link.pid", folder);
	ck_assert_int_eq(symlink("ppp0.pid", path), 0);
	pid_files_read(&files, folder);
	ck_assert_uint_eq(files.count, 3);
	ck_assert_str_eq(pid_files_interface(&files, 4712), "ppp0");
	ck_assert_str_eq(pid_files_interface(&files, 4713), "wan.1");
	ck_assert_str_eq(pid_files_interface(&files, 18), "ppp4");
	ck_assert_ptr_null(pid_files_interface(&files, 17));
	ck_assert_ptr_null(pid_files_interface(&files, 0));
	pid_files_clear(&files);
	pid_files_read(&files, "/nonexistent");
	ck_assert_uint_eq(files.count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("status_ask");
	TCase *tcase = tcase_create("status_ask");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, no_folder);
	tcase_add_test(tcase, other_files_are_left_out);
	tcase_add_test(tcase, a_leftover_stays_and_is_left_out);
	tcase_add_test(tcase, an_answer);
	tcase_add_test(tcase, no_answer_at_all);
	tcase_add_test(tcase, the_longest_answer);
	tcase_add_test(tcase, an_answer_too_long);
	tcase_add_test(tcase, an_answer_without_end);
	tcase_add_test(tcase, not_in_time);
	tcase_add_test(tcase, many_at_once);
	tcase_add_test(tcase, a_thousand_leftovers);
	tcase_add_test(tcase, files_of_pppd);
	tcase_add_test(tcase, terminals_of_pppd);
	return run_suite(suite);
}
