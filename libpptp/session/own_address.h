/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_OWN_ADDRESS_H
#define PPTP_SESSION_OWN_ADDRESS_H

/* Whether this machine still has the address that the call was placed from. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct own_address {
	int fd; /* a raw socket of the session */
	struct in_addr address;
	bool can_ask;        /* the kernel gives an answer here */
	uint64_t gone_since; /* PPTP_TIME_NEVER: it is there */
	uint64_t asked_at;   /* the last time */
	uint64_t ask_at;     /* PPTP_TIME_NEVER: there is no reason to ask */
};

void pptp_own_address_init(struct own_address *own);
/* The connection is open, from this address; the kernel is asked through the raw socket `fd`. */
void pptp_own_address_set(struct own_address *own, int fd, struct in_addr address);
/* Something happened that a lost address may have caused: ask soon, at most once a second. */
void pptp_own_address_doubt(struct own_address *own, uint64_t now);
/* Ask if that is due; true once the address has been gone for 5 seconds. */
bool pptp_own_address_is_lost(struct own_address *own, uint64_t now);

#endif
