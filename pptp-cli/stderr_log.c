/* SPDX-License-Identifier: MIT */
/*
 * Log lines to standard error that never block the tunnel. Pipes and terminals are opened once more,
 * non-blocking, through /proc: an open file of our own, so that the flags of the shell and others
 * who share the descriptor do not change. What cannot be written at once is dropped and counted. Called
 * by log.c, beside syslog.
 */
#include "stderr_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe accepts this much as a whole or not at all, so lines of several programs stay whole. */
#define LINE_MAX_LENGTH 1500
_Static_assert(LINE_MAX_LENGTH <= PIPE_BUF, "a line is one write to a pipe");

static struct {
	const char *name;
	int fd; /* -1: closed */
	bool socket;
	bool file;
	bool cut;              /* a terminal took only the beginning of the last line */
	unsigned long dropped; /* lines since the last one that was written */
} state = { .fd = -1 };

void stderr_log_open(const char *name)
{
	struct stat st = { 0 };

	state.name = name;
	state.fd = STDERR_FILENO;
	state.cut = false;
	state.dropped = 0;
	(void)fstat(STDERR_FILENO, &st);
	state.socket = S_ISSOCK(st.st_mode);
	state.file = S_ISREG(st.st_mode);
	if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
		int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		/* Refused after su, and without /proc. */
		if (fd >= 0)
			state.fd = fd;
	}
}

bool stderr_log_is_file(void)
{
	return state.file;
}

void stderr_log_close(void)
{
	if (state.fd > STDERR_FILENO)
		close(state.fd);
	state.fd = -1;
}

/* Octets written, 0 when it would block, -1 after an error. */
static ssize_t put(const char *line, size_t length)
{
	struct pollfd pfd = { .fd = state.fd, .events = POLLOUT };
	ssize_t n;

	if (state.socket)
		n = send(state.fd, line, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	else if (state.fd == STDERR_FILENO && poll(&pfd, 1, 0) <= 0)
		return 0;
	else
		n = write(state.fd, line, length);
	return n < 0 && errno == EAGAIN ? 0 : n;
}

static bool put_line(const char *text)
{
	char line[LINE_MAX_LENGTH];
	ssize_t length, n;

	length = snprintf(line, sizeof(line), "%spptp[%d]: %.200s: %s\n", state.cut ? "\n" : "",
			  (int)getpid(), state.name, text);
	if (length >= (ssize_t)sizeof(line)) {
		length = sizeof(line) - 1;
		line[length - 1] = '\n';
	}
	n = put(line, (size_t)length);
	if (n < 0)
		stderr_log_close();
	if (n > 0)
		state.cut = n < length;
	return n == length;
}

void stderr_log_line(const char *text)
{
	char dropped[80];

	if (state.fd < 0)
		return;
	if (state.dropped) {
		snprintf(dropped, sizeof(dropped), "%lu %s dropped: standard error was blocked",
			 state.dropped, state.dropped == 1 ? "line" : "lines");
		if (put_line(dropped))
			state.dropped = 0;
	}
	if (state.fd >= 0 && (state.dropped || !put_line(text)))
		state.dropped++;
}
