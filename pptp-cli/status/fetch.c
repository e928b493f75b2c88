/* SPDX-License-Identifier: MIT */
/*
 * Fetches the raw answers of tunnels, and pppd's files, with the privileges of whoever runs the command.
 * Called by show.c and watch.c, before privileges are dropped.
 */
#define _GNU_SOURCE
#include "status/fetch.h"

#include <errno.h>
#include <stdio.h>

#include <pptp/types.h>

void fetch(struct fetched *fetched, const char *name, bool with_others)
{
	*fetched = (struct fetched){ 0 };
	fetched->err = ask_tunnels(&fetched->answers, STATUS_FOLDER, name);
	if (!fetched->err && with_others && name && fetched->answers.count == 0)
		fetched->err = ask_tunnels(&fetched->others, STATUS_FOLDER, NULL);
	if (!fetched->err)
		pid_files_read(&fetched->files, PID_FILES_FOLDER);
}

void fetched_clear(struct fetched *fetched)
{
	answers_clear(&fetched->answers);
	answers_clear(&fetched->others);
	pid_files_clear(&fetched->files);
}

static bool is_not_permitted(const struct fetched *fetched)
{
	const struct answers *answers = &fetched->answers;
	size_t refused = 0;

	if (fetched->err)
		return fetched->err == -EACCES;
	for (size_t i = 0; i < answers->count; i++)
		refused += answers->list[i].err == -EACCES;
	return refused > 0 && refused == answers->count;
}

enum exit_status fetched_refusal(const struct fetched *fetched)
{
	if (is_not_permitted(fetched)) {
		fprintf(stderr,
			"pptp: not permitted to read the status of tunnels in %s: only "
			"root and the group pptp may\n",
			STATUS_FOLDER);
		return EXIT_STATUS_NOT_PERMITTED;
	}
	if (!fetched->err)
		return EXIT_STATUS_OK;
	fprintf(stderr, "pptp: cannot read the status of tunnels in %s: %s\n", STATUS_FOLDER,
		pptp_strerror(fetched->err));
	return EXIT_STATUS_SYSTEM;
}
