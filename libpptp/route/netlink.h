/* SPDX-License-Identifier: MIT */
#ifndef PPTP_ROUTE_NETLINK_H
#define PPTP_ROUTE_NETLINK_H

/* Queries to the kernel's routing, and its notifications. Errors are -errno of the kernel. */

#include <netlink/socket.h>

#include "fib.h"

/* An interface. */
struct link {
	unsigned int index;
	char name[IF_NAMESIZE];
	unsigned int mtu;
	bool up;
	bool tunnel_like; /* has no neighbours: point-to-point, without ARP, loopback */
};

/* A socket for requests; one for notifications of routes, addresses, links and rules. */
int pptp_netlink_open(struct nl_sock **skp);
int pptp_netlink_open_notifications(struct nl_sock **skp);

/*
 * The route that packets of the query take to `dst` now, with the next hop that the kernel chooses
 * (RTM_GETROUTE, RTM_F_FIB_MATCH). oif: only routes through this interface; 0: any.
 * *srcp receives the source address, NULL for none.
 * Returns 0 also for a local or broadcast address (see its type); PPTP_ERR_NO_ROUTE as
 * pptp_route_lookup().
 */
int pptp_netlink_find(struct nl_sock *sk, const struct pptp_route_query *query, struct in_addr dst,
		      unsigned int oif, struct fib_route *routep, struct in_addr *srcp);

/*
 * Calls back with each IPv4 route in any table. Kernels since 4.20 leave out those of another protocol
 * number, earlier ones do not; 0: all.
 */
typedef void (*netlink_route_fn)(void *user, const struct fib_route *route);
int pptp_netlink_each_route(struct nl_sock *sk, unsigned char protocol, netlink_route_fn fn,
			    void *user);

/* Whether a policy rule is for packets to `dst` and, by its destination, not for those to `other`. */
int pptp_netlink_has_rule_apart(struct nl_sock *sk, struct in_addr dst, struct in_addr other,
				bool *foundp);

int pptp_netlink_add_route(struct nl_sock *sk, const struct fib_route *route);
int pptp_netlink_del_route(struct nl_sock *sk, const struct fib_route *route);

int pptp_netlink_get_link(struct nl_sock *sk, unsigned int ifindex, struct link *linkp);
typedef void (*netlink_link_fn)(void *user, const struct link *link);
int pptp_netlink_each_link(struct nl_sock *sk, netlink_link_fn fn, void *user);

/*
 * Read the notifications that wait, without blocking. Calls fn for routes that were added (`added`)
 * or removed, and with a NULL route for any other change, also when some were lost or could not be
 * read.
 */
typedef void (*netlink_change_fn)(void *user, const struct fib_route *route, bool added);
int pptp_netlink_read_notifications(struct nl_sock *sk, netlink_change_fn fn, void *user);

#endif
