/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SANDBOX_H
#define PPTP_CLI_SANDBOX_H

/* The seccomp filters of the command's processes. */
enum sandbox_role {
	SANDBOX_SESSION,  /* the loop of run.c: reads the network, and opens nothing */
	SANDBOX_KEEPER,   /* the loop of keeper_process.c: netlink on sockets that are open */
	SANDBOX_LAUNCHER, /* the same in launch mode: it signals pppd and reads /proc too */
};

/* What sandbox_enter() returns where no filter was built in; the kernel has other errors. */
#define SANDBOX_NOT_BUILT 1

/*
 * For all threads, for good. Only these sockets may be connected: the system's log, again, and the kernel's
 * channel; -1: none. 0, SANDBOX_NOT_BUILT or -errno.
 */
int sandbox_enter(enum sandbox_role role, int log_fd, int channel_fd);

#endif
