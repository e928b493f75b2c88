/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_ENDING_H
#define PPTP_CLI_ENDING_H

#include "exit_status.h"
#include "pppd.h"

#include <stdbool.h>

#include <pptp/session.h>

/* What is known when all is over. */
struct ending {
	struct pptp_event_down down; /* reason PPTP_REASON_NONE: the session did not say */
	int signal;                  /* that asked us to stop, or 0 */
	bool was_up;
	bool gre_heard;
	enum exit_status failure; /* of ours and logged already, or EXIT_STATUS_OK */
};

/* Takes over the first reason that an event gives. */
void ending_note(struct ending *ending, const struct pptp_event_down *down);

/* Logs why it ended and returns the exit status. */
enum exit_status ending_log(const struct ending *ending, const struct pppd *pppd);

#endif
