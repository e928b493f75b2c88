/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_DETAILS_H
#define PPTP_CLI_STATUS_DETAILS_H

#include <stdio.h>

#include "status/tunnel.h"

/* What --status NAME prints below the table: a line "key: value" for each thing that is known. */
void details_print(FILE *out, const struct tunnel *tunnel);

#endif
