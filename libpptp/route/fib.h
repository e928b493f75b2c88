/* SPDX-License-Identifier: MIT */
#ifndef PPTP_ROUTE_FIB_H
#define PPTP_ROUTE_FIB_H

/*
 * IPv4 routes as values: decode and encode netlink messages, compare them, make a host
 * route from one. No system calls.
 */

#include <netlink/msg.h>

#include <pptp/route.h>

/* Attributes RTAX_* of a route, one of which is a name; the largest set of today has 140 octets. */
#define FIB_METRICS_MAX 256

/* The next hop of a route: one, as the kernel chose it where the route has several. */
struct fib_hop {
	unsigned int oif;
	sa_family_t family;       /* of the gateway; AF_UNSPEC: there is none */
	struct in_addr gateway;   /* where that is AF_INET */
	struct in6_addr gateway6; /* where it is AF_INET6 */
	uint32_t realms;
	bool onlink;
};

struct fib_route {
	struct in_addr dst;
	struct in_addr prefsrc; /* 0.0.0.0: none */
	unsigned int table;
	unsigned int priority;
	uint32_t nh_id; /* the nexthop object that it names, 0: none */
	unsigned char prefix_len;
	unsigned char protocol;
	unsigned char scope;
	unsigned char type;
	struct fib_hop hop;
	unsigned short metrics_len;
	unsigned char metrics[FIB_METRICS_MAX];
};

/*
 * Read an RTM_NEWROUTE or RTM_DELROUTE. Of several next hops, the one that equals `wanted`, or the
 * first without it; where the route names only a nexthop object, none (oif 0).
 * Returns 0, or -EBADMSG when it is no well-formed IPv4 route.
 */
int pptp_fib_parse(struct nlmsghdr *header, const struct fib_hop *wanted, struct fib_route *route);

/* Write the route as a request of that type; NULL: no memory. */
struct nl_msg *pptp_fib_message(const struct fib_route *route, int type, int flags);

/* Our host route to dst by the same hop, table and metrics. */
struct fib_route pptp_fib_host_route(const struct fib_route *from, struct in_addr dst);

bool pptp_fib_covers(const struct fib_route *route, struct in_addr address);
bool pptp_fib_prefix_covers(struct in_addr prefix, unsigned int prefix_len, struct in_addr address);

/* Whether it is a host route to the address that carries our protocol number. */
bool pptp_fib_is_ours(const struct fib_route *route, struct in_addr dst);

/* Same gateway and interface. */
bool pptp_fib_same_hop(const struct fib_hop *a, const struct fib_hop *b);

/* Same hop, table and preferred source. */
bool pptp_fib_same_path(const struct fib_route *a, const struct fib_route *b);

/* The MTU among its metrics, or 0. */
unsigned int pptp_fib_mtu(const struct fib_route *route);

/* "via 192.0.2.1 dev eth0 table 100", without the table where it is main. */
#define FIB_TEXT_MAX 96
void pptp_fib_text(char text[FIB_TEXT_MAX], const struct fib_route *route, const char *ifname);

#endif
