/* SPDX-License-Identifier: MIT */
/*
 * Gives up the standard streams once the call is up or pppd has gone to the background, so that whoever
 * reads or waits for them goes on. syslog has the lines that standard error no longer gets. The stream
 * that is the PPP link in pty mode is stdio_link.c's. Called by run.c.
 */
#include "streams.h"

#include <unistd.h>

#include "log.h"
#include "null_device.h"

void streams_prepare(struct streams *streams)
{
	streams->stderr_is_terminal = isatty(STDERR_FILENO);
	streams->null_fd = null_device_open();
}

void streams_close(struct streams *streams)
{
	if (streams->null_fd >= 0)
		close(streams->null_fd);
	streams->null_fd = -1;
}

void streams_leave_stderr(const struct streams *streams)
{
	if (streams->stderr_is_terminal)
		return;
	log_leave_stderr();
	if (streams->null_fd >= 0)
		dup2(streams->null_fd, STDERR_FILENO);
}

void streams_leave(struct streams *streams, bool keep_terminal)
{
	if (!keep_terminal)
		streams->stderr_is_terminal = false;
	streams_leave_stderr(streams);
	if (streams->null_fd >= 0) {
		dup2(streams->null_fd, STDIN_FILENO);
		dup2(streams->null_fd, STDOUT_FILENO);
	}
}
