/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_DETACH_H
#define PPTP_CLI_DETACH_H

#include <stdbool.h>

/*
 * Launch mode seen from outside: the process that was started lives as long as pppd's first process
 * and returns its status. The work is done in a child process, which continues as long as pppd does.
 */

enum detach_role {
	DETACH_WORKER, /* go on, and report below */
	DETACH_WAITER, /* exit with the status */
	DETACH_FAILED, /* see errno */
};

/* Call before anything is opened. confined: the waiter gives up what it does not need. */
enum detach_role detach_fork(bool confined, int *report_fdp, int *exit_statusp);

/* pppd runs: the worker's exit status is pppd's from now on, and so is what a signal leads to. */
void detach_pppd_runs(int report_fd);

/* Ask for SIGNALS_STARTER_ENDED. A later change of the user would undo it. */
void detach_follow_waiter(void);

/* pppd continues in the background: the waiter returns 0. Closes report_fd. */
void detach_pppd_left(int report_fd);

#endif
