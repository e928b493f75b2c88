/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>

#include "nexthop.h"

static const struct nla_policy nexthop_policy[NHA_MAX + 1] = {
	[NHA_GROUP] = { .minlen = sizeof(struct nexthop_grp) },
	[NHA_OIF] = { .minlen = sizeof(uint32_t), .maxlen = sizeof(uint32_t) },
	[NHA_GATEWAY] = { .minlen = sizeof(struct in_addr), .maxlen = sizeof(struct in6_addr) },
};

static void read_members(const struct nlattr *group, struct pptp_nexthop *nexthop)
{
	size_t count = (size_t)nla_len(group) / sizeof(struct nexthop_grp);
	const char *at = nla_data(group);
	struct nexthop_grp entry;

	if (count > NEXTHOP_MEMBERS_MAX)
		count = NEXTHOP_MEMBERS_MAX;
	for (size_t n = 0; n < count; n++) {
		memcpy(&entry, at + n * sizeof(entry), sizeof(entry));
		nexthop->members[n] = entry.id;
	}
	nexthop->member_count = (unsigned int)count;
}

static int read_gateway(const struct nlattr *gateway, unsigned char family, struct pptp_hop *hop)
{
	size_t len = (size_t)nla_len(gateway);

	if (family == AF_INET && len == sizeof(hop->gateway))
		memcpy(&hop->gateway, nla_data(gateway), len);
	else if (family == AF_INET6 && len == sizeof(hop->gateway6))
		memcpy(&hop->gateway6, nla_data(gateway), len);
	else
		return -EBADMSG;
	hop->family = family;
	return 0;
}

int pptp_nexthop_parse(struct nlmsghdr *header, struct pptp_nexthop *nexthop)
{
	const struct nhmsg *nhm = nlmsg_data(header);
	struct nlattr *attrs[NHA_MAX + 1];

	memset(nexthop, 0, sizeof(*nexthop));
	if (header->nlmsg_type != RTM_NEWNEXTHOP || !nlmsg_valid_hdr(header, sizeof(*nhm)) ||
	    nlmsg_parse(header, sizeof(*nhm), attrs, NHA_MAX, nexthop_policy) < 0)
		return -EBADMSG;
	if (attrs[NHA_GROUP]) {
		read_members(attrs[NHA_GROUP], nexthop);
		return 0;
	}
	if (!attrs[NHA_OIF])
		return -EBADMSG;
	nexthop->hop.oif = nla_get_u32(attrs[NHA_OIF]);
	nexthop->hop.flags = nhm->nh_flags & 0xFF;
	if (!attrs[NHA_GATEWAY])
		return 0;
	return read_gateway(attrs[NHA_GATEWAY], nhm->nh_family, &nexthop->hop);
}

struct nl_msg *pptp_nexthop_request(uint32_t id)
{
	struct nhmsg nhm = { .nh_family = AF_UNSPEC };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETNEXTHOP, 0);

	if (!msg)
		return NULL;
	if (nlmsg_append(msg, &nhm, sizeof(nhm), NLMSG_ALIGNTO) < 0 ||
	    nla_put_u32(msg, NHA_ID, id) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}
