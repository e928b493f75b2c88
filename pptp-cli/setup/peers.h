/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SETUP_PEERS_H
#define PPTP_CLI_SETUP_PEERS_H

#include <stdbool.h>
#include <stddef.h>

#include "setup/checks.h"
#include "status/name.h"

#define PEERS_ROUTES_MAX 64
#define PEERS_ROUTE_MAX  18
/* The longest file that is written; those that are read may be no longer. */
#define PEERS_SIZE 8192

/* What a file in /etc/ppp/peers says. */
struct peer {
	char name[STATUS_NAME_MAX + 1];
	char server[CHECK_SERVER_MAX + 1];
	char user[CHECK_WORD_MAX + 1];   /* with its domain, as it goes over the wire */
	char phone[CHECK_PHONE_MAX + 1]; /* "": none */
	bool encrypt;
	bool dns;
	bool default_route;
	bool persist;
	bool kernel;
	unsigned int route_count;
	char routes[PEERS_ROUTES_MAX][PEERS_ROUTE_MAX + 1];
};

/* The octets written to `text`, without a null. The members have been checked. */
size_t peers_write(const struct peer *peer, char text[PEERS_SIZE]);

/* Whether pptpsetup wrote it: then it may write it anew and remove it. */
bool peers_is_ours(const char *text, size_t length);

/* What pptpsetup wrote, of this version or pptp-linux's; anything else in it is passed over. */
void peers_read(struct peer *peer, const char *name, const char *text, size_t length);

#endif
