/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_EVENTS_H
#define PPTP_CLI_EVENTS_H

#include <pptp/session.h>

/* Logs an event for the user; why a call or session ended is logged by exit_report.h. */
void event_log(const struct pptp_event *event);

#endif
