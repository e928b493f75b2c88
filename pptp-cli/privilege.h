/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_PRIVILEGE_H
#define PPTP_CLI_PRIVILEGE_H

#include <stdbool.h>

/*
 * Dropping root's privileges in steps, each as early as possible. A step that is refused is logged
 * once, and the tunnel still comes up.
 */

struct privilege_needs {
	bool route; /* to change the host route: CAP_NET_ADMIN */
	bool mark; /* to mark another socket: CAP_NET_ADMIN, or CAP_NET_RAW if only that is available */
};

/* Set-user-ID: replace the environment, which the caller has chosen. */
void privilege_check_environment(void);

/*
 * Before anything is read from the network: become an unprivileged user, keep only the capabilities
 * that are needed, and gain none by exec. The GRE socket must be open by now.
 */
void privilege_drop(const struct privilege_needs *needs);

/* From the first connection on: only the system calls that the loop needs. */
void privilege_confine(void);

/* The control connection is up: drop what is not needed any more. */
void privilege_settle(const struct privilege_needs *needs);

/* All steps at once and without a log line, for the process that waits for pppd; it stays root. */
void privilege_drop_launcher(void);

/* The same for the process that was started: it may signal a worker of another user, no more. */
void privilege_drop_waiter(void);

/* A hint for a process or thread that could not be started; "" where the error is sufficient. */
const char *privilege_hint_of_limit(int error);

#endif
