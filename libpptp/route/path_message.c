/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>
#include <netlink/attr.h>

#include "path.h"

#define EXACTLY(size) .minlen = (size), .maxlen = (size)

static const struct nla_policy route_policy[RTA_MAX + 1] = {
	[RTA_DST] = { EXACTLY(sizeof(struct in_addr)) },
	[RTA_OIF] = { EXACTLY(sizeof(uint32_t)) },
	[RTA_GATEWAY] = { EXACTLY(sizeof(struct in_addr)) },
	[RTA_PRIORITY] = { EXACTLY(sizeof(uint32_t)) },
	[RTA_PREFSRC] = { EXACTLY(sizeof(struct in_addr)) },
	[RTA_FLOW] = { EXACTLY(sizeof(uint32_t)) },
	[RTA_TABLE] = { EXACTLY(sizeof(uint32_t)) },
	[RTA_VIA] = { .minlen = sizeof(struct rtvia) + sizeof(struct in_addr),
		      .maxlen = sizeof(struct rtvia) + sizeof(struct in6_addr) },
	[RTA_NH_ID] = { EXACTLY(sizeof(uint32_t)) },
};

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

/* libnl stops at an attribute that is cut off or lies about its length, and says nothing. */
static bool is_whole(const struct nlattr *attr, int left)
{
	while (nla_ok(attr, left))
		attr = nla_next(attr, &left);
	return left <= 0;
}

static int parse_attributes(struct nlattr *attrs[RTA_MAX + 1], struct nlattr *head, int len)
{
	if (!is_whole(head, len) || nla_parse(attrs, RTA_MAX, head, len, route_policy) < 0)
		return -EBADMSG;
	return 0;
}

/* A gateway of the other family, as the kernel says it. */
static int parse_via(const struct nlattr *attr, struct pptp_hop *hop)
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

static int parse_hop(struct nlattr *const attrs[RTA_MAX + 1], struct pptp_hop *hop)
{
	hop->realms = number_of(attrs[RTA_FLOW]);
	hop->gateway = address_of(attrs[RTA_GATEWAY]);
	hop->family = hop->gateway.s_addr ? AF_INET : AF_UNSPEC;
	return attrs[RTA_VIA] ? parse_via(attrs[RTA_VIA], hop) : 0;
}

/* Where the next hop begins, or NULL after the last or when what follows is none. */
static struct rtnexthop *next_hop(unsigned char **atp, size_t *leftp)
{
	struct rtnexthop *found = (struct rtnexthop *)(void *)*atp;
	size_t size;

	if (*leftp < sizeof(*found) || found->rtnh_len < sizeof(*found) || found->rtnh_len > *leftp)
		return NULL;
	size = RTNH_ALIGN(found->rtnh_len);
	if (size > *leftp)
		size = *leftp;
	*atp += size;
	*leftp -= size;
	return found;
}

static int count_hops(struct nlattr *const attrs[RTA_MAX + 1], unsigned int *countp)
{
	struct nlattr *list = attrs[RTA_MULTIPATH];
	unsigned char *at;
	size_t left;

	*countp = 0;
	if (!list) {
		*countp = attrs[RTA_OIF] || attrs[RTA_GATEWAY] || attrs[RTA_VIA];
		return 0;
	}
	at = nla_data(list);
	left = (size_t)nla_len(list);
	while (next_hop(&at, &left))
		++*countp;
	return left ? -EBADMSG : 0;
}

static int parse_hops(struct nlattr *const attrs[RTA_MAX + 1], struct pptp_path *path)
{
	struct nlattr *own[RTA_MAX + 1];
	unsigned char *at;
	size_t left;
	int r = 0;

	if (!attrs[RTA_MULTIPATH]) {
		if (!path->hop_count)
			return 0;
		path->hops[0].oif = number_of(attrs[RTA_OIF]);
		path->hops[0].flags = path->flags & 0xFF;
		return parse_hop(attrs, &path->hops[0]);
	}
	at = nla_data(attrs[RTA_MULTIPATH]);
	left = (size_t)nla_len(attrs[RTA_MULTIPATH]);
	for (unsigned int n = 0; n < path->hop_count && r == 0; n++) {
		struct pptp_hop *hop = &path->hops[n];
		struct rtnexthop *found = next_hop(&at, &left);

		if (!found)
			return -EBADMSG;
		hop->oif = (unsigned int)found->rtnh_ifindex;
		hop->flags = found->rtnh_flags;
		hop->weight = found->rtnh_hops;
		r = parse_attributes(own, (struct nlattr *)RTNH_DATA(found),
				     found->rtnh_len - (int)sizeof(*found));
		if (r == 0)
			r = parse_hop(own, hop);
	}
	return r;
}

static struct pptp_path *new_path(unsigned int hop_count, const struct nlattr *metrics)
{
	size_t len = metrics ? (size_t)nla_len(metrics) : 0;
	struct pptp_path *path = calloc(1, sizeof(*path) + hop_count * sizeof(path->hops[0]) + len);

	if (!path)
		return NULL;
	path->hop_count = hop_count;
	path->metrics = &path->hops[hop_count];
	path->metrics_len = (unsigned short)len;
	if (len)
		memcpy(path->metrics, nla_data(metrics), len);
	return path;
}

