/* SPDX-License-Identifier: MIT */
#include "fib.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "run_suite.h"

/* Messages are put together here octet by octet, so that libnl does not check itself. */
struct bytes {
	size_t len;
	union {
		unsigned char octets[1024];
		struct nlmsghdr header;
	};
};

static void add(struct bytes *bytes, const void *data, size_t len)
{
	ck_assert_uint_le(bytes->len + len + 3, sizeof(bytes->octets));
	memcpy(bytes->octets + bytes->len, data, len);
	bytes->len += len;
	while (bytes->len % 4)
		bytes->octets[bytes->len++] = 0;
}

/* An attribute that says it has `said` octets. */
static void add_liar(struct bytes *bytes, unsigned short type, size_t said, const void *data,
		     size_t len)
{
	unsigned short header[2] = { (unsigned short)(said + 4), type };

	add(bytes, header, sizeof(header));
	add(bytes, data, len);
}

static void add_attr(struct bytes *bytes, unsigned short type, const void *data, size_t len)
{
	add_liar(bytes, type, len, data, len);
}

static void add_number(struct bytes *bytes, unsigned short type, uint32_t value)
{
	add_attr(bytes, type, &value, sizeof(value));
}

static struct in_addr address(const char *text)
{
	struct in_addr value;

	ck_assert_int_eq(inet_pton(AF_INET, text, &value), 1);
	return value;
}

static void add_address(struct bytes *bytes, unsigned short type, const char *text)
{
	struct in_addr value = address(text);

	add_attr(bytes, type, &value, sizeof(value));
}

static void add_hop(struct bytes *bytes, int oif, unsigned char flags, const struct bytes *attrs)
{
	struct rtnexthop hop = { .rtnh_len = (unsigned short)(sizeof(hop) + attrs->len),
				 .rtnh_flags = flags,
				 .rtnh_hops = 4,
				 .rtnh_ifindex = oif };

	add(bytes, &hop, sizeof(hop));
	add(bytes, attrs->octets, attrs->len);
}

static void begin(struct bytes *bytes, unsigned char prefix_len)
{
	struct nlmsghdr header = { .nlmsg_type = RTM_NEWROUTE };
	struct rtmsg rtm = { .rtm_family = AF_INET,
			     .rtm_dst_len = prefix_len,
			     .rtm_table = RT_TABLE_MAIN,
			     .rtm_protocol = RTPROT_BOOT,
			     .rtm_scope = RT_SCOPE_UNIVERSE,
			     .rtm_type = RTN_UNICAST };

	bytes->len = 0;
	add(bytes, &header, sizeof(header));
	add(bytes, &rtm, sizeof(rtm));
}

/* In memory of just its size, so that valgrind and the sanitizers see who reads on. */
static int parse_first(const struct bytes *bytes, size_t len, const struct fib_hop *wanted,
		       struct fib_route *route)
{
	struct nlmsghdr *header = malloc(len);
	int err;

	ck_assert_ptr_nonnull(header);
	memcpy(header, bytes->octets, len);
	header->nlmsg_len = (uint32_t)len;
	err = pptp_fib_parse(header, wanted, route);
	free(header);
	return err;
}

static struct fib_route parse_wanted(const struct bytes *bytes, const struct fib_hop *wanted)
{
	struct fib_route route;

	ck_assert_int_eq(parse_first(bytes, bytes->len, wanted, &route), 0);
	return route;
}

static struct fib_route parse(const struct bytes *bytes)
{
	return parse_wanted(bytes, NULL);
}

static void expect_refused(const struct bytes *bytes)
{
	struct fib_route route;

	ck_assert_int_eq(parse_first(bytes, bytes->len, NULL, &route), -EBADMSG);
}

static void add_metrics(struct bytes *bytes)
{
	struct bytes metrics = { 0 };

	add_number(&metrics, RTAX_MTU, 1400);
	add_attr(&metrics, RTAX_CC_ALGO, "cubic", 6);
	add_number(&metrics, RTAX_ADVMSS, 1300);
	add_attr(bytes, RTA_METRICS, metrics.octets, metrics.len);
}

static void make_gateway_route(struct bytes *bytes)
{
	begin(bytes, 8);
	((struct rtmsg *)(void *)(bytes->octets + 16))->rtm_flags = RTNH_F_ONLINK | RTNH_F_LINKDOWN;
	add_number(bytes, RTA_TABLE, 1000);
	add_address(bytes, RTA_DST, "10.0.0.0");
	add_number(bytes, RTA_PRIORITY, 70000);
	add_metrics(bytes);
	add_address(bytes, RTA_PREFSRC, "192.0.2.7");
	add_address(bytes, RTA_GATEWAY, "192.0.2.1");
	add_number(bytes, RTA_OIF, 3);
	add_number(bytes, RTA_FLOW, 0x00020001);
}

