/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_UNIT_STATISTICS_H
#define PPTP_CLI_UNIT_STATISTICS_H

/*
 * The counters of pppd's interface, for the kernel's data path: what the kernel counts there is all that is
 * counted.
 */

/* A descriptor to read them from later. -1: not available. */
int unit_statistics_open(void);

/* interface: "" before PPP is up. */
void unit_statistics_log(int fd, const char *interface);

#endif
