/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_KEPT_ROUTE_H
#define PPTP_CLI_KEPT_ROUTE_H

/* The host route in the process that keeps it. */

#include <stdbool.h>
#include <stdint.h>

#include <pptp/route.h>

struct kept_route {
	struct pptp_route *route; /* NULL: none is pinned */
	int report_fd;        /* to the worker; -1: the worker is gone, and lines are logged here */
	bool sealed;          /* no other destination */
	int last_error;       /* of following it */
	bool changed;         /* not reported yet */
	uint64_t reported_at; /* ns */
};

/* Answered by a report. */
void kept_route_pin(struct kept_route *kept, const struct pptp_route_query *query);
void kept_route_unpin(struct kept_route *kept);

/* The worker is gone. */
void kept_route_end(struct kept_route *kept);

/* Descriptor to poll for reading, -1 without a route; then kept_route_follow(). */
int kept_route_fd(const struct kept_route *kept);
void kept_route_follow(struct kept_route *kept);

/* Changes are reported at most once a second: milliseconds to wait for the next report, or -1. */
int kept_route_wait_ms(const struct kept_route *kept);
void kept_route_expire(struct kept_route *kept);

#endif
