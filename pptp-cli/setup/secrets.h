/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SETUP_SECRETS_H
#define PPTP_CLI_SETUP_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

/* Edits of chap-secrets as a text. Every other octet of it stays as it is. */

struct secrets {
	char *text; /* from malloc(); need not end in a null */
	size_t length;
};

enum secrets_result {
	SECRETS_SAME, /* there was nothing to change */
	SECRETS_CHANGED,
	SECRETS_MEMORY,
	SECRETS_BROKEN, /* the text ends within a quotation: a new line would be part of it */
};

/* The secret that pppd finds under exactly these two names; `secret` has WORD_MAX + 1 octets. */
bool secrets_find(const struct secrets *secrets, const char *client, const char *server,
		  char *secret);

/* In the line of the two names, or in a new one at the end. The old text is wiped and freed. */
enum secrets_result secrets_set(struct secrets *secrets, const char *client, const char *server,
				const char *secret);

/* All lines of the two names. */
enum secrets_result secrets_remove(struct secrets *secrets, const char *client, const char *server);

/* Wipe and free the text. */
void secrets_clear(struct secrets *secrets);

#endif
