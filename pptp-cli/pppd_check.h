/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_PPPD_CHECK_H
#define PPTP_CLI_PPPD_CHECK_H

#include <stdbool.h>

/*
 * What can be known before the server is called: pppd is in PATH, and the kernel has PPP. Logs what
 * is missing.
 */
bool pppd_check(void);

#endif
