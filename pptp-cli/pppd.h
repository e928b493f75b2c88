/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_PPPD_H
#define PPTP_CLI_PPPD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* The pppd that we start (launch mode), through a process that stays root: see launcher.h. */
struct pppd {
	pid_t launcher; /* 0: none */
	int launcher_fd;
	int master;    /* of its terminal, until it is taken */
	bool running;  /* as far as we know */
	bool detached; /* the first process has ended, pppd continues in the background */
	bool ended;    /* for good; wait_status is the last one's */
	int wait_status;
	char terminal[64]; /* the slave's name */
};

#define PPPD_NONE                                                                                  \
	{                                                                                          \
		.launcher_fd = -1, .master = -1                                                    \
	}

/*
 * While root: opens a pty in raw mode and makes the launcher that runs
 * "pppd <terminal> 38400 <arguments>" from PATH with this signal mask when the time comes.
 * 0 or -errno.
 */
int pppd_prepare(struct pppd *pppd, const char *const *arguments, int count, const sigset_t *mask,
		 bool confined);

/* The pty's master, owned by the caller from now on. */
int pppd_take_master(struct pppd *pppd);

/* 0 or -errno, the one of exec as well. */
int pppd_start(struct pppd *pppd, pid_t *pidp);

/* launcher_fd is readable: sets detached or ended. The descriptor is closed at the launcher's end. */
void pppd_take_reports(struct pppd *pppd);

/* After SIGCHLD. Returns true when pppd has ended just now. */
bool pppd_reap(struct pppd *pppd);

/* SIGTERM, SIGINT, SIGHUP or SIGUSR2 to a pppd that runs. */
void pppd_signal(const struct pppd *pppd, int number);

/* This process is about to end; a running pppd is left running. */
void pppd_leave(struct pppd *pppd);

enum pppd_outcome {
	PPPD_WAS_UP,         /* PPP was up: the path carries GRE both ways */
	PPPD_FINE,           /* it ended as it was asked to */
	PPPD_HUNG_UP,        /* the link was hung up, or its peer no longer answered */
	PPPD_NOT_NEGOTIATED, /* no agreement, or no peer that answers */
	PPPD_FAILED,
};

/* How it ended, with a sentence that is valid until the next call. */
enum pppd_outcome pppd_outcome(const struct pppd *pppd, const char **textp);

#endif
