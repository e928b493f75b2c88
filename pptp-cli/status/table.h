/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_TABLE_H
#define PPTP_CLI_STATUS_TABLE_H

#include <stdio.h>

#include "status/tunnels.h"

/* What the tunnels counted some time ago, for rates. */
struct earlier {
	struct tunnels tunnels; /* those of a tunnel that is not in it are not known */
	uint64_t ns;            /* how long ago */
};

/* A line for each tunnel, with a sentence below where it is not connected. earlier: NULL without rates. */
void table_print(FILE *out, const struct tunnels *tunnels, const struct earlier *earlier);

#endif
