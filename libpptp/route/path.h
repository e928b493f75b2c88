/* SPDX-License-Identifier: MIT */
#ifndef PPTP_ROUTE_PATH_H
#define PPTP_ROUTE_PATH_H

/*
 * Routes as values: read them from the kernel's messages and write them there, compare them, make a
 * host route from one. No kernel here.
 */

#include <netlink/msg.h>

#include <pptp/route.h>

/* One way to the next machine. */
struct pptp_hop {
	unsigned int oif;
	sa_family_t family;       /* of the gateway; AF_UNSPEC: there is none */
	struct in_addr gateway;   /* where that is AF_INET */
	struct in6_addr gateway6; /* where it is AF_INET6 */
	uint32_t realms;
	unsigned char flags;  /* RTNH_F_* */
	unsigned char weight; /* less one, as the kernel has it */
};

/* An IPv4 route. Has one owner; a single piece of memory. */
struct pptp_path {
	struct in_addr dst;
	struct in_addr prefsrc; /* 0.0.0.0: none */
	unsigned int table;
	unsigned int priority;
	unsigned int flags;  /* RTM_F_*, and RTNH_F_* of a single hop */
	unsigned int object; /* id of the nexthop object that says the hops; 0: none */
	unsigned char prefix_len;
	unsigned char tos;
	unsigned char protocol;
	unsigned char scope;
	unsigned char type;
	unsigned short metrics_len;
	void *metrics; /* attributes RTAX_*, as they came: one is text, and new ones may come */
	unsigned int hop_count;
	struct pptp_hop hops[];
};

/*
 * Read an RTM_NEWROUTE or RTM_DELROUTE.
 * Returns 0; -EBADMSG when it is no well-formed IPv4 route; -ENOMEM.
 */
int pptp_path_parse(struct nlmsghdr *header, struct pptp_path **pathp);

/* Write the route as a request of that type; NULL: no memory. */
struct nl_msg *pptp_path_message(const struct pptp_path *path, int type, int flags);

/* The same route with these hops; NULL: no memory. */
struct pptp_path *pptp_path_with_hops(const struct pptp_path *from, const struct pptp_hop *hops,
				      unsigned int count);

/* Our host route to dst by that hop of the given route, or NULL: no memory. */
struct pptp_path *pptp_path_make_host_route(const struct pptp_path *from,
					    const struct pptp_hop *hop, struct in_addr dst);

/* Takes NULL too; returns NULL. */
struct pptp_path *pptp_path_free(struct pptp_path *path);

/* Whether the route's prefix covers the address. */
bool pptp_path_covers(const struct pptp_path *path, struct in_addr address);

/* Whether it is a host route to the address that carries our protocol number. */
bool pptp_path_is_ours(const struct pptp_path *path, struct in_addr dst);

/* The first hop, or NULL: an unreachable route has none. */
const struct pptp_hop *pptp_path_first_hop(const struct pptp_path *path);

/* The MTU among its metrics, or 0. */
unsigned int pptp_path_mtu(const struct pptp_path *path);

/* Same gateway and interface. */
bool pptp_hop_same(const struct pptp_hop *a, const struct pptp_hop *b);

/* Same path: first hop, table, preferred source. */
bool pptp_path_same(const struct pptp_path *a, const struct pptp_path *b);

/* "via 192.0.2.1 dev eth0 table 100", without the table where it is main. */
#define PATH_TEXT_MAX 96
void pptp_path_text(char text[PATH_TEXT_MAX], const struct pptp_path *path, const char *ifname);

#endif
