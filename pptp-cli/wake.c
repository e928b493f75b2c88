/* SPDX-License-Identifier: MIT */
/*
 * Joins the descriptors that wake the loop beside the session: signals, the keeper's reports, pppd's
 * plugin. It reads none of them; run.c asks each. Called by run.c.
 */
#include "wake.h"

#include <errno.h>
#include <sys/epoll.h>

int wake_open(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

int wake_add(int wake_fd, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return fd < 0 || epoll_ctl(wake_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}