/* As struct rtvia, whose family is in the machine's own order. */
static const struct {
	unsigned short family;
	unsigned char address[16];
} ipv6_gateway = { AF_INET6, { 0xFE, 0x80, [15] = 9 } };

static void make_multipath_route(struct bytes *bytes)
{
	struct bytes attrs = { 0 };
	struct bytes hops = { 0 };

	add_address(&attrs, RTA_GATEWAY, "192.0.2.1");
	add_number(&attrs, RTA_FLOW, 5);
	add_hop(&hops, 2, RTNH_F_DEAD, &attrs);
	attrs.len = 0;
	add_attr(&attrs, RTA_VIA, &ipv6_gateway, sizeof(ipv6_gateway));
	add_hop(&hops, 3, RTNH_F_ONLINK, &attrs);
	attrs.len = 0;
	add_hop(&hops, 4, 0, &attrs);
	begin(bytes, 0);
	add_metrics(bytes);
	add_attr(bytes, RTA_MULTIPATH, hops.octets, hops.len);
}

/* The three hops of make_multipath_route(). */
static const struct fib_hop hops_of_three[] = {
	{ .oif = 2, .family = AF_INET, .realms = 5 },
	{ .oif = 3,
	  .family = AF_INET6,
	  .gateway6.s6_addr = { 0xFE, 0x80, [15] = 9 },
	  .onlink = true },
	{ .oif = 4 },
};

static struct fib_hop hop_of_three(unsigned int n)
{
	struct fib_hop hop = hops_of_three[n];

	if (n == 0)
		hop.gateway = address("192.0.2.1");
	return hop;
}

static void expect_hop(const struct fib_hop *hop, const struct fib_hop *expected)
{
	ck_assert(pptp_fib_same_hop(hop, expected));
	ck_assert_uint_eq(hop->oif, expected->oif);
	ck_assert_uint_eq(hop->realms, expected->realms);
	ck_assert(hop->onlink == expected->onlink);
}

START_TEST(route_through_a_gateway)
{
	struct bytes bytes;
	struct fib_route route;

	make_gateway_route(&bytes);
	route = parse(&bytes);
	ck_assert_uint_eq(route.dst.s_addr, address("10.0.0.0").s_addr);
	ck_assert_uint_eq(route.prefix_len, 8);
	ck_assert_uint_eq(route.prefsrc.s_addr, address("192.0.2.7").s_addr);
	ck_assert_uint_eq(route.table, 1000);
	ck_assert_uint_eq(route.priority, 70000);
	ck_assert_uint_eq(route.protocol, RTPROT_BOOT);
	ck_assert_uint_eq(route.type, RTN_UNICAST);
	ck_assert_uint_eq(pptp_fib_mtu(&route), 1400);
	ck_assert_uint_eq(route.nh_id, 0);
	expect_hop(&route.hop, &(struct fib_hop){ .oif = 3,
						  .family = AF_INET,
						  .gateway = address("192.0.2.1"),
						  .realms = 0x00020001,
						  .onlink = true });
}
END_TEST

START_TEST(route_with_several_hops)
{
	struct fib_hop unknown = { .oif = 9 }, first = hop_of_three(0);
	struct bytes bytes;
	struct fib_route route;

	make_multipath_route(&bytes);
	route = parse(&bytes);
	ck_assert_uint_eq(route.prefix_len, 0);
	ck_assert_uint_eq(route.table, RT_TABLE_MAIN);
	expect_hop(&route.hop, &first);
	route = parse_wanted(&bytes, &unknown);
	expect_hop(&route.hop, &first);
	for (unsigned int n = 0; n < 3; n++) {
		struct fib_hop wanted = hop_of_three(n), other = hop_of_three((n + 1) % 3);

		route = parse_wanted(&bytes, &wanted);
		expect_hop(&route.hop, &wanted);
		ck_assert(!pptp_fib_same_hop(&wanted, &other));
	}
}
END_TEST

