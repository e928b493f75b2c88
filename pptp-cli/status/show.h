/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_SHOW_H
#define PPTP_CLI_STATUS_SHOW_H

#include "options.h"

/* pptp --status. Returns the exit status. */
int status_show(const struct options *options);

#endif
