/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_WATCH_H
#define PPTP_CLI_STATUS_WATCH_H

#include <stdbool.h>

/* The table with rates, again each second until a signal ends it. confined: what prints has no privilege. */
int status_watch(const char *name, bool confined);

#endif
