/* SPDX-License-Identifier: MIT */
#ifndef PPTP_ROUTE_SPARE_H
#define PPTP_ROUTE_SPARE_H

/*
 * The spare of a host route that several share: the same path with a metric of its own for each of them.
 * The one who ends first removes the host route, and the address is reached by the spares of the others.
 */

#include "netlink.h"

struct spare {
	bool there;
	uint32_t metric; /* worse than that of any other route, and no other's of the namespace */
};

void pptp_spare_init(struct spare *spare, struct nl_sock *sk);

/* Beside the host route `ours`. Without it that is missing for a moment when another ends: no failure. */
void pptp_spare_add(struct spare *spare, struct nl_sock *sk, const struct fib_route *ours);
void pptp_spare_remove(struct spare *spare, struct nl_sock *sk, const struct fib_route *ours);

/* Whether this host route of ours is a spare, anyone's. */
bool pptp_spare_is_one(const struct fib_route *route);

#endif
