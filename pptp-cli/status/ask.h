/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_ASK_H
#define PPTP_CLI_STATUS_ASK_H

#include <stddef.h>

#include "status/name.h"

/* What the sockets of tunnels return, as octets: nothing is parsed here. */

#define ANSWER_OCTETS_MAX 65536
/* From the connection to the end of the stream. */
#define ANSWER_LIMIT_MS 1000

struct answer {
	char name[STATUS_NAME_MAX + 1];
	char *octets;
	size_t size;
	int err; /* 0, or -errno; -ETIMEDOUT: not in time, -EMSGSIZE: too long, -ENODATA: none */
};

struct answers {
	struct answer *list; /* by name */
	size_t count;
};

/*
 * Asks the tunnels whose sockets are in the folder; name: only that one, NULL: all. Sockets without a
 * process are left out, and a folder that does not exist has none. 0, or -errno of the folder.
 */
int ask_tunnels(struct answers *answers, const char *folder, const char *name);
void answers_clear(struct answers *answers);

#endif
