/* SPDX-License-Identifier: MIT */
#ifndef PPTP_ROUTE_PATH_H
#define PPTP_ROUTE_PATH_H

/* Routes as values: compare them, take them apart, make a host route from them. No kernel here. */

#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>

#include <pptp/route.h>

/* Whether the route's prefix covers the address. */
bool pptp_path_covers(struct rtnl_route *route, struct in_addr address);

/* Whether it is a host route to the address that carries our protocol number. */
bool pptp_path_is_ours(struct rtnl_route *route, struct in_addr dst);

unsigned int pptp_path_prefix_len(struct rtnl_route *route);

/* The gateway, 0.0.0.0 when there is none or it is not an IPv4 one. */
struct in_addr pptp_path_gateway(struct rtnl_nexthop *nexthop);

/* Whether there is neither an IPv4 nor an IPv6 gateway. */
bool pptp_path_on_link(struct rtnl_nexthop *nexthop);

/* Same gateway and interface. */
bool pptp_path_same_nexthop(struct rtnl_nexthop *a, struct rtnl_nexthop *b);

/* Same path: first next hop, table, preferred source. */
bool pptp_path_same(struct rtnl_route *a, struct rtnl_route *b);

/* Our host route to dst by the given next hop of the given route, or NULL: no memory. */
struct rtnl_route *pptp_path_make_host_route(struct rtnl_route *from, struct rtnl_nexthop *nexthop,
					     struct in_addr dst);

/* "via 192.0.2.1 dev eth0 table 100", without the table where it is main. */
#define PATH_TEXT_MAX 96
void pptp_path_text(char text[PATH_TEXT_MAX], struct rtnl_route *route, const char *ifname);

#endif
