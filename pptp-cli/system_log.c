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
} logger = { .fd = -1 };

static int connect_to_logger(void)
{
	static const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = _PATH_LOG };

	return connect(logger.fd, (const struct sockaddr *)&address, sizeof(address));
}

void system_log_open(void)
{
	logger.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (logger.fd >= 0)
		(void)connect_to_logger();
}

int system_log_descriptor(void)
{
	return logger.fd;
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

	if (send(logger.fd, line, length, flags) >= 0)
		return true;
	if (errno != EAGAIN && connect_to_logger() == 0 &&
	    send(logger.fd, line, length, flags) >= 0)
		return true;
	logger.blocked = errno == EAGAIN;
	return false;
}

static void queue_line(int level, const char *name, const char *text)
{
	unsigned int last = (logger.first + logger.count) % QUEUE_LINES;

	format_line(logger.queue[last], level, name, text);
	logger.count++;
	logger.retries = RETRIES;
}

static void flush(void)
{
	logger.blocked = false;
	while (logger.count > 0 && send_line(logger.queue[logger.first])) {
		logger.first = (logger.first + 1) % QUEUE_LINES;
		logger.count--;
	}
}

bool system_log_retry(void)
{
	if (!logger.blocked || logger.retries == 0)
		return false;
	logger.retries--;
	flush();
	return logger.blocked;
}

void system_log_line(int level, const char *name, const char *text)
{
	char dropped[80];

	if (logger.fd < 0)
		return;
	flush();
	if (logger.dropped && logger.count < QUEUE_LINES) {
		snprintf(dropped, sizeof(dropped), "%lu %s dropped: the system log was blocked",
			 logger.dropped, logger.dropped == 1 ? "line" : "lines");
		queue_line(LOG_WARNING, name, dropped);
		logger.dropped = 0;
	}
	if (logger.count < QUEUE_LINES)
		queue_line(level, name, text);
	else
		logger.dropped++;
	flush();
}

void system_log_close(int limit_ms)
{
	struct pollfd pfd = { .fd = logger.fd, .events = POLLOUT };

	while (logger.blocked && poll(&pfd, 1, limit_ms) > 0)
		flush();
}
