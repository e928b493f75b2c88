/* SPDX-License-Identifier: MIT */
#ifndef PPTP_ROUTE_NETLINK_H
#define PPTP_ROUTE_NETLINK_H

/* Questions to the kernel's routing, and its news. Errors are -errno as the kernel said them. */

#include <netlink/socket.h>

#include <pptp/route.h>

#include "nexthop.h"
#include "path.h"

/* The kernel's own answer to a query. */
struct answer {
	unsigned char type; /* RTN_UNICAST, RTN_LOCAL... */
	unsigned int table;
	struct in_addr src;
	struct pptp_hop hop;
};

/* What matters of an interface. */
struct link {
	char name[IF_NAMESIZE];
	unsigned int mtu;
	bool tunnel_like; /* has no neighbours: point-to-point, without ARP, loopback */
};

/* A socket for requests; one for news of routes, addresses, links and rules. */
int pptp_netlink_open(struct nl_sock **skp);
int pptp_netlink_open_news(struct nl_sock **skp);

/* The route that the kernel chooses now. PPTP_ERR_NO_ROUTE as pptp_route_lookup(). */
int pptp_netlink_resolve(struct nl_sock *sk, const struct pptp_route_query *query,
			 struct answer *answerp);

/*
 * Calls back with each IPv4 route of each table; the callback frees it. -EAGAIN: the tables changed
 * meanwhile, some may be missing.
 */
typedef void (*netlink_route_fn)(void *user, struct pptp_path *path);
int pptp_netlink_each_route(struct nl_sock *sk, netlink_route_fn fn, void *user);

int pptp_netlink_add_route(struct nl_sock *sk, const struct pptp_path *path);
int pptp_netlink_del_route(struct nl_sock *sk, const struct pptp_path *path);

/* The nexthop object; -ENOENT when there is none, or none for IPv4. */
int pptp_netlink_get_nexthop(struct nl_sock *sk, uint32_t id, struct pptp_nexthop *nexthop);

int pptp_netlink_get_link(struct nl_sock *sk, unsigned int ifindex, struct link *linkp);

/*
 * Take the news that wait, without blocking. Calls fn for routes that came or went, and with NULL
 * for any other change, also when some news were lost or could not be read.
 */
int pptp_netlink_take_news(struct nl_sock *sk, netlink_route_fn fn, void *user);

#endif
