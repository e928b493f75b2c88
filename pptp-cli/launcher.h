/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_LAUNCHER_H
#define PPTP_CLI_LAUNCHER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * The process that starts pppd in launch mode. pppd goes to the background by itself: the process that
 * was started then ends with status 0 and its child continues. The launcher is the reaper of such
 * orphans, so that it is notified of their end too.
 */
enum launcher_order {
	LAUNCHER_HANGUP = SIGHUP, /* these four: send the signal of this number to pppd */
	LAUNCHER_INTERRUPT = SIGINT,
	LAUNCHER_USR2 = SIGUSR2,
	LAUNCHER_TERMINATE = SIGTERM,
	LAUNCHER_LEAVE = 'l', /* the parent is about to end; without it its end is logged */
	LAUNCHER_START = 's',
};

enum launcher_news {
	LAUNCHER_STARTED,  /* value: the process, or -errno */
	LAUNCHER_DETACHED, /* the process that was started has ended with 0, pppd continues */
	LAUNCHER_ENDED,    /* value: the status of waitpid(2); the launcher ends then */
};

struct launcher_report {
	enum launcher_news news;
	int value;
};

struct launcher_job {
	char **argv;          /* of pppd, looked for in PATH */
	const sigset_t *mask; /* pppd's */
	int close_in_child;   /* a descriptor that neither may keep */
	bool confined;        /* give up what is not needed once pppd runs */
};

/*
 * The launcher's process id or -errno; *fdp is a socket: each octet written is an enum
 * launcher_order, each answer a struct launcher_report.
 */
pid_t launcher_fork(const struct launcher_job *job, int *fdp);

#endif
