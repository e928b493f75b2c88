/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "run_suite.h"

#include "stderr_log.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define OUTPUT_MAX (256 * 1024)

/* Standard error is the one end; the other is `reader`. */
struct bed {
	int reader;
	int saved;
};

static void take_over(struct bed *bed, int reader, int writer)
{
	bed->reader = reader;
	bed->saved = dup(STDERR_FILENO);
	dup2(writer, STDERR_FILENO);
	close(writer);
	fcntl(reader, F_SETFL, O_NONBLOCK);
	stderr_log_open("anon");
	alarm(10); /* a write that waits ends the test */
}

static void give_back(const struct bed *bed)
{
	alarm(0);
	stderr_log_close();
	dup2(bed->saved, STDERR_FILENO);
	close(bed->saved);
	if (bed->reader >= 0)
		close(bed->reader);
}

static void make_pipe(struct bed *bed)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	take_over(bed, ends[0], ends[1]);
}

static void make_terminal(struct bed *bed)
{
	int master;
	int slave;

	ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
	take_over(bed, master, slave);
}

static void fill(int fd)
{
	char zeros[4096] = { 0 };

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	fcntl(fd, F_SETFL, 0);
}

/*
 * What has come since the last call, without the returns that a terminal adds. A terminal needs a
 * moment: `timeout` is for the first octet.
 */
static size_t take(const struct bed *bed, char *text, size_t size, int timeout)
{
	struct pollfd pfd = { .fd = bed->reader, .events = POLLIN };
	size_t length = 0;
	size_t kept = 0;
	ssize_t n;

	poll(&pfd, 1, timeout);
	while ((n = read(bed->reader, text + length, size - 1 - length)) > 0)
		length += (size_t)n;
	for (size_t at = 0; at < length; at++)
		if (text[at] != '\r')
			text[kept++] = text[at];
	text[kept] = '\0';
	return kept;
}

static void drain(const struct bed *bed)
{
	static char text[OUTPUT_MAX];

	take(bed, text, sizeof(text), 0);
}

static void expect(const struct bed *bed, const char *first, const char *second)
{
	char wanted[400];
	char got[400];
	size_t length = 0;

	snprintf(wanted, sizeof(wanted), "pptp[%d]: anon: %s\n", (int)getpid(), first);
	if (second)
		snprintf(wanted + strlen(wanted), sizeof(wanted) - strlen(wanted),
			 "pptp[%d]: anon: %s\n", (int)getpid(), second);
	while (length < strlen(wanted))
		length += take(bed, got + length, sizeof(got) - length, -1);
	ck_assert_str_eq(got, wanted);
}

/* A line of `length` octets whose end can be told from a cut. */
static void log_long_line(size_t length)
{
	char text[1200];

	memset(text, 'x', sizeof(text));
	strcpy(text + length, ".");
	stderr_log_line(text);
}

static bool ends_with(const char *text, const char *end, const char *wanted)
{
	size_t length = strlen(wanted);

	return (size_t)(end - text) >= length && memcmp(end - length, wanted, length) == 0;
}

static bool starts_with_number(const char *text)
{
	return *text >= '1' && *text <= '9';
}

/* How many lines there are; none is cut but before a line that says how many are missing. */
static size_t count_lines(const char *text)
{
	size_t lines = 0;
	bool cut = false;
	const char *end;
	char start[40];

	snprintf(start, sizeof(start), "pptp[%d]: anon: ", (int)getpid());
	for (; (end = strchr(text, '\n')) != NULL; text = end + 1, lines++) {
		bool tells = starts_with_number(text + strlen(start)) &&
			     ends_with(text, end, " dropped: standard error was blocked");

		ck_assert_int_eq(strncmp(text, start, strlen(start)), 0);
		ck_assert(tells || !cut);
		cut = !tells && !ends_with(text, end, ".");
	}
	ck_assert_str_eq(text, "");
	return lines;
}

START_TEST(full_pipe)
{
	struct bed bed;

	make_pipe(&bed);
	stderr_log_line("before");
	expect(&bed, "before", NULL);
	fill(STDERR_FILENO);
	stderr_log_line("lost");
	stderr_log_line("lost");
	drain(&bed);
	stderr_log_line("after");
	expect(&bed, "2 lines dropped: standard error was blocked", "after");
	fill(STDERR_FILENO);
	stderr_log_line("lost");
	drain(&bed);
	stderr_log_line("after");
	expect(&bed, "1 line dropped: standard error was blocked", "after");
	stderr_log_line("later");
	expect(&bed, "later", NULL);
	/* Others write to it too, and are used to wait. */
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
	give_back(&bed);
}
END_TEST

