/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SYSTEM_LOG_H
#define PPTP_CLI_SYSTEM_LOG_H

/* syslog(3) without waiting, for a process with a loop of its own. */

#include <stdbool.h>

/* Connects, while still root: not every /dev/log is open to all users. */
void system_log_open(void);

/* The descriptor, for the filter of system calls; -1: none. */
int system_log_descriptor(void);

/* level: as of syslog(3); name: begins the line */
void system_log_line(int level, const char *name, const char *text);

/* Tries again what the logger did not take; whether to call this again, some time later. */
bool system_log_retry(void);

/* The process is about to end: waits for the logger at most so long. */
void system_log_close(int limit_ms);

#endif
