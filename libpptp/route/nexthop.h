/* SPDX-License-Identifier: MIT */
#ifndef PPTP_ROUTE_NEXTHOP_H
#define PPTP_ROUTE_NEXTHOP_H

/*
 * Nexthop objects: hops that live beside the routes that name them. With the sysctl
 * net.ipv4.nexthop_compat_mode=0 a route says nothing but the object's id. No kernel here.
 */

#include "path.h"

/* Of a group that is larger the first ones count. */
#define NEXTHOP_MEMBERS_MAX 64

/* One hop, or a group of other objects. */
struct pptp_nexthop {
	struct pptp_hop hop;       /* without members */
	unsigned int member_count; /* 0: it is no group */
	uint32_t members[NEXTHOP_MEMBERS_MAX];
};

/* Read an RTM_NEWNEXTHOP; -EBADMSG when it is no hop or group that IPv4 packets can take. */
int pptp_nexthop_parse(struct nlmsghdr *header, struct pptp_nexthop *nexthop);

/* Ask for the object; NULL: no memory. */
struct nl_msg *pptp_nexthop_request(uint32_t id);

#endif