/* Lines of any length up to the last octet of space: whole, or not at all. */
START_TEST(nearly_full_pipe)
{
	static char text[OUTPUT_MAX];
	size_t lines, dropped = 0, total = 0;
	struct bed bed;

	make_pipe(&bed);
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_SETPIPE_SZ, 8192), 8192);
	for (size_t n = 0; n < 100; n++)
		log_long_line(n * 37 % 1190);
	take(&bed, text, sizeof(text), 0);
	lines = count_lines(text);
	ck_assert_uint_gt(lines, 5);
	ck_assert_uint_lt(lines, 100);
	/* A short line may fit where a long one did not: the counts are right. */
	for (const char *at = text; (at = strstr(at, " dropped: standard")); at++) {
		const char *count = at;

		while (count[-1] != '\n')
			count--;
		sscanf(count, "pptp[%*d]: anon: %zu", &dropped);
		total += dropped;
		lines--;
	}
	ck_assert_uint_le(lines + total, 100);
	give_back(&bed);
}
END_TEST

START_TEST(full_socket)
{
	struct bed bed;
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	take_over(&bed, ends[0], ends[1]);
	stderr_log_line("before");
	expect(&bed, "before", NULL);
	fill(STDERR_FILENO);
	stderr_log_line("lost");
	drain(&bed);
	stderr_log_line("after");
	expect(&bed, "1 line dropped: standard error was blocked", "after");
	ck_assert_int_eq(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
	give_back(&bed);
}
END_TEST

/* What others have written to it stays. */
START_TEST(file_is_appended_to)
{
	char path[] = "/tmp/stderr_log_XXXXXX";
	struct bed bed;
	int writer = mkstemp(path);

	ck_assert_int_ge(writer, 0);
	ck_assert_int_eq(write(writer, "kept\n", 5), 5);
	take_over(&bed, open(path, O_RDONLY), writer);
	unlink(path);
	ck_assert_int_eq(lseek(bed.reader, 5, SEEK_SET), 5);
	stderr_log_line("line");
	expect(&bed, "line", NULL);
	give_back(&bed);
}
END_TEST

START_TEST(reader_gone)
{
	struct bed bed;

	signal(SIGPIPE, SIG_IGN);
	make_pipe(&bed);
	close(bed.reader);
	bed.reader = -1;
	stderr_log_line("nobody is there");
	stderr_log_line("nor now");
	give_back(&bed);
}
END_TEST

START_TEST(closed)
{
	struct bed bed;
	char octet;

	make_pipe(&bed);
	stderr_log_close();
	stderr_log_line("not meant for it");
	close(STDERR_FILENO);
	ck_assert_int_eq(read(bed.reader, &octet, 1), 0);
	give_back(&bed);
}
END_TEST

/* Ctrl-S */
START_TEST(stopped_terminal)
{
	struct bed bed;

	make_terminal(&bed);
	tcflow(STDERR_FILENO, TCOOFF);
	stderr_log_line("lost");
	stderr_log_line("lost");
	tcflow(STDERR_FILENO, TCOON);
	stderr_log_line("after");
	expect(&bed, "2 lines dropped: standard error was blocked", "after");
	give_back(&bed);
}
END_TEST

/* A terminal takes a part of a line; that is cut, and the next one does not stick to it. */
START_TEST(full_terminal)
{
	static char text[OUTPUT_MAX];
	struct bed bed;
	size_t length = 0;

	make_terminal(&bed);
	for (size_t n = 0; n < 1000; n++)
		log_long_line((size_t)_i * 7);
	do {
		stderr_log_line("the end.");
		length += take(&bed, text + length, sizeof(text) - length, 10);
	} while (!strstr(text, "the end.\n"));
	ck_assert_uint_gt(count_lines(text), 10);
	ck_assert_ptr_nonnull(strstr(text, "dropped: standard"));
	give_back(&bed);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stderr_log");
	TCase *tcase = tcase_create("stderr_log");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, full_pipe);
	tcase_add_test(tcase, nearly_full_pipe);
	tcase_add_test(tcase, full_socket);
	tcase_add_test(tcase, file_is_appended_to);
	tcase_add_test(tcase, reader_gone);
	tcase_add_test(tcase, closed);
	tcase_add_test(tcase, stopped_terminal);
	tcase_add_loop_test(tcase, full_terminal, 0, 100);
	return run_suite(suite);
}