int pptp_path_parse(struct nlmsghdr *header, struct pptp_path **pathp)
{
	const struct rtmsg *rtm = nlmsg_data(header);
	struct nlattr *attrs[RTA_MAX + 1];
	struct pptp_path *path;
	unsigned int hops;

	if (!nlmsg_valid_hdr(header, sizeof(*rtm)) ||
	    parse_attributes(attrs, nlmsg_attrdata(header, sizeof(*rtm)),
			     nlmsg_attrlen(header, sizeof(*rtm))) < 0 ||
	    rtm->rtm_family != AF_INET || rtm->rtm_dst_len > 32 ||
	    (rtm->rtm_dst_len && !attrs[RTA_DST]) || count_hops(attrs, &hops) < 0 ||
	    (attrs[RTA_METRICS] &&
	     !is_whole(nla_data(attrs[RTA_METRICS]), nla_len(attrs[RTA_METRICS]))))
		return -EBADMSG;
	path = new_path(hops, attrs[RTA_METRICS]);
	if (!path)
		return -ENOMEM;
	path->dst = address_of(attrs[RTA_DST]);
	path->prefix_len = rtm->rtm_dst_len;
	path->prefsrc = address_of(attrs[RTA_PREFSRC]);
	path->table = attrs[RTA_TABLE] ? nla_get_u32(attrs[RTA_TABLE]) : rtm->rtm_table;
	path->priority = number_of(attrs[RTA_PRIORITY]);
	path->object = number_of(attrs[RTA_NH_ID]);
	path->flags = rtm->rtm_flags;
	path->tos = rtm->rtm_tos;
	path->protocol = rtm->rtm_protocol;
	path->scope = rtm->rtm_scope;
	path->type = rtm->rtm_type;
	if (parse_hops(attrs, path) < 0) {
		pptp_path_free(path);
		return -EBADMSG;
	}
	*pathp = path;
	return 0;
}

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

static int put_hop(struct nl_msg *msg, const struct pptp_hop *hop)
{
	int r = 0;

	if (hop->family == AF_INET)
		r = nla_put(msg, RTA_GATEWAY, sizeof(hop->gateway), &hop->gateway);
	else if (hop->family == AF_INET6)
		r = put_via(msg, &hop->gateway6);
	if (r == 0 && hop->realms)
		r = nla_put_u32(msg, RTA_FLOW, hop->realms);
	return r;
}

static int put_hop_list(struct nl_msg *msg, const struct pptp_path *path)
{
	struct nlattr *list = nla_nest_start(msg, RTA_MULTIPATH);
	int r = list ? 0 : -ENOMEM;

	for (unsigned int n = 0; n < path->hop_count && r == 0; n++) {
		const struct pptp_hop *hop = &path->hops[n];
		struct rtnexthop *put = nlmsg_reserve(msg, sizeof(*put), NLMSG_ALIGNTO);

		if (!put)
			return -ENOMEM;
		put->rtnh_flags = hop->flags & RTNH_F_ONLINK;
		put->rtnh_hops = hop->weight;
		put->rtnh_ifindex = (int)hop->oif;
		r = put_hop(msg, hop);
		put->rtnh_len = (unsigned short)((char *)nlmsg_tail(nlmsg_hdr(msg)) - (char *)put);
	}
	if (r == 0)
		r = nla_nest_end(msg, list);
	return r;
}

static int put_hops(struct nl_msg *msg, const struct pptp_path *path)
{
	const struct pptp_hop *hop = pptp_path_first_hop(path);

	if (path->object)
		return nla_put_u32(msg, RTA_NH_ID, path->object);
	if (!hop)
		return 0;
	if (path->hop_count > 1)
		return put_hop_list(msg, path);
	if (hop->oif && nla_put_u32(msg, RTA_OIF, hop->oif) < 0)
		return -ENOMEM;
	return put_hop(msg, hop);
}

struct nl_msg *pptp_path_message(const struct pptp_path *path, int type, int flags)
{
	struct rtmsg rtm = {
		.rtm_family = AF_INET,
		.rtm_dst_len = path->prefix_len,
		.rtm_tos = path->tos,
		.rtm_table = path->table < 256 ? (unsigned char)path->table : RT_TABLE_UNSPEC,
		.rtm_protocol = path->protocol,
		.rtm_scope = path->scope,
		.rtm_type = path->type,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	if (!msg)
		return NULL;
	/* The kernel does not take back the other flags that it shows. */
	if (path->hop_count == 1)
		rtm.rtm_flags = path->hops[0].flags & RTNH_F_ONLINK;
	if (nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO) < 0 ||
	    nla_put_u32(msg, RTA_TABLE, path->table) < 0 ||
	    nla_put(msg, RTA_DST, sizeof(path->dst), &path->dst) < 0 ||
	    nla_put_u32(msg, RTA_PRIORITY, path->priority) < 0 ||
	    (path->prefsrc.s_addr &&
	     nla_put(msg, RTA_PREFSRC, sizeof(path->prefsrc), &path->prefsrc) < 0) ||
	    (path->metrics_len &&
	     nla_put(msg, RTA_METRICS, path->metrics_len, path->metrics) < 0) ||
	    put_hops(msg, path) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}
