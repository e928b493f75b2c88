/* SPDX-License-Identifier: MIT */
#ifndef PPTP_ROUTE_CHOICE_H
#define PPTP_ROUTE_CHOICE_H

/*
 * Which route to the server a host route should copy: the one that packets would take if neither our
 * own host route nor a tunnel were there.
 */

#include "netlink.h"

enum choice {
	CHOICE_NONE,    /* there is no path at present */
	CHOICE_LOCAL,   /* the address is this machine's */
	CHOICE_FOREIGN, /* another program's host route is there */
	CHOICE_PATH,    /* copy this route */
};

struct chooser {
	struct nl_sock *sk;
	const struct pptp_route_query *query;
	const struct fib_route
		*current; /* the path in use: kept while it is as good a match; NULL */
	const char *home; /* a tunnel-like interface must have this name; NULL: any */
};

/*
 * An enum choice, and for FOREIGN and PATH the route; or -errno of the query. *passedp: the interface
 * of a default route that came before the path and was taken for a tunnel's, or 0.
 */
int pptp_choose(const struct chooser *chooser, struct fib_route *routep, unsigned int *passedp);

/* Whether packets may leave through this interface: it is no tunnel, or has this name. */
bool pptp_choice_is_usable(const struct chooser *chooser, unsigned int oif);

#endif
