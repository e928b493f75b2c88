/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_DIAGNOSE_H
#define PPTP_CLI_DIAGNOSE_H

#include "options.h"

/*
 * --diagnose: the way to the server step by step, without pppd and without a name or password. Prints
 * the steps and what is wrong; returns the exit status of the cause.
 */
int diagnose(const struct options *options);

#endif
