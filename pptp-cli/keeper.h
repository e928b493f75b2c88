/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_KEEPER_H
#define PPTP_CLI_KEEPER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * The process between us and pppd, in launch mode. It is made while we are root still, starts pppd
 * as root when it is told to, signals it when it is told to, and ends when pppd has ended. It hears
 * one word at a time from us and nothing from the network; we ourselves can do none of this, as
 * we are an ordinary user by then.
 *
 * pppd goes to the background by itself: the process that was started then ends with status 0 and
 * its child goes on. The keeper is the reaper of such orphans, so that it sees their end too.
 */
enum keeper_order {
	KEEPER_START = 's',
	KEEPER_TERMINATE = 't',
	KEEPER_LEAVE = 'l', /* we are about to end; without it the end of us is worth a log line */
};

enum keeper_news {
	KEEPER_STARTED, /* value: the process, or -errno */
	KEEPER_ENDED,   /* value: the status of waitpid(2); the keeper ends with it */
};

struct keeper_word {
	enum keeper_news news;
	int value;
};

struct keeper_job {
	char **argv;          /* of pppd, looked for in PATH */
	const sigset_t *mask; /* pppd's */
	int not_for_it;       /* a descriptor that neither may hold */
	bool confined;        /* give up what is not needed once pppd runs */
};

/*
 * The keeper's process id or -errno; *fdp is a socket: one octet is an enum keeper_order, what comes
 * back a struct keeper_word.
 */
pid_t keeper_fork(const struct keeper_job *job, int *fdp);

#endif