START_TEST(route_without_hops)
{
	struct bytes bytes;
	struct fib_route route;

	begin(&bytes, 0);
	((struct rtmsg *)(void *)(bytes.octets + 16))->rtm_type = RTN_UNREACHABLE;
	add_number(&bytes, RTA_NH_ID, 77);
	add_attr(&bytes, 0x3FFF, "new", 3); /* of a later kernel */
	route = parse(&bytes);
	ck_assert_uint_eq(route.hop.oif, 0);
	ck_assert_uint_eq(route.nh_id, 77);
	ck_assert_uint_eq(pptp_fib_mtu(&route), 0);
	ck_assert_uint_eq(route.type, RTN_UNREACHABLE);
}
END_TEST

/* Every shorter message is refused, or ends where an attribute ends. */
START_TEST(truncated)
{
	struct bytes bytes;
	struct fib_route route;
	unsigned int taken = 0;

	if (_i)
		make_gateway_route(&bytes);
	else
		make_multipath_route(&bytes);
	for (size_t len = sizeof(struct nlmsghdr); len < bytes.len; len++) {
		if (parse_first(&bytes, len, NULL, &route) == 0) {
			ck_assert_uint_eq(len % 4, 0);
			taken++;
		}
	}
	/* With the address: after it and the five that follow. A default route: bare, or with
	 * its metrics. */
	ck_assert_uint_eq(taken, _i ? 6 : 2);
}
END_TEST

START_TEST(attributes_of_a_wrong_length)
{
	static const unsigned short types[] = { RTA_DST,  RTA_OIF,   RTA_GATEWAY, RTA_PRIORITY,
						RTA_FLOW, RTA_TABLE, RTA_PREFSRC, RTA_NH_ID };
	static const unsigned char octets[64];
	struct bytes bytes;

	for (size_t n = 0; n < sizeof(types) / sizeof(types[0]); n++) {
		for (size_t len = 0; len <= 17; len++) {
			begin(&bytes, 0);
			add_attr(&bytes, types[n], octets, len);
			if (len == 4)
				parse(&bytes);
			else
				expect_refused(&bytes);
		}
	}
}
END_TEST

START_TEST(attributes_that_lie)
{
	static const size_t lies[] = { (size_t)-4, (size_t)-1, 5, 100, 0xFFFB };
	struct bytes bytes, inner;

	for (size_t n = 0; n < sizeof(lies) / sizeof(lies[0]); n++) {
		begin(&bytes, 0);
		add_liar(&bytes, RTA_OIF, lies[n], "\1\0\0", 4);
		expect_refused(&bytes);

		inner.len = 0;
		add_liar(&inner, RTAX_MTU, lies[n], "\1\0\0", 4);
		begin(&bytes, 0);
		add_attr(&bytes, RTA_METRICS, inner.octets, inner.len);
		expect_refused(&bytes);

		inner.len = 0;
		add_liar(&inner, RTA_GATEWAY, lies[n], "\1\0\0", 4);
		begin(&bytes, 0);
		add_attr(&bytes, RTA_MULTIPATH, "", 0);
		add_hop(&bytes, 1, 0, &inner);
		((struct rtattr *)(void *)(bytes.octets + 28))->rta_len = 4 + 8 + 8;
		expect_refused(&bytes);
	}
}
END_TEST

START_TEST(hops_that_lie)
{
	static const struct bytes none;
	struct bytes bytes, hops;

	for (unsigned int said = 0; said < 30; said++) {
		hops.len = 0;
		add_hop(&hops, 1, 0, &none);
		add_hop(&hops, 2, 0, &none);
		((struct rtnexthop *)(void *)(hops.octets + 8))->rtnh_len = (unsigned short)said;
		begin(&bytes, 0);
		add_attr(&bytes, RTA_MULTIPATH, hops.octets, hops.len);
		if (said == 8)
			parse(&bytes);
		else
			expect_refused(&bytes);
	}
}
END_TEST

START_TEST(gateways_that_lie)
{
	unsigned char via[20] = { 0 };
	struct bytes bytes;

	for (unsigned char family = 0; family < 20; family++) {
		for (size_t len = 0; len <= sizeof(via); len++) {
			bool good = (family == AF_INET && len == 6) ||
				    (family == AF_INET6 && len == 18);

			memcpy(via, &(sa_family_t){ family }, sizeof(sa_family_t));
			begin(&bytes, 0);
			add_attr(&bytes, RTA_VIA, via, len);
			if (good)
				parse(&bytes);
			else
				expect_refused(&bytes);
		}
	}
}
END_TEST

START_TEST(no_ipv4_route)
{
	struct bytes bytes;
	struct rtmsg *rtm = (struct rtmsg *)(void *)(bytes.octets + 16);

	begin(&bytes, 0);
	rtm->rtm_family = AF_INET6;
	expect_refused(&bytes);
	begin(&bytes, 24); /* a prefix, and no address: no default route */
	expect_refused(&bytes);
	add_address(&bytes, RTA_DST, "192.0.2.0");
	parse(&bytes);
	rtm->rtm_dst_len = 33;
	expect_refused(&bytes);
}
END_TEST

