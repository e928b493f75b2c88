/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_PROCESSES_H
#define PPTP_CLI_PROCESSES_H

#include "keeper.h"
#include "options.h"
#include "pppd.h"

/*
 * While root, before any socket is opened: pppd's terminal in launch mode, and the keeper, if one is needed
 * for pppd or for the host route. mask: pppd's signal mask; close_fds: descriptors of this process alone.
 * Logs what fails. 0 or -errno.
 */
int processes_prepare(struct keeper *keeper, struct pppd *pppd, const struct options *options,
		      const sigset_t *mask, const int close_fds[4]);

#endif
