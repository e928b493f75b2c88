/* SPDX-License-Identifier: MIT */
#include "nexthop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include "run_suite.h"

/* The kernel's answers, put together octet by octet. */
struct bytes {
	size_t len;
	union {
		unsigned char octets[2048];
		struct nlmsghdr header;
	};
};

static void add(struct bytes *bytes, const void *data, size_t len)
{
	memcpy(bytes->octets + bytes->len, data, len);
	bytes->len += len;
}

static void add_attr(struct bytes *bytes, unsigned short type, const void *data, size_t len)
{
	unsigned short header[2] = { (unsigned short)(len + 4), type };

	add(bytes, header, sizeof(header));
	add(bytes, data, len);
}

static void begin(struct bytes *bytes, unsigned short type, unsigned char family)
{
	const struct nhmsg nhm = { .nh_family = family, .nh_flags = RTNH_F_ONLINK };

	memset(bytes, 0, sizeof(*bytes));
	bytes->header.nlmsg_type = type;
	bytes->len = sizeof(bytes->header);
	add(bytes, &nhm, sizeof(nhm));
}

static int parse(struct bytes *bytes, struct pptp_nexthop *nexthop)
{
	bytes->header.nlmsg_len = (unsigned int)bytes->len;
	return pptp_nexthop_parse(&bytes->header, nexthop);
}

static void add_gateway(struct bytes *bytes)
{
	const uint32_t oif = 7;
	const struct in_addr gateway = { htonl(0xc0000201) };

	add_attr(bytes, NHA_OIF, &oif, sizeof(oif));
	add_attr(bytes, NHA_GATEWAY, &gateway, sizeof(gateway));
}

START_TEST(gateway)
{
	struct pptp_nexthop nexthop;
	struct bytes bytes;

	begin(&bytes, RTM_NEWNEXTHOP, AF_INET);
	add_gateway(&bytes);
	ck_assert_int_eq(parse(&bytes, &nexthop), 0);
	ck_assert_uint_eq(nexthop.member_count, 0);
	ck_assert_uint_eq(nexthop.hop.oif, 7);
	ck_assert_uint_eq(nexthop.hop.family, AF_INET);
	ck_assert_uint_eq(ntohl(nexthop.hop.gateway.s_addr), 0xc0000201);
	ck_assert_uint_eq(nexthop.hop.flags, RTNH_F_ONLINK);
	/* Cut short: refused, or without the gateway where just that is cut off. */
	for (size_t len = bytes.len - 1; len > 0; len--) {
		bytes.header.nlmsg_len = (unsigned int)len;
		if (pptp_nexthop_parse(&bytes.header, &nexthop) == 0)
			ck_assert_uint_eq(nexthop.hop.family, AF_UNSPEC);
	}
}
END_TEST

START_TEST(none_for_ipv4)
{
	struct pptp_nexthop nexthop;
	struct bytes bytes;

	begin(&bytes, RTM_NEWNEXTHOP, AF_INET6); /* with a gateway of four octets */
	add_gateway(&bytes);
	ck_assert_int_eq(parse(&bytes, &nexthop), -EBADMSG);
	begin(&bytes, RTM_DELNEXTHOP, AF_INET);
	add_gateway(&bytes);
	ck_assert_int_eq(parse(&bytes, &nexthop), -EBADMSG);
	begin(&bytes, RTM_NEWNEXTHOP, AF_INET);
	add_attr(&bytes, NHA_BLACKHOLE, "", 0);
	ck_assert_int_eq(parse(&bytes, &nexthop), -EBADMSG);
	begin(&bytes, RTM_NEWNEXTHOP, AF_INET);
	add_attr(&bytes, NHA_OIF, "abc", 3);
	ck_assert_int_eq(parse(&bytes, &nexthop), -EBADMSG);
}
END_TEST

START_TEST(group)
{
	struct nexthop_grp entries[NEXTHOP_MEMBERS_MAX + 9];
	struct pptp_nexthop nexthop;
	struct bytes bytes;

	memset(entries, 0, sizeof(entries));
	for (uint32_t n = 0; n < NEXTHOP_MEMBERS_MAX + 9; n++)
		entries[n].id = n + 100;
	begin(&bytes, RTM_NEWNEXTHOP, AF_UNSPEC);
	add_attr(&bytes, NHA_GROUP, entries, 2 * sizeof(entries[0]));
	ck_assert_int_eq(parse(&bytes, &nexthop), 0);
	ck_assert_uint_eq(nexthop.member_count, 2);
	ck_assert_uint_eq(nexthop.members[1], 101);
	begin(&bytes, RTM_NEWNEXTHOP, AF_UNSPEC);
	add_attr(&bytes, NHA_GROUP, entries, sizeof(entries));
	ck_assert_int_eq(parse(&bytes, &nexthop), 0);
	ck_assert_uint_eq(nexthop.member_count, NEXTHOP_MEMBERS_MAX);
	ck_assert_uint_eq(nexthop.members[NEXTHOP_MEMBERS_MAX - 1], 100 + NEXTHOP_MEMBERS_MAX - 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("route_nexthop");
	TCase *tcase = tcase_create("route_nexthop");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, gateway);
	tcase_add_test(tcase, none_for_ipv4);
	tcase_add_test(tcase, group);
	return run_suite(suite);
}
