/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_LAUNCHER_H
#define PPTP_CLI_LAUNCHER_H

#include <stdbool.h>
#include <sys/types.h>

#include "keeper.h"

/*
 * pppd as a child of the keeper. pppd goes to the background by itself: the process that was started then
 * ends with status 0 and its child continues. The keeper is the reaper of such orphans, so that it
 * is notified of their end too.
 */
struct launcher {
	const struct keeper_job *job;
	int report_fd;
	int exec_fd; /* -1, or until exec has succeeded or failed; to poll for reading */
	pid_t pppd;  /* 0: it does not run */
};

#define LAUNCHER_NONE(keeper_job, fd)                                                              \
	{                                                                                          \
		.job = (keeper_job), .report_fd = (fd), .exec_fd = -1                              \
	}

/* The result is reported: at once, or by launcher_exec_done(). */
void launcher_start(struct launcher *launcher);

/* exec_fd is readable. Whether pppd runs now. */
bool launcher_exec_done(struct launcher *launcher);

void launcher_signal(const struct launcher *launcher, int number);

/* A child has ended; after launcher_exec_done(). pppd's end, or its step into the background, is reported. */
void launcher_reap(struct launcher *launcher);

/* Nobody waits for a pppd any more that has not begun yet. */
void launcher_abandon(const struct launcher *launcher);

#endif
