/* SPDX-License-Identifier: MIT */
/*
 * A route of the kernel's forwarding information base as a value: the codec between netlink messages
 * and struct fib_route, and comparisons of routes that need no query. A route has one
 * next hop here, the one that matters to one destination. Called by netlink.c and route.c.
 */
#include "fib.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>

#define EXACTLY(size) .minlen = (size), .maxlen = (size)

static const struct nla_policy policy[RTA_MAX + 1] = {
	[RTA_DST] = { EXACTLY(sizeof(struct in_addr)) },
	[RTA_OIF] = { EXACTLY(sizeof(uint32_t)) },
	[RTA_GATEWAY] = { EXACTLY(sizeof(struct in_addr)) },
	[RTA_PRIORITY] = { EXACTLY(sizeof(uint32_t)) },
	[RTA_PREFSRC] = { EXACTLY(sizeof(struct in_addr)) },
	[RTA_FLOW] = { EXACTLY(sizeof(uint32_t)) },
	[RTA_TABLE] = { EXACTLY(sizeof(uint32_t)) },
	[RTA_NH_ID] = { EXACTLY(sizeof(uint32_t)) },
	[RTA_VIA] = { .minlen = sizeof(struct rtvia) + sizeof(struct in_addr),
		      .maxlen = sizeof(struct rtvia) + sizeof(struct in6_addr) },
};

/* -- reading ---------------------------------------------------------------------------------- */

static struct in_addr address_of(const struct nlattr *attr)
{
	struct in_addr address = { 0 };

	if (attr)
		memcpy(&address, nla_data(attr), sizeof(address));
	return address;
}

