/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_RESOLVE_H
#define PPTP_SESSION_RESOLVE_H

#include <netinet/in.h>

/* Name resolution that does not block: getaddrinfo in a thread of its own. */

#define RESOLVE_ADDRESSES_MAX 16

struct resolve_request;

/* Begin. *fdp becomes readable when the answer is there; it belongs to the request. */
int pptp_resolve_start(struct resolve_request **requestp, const char *name, int *fdp);

/*
 * Fetch the answer after the descriptor became readable.
 * Returns the number of addresses, or 0 with *gai_errorp set to getaddrinfo's code.
 */
unsigned int pptp_resolve_finish(struct resolve_request *request,
				 struct in_addr addresses[RESOLVE_ADDRESSES_MAX], int *gai_errorp);

/* Give the request up, or free it when finished. NULL is fine. */
void pptp_resolve_free(struct resolve_request *request);

#endif
