/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_PPPD_H
#define PPTP_CLI_PPPD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * The pppd that we start (launch mode). pppd goes to the background by itself: the process that
 * we started then ends with status 0 and its child goes on. We are the reaper of such orphans, so
 * that the child becomes ours and its end and exit status are seen too.
 */
struct pppd {
	pid_t pid;  /* 0: none runs that we know of */
	bool ended; /* for good; wait_status is the last one's */
	int wait_status;
	char terminal[64]; /* the slave's name */
};

/*
 * Opens a pty in raw mode. The slave is left to pppd: a master whose slave was never opened shows
 * no hang-up, one whose slave was closed again does. 0 or -errno.
 */
int pppd_open_pty(struct pppd *pppd, int *masterp);

/*
 * Runs "pppd <terminal> 38400 <arguments>" from PATH with this signal mask.
 * 0 or -errno, the one of exec as well.
 */
int pppd_exec(struct pppd *pppd, const char *const *arguments, int count, const sigset_t *mask);

/* After SIGCHLD. Returns true when pppd has ended just now. */
bool pppd_reap(struct pppd *pppd);

void pppd_terminate(const struct pppd *pppd);

enum pppd_outcome {
	PPPD_FINE,    /* it ended as pppd ends */
	PPPD_UNHEARD, /* it heard nothing (any more) from its peer */
	PPPD_FAILED,
};

/* How it ended, with a sentence that is valid until the next call. */
enum pppd_outcome pppd_outcome(const struct pppd *pppd, const char **textp);

#endif
