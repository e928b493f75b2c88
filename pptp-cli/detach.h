/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_DETACH_H
#define PPTP_CLI_DETACH_H

#include <stdbool.h>

/*
 * Returning to the shell once the call is up: the tunnel runs in a child process, and the
 * process that the shell started waits until it is up, passing on signals.
 */

enum detach_role {
	DETACH_WORKER, /* continue; call detach_ready() when up */
	DETACH_WAITER, /* exit with the status */
	DETACH_FAILED, /* see errno */
};

/* Call before anything is opened. */
enum detach_role detach_fork(int *ready_fdp, int *exit_statusp);

/*
 * Lets the waiter return 0, and releases the terminal (replaced by null_fd, which is /dev/null) and
 * the directory. Closes ready_fd.
 */
void detach_ready(int ready_fd, int null_fd);

#endif
