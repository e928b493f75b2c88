/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_RESOLVE_H
#define PPTP_SESSION_RESOLVE_H

#include <netinet/in.h>

#include <pptp/config.h>

/* Name resolution that does not block: getaddrinfo in a thread of its own, where there may be one. */

struct resolve_request;

struct resolve_answer {
	unsigned int count;
	struct in_addr addresses[PPTP_ADDRESSES_MAX];
	int gai_error;            /* getaddrinfo's error, without an address */
	int system_error;         /* -errno for EAI_SYSTEM, or of refused_call */
	const char *refused_call; /* without it no name server can be asked; else NULL */
};

/*
 * Begin. *fdp becomes readable when the answer is available; it belongs to the request. Where the system
 * permits no thread this waits for the answer.
 */
int pptp_resolve_start(struct resolve_request **requestp, const char *name, int *fdp);

/* Fetch the answer after the descriptor became readable: 0, or -EAGAIN before that. */
int pptp_resolve_finish(struct resolve_request *request, struct resolve_answer *answerp);

/* Abandon the request, or free it when finished. NULL is allowed. Returns NULL. */
struct resolve_request *pptp_resolve_free(struct resolve_request *request);

#endif
