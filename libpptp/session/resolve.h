/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_RESOLVE_H
#define PPTP_SESSION_RESOLVE_H

#include <netinet/in.h>

#include <pptp/config.h>

/* Name resolution that does not block: getaddrinfo in a thread of its own. */

struct resolve_request;

struct resolve_answer {
	unsigned int count;
	struct in_addr addresses[PPTP_ADDRESSES_MAX];
	int gai_error;    /* getaddrinfo's code when there is none */
	int system_error; /* -errno where that code says that the system failed */
};

/* Begin. *fdp becomes readable when the answer is there; it belongs to the request. */
int pptp_resolve_start(struct resolve_request **requestp, const char *name, int *fdp);

/* Fetch the answer after the descriptor became readable: 0, or -EAGAIN when it did not yet. */
int pptp_resolve_finish(struct resolve_request *request, struct resolve_answer *answerp);

/* Give the request up, or free it when finished. NULL is fine. Returns NULL. */
struct resolve_request *pptp_resolve_free(struct resolve_request *request);

#endif