/* Metrics longer than any kernel writes are refused, not cut. */
START_TEST(metrics_of_any_length)
{
	struct bytes bytes, metrics = { 0 };
	static const unsigned char octets[FIB_METRICS_MAX];

	add_attr(&metrics, RTAX_CC_ALGO, octets, FIB_METRICS_MAX - 4);
	begin(&bytes, 0);
	add_attr(&bytes, RTA_METRICS, metrics.octets, metrics.len);
	ck_assert_uint_eq(parse(&bytes).metrics_len, FIB_METRICS_MAX);
	add_number(&metrics, RTAX_MTU, 1400);
	begin(&bytes, 0);
	add_attr(&bytes, RTA_METRICS, metrics.octets, metrics.len);
	expect_refused(&bytes);
}
END_TEST

static void expect_equal(const struct fib_route *a, const struct fib_route *b)
{
	ck_assert_uint_eq(a->dst.s_addr, b->dst.s_addr);
	ck_assert_uint_eq(a->prefsrc.s_addr, b->prefsrc.s_addr);
	ck_assert_uint_eq(a->table, b->table);
	ck_assert_uint_eq(a->priority, b->priority);
	ck_assert_uint_eq(a->nh_id, b->nh_id);
	ck_assert_uint_eq(a->prefix_len, b->prefix_len);
	ck_assert_uint_eq(a->protocol, b->protocol);
	ck_assert_uint_eq(a->scope, b->scope);
	ck_assert_uint_eq(a->type, b->type);
	ck_assert_uint_eq(a->metrics_len, b->metrics_len);
	ck_assert_int_eq(memcmp(a->metrics, b->metrics, a->metrics_len), 0);
	if (!a->nh_id)
		expect_hop(&a->hop, &b->hop);
}

/* As a request and read again it is the same route. */
static void expect_roundtrip(const struct fib_route *route)
{
	struct nl_msg *msg = pptp_fib_message(route, RTM_DELROUTE, NLM_F_CREATE);
	struct fib_route again;
	struct nlmsghdr *header;

	ck_assert_ptr_nonnull(msg);
	header = nlmsg_hdr(msg);
	ck_assert_uint_eq(header->nlmsg_type, RTM_DELROUTE);
	ck_assert_uint_eq(header->nlmsg_flags, NLM_F_CREATE);
	ck_assert_int_eq(pptp_fib_parse(header, NULL, &again), 0);
	expect_equal(route, &again);
	nlmsg_free(msg);
}

START_TEST(written_and_read_again)
{
	struct bytes bytes;
	struct fib_route route;

	make_gateway_route(&bytes);
	route = parse(&bytes);
	expect_roundtrip(&route);
	make_multipath_route(&bytes);
	for (unsigned int n = 0; n < 3; n++) {
		struct fib_hop wanted = hop_of_three(n);

		route = parse_wanted(&bytes, &wanted);
		expect_roundtrip(&route);
	}
}
END_TEST

START_TEST(what_a_request_says)
{
	struct bytes bytes;
	struct fib_route route;
	struct nl_msg *msg;
	const struct rtmsg *rtm;

	make_gateway_route(&bytes);
	route = parse(&bytes);
	msg = pptp_fib_message(&route, RTM_NEWROUTE, 0);
	rtm = nlmsg_data(nlmsg_hdr(msg));
	ck_assert_uint_eq(rtm->rtm_flags, RTNH_F_ONLINK);
	ck_assert_uint_eq(rtm->rtm_table, RT_TABLE_UNSPEC); /* 1000 does not fit */
	nlmsg_free(msg);
	route.nh_id = 5; /* then the kernel refuses a request that names the hop too */
	msg = pptp_fib_message(&route, RTM_DELROUTE, 0);
	ck_assert_ptr_nonnull(nlmsg_find_attr(nlmsg_hdr(msg), sizeof(*rtm), RTA_NH_ID));
	ck_assert_ptr_null(nlmsg_find_attr(nlmsg_hdr(msg), sizeof(*rtm), RTA_OIF));
	ck_assert_ptr_null(nlmsg_find_attr(nlmsg_hdr(msg), sizeof(*rtm), RTA_GATEWAY));
	nlmsg_free(msg);
}
END_TEST

