/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_FETCH_H
#define PPTP_CLI_STATUS_FETCH_H

#include <stdbool.h>

#include "exit_status.h"
#include "status/ask.h"
#include "status/pid_files.h"

/* All that --status needs the caller's privileges for. */
struct fetched {
	int err; /* of the folder, 0 or -errno */
	struct answers answers;
	struct pid_files files;
	struct answers others; /* the names that there are where the one asked for is not */
};

/* name: of one tunnel; NULL: all. with_others: where there is none of that name, ask which there are. */
void fetch(struct fetched *fetched, const char *name, bool with_others);
void fetched_clear(struct fetched *fetched);

/* EXIT_STATUS_OK, or where nothing could be asked, after a sentence on standard error, why. */
enum exit_status fetched_refusal(const struct fetched *fetched);

#endif
