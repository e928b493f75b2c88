/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_CONFIGURE_H
#define PPTP_CLI_CONFIGURE_H

#include <pptp/session.h>

#include "exit_status.h"
#include "options.h"

/* Makes the session for the options; errors are logged. */
enum exit_status configure_session(const struct options *options, struct pptp_session **sessionp);
/* Starts it; an error is logged. */
enum exit_status configure_start(struct pptp_session *session);

#endif
