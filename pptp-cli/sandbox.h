/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SANDBOX_H
#define PPTP_CLI_SANDBOX_H

/* The seccomp filters of the command's processes. */
enum sandbox_role {
	SANDBOX_SESSION,  /* the loop of run.c: reads the network */
	SANDBOX_LAUNCHER, /* the loop of launcher.c: no network, but it reads /proc */
};

/* What sandbox_enter() returns where no filter was built in; the kernel has other errors. */
#define SANDBOX_NOT_BUILT 1

/* For all threads, for good. 0, SANDBOX_NOT_BUILT or -errno. */
int sandbox_enter(enum sandbox_role role);

#endif
