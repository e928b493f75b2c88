/* SPDX-License-Identifier: MIT */
/*
 * Which route packets take now (pptp_route_lookup() of <pptp/route.h>), and how a route of the kernel is
 * shown to the caller. It changes nothing; route.c, which keeps a host route, uses it too.
 */
#include "lookup.h"

#include <linux/rtnetlink.h>
#include <string.h>

#include "keep_errno.h"
#include "sized.h"

int pptp_route_check(const struct pptp_route_query *query)
{
	static const struct pptp_route_query blank;
	uint32_t dst = ntohl(query->dst.s_addr);

	if (dst >> 24 == 0 || IN_MULTICAST(dst) || dst == INADDR_BROADCAST)
		return PPTP_ERR_VALUE;
	/* A later version may define it: it must not be ignored. */
	return memcmp(query->reserved, blank.reserved, sizeof(blank.reserved)) ? PPTP_ERR_VALUE : 0;
}

void pptp_route_fill_info(struct nl_sock *sk, const struct fib_route *route,
			  struct pptp_route_info *info)
{
	struct link link = { 0 };

	if (route->type == RTN_LOCAL)
		info->kind = PPTP_ROUTE_LOCAL;
	else
		info->kind = route->hop.family == AF_UNSPEC ? PPTP_ROUTE_LINK : PPTP_ROUTE_GATEWAY;
	info->gateway = route->hop.gateway;
	info->oif = route->hop.oif;
	info->table = route->table;
	info->metric = route->priority;
	info->prefix_len = route->prefix_len;
	info->protocol = route->protocol;
	pptp_netlink_get_link(sk, info->oif, &link);
	memcpy(info->ifname, link.name, sizeof(info->ifname));
	info->point_to_point = link.tunnel_like && info->kind != PPTP_ROUTE_LOCAL;
	info->mtu = pptp_fib_mtu(route);
	if (!info->mtu)
		info->mtu = link.mtu;
}

int pptp_route_lookup(const struct pptp_route_query *query, struct pptp_route_info *infop,
		      size_t size)
{
	PPTP_KEEP_ERRNO;
	struct pptp_route_info info = { 0 };
	struct fib_route route;
	struct nl_sock *sk;
	int err = pptp_route_check(query);

	if (!err)
		err = pptp_netlink_open(&sk);
	if (err)
		return err;
	err = pptp_netlink_find(sk, query, query->dst, query->oif, &route, &info.src);
	if (!err && route.type != RTN_UNICAST && route.type != RTN_LOCAL)
		err = PPTP_ERR_NO_ROUTE;
	if (!err)
		pptp_route_fill_info(sk, &route, &info);
	nl_socket_free(sk);
	if (!err)
		pptp_copy_sized(infop, size, &info, sizeof(info));
	return err;
}
