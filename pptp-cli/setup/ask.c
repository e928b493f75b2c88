/* SPDX-License-Identifier: MIT */
/*
 * Questions on the terminal, and a password as a line of standard input. The terminal shows what is
 * typed again whatever ends the program. Called by create.c.
 */
#define _GNU_SOURCE
#include "setup/ask.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "setup/say.h"

/* Those that end a program by its terminal, or from outside. */
static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
#define ENDING_COUNT (sizeof(ending) / sizeof(ending[0]))

/* For the handler. */
static struct termios shown;

/* Octet by octet: what stands behind the line belongs to others. */
static int read_line_of(char *answer, size_t size, const char *what)
{
	size_t length = 0;
	ssize_t got;
	char c;

	while ((got = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') {
		if (c == '\0')
			return complain("%s contains a null, which pppd cannot hold", what);
		if (length + 1 == size)
			return complain("%s is too long: at most %zu octets fit", what, size - 1);
		answer[length++] = c;
	}
	answer[length] = '\0';
	if (got < 0)
		return complain("cannot read %s: %s", what, reason(errno));
	if (got == 0 && length == 0)
		return complain("standard input ended before %s", what);
	return 0;
}

bool ask_is_possible(void)
{
	return isatty(STDIN_FILENO);
}

int ask_line(const char *question, char *answer, size_t size)
{
	fprintf(stderr, "%s: ", question);
	return read_line_of(answer, size, "the answer");
}

int ask_standard_input(char *answer, size_t size)
{
	return read_line_of(answer, size, "the password");
}

static void restore_and_end(int number)
{
	(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	/* Its own action is the usual one again, by SA_RESETHAND. */
	(void)raise(number);
}

/* Suspended, the shell would have a terminal that shows nothing. */
static void catch_signals(struct sigaction old[ENDING_COUNT], struct sigaction *stop)
{
	struct sigaction action = { .sa_handler = restore_and_end, .sa_flags = SA_RESETHAND };

	for (size_t i = 0; i < ENDING_COUNT; i++)
		(void)sigaction(ending[i], &action, &old[i]);
	action = (struct sigaction){ .sa_handler = SIG_IGN };
	(void)sigaction(SIGTSTP, &action, stop);
}

static void release_signals(const struct sigaction old[ENDING_COUNT], const struct sigaction *stop)
{
	for (size_t i = 0; i < ENDING_COUNT; i++)
		(void)sigaction(ending[i], &old[i], NULL);
	(void)sigaction(SIGTSTP, stop, NULL);
}

int ask_password(const char *question, char *answer, size_t size)
{
	struct sigaction old[ENDING_COUNT], stop;
	struct termios hidden;
	int err;

	if (tcgetattr(STDIN_FILENO, &shown) < 0)
		return complain("cannot ask for the password: %s", reason(errno));
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	catch_signals(old, &stop);
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden) < 0) {
		err = complain("cannot hide the password: %s", reason(errno));
	} else {
		fprintf(stderr, "%s (not shown): ", question);
		err = read_line_of(answer, size, "the password");
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
		fputc('\n', stderr);
	}
	release_signals(old, &stop);
	return err;
}
