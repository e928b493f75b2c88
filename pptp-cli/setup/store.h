/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SETUP_STORE_H
#define PPTP_CLI_SETUP_STORE_H

#include "setup/place.h"

/* The passwords of chap-secrets. 1: found or changed, 0: not, -1 after a sentence on standard error. */

/* `secret` has WORD_MAX + 1 octets. */
int store_find(const struct place *place, const char *client, const char *server, char *secret);
/* Under the lock. */
int store_set(const struct place *place, const char *client, const char *server,
	      const char *secret);
int store_remove(const struct place *place, const char *client, const char *server);

#endif
