/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_TUNNELS_JSON_H
#define PPTP_CLI_STATUS_TUNNELS_JSON_H

#include <stdio.h>

#include "status/tunnels.h"

/* One object, as in docs/status.schema.json, on one line. */
void tunnels_print_json(FILE *out, const struct tunnels *tunnels);

#endif
