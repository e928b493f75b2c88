/* SPDX-License-Identifier: MIT */
/*
 * Datagrams to a service manager, as sd_notify(3) describes them: the socket is opened while the process may
 * still reach paths, and used until the end. When a tunnel is ready is decided in run.c, the only caller.
 */
#define _GNU_SOURCE
#include "service_notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TEXT_MAX 512

static int manager_fd = -1;

void service_notify_open(void)
{
	/* There is one thread still. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	const char *path = secure_getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = path ? strlen(path) : 0;

	if (length < 2 || length >= sizeof(address.sun_path) || !strchr("/@", *path))
		return;
	memcpy(address.sun_path, path, length);
	/* A name that is no file. */
	if (*path == '@')
		address.sun_path[0] = '\0';
	manager_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (manager_fd >= 0 &&
	    connect(manager_fd, (const struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		service_notify_close();
}

bool service_notify_is_on(void)
{
	return manager_fd >= 0;
}

void service_notify(const char *format, ...)
{
	char text[TEXT_MAX];
	va_list args;

	if (manager_fd < 0)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)send(manager_fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void service_notify_close(void)
{
	if (manager_fd >= 0)
		close(manager_fd);
	manager_fd = -1;
}
