/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_EXIT_REPORT_H
#define PPTP_CLI_EXIT_REPORT_H

#include <stdbool.h>

#include <pptp/session.h>

#include "exit_status.h"
#include "pppd.h"

/* What is known at the end. */
struct exit_report {
	struct pptp_event_down down; /* reason PPTP_REASON_NONE: the session gave none */
	int signal;                  /* that stopped the session, or 0 */
	bool asked;                  /* it came before anything else had ended the session */
	bool was_up;
	bool gre_heard;
	bool one_way;             /* none of our packets was acknowledged */
	enum exit_status failure; /* of ours and logged already, or EXIT_STATUS_OK */
};

/* Stores the first reason that an event contains. */
void exit_report_note(struct exit_report *report, const struct pptp_event_down *down);

/* Whether the server ended it, which many do at once when PPP fails. */
bool exit_report_is_servers_end(const struct exit_report *report);

/* Logs why it ended and returns the exit status. */
enum exit_status exit_report_log(const struct exit_report *report, const struct pppd *pppd);

#endif
