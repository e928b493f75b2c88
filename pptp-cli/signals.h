/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SIGNALS_H
#define PPTP_CLI_SIGNALS_H

#include <signal.h>

/*
 * Blocks the signals we handle and returns a descriptor to read them from, or -errno.
 * *old_maskp receives the mask that a program we start shall have.
 */
int signals_open(sigset_t *old_maskp);

/* The next signal, 0 when there is none. */
int signals_next(int fd);

#endif
