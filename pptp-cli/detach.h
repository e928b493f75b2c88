/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_DETACH_H
#define PPTP_CLI_DETACH_H

#include <stdbool.h>

/*
 * Returning to the shell once the call is up: the work is done in a child process, and the
 * process that the shell started waits for the child's word, passing on the signals it gets.
 */

enum detach_role {
	DETACH_WORKER, /* go on; say detach_ready() when up */
	DETACH_WAITER, /* exit with the status */
	DETACH_FAILED, /* errno says why */
};

/* Call before anything is opened. */
enum detach_role detach_fork(int *ready_fdp, int *exit_statusp);

/*
 * Lets the waiter return 0, and lets go of the terminal (for null_fd, which is /dev/null) and the
 * folder. Closes ready_fd.
 */
void detach_ready(int ready_fd, int null_fd);

#endif
