/* SPDX-License-Identifier: MIT */
/*
 * A descriptor that takes and gives nothing: /dev/null, or where a container has none, a socket whose
 * other end is closed. It stands in for a standard stream that is closed or that is given up. Called
 * by main.c, streams.c, stdio_link.c, launcher.c and setup/main.c.
 */
#include "null_device.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

int null_device_open(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int ends[2];

	if (fd >= 0)
		return fd;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	close(ends[1]);
	return ends[0];
}
