/* SPDX-License-Identifier: MIT */
/*
 * Adds and removes the spare of a shared host route. Who shares, and when a spare is due, is decided in
 * route.c, its only caller.
 */
#include "spare.h"

#include <errno.h>

#define METRIC_FIRST 0xF0000000U

/* Each netlink socket of the namespace has a port of its own. */
void pptp_spare_init(struct spare *spare, struct nl_sock *sk)
{
	*spare = (struct spare){ .metric = METRIC_FIRST | nl_socket_get_local_port(sk) };
}

static struct fib_route route_of(const struct spare *spare, const struct fib_route *ours)
{
	struct fib_route route = *ours;

	route.priority = spare->metric;
	return route;
}

void pptp_spare_add(struct spare *spare, struct nl_sock *sk, const struct fib_route *ours)
{
	const struct fib_route route = route_of(spare, ours);
	int err = pptp_netlink_add_route(sk, &route);

	if (!err || err == -EEXIST)
		spare->there = true;
}

void pptp_spare_remove(struct spare *spare, struct nl_sock *sk, const struct fib_route *ours)
{
	const struct fib_route route = route_of(spare, ours);

	if (spare->there)
		pptp_netlink_del_route(sk, &route);
	spare->there = false;
}

bool pptp_spare_is_one(const struct fib_route *route)
{
	return route->priority >= METRIC_FIRST;
}
