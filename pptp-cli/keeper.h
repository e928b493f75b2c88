/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_KEEPER_H
#define PPTP_CLI_KEEPER_H

/*
 * The keeper: a second process, forked while pptp is root and without a socket for the network, for what the
 * process that reads the network must not be able to do. It keeps the host route, and in launch mode it
 * starts and signals pppd. This is the worker's side of it; keeper_process.c is the process.
 */

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include <pptp/config.h>

#include "keeper_message.h"
#include "pppd.h"

struct keeper {
	pid_t pid;         /* 0: none, or it has ended */
	int fd;            /* -1: likewise */
	int interrupt_fd;  /* a wait for the host route ends when this is readable */
	struct pppd *pppd; /* receives what is reported of it */
	bool answered;
	char route_text[KEEPER_TEXT_MAX]; /* what was last reported of the host route, or "" */
	bool changed;                     /* routes or addresses, since the caller cleared it */
};

#define KEEPER_NONE                                                                                \
	{                                                                                          \
		.fd = -1, .interrupt_fd = -1                                                       \
	}

struct keeper_job {
	char *const *argv;    /* of pppd, looked for in PATH; NULL: none is to be started */
	const sigset_t *mask; /* pppd's */
	int close_fds[5];     /* descriptors that neither may keep, or -1 */
	bool route;           /* a host route is wanted */
	bool confined;        /* give up what is not needed */
};

/* Makes the process. 0 or -errno. */
int keeper_fork(struct keeper *keeper, const struct keeper_job *job);

/* For pptp_config_set_route_hook(), with the keeper as the user. Bounded in time. */
int keeper_route_hook(void *user, const struct pptp_route_query *query, bool needed);

/* The control connection is open: the keeper accepts no other destination. */
void keeper_seal(const struct keeper *keeper);

/* Starts pppd; the result is reported. 0 or -errno. */
int keeper_start_pppd(struct keeper *keeper);

/* SIGTERM, SIGINT, SIGHUP or SIGUSR2 to a pppd that runs. */
void keeper_signal_pppd(const struct keeper *keeper, int number);

/* keeper->fd is readable: what it reports is logged or noted. The descriptor is closed at its end. */
void keeper_take_reports(struct keeper *keeper);

/* After SIGCHLD. */
void keeper_reap(struct keeper *keeper);

/* This process is about to end; a running pppd is left running. */
void keeper_leave(struct keeper *keeper);

#endif
