/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_RUN_H
#define PPTP_CLI_RUN_H

#include <sys/types.h>

#include "exit_status.h"
#include "options.h"

/*
 * Runs one call from start to end. Returns the exit status: an enum exit_status, or pppd's when pppd
 * was started.
 * report_fd: of detach_fork(), or -1
 * starter: the process that was started
 */
int run(const struct options *options, int report_fd, pid_t starter);

#endif
