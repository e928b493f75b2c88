/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>
#include <netlink/attr.h>

#include "path.h"

struct pptp_path *pptp_path_free(struct pptp_path *path)
{
	free(path);
	return NULL;
}

bool pptp_path_covers(const struct pptp_path *path, struct in_addr address)
{
	uint32_t difference = ntohl(path->dst.s_addr) ^ ntohl(address.s_addr);

	return path->prefix_len == 0 || difference >> (32 - path->prefix_len) == 0;
}

bool pptp_path_is_ours(const struct pptp_path *path, struct in_addr dst)
{
	return path->protocol == PPTP_ROUTE_PROTOCOL && path->type == RTN_UNICAST &&
	       path->prefix_len == 32 && pptp_path_covers(path, dst);
}

const struct pptp_hop *pptp_path_first_hop(const struct pptp_path *path)
{
	return path->hop_count ? &path->hops[0] : NULL;
}

unsigned int pptp_path_mtu(const struct pptp_path *path)
{
	const struct nlattr *mtu = nla_find(path->metrics, path->metrics_len, RTAX_MTU);

	return mtu && nla_len(mtu) == sizeof(uint32_t) ? nla_get_u32(mtu) : 0;
}

bool pptp_hop_same(const struct pptp_hop *a, const struct pptp_hop *b)
{
	return a->oif == b->oif && a->family == b->family &&
	       a->gateway.s_addr == b->gateway.s_addr &&
	       IN6_ARE_ADDR_EQUAL(&a->gateway6, &b->gateway6);
}

bool pptp_path_same(const struct pptp_path *a, const struct pptp_path *b)
{
	const struct pptp_hop *hop_a = pptp_path_first_hop(a);
	const struct pptp_hop *hop_b = pptp_path_first_hop(b);

	return hop_a && hop_b && pptp_hop_same(hop_a, hop_b) && a->table == b->table &&
	       a->prefsrc.s_addr == b->prefsrc.s_addr;
}

struct pptp_path *pptp_path_with_hops(const struct pptp_path *from, const struct pptp_hop *hops,
				      unsigned int count)
{
	struct pptp_path *path =
		calloc(1, sizeof(*path) + count * sizeof(*hops) + from->metrics_len);

	if (!path)
		return NULL;
	*path = *from;
	path->hop_count = count;
	memcpy(path->hops, hops, count * sizeof(*hops));
	path->metrics = &path->hops[count];
	memcpy(path->metrics, from->metrics, from->metrics_len);
	return path;
}

struct pptp_path *pptp_path_make_host_route(const struct pptp_path *from,
					    const struct pptp_hop *hop, struct in_addr dst)
{
	struct pptp_path *path = calloc(1, sizeof(*path) + sizeof(*hop) + from->metrics_len);

	if (!path)
		return NULL;
	path->dst = dst;
	path->prefix_len = 32;
	path->prefsrc = from->prefsrc;
	path->table = from->table;
	path->type = RTN_UNICAST;
	path->protocol = PPTP_ROUTE_PROTOCOL;
	path->scope = hop->family == AF_UNSPEC ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	path->hop_count = 1;
	path->hops[0] = *hop;
	path->hops[0].flags = hop->flags & RTNH_F_ONLINK;
	path->hops[0].weight = 0;
	path->metrics = &path->hops[1];
	path->metrics_len = from->metrics_len;
	memcpy(path->metrics, from->metrics, from->metrics_len);
	return path;
}

void pptp_path_text(char text[PATH_TEXT_MAX], const struct pptp_path *path, const char *ifname)
{
	const struct pptp_hop *hop = pptp_path_first_hop(path);
	char gateway[INET6_ADDRSTRLEN] = "";
	size_t n;

	if (hop && hop->family == AF_INET)
		inet_ntop(AF_INET, &hop->gateway, gateway, sizeof(gateway));
	else if (hop && hop->family == AF_INET6)
		inet_ntop(AF_INET6, &hop->gateway6, gateway, sizeof(gateway));
	n = (size_t)snprintf(text, PATH_TEXT_MAX, "%s%s%sdev %s", gateway[0] ? "via " : "", gateway,
			     gateway[0] ? " " : "", ifname[0] ? ifname : "?");
	if (path->table != RT_TABLE_MAIN && n < PATH_TEXT_MAX)
		snprintf(text + n, PATH_TEXT_MAX - n, " table %u", path->table);
}