/* One octet at a time: no crash, and what is taken can be said again. */
START_TEST(damaged)
{
	static const unsigned char flips[] = { 1, 2, 3, 4, 7, 8, 12, 16, 32, 64, 128, 0xFF };
	struct bytes bytes;
	struct fib_route route;

	make_multipath_route(&bytes);
	for (size_t at = sizeof(struct nlmsghdr); at < bytes.len; at++) {
		for (size_t n = 0; n < sizeof(flips); n++) {
			bytes.octets[at] ^= flips[n];
			if (parse_first(&bytes, bytes.len, NULL, &route) == 0)
				expect_roundtrip(&route);
			bytes.octets[at] ^= flips[n];
		}
	}
}
END_TEST

START_TEST(host_route)
{
	struct in_addr server = address("198.51.100.9");
	struct bytes bytes;

	make_multipath_route(&bytes);
	for (unsigned int n = 0; n < 3; n++) {
		struct fib_hop wanted = hop_of_three(n);
		struct fib_route from = parse_wanted(&bytes, &wanted);
		struct fib_route route;

		from.priority = 7;
		from.nh_id = 8;
		route = pptp_fib_host_route(&from, server);
		ck_assert(pptp_fib_is_ours(&route, server));
		ck_assert(!pptp_fib_is_ours(&route, address("198.51.100.8")));
		ck_assert(!pptp_fib_is_ours(&from, server));
		ck_assert_uint_eq(route.table, from.table);
		ck_assert_uint_eq(route.priority, 0);
		ck_assert_uint_eq(route.nh_id, 0);
		ck_assert_uint_eq(route.scope, n == 2 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE);
		expect_hop(&route.hop, &wanted);
		ck_assert_uint_eq(route.metrics_len, 8 + 12 + 8);
		ck_assert_mem_eq(route.metrics, from.metrics, route.metrics_len);
		ck_assert(pptp_fib_same_path(&route, &from));
		from.table++;
		ck_assert(!pptp_fib_same_path(&route, &from));
		expect_roundtrip(&route);
	}
}
END_TEST

START_TEST(prefixes)
{
	static const struct {
		const char *dst;
		unsigned char len;
		const char *address;
		bool covers;
	} rows[] = {
		{ "0.0.0.0", 0, "192.0.2.1", true },     { "128.0.0.0", 1, "192.0.2.1", true },
		{ "128.0.0.0", 1, "127.0.2.1", false },  { "192.0.2.0", 24, "192.0.2.255", true },
		{ "192.0.2.0", 24, "192.0.3.0", false }, { "192.0.2.2", 31, "192.0.2.3", true },
		{ "192.0.2.2", 31, "192.0.2.4", false }, { "192.0.2.1", 32, "192.0.2.1", true },
		{ "192.0.2.1", 32, "192.0.2.0", false },
	};
	struct fib_route route = { .prefix_len = rows[_i].len, .dst = address(rows[_i].dst) };

	ck_assert(pptp_fib_covers(&route, address(rows[_i].address)) == rows[_i].covers);
}
END_TEST

START_TEST(text)
{
	static const char *const lines[] = {
		"via 192.0.2.1 dev eth0",
		"via fe80::9 dev eth0 table 4294967295",
		"dev ?",
	};
	char line[FIB_TEXT_MAX];

	for (unsigned int n = 0; n < 3; n++) {
		struct fib_route route = { .hop = hop_of_three(n),
					   .table = n == 1 ? 0xFFFFFFFF : RT_TABLE_MAIN };

		pptp_fib_text(line, &route, n == 2 ? "" : "eth0");
		ck_assert_str_eq(line, lines[n]);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("route_fib");
	TCase *tc = tcase_create("route_fib");

	tcase_add_test(tc, route_through_a_gateway);
	tcase_add_test(tc, route_with_several_hops);
	tcase_add_test(tc, route_without_hops);
	tcase_add_loop_test(tc, truncated, 0, 2);
	tcase_add_test(tc, attributes_of_a_wrong_length);
	tcase_add_test(tc, attributes_that_lie);
	tcase_add_test(tc, hops_that_lie);
	tcase_add_test(tc, gateways_that_lie);
	tcase_add_test(tc, no_ipv4_route);
	tcase_add_test(tc, written_and_read_again);
	tcase_add_test(tc, what_a_request_says);
	tcase_add_test(tc, metrics_of_any_length);
	tcase_add_test(tc, damaged);
	tcase_add_test(tc, host_route);
	tcase_add_loop_test(tc, prefixes, 0, 9);
	tcase_add_test(tc, text);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
