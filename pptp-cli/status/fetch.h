/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_FETCH_H
#define PPTP_CLI_STATUS_FETCH_H

#include <stdbool.h>

#include "status/ask.h"
#include "status/pid_files.h"

/* All that --status needs the caller's privileges for. */
struct fetched {
	int err; /* of the folder, 0 or -errno */
	struct answers answers;
	struct pid_files files;
	struct answers others; /* the names that there are where the one asked for is not */
};

/* name: of one tunnel; NULL: all. */
void fetch(struct fetched *fetched, const char *name);
void fetched_clear(struct fetched *fetched);

/* Whether nothing could be asked; then a sentence on standard error says why. */
bool fetched_is_refused(const struct fetched *fetched);

/* Whether that is for want of permission. */
bool fetched_is_not_permitted(const struct fetched *fetched);

#endif
