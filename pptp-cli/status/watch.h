/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_WATCH_H
#define PPTP_CLI_STATUS_WATCH_H

/* The table with rates, again each second until a signal ends it. Returns the exit status. */
int status_watch(const char *name);

#endif
