/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_PPPD_H
#define PPTP_CLI_PPPD_H

#include <stdbool.h>

/* The pppd that we start (launch mode), as the keeper reports it: see keeper.h. */
struct pppd {
	int master;       /* of its terminal, until it is taken */
	int start_result; /* 0: not known yet; its process, or -errno, that of exec as well */
	bool running;     /* as far as we know */
	int pid;          /* its process now; 0: not known */
	bool detached;    /* the first process has ended, pppd continues in the background */
	bool ended;       /* for good; wait_status is the last one's */
	int wait_status;
	char terminal[64]; /* the slave's name */
};

#define PPPD_NONE                                                                                  \
	{                                                                                          \
		.master = -1                                                                       \
	}

/* Opens its pty, in raw mode. 0 or -errno. */
int pppd_open_pty(struct pppd *pppd);

/* "pppd <terminal> 38400 <arguments>"; free() it. NULL without memory. */
char **pppd_command_line(const struct pppd *pppd, const char *const *arguments, int count);

/* The pty's master, owned by the caller from now on. */
int pppd_take_master(struct pppd *pppd);

/* The exit status of a pppd that has ended, as of pptp-linux, whose process becomes pppd. */
int pppd_exit_status(const struct pppd *pppd);

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
