/* SPDX-License-Identifier: MIT */
#include "stderr_log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A pipe with any space takes so much in one go; lines of several programs in it stay whole. */
#define LINE_MAX_LENGTH 1500
_Static_assert(LINE_MAX_LENGTH <= PIPE_BUF, "a line is one write to a pipe");

/*
 * A terminal with any space takes so much, as pseudo terminals have it in steps of 256; and a line
 * feed, which becomes two octets there, by itself only.
 */
#define TERMINAL_PIECE 128

static struct {
	const char *name;
	bool open;
	bool terminal;
	bool cut;              /* a terminal took the beginning of the last line only */
	unsigned long missing; /* lines left out since the last one that went out */
} state;

void stderr_log_open(const char *name)
{
	state.name = name;
	state.open = true;
	state.terminal = isatty(STDERR_FILENO);
	state.cut = false;
	state.missing = 0;
}

void stderr_log_close(void)
{
	state.open = false;
}

/*
 * O_NONBLOCK would do it too, but belongs to all who have this descriptor, the user's shell among
 * them. Errors count as space: write() says what they are.
 */
static bool has_space(void)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&pfd, 1, 0) > 0;
}

static size_t terminal_piece(const char *line, size_t length)
{
	const char *line_feed = memchr(line, '\n', length);

	if (line_feed == line)
		return 1;
	if (line_feed)
		length = (size_t)(line_feed - line);
	return length < TERMINAL_PIECE ? length : TERMINAL_PIECE;
}

/* Returns how much of it went out. */
static size_t put(const char *line, size_t length)
{
	size_t done = 0;

	while (done < length && has_space()) {
		size_t left = length - done;
		ssize_t n = write(STDERR_FILENO, line + done,
				  state.terminal ? terminal_piece(line + done, left) : left);

		if (n < 0 && errno != EAGAIN)
			state.open = false;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static bool put_line(const char *text)
{
	char line[LINE_MAX_LENGTH];
	size_t length;
	size_t done;

	snprintf(line, sizeof(line) - 1, "%spptp[%d]: %.200s: %s", state.cut ? "\n" : "",
		 (int)getpid(), state.name, text);
	length = strlen(line);
	line[length++] = '\n';
	done = put(line, length);
	if (done > 0)
		state.cut = done < length;
	return done == length;
}

static bool tell_missing(void)
{
	char text[80];

	snprintf(text, sizeof(text), "%lu %s left out here: standard error was not read",
		 state.missing, state.missing == 1 ? "line was" : "lines were");
	return put_line(text);
}

void stderr_log_line(const char *text)
{
	if (state.open && state.missing > 0 && tell_missing())
		state.missing = 0;
	if (state.open && (state.missing > 0 || !put_line(text)))
		state.missing++;
}
