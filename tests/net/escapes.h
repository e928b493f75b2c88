/* SPDX-License-Identifier: MIT */
#ifndef TESTS_NET_ESCAPES_H
#define TESTS_NET_ESCAPES_H

/* What injected code would try in a process of the command. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum process {
	WORKER = 1,   /* in pty and in launch mode */
	KEEPER = 2,   /* of pty mode */
	LAUNCHER = 4, /* the keeper of launch mode, once pppd runs */
	REMOVER = 8,  /* of the status socket */
};

/* What such a process has open. */
struct held {
	int tcp, gre, netlink, log;
	int listener;     /* with a connection that waits */
	int folder;       /* with a file named victim */
	char outside[64]; /* the path of a file beside that folder */
	pid_t other;      /* a process of root that does nothing */
};

extern struct held held;

struct attempt {
	const char *name;
	long (*run)(void); /* negative with errno when it fails */
	long number;       /* without a function: a system call, with 0 for all arguments */
	int done_by;       /* processes that exist for it */
	bool killed;       /* it ends the process: only an attacker makes this call */
};

extern const struct attempt escapes[];
extern const size_t escape_count;

#endif
