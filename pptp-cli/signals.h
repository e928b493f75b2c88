/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SIGNALS_H
#define PPTP_CLI_SIGNALS_H

#include <signal.h>
#include <sys/types.h>

/* Adds the signals that request an end to the mask, except those that the caller set to be ignored. */
void signals_add_ends(sigset_t *mask);

/*
 * Blocks the signals we handle and returns a descriptor to read them from, or -errno.
 * *old_maskp receives the mask for programs that we start.
 */
int signals_open(sigset_t *old_maskp);

/* In the child, before a program is started: restore the caller's ignored and blocked signals. */
void signals_give_back(const sigset_t *old_mask);

/* The kernel sends it when the process that was started ends; no other signal is merged with it. */
#define SIGNALS_STARTER_ENDED SIGRTMIN

/* The next signal, 0 when there is none. *senderp: the process that sent it. */
int signals_next(int fd, pid_t *senderp);

#endif