static uint32_t number_of(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

/* libnl stops without an error at an attribute that is cut off or has a wrong length. */
static bool is_whole(const struct nlattr *attr, int left)
{
	while (nla_ok(attr, left))
		attr = nla_next(attr, &left);
	return left <= 0;
}

static int parse_attributes(struct nlattr *attrs[RTA_MAX + 1], struct nlattr *head, int len)
{
	if (!is_whole(head, len) || nla_parse(attrs, RTA_MAX, head, len, policy) < 0)
		return -EBADMSG;
	return 0;
}

/* A gateway of the other family. */
static int parse_via(const struct nlattr *attr, struct fib_hop *hop)
{
	const struct rtvia *via = nla_data(attr);
	size_t len = (size_t)nla_len(attr) - sizeof(*via);

	if (via->rtvia_family == AF_INET6 && len == sizeof(hop->gateway6))
		memcpy(&hop->gateway6, via->rtvia_addr, len);
	else if (via->rtvia_family == AF_INET && len == sizeof(hop->gateway))
		memcpy(&hop->gateway, via->rtvia_addr, len);
	else
		return -EBADMSG;
	hop->family = via->rtvia_family;
	return 0;
}

static int parse_hop(struct nlattr *const attrs[RTA_MAX + 1], struct fib_hop *hop)
{
	hop->realms = number_of(attrs[RTA_FLOW]);
	hop->gateway = address_of(attrs[RTA_GATEWAY]);
	hop->family = hop->gateway.s_addr ? AF_INET : AF_UNSPEC;
	return attrs[RTA_VIA] ? parse_via(attrs[RTA_VIA], hop) : 0;
}

/* The hop of a list that equals `wanted`, or its first. */
static int parse_hops(const struct nlattr *list, const struct fib_hop *wanted, struct fib_hop *hopp)
{
	struct rtnexthop *at = nla_data(list);
	int left = nla_len(list);
	bool is_first = true;

	/* RTNH_OK() reads the length of what may be the end. */
	while (left >= (int)sizeof(*at) && RTNH_OK(at, left)) {
		struct nlattr *attrs[RTA_MAX + 1];
		struct fib_hop hop = { .oif = (unsigned int)at->rtnh_ifindex,
				       .onlink = at->rtnh_flags & RTNH_F_ONLINK };

		if (parse_attributes(attrs, (struct nlattr *)RTNH_DATA(at),
				     at->rtnh_len - (int)sizeof(*at)) < 0 ||
		    parse_hop(attrs, &hop) < 0)
			return -EBADMSG;
		if (is_first || (wanted && pptp_fib_same_hop(&hop, wanted)))
			*hopp = hop;
		is_first = false;
		left -= (int)RTNH_ALIGN(at->rtnh_len);
		at = RTNH_NEXT(at);
	}
	return is_first || left > 0 ? -EBADMSG : 0;
}

static int parse_metrics(const struct nlattr *metrics, struct fib_route *route)
{
	if (!metrics)
		return 0;
	if (!is_whole(nla_data(metrics), nla_len(metrics)) || nla_len(metrics) > FIB_METRICS_MAX)
		return -EBADMSG;
	route->metrics_len = (unsigned short)nla_len(metrics);
	memcpy(route->metrics, nla_data(metrics), route->metrics_len);
	return 0;
}

int pptp_fib_parse(struct nlmsghdr *header, const struct fib_hop *wanted, struct fib_route *route)
{
	const struct rtmsg *rtm = nlmsg_data(header);
	struct nlattr *attrs[RTA_MAX + 1];
	int err;

	if (!nlmsg_valid_hdr(header, sizeof(*rtm)) ||
	    parse_attributes(attrs, nlmsg_attrdata(header, sizeof(*rtm)),
			     nlmsg_attrlen(header, sizeof(*rtm))) < 0 ||
	    rtm->rtm_family != AF_INET || rtm->rtm_dst_len > 32 ||
	    (rtm->rtm_dst_len && !attrs[RTA_DST]))
		return -EBADMSG;
	*route = (struct fib_route){
		.dst = address_of(attrs[RTA_DST]),
		.prefsrc = address_of(attrs[RTA_PREFSRC]),
		.table = attrs[RTA_TABLE] ? nla_get_u32(attrs[RTA_TABLE]) : rtm->rtm_table,
		.priority = number_of(attrs[RTA_PRIORITY]),
		.nh_id = number_of(attrs[RTA_NH_ID]),
		.prefix_len = rtm->rtm_dst_len,
		.protocol = rtm->rtm_protocol,
		.scope = rtm->rtm_scope,
		.type = rtm->rtm_type,
		.hop.oif = number_of(attrs[RTA_OIF]),
		.hop.onlink = rtm->rtm_flags & RTNH_F_ONLINK,
	};
	err = parse_metrics(attrs[RTA_METRICS], route);
	if (!err && attrs[RTA_MULTIPATH])
		return parse_hops(attrs[RTA_MULTIPATH], wanted, &route->hop);
	return err ? err : parse_hop(attrs, &route->hop);
}

/* -- writing ---------------------------------------------------------------------------------- */

static int put_via(struct nl_msg *msg, const struct in6_addr *gateway)
{
	struct nlattr *attr = nla_reserve(msg, RTA_VIA, sizeof(struct rtvia) + sizeof(*gateway));
	struct rtvia *via;

	if (!attr)
		return -ENOMEM;
	via = nla_data(attr);
	via->rtvia_family = AF_INET6;
	memcpy(via->rtvia_addr, gateway, sizeof(*gateway));
	return 0;
}

static int put_hop(struct nl_msg *msg, const struct fib_hop *hop)
{
	int err = hop->oif ? nla_put_u32(msg, RTA_OIF, hop->oif) : 0;

	if (!err && hop->family == AF_INET)
		err = nla_put(msg, RTA_GATEWAY, sizeof(hop->gateway), &hop->gateway);
	else if (!err && hop->family == AF_INET6)
		err = put_via(msg, &hop->gateway6);
	if (!err && hop->realms)
		err = nla_put_u32(msg, RTA_FLOW, hop->realms);
	return err;
}

struct nl_msg *pptp_fib_message(const struct fib_route *route, int type, int flags)
{
	struct rtmsg rtm = {
		.rtm_family = AF_INET,
		.rtm_dst_len = route->prefix_len,
		.rtm_table = route->table < 256 ? (unsigned char)route->table : RT_TABLE_UNSPEC,
		.rtm_protocol = route->protocol,
		.rtm_scope = route->scope,
		.rtm_type = route->type,
		.rtm_flags = route->hop.onlink ? RTNH_F_ONLINK : 0,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (!msg)
		return NULL;
	if (nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO) < 0 ||
	    nla_put_u32(msg, RTA_TABLE, route->table) < 0 ||
	    nla_put(msg, RTA_DST, sizeof(route->dst), &route->dst) < 0 ||
	    nla_put_u32(msg, RTA_PRIORITY, route->priority) < 0 ||
	    (route->prefsrc.s_addr &&
	     nla_put(msg, RTA_PREFSRC, sizeof(route->prefsrc), &route->prefsrc) < 0) ||
	    (route->metrics_len &&
	     nla_put(msg, RTA_METRICS, route->metrics_len, route->metrics) < 0) ||
	    (route->nh_id ? nla_put_u32(msg, RTA_NH_ID, route->nh_id) : put_hop(msg, &route->hop)) <
		    0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* -- comparing -------------------------------------------------------------------------------- */

struct fib_route pptp_fib_host_route(const struct fib_route *from, struct in_addr dst)
{
	struct fib_route route = *from;

	route.dst = dst;
	route.prefix_len = 32;
	route.priority = 0;
	route.nh_id = 0;
	route.type = RTN_UNICAST;
	route.protocol = PPTP_ROUTE_PROTOCOL;
	route.scope = from->hop.family == AF_UNSPEC ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	return route;
}

bool pptp_fib_prefix_covers(struct in_addr prefix, unsigned int prefix_len, struct in_addr address)
{
	uint32_t difference = ntohl(prefix.s_addr) ^ ntohl(address.s_addr);

	return prefix_len == 0 || difference >> (32 - prefix_len) == 0;
}

bool pptp_fib_covers(const struct fib_route *route, struct in_addr address)
{
	return pptp_fib_prefix_covers(route->dst, route->prefix_len, address);
}

bool pptp_fib_is_ours(const struct fib_route *route, struct in_addr dst)
{
	return route->protocol == PPTP_ROUTE_PROTOCOL && route->type == RTN_UNICAST &&
	       route->prefix_len == 32 && pptp_fib_covers(route, dst);
}

bool pptp_fib_same_hop(const struct fib_hop *a, const struct fib_hop *b)
{
	return a->oif == b->oif && a->family == b->family &&
	       a->gateway.s_addr == b->gateway.s_addr &&
	       IN6_ARE_ADDR_EQUAL(&a->gateway6, &b->gateway6);
}

bool pptp_fib_same_path(const struct fib_route *a, const struct fib_route *b)
{
	return pptp_fib_same_hop(&a->hop, &b->hop) && a->table == b->table &&
	       a->prefsrc.s_addr == b->prefsrc.s_addr;
}

unsigned int pptp_fib_mtu(const struct fib_route *route)
{
	const struct nlattr *head = (const struct nlattr *)(const void *)route->metrics;
	const struct nlattr *mtu = nla_find(head, route->metrics_len, RTAX_MTU);

	return mtu && nla_len(mtu) == sizeof(uint32_t) ? nla_get_u32(mtu) : 0;
}

void pptp_fib_text(char text[FIB_TEXT_MAX], const struct fib_route *route, const char *ifname)
{
	const struct fib_hop *hop = &route->hop;
	char gateway[INET6_ADDRSTRLEN] = "";
	size_t n;

	if (hop->family == AF_INET)
		inet_ntop(AF_INET, &hop->gateway, gateway, sizeof(gateway));
	else if (hop->family == AF_INET6)
		inet_ntop(AF_INET6, &hop->gateway6, gateway, sizeof(gateway));
	n = (size_t)snprintf(text, FIB_TEXT_MAX, "%s%s%sdev %s", gateway[0] ? "via " : "", gateway,
			     gateway[0] ? " " : "", ifname[0] ? ifname : "?");
	if (route->table != RT_TABLE_MAIN && n < FIB_TEXT_MAX)
		snprintf(text + n, FIB_TEXT_MAX - n, " table %u", route->table);
}
