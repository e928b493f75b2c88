/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_TUNNELS_H
#define PPTP_CLI_STATUS_TUNNELS_H

#include "status/ask.h"
#include "status/pid_files.h"
#include "status/tunnel.h"

/* The answers of all tunnels that were asked, read; those that are unreadable too. */

struct tunnels {
	struct tunnel *list; /* by name */
	size_t count;
};

/* The interface comes from the files of pppd where the answer has none. 0 or -ENOMEM. */
int tunnels_read(struct tunnels *tunnels, const struct answers *answers,
		 const struct pid_files *files);
void tunnels_clear(struct tunnels *tunnels);

/* NULL: there is none of that name. */
const struct tunnel *tunnels_find(const struct tunnels *tunnels, const char *name);

#endif
