/* SPDX-License-Identifier: MIT */
/*
 * Log lines to the system's logger that never block the tunnel. syslog(3) waits for a logger that does
 * not read, for a full disk or for a log server behind this very tunnel. One datagram a line, in the
 * form that syslog(3) sends. The kernel may hold as few as ten of them: the rest of a burst waits in a
 * short queue, and what does not fit there is dropped and counted. Called by log.c, beside stderr_log.c.
 */
#define _GNU_SOURCE
#include "system_log.h"

#include <errno.h>
#include <paths.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_LENGTH 1500

#define QUEUE_LINES 64
/* A logger that stands still is tried again a few times, and then with the next line. */
#define RETRIES 40

static struct {
	int fd;
	unsigned int first, count;
	unsigned int retries;  /* left */
	bool blocked;          /* the logger is there and has no room */
	unsigned long dropped; /* lines since the last one that was queued */
	char queue[QUEUE_LINES][LINE_MAX_LENGTH];
} state = { .fd = -1 };

static int connect_to_logger(void)
{
	static const struct sockaddr_un logger = { .sun_family = AF_UNIX, .sun_path = _PATH_LOG };

	return connect(state.fd, (const struct sockaddr *)&logger, sizeof(logger));
}

void system_log_open(void)
{
	state.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (state.fd >= 0)
		(void)connect_to_logger();
}

int system_log_descriptor(void)
{
	return state.fd;
}

static void format_line(char line[LINE_MAX_LENGTH], int level, const char *name, const char *text)
{
	time_t now = time(NULL);
	struct tm tm = { 0 };
	char date[32];

	localtime_r(&now, &tm);
	strftime(date, sizeof(date), "%b %e %H:%M:%S", &tm);
	snprintf(line, LINE_MAX_LENGTH, "<%d>%s pptp[%d]: %s: %s", LOG_DAEMON | level, date,
		 (int)getpid(), name, text);
}

/* A logger that was started anew needs a new connection. */
static bool send_line(const char *line)
{
	const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
	size_t length = strlen(line);

	if (send(state.fd, line, length, flags) >= 0)
		return true;
	if (errno != EAGAIN && connect_to_logger() == 0 && send(state.fd, line, length, flags) >= 0)
		return true;
	state.blocked = errno == EAGAIN;
	return false;
}

static void queue_line(int level, const char *name, const char *text)
{
	unsigned int last = (state.first + state.count) % QUEUE_LINES;

	format_line(state.queue[last], level, name, text);
	state.count++;
	state.retries = RETRIES;
}

static void flush(void)
{
	state.blocked = false;
	while (state.count > 0 && send_line(state.queue[state.first])) {
		state.first = (state.first + 1) % QUEUE_LINES;
		state.count--;
	}
}

bool system_log_retry(void)
{
	if (!state.blocked || state.retries == 0)
		return false;
	state.retries--;
	flush();
	return state.blocked;
}

void system_log_line(int level, const char *name, const char *text)
{
	char dropped[80];

	if (state.fd < 0)
		return;
	flush();
	if (state.dropped && state.count < QUEUE_LINES) {
		snprintf(dropped, sizeof(dropped), "%lu %s dropped: the system log was blocked",
			 state.dropped, state.dropped == 1 ? "line" : "lines");
		queue_line(LOG_WARNING, name, dropped);
		state.dropped = 0;
	}
	if (state.count < QUEUE_LINES)
		queue_line(level, name, text);
	else
		state.dropped++;
	flush();
}

void system_log_close(int limit_ms)
{
	struct pollfd pfd = { .fd = state.fd, .events = POLLOUT };

	while (state.blocked && poll(&pfd, 1, limit_ms) > 0)
		flush();
}
