/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_RUN_H
#define PPTP_CLI_RUN_H

#include "exit_status.h"
#include "options.h"

/*
 * Runs one call from start to end.
 * ready_fd: of detach_fork(), notified when the call is up; -1 to stay in the foreground
 */
enum exit_status run(const struct options *options, int ready_fd);

#endif
