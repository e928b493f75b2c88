/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <netlink/addr.h>

#include "path.h"

static struct in_addr address_of(const struct nl_addr *address)
{
	struct in_addr value = { 0 };

	if (address && nl_addr_get_family(address) == AF_INET &&
	    nl_addr_get_len(address) == sizeof(value))
		memcpy(&value, nl_addr_get_binary_addr(address), sizeof(value));
	return value;
}

unsigned int pptp_path_prefix_len(struct rtnl_route *route)
{
	struct nl_addr *dst = rtnl_route_get_dst(route);

	return dst ? nl_addr_get_prefixlen(dst) : 0;
}

bool pptp_path_covers(struct rtnl_route *route, struct in_addr address)
{
	unsigned int len = pptp_path_prefix_len(route);
	uint32_t difference;

	if (len == 0)
		return true;
	difference = ntohl(address_of(rtnl_route_get_dst(route)).s_addr) ^ ntohl(address.s_addr);
	return difference >> (32 - len) == 0;
}

bool pptp_path_is_ours(struct rtnl_route *route, struct in_addr dst)
{
	return rtnl_route_get_protocol(route) == PPTP_ROUTE_PROTOCOL &&
	       rtnl_route_get_type(route) == RTN_UNICAST && pptp_path_prefix_len(route) == 32 &&
	       pptp_path_covers(route, dst);
}

struct in_addr pptp_path_gateway(struct rtnl_nexthop *nexthop)
{
	return address_of(rtnl_route_nh_get_gateway(nexthop));
}

bool pptp_path_on_link(struct rtnl_nexthop *nexthop)
{
	return pptp_path_gateway(nexthop).s_addr == 0 && !rtnl_route_nh_get_via(nexthop);
}

static bool same_address(const struct nl_addr *a, const struct nl_addr *b)
{
	if (!a || !b)
		return a == b;
	return nl_addr_cmp(a, b) == 0;
}

bool pptp_path_same_nexthop(struct rtnl_nexthop *a, struct rtnl_nexthop *b)
{
	return rtnl_route_nh_get_ifindex(a) == rtnl_route_nh_get_ifindex(b) &&
	       pptp_path_gateway(a).s_addr == pptp_path_gateway(b).s_addr &&
	       same_address(rtnl_route_nh_get_via(a), rtnl_route_nh_get_via(b));
}

bool pptp_path_same(struct rtnl_route *a, struct rtnl_route *b)
{
	struct rtnl_nexthop *hop_a = rtnl_route_nexthop_n(a, 0);
	struct rtnl_nexthop *hop_b = rtnl_route_nexthop_n(b, 0);

	return hop_a && hop_b && pptp_path_same_nexthop(hop_a, hop_b) &&
	       rtnl_route_get_table(a) == rtnl_route_get_table(b) &&
	       address_of(rtnl_route_get_pref_src(a)).s_addr ==
		       address_of(rtnl_route_get_pref_src(b)).s_addr;
}

/* RTAX_CC_ALGO is a name, which libnl does not carry. */
static void copy_metrics(struct rtnl_route *to, struct rtnl_route *from)
{
	uint32_t value;

	for (int metric = 1; metric <= RTAX_MAX; metric++) {
		if (metric != RTAX_CC_ALGO && rtnl_route_get_metric(from, metric, &value) == 0)
			rtnl_route_set_metric(to, metric, value);
	}
}

struct rtnl_route *pptp_path_make_host_route(struct rtnl_route *from, struct rtnl_nexthop *nexthop,
					     struct in_addr dst)
{
	struct rtnl_route *route = rtnl_route_alloc();
	struct rtnl_nexthop *hop = rtnl_route_nh_clone(nexthop);
	struct nl_addr *address = nl_addr_build(AF_INET, &dst, sizeof(dst));
	unsigned int onlink = rtnl_route_nh_get_flags(nexthop) & RTNH_F_ONLINK;

	if (!route || !hop || !address)
		goto fail;
	nl_addr_set_prefixlen(address, 32);
	rtnl_route_set_family(route, AF_INET);
	if (rtnl_route_set_dst(route, address) < 0)
		goto fail;
	if (rtnl_route_get_pref_src(from))
		rtnl_route_set_pref_src(route, rtnl_route_get_pref_src(from));
	rtnl_route_set_table(route, rtnl_route_get_table(from));
	rtnl_route_set_type(route, RTN_UNICAST);
	rtnl_route_set_protocol(route, PPTP_ROUTE_PROTOCOL);
	rtnl_route_set_scope(route, pptp_path_on_link(hop) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
	copy_metrics(route, from);
	rtnl_route_nh_unset_flags(hop, ~0U);
	rtnl_route_set_flags(route, onlink);
	rtnl_route_add_nexthop(route, hop);
	nl_addr_put(address);
	return route;

fail:
	if (address)
		nl_addr_put(address);
	if (hop)
		rtnl_route_nh_free(hop);
	if (route)
		rtnl_route_put(route);
	return NULL;
}

void pptp_path_text(char text[PATH_TEXT_MAX], struct rtnl_route *route, const char *ifname)
{
	struct rtnl_nexthop *hop = rtnl_route_nexthop_n(route, 0);
	unsigned int table = rtnl_route_get_table(route);
	char gateway[64] = "";
	struct nl_addr *address = NULL;
	size_t n;

	if (hop) {
		address = rtnl_route_nh_get_gateway(hop);
		if (!address)
			address = rtnl_route_nh_get_via(hop);
	}
	if (address)
		nl_addr2str(address, gateway, sizeof(gateway));
	n = (size_t)snprintf(text, PATH_TEXT_MAX, "%s%s%sdev %s", address ? "via " : "", gateway,
			     address ? " " : "", ifname[0] ? ifname : "?");
	if (table != RT_TABLE_MAIN && n < PATH_TEXT_MAX)
		snprintf(text + n, PATH_TEXT_MAX - n, " table %u", table);
}
