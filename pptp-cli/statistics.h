/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATISTICS_H
#define PPTP_CLI_STATISTICS_H

#include <stdbool.h>

#include <pptp/session.h>

/* Logs the statistics of pptp(8); with `all` also the library's further counters. */
void statistics_log(const struct pptp_session *session, bool all);

#endif
