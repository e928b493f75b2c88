/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_EVENTS_H
#define PPTP_CLI_EVENTS_H

#include <pptp/session.h>

/* Logs what an event tells a person; why a call or session ended is exit_report.h's to say. */
void event_log(const struct pptp_event *event);

#endif
