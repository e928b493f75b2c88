/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SANDBOX_H
#define PPTP_CLI_SANDBOX_H

/* The seccomp filters of the command's processes. */
enum sandbox_role {
	SANDBOX_SESSION,  /* the loop of run.c: reads the network, and opens nothing */
	SANDBOX_KEEPER,   /* the loop of keeper_process.c: netlink on sockets that are open */
	SANDBOX_LAUNCHER, /* the same in launch mode: it signals pppd and reads /proc too */
	SANDBOX_REMOVER,  /* waits in remover.c for the end, and removes one file */
};

/* What sandbox_enter() returns where no filter was built in; the kernel has other errors. */
#define SANDBOX_NOT_BUILT 1

/* Those with which a filter allows more; -1: none. */
struct sandbox_descriptors {
	int log;      /* connected again */
	int channel;  /* the kernel's, connected once */
	int listener; /* accepts */
	int folder;   /* files are removed from it */
};

#define SANDBOX_NO_DESCRIPTORS                                                                     \
	{                                                                                          \
		-1, -1, -1, -1                                                                     \
	}

/* For all threads, for good. 0, SANDBOX_NOT_BUILT or -errno. */
int sandbox_enter(enum sandbox_role role, const struct sandbox_descriptors *descriptors);

#endif
