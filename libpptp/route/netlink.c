/* SPDX-License-Identifier: MIT */
/*
 * The netlink sockets of a route: requests and their answers, and notifications, through libnl-3.
 * It sends queries and returns answers; route.c and choice.c decide what follows. Messages about
 * routes are encoded and decoded in fib.c. No query waits for anything but the kernel's answer.
 */
#include "netlink.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#define MESSAGE_SIZE           65536 /* a dump's datagrams have up to 32 KiB */
#define NOTIFICATION_BUFFER    (256 * 1024)
#define NOTIFICATIONS_PER_TURN 256
#define KERNEL_TIMEOUT         2 /* seconds; the kernel answers at once */

/* One request on its way. */
struct exchange {
	bool sent;
	bool done;
	int error;
	void (*each)(void *user, struct nlmsghdr *header);
	void *user;
};

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct exchange *exchange = arg;

	if (exchange->each)
		exchange->each(exchange->user, nlmsg_hdr(msg));
	return NL_OK;
}

static int on_done(struct nl_msg *msg, void *arg)
{
	struct exchange *exchange = arg;

	(void)msg;
	exchange->done = true;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *peer, struct nlmsgerr *error, void *arg)
{
	struct exchange *exchange = arg;

	(void)peer;
	exchange->error = error->error;
	exchange->done = true;
	return NL_STOP;
}

/*
 * libnl's error numbers where libnl itself failed, not the kernel. It has none for many errors of
 * system calls; errno still has them, if it was 0 before the call.
 */
static int local_error(int nlerr)
{
	switch (-nlerr) {
	case NLE_AGAIN:
		return -ETIMEDOUT;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	default:
		return errno ? -errno : -EIO;
	}
}

static int connect_socket(struct nl_sock *sk)
{
	const struct timeval timeout = { .tv_sec = KERNEL_TIMEOUT };
	const int strict = 1;
	int err;

	errno = 0;
	err = nl_connect(sk, NETLINK_ROUTE);
	if (err < 0)
		return local_error(err);
	setsockopt(nl_socket_get_fd(sk), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	/* Since 4.20 a dump can be limited to one protocol. */
	setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict,
		   sizeof(strict));
	nl_socket_set_msg_buf_size(sk, MESSAGE_SIZE);
	return 0;
}

int pptp_netlink_open(struct nl_sock **skp)
{
	struct nl_sock *sk = nl_socket_alloc();
	int err;

	if (!sk)
		return -ENOMEM;
	err = connect_socket(sk);
	if (err < 0) {
		nl_socket_free(sk);
		return err;
	}
	*skp = sk;
	return 0;
}

int pptp_netlink_open_notifications(struct nl_sock **skp)
{
	struct nl_sock *sk;
	int err = pptp_netlink_open(&sk);

	if (err < 0)
		return err;
	nl_socket_set_buffer_size(sk, NOTIFICATION_BUFFER, 0);
	/* Since Linux 5.3. */
	(void)nl_socket_add_membership(sk, RTNLGRP_NEXTHOP);
	errno = 0;
	err = nl_socket_add_memberships(sk, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_IFADDR,
					RTNLGRP_IPV4_RULE, RTNLGRP_LINK, 0);
	if (err >= 0)
		err = nl_socket_set_nonblocking(sk);
	if (err < 0) {
		err = local_error(err);
		nl_socket_free(sk);
		return err;
	}
	*skp = sk;
	return 0;
}

static struct nl_cb *exchange_callbacks(struct exchange *exchange)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);

	if (!cb)
		return NULL;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, exchange);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_done, exchange);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_done, exchange);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, exchange);
	return cb;
}

/* Send, and receive until the kernel ends its answer. */
static int converse(struct nl_sock *sk, struct nl_msg *msg, struct nl_cb *cb,
		    struct exchange *exchange)
{
	int err;

	errno = 0;
	err = nl_send_auto(sk, msg);
	if (err < 0)
		return local_error(err);
	exchange->sent = true;
	while (!exchange->done && err >= 0) {
		errno = 0;
		err = nl_recvmsgs(sk, cb);
	}
	if (exchange->done)
		return exchange->error;
	err = local_error(err);
	/* A late answer must not be read as that of the next request. */
	nl_close(sk);
	connect_socket(sk);
	return err;
}

/* Send a request and wait for the end of its answer. Frees the message. */
static int request(struct nl_sock *sk, struct nl_msg *msg, struct exchange *exchange)
{
	/* First: a change must not be made whose result cannot be read. */
	struct nl_cb *cb = exchange_callbacks(exchange);
	int err = cb ? converse(sk, msg, cb, exchange) : -ENOMEM;

	if (cb)
		nl_cb_put(cb);
	nlmsg_free(msg);
	return err;
}

/* -- routes ----------------------------------------------------------------------------------- */

struct found_route {
	const struct fib_hop *wanted;
	struct fib_route route;
	bool any;
};

static void read_route(void *user, struct nlmsghdr *header)
{
	struct found_route *found = user;

	if (header->nlmsg_type == RTM_NEWROUTE)
		found->any = pptp_fib_parse(header, found->wanted, &found->route) == 0;
}

static struct nl_msg *lookup_message(const struct pptp_route_query *query, struct in_addr dst,
				     unsigned int oif, unsigned int flags)
{
	struct rtmsg rtm = {
		.rtm_family = AF_INET,
		.rtm_dst_len = 32,
		.rtm_src_len = query->src.s_addr ? 32 : 0,
		.rtm_flags = RTM_F_LOOKUP_TABLE | flags,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, 0);

	if (!msg)
		return NULL;
	if (nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO) < 0 ||
	    nla_put(msg, RTA_DST, sizeof(dst), &dst) < 0 ||
	    (query->src.s_addr && nla_put(msg, RTA_SRC, sizeof(query->src), &query->src) < 0) ||
	    (query->mark && nla_put_u32(msg, RTA_MARK, query->mark) < 0) ||
	    (oif && nla_put_u32(msg, RTA_OIF, oif) < 0)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int look_up(struct nl_sock *sk, struct nl_msg *msg, struct found_route *found)
{
	struct exchange exchange = { .each = read_route, .user = found };
	int err = msg ? request(sk, msg, &exchange) : -ENOMEM;

	switch (err) {
	case 0:
		return found->any ? 0 : PPTP_ERR_NO_ROUTE;
	case -EINVAL: /* a blackhole; and, in some kernels, a source that is not ours */
	case -ENETUNREACH:
	case -EHOSTUNREACH:
	case -EACCES:
	case -ENETDOWN:
	case -ENODEV:
		return PPTP_ERR_NO_ROUTE;
	default:
		return err;
	}
}

/*
 * The flags of a nexthop object are in no answer. Its gateway is onlink where no route of scope link
 * leads to it.
 */
static int read_onlink(struct nl_sock *sk, struct fib_hop *hop)
{
	const struct pptp_route_query query = { .dst = hop->gateway };
	struct found_route gateway = { .any = false };
	int err;

	if (hop->family != AF_INET)
		return 0;
	err = look_up(sk, lookup_message(&query, query.dst, hop->oif, RTM_F_FIB_MATCH), &gateway);
	if (err && err != PPTP_ERR_NO_ROUTE)
		return err;
	hop->onlink = err || gateway.route.scope < RT_SCOPE_LINK;
	return 0;
}

/* The answer for a packet has the hop and the source, the matching route all the rest. */
int pptp_netlink_find(struct nl_sock *sk, const struct pptp_route_query *query, struct in_addr dst,
		      unsigned int oif, struct fib_route *routep, struct in_addr *srcp)
{
	struct found_route packet = { .any = false }, match = { .wanted = &packet.route.hop };
	int err = look_up(sk, lookup_message(query, dst, oif, 0), &packet);

	if (!err)
		err = look_up(sk, lookup_message(query, dst, oif, RTM_F_FIB_MATCH), &match);
	if (err)
		return err;
	if (srcp) /* the kernel does not repeat a source that it was given */
		*srcp = packet.route.prefsrc.s_addr ? packet.route.prefsrc : query->src;
	*routep = match.route;
	if (pptp_fib_same_hop(&routep->hop, &packet.route.hop))
		return 0;
	routep->hop = packet.route.hop;
	return read_onlink(sk, &routep->hop);
}

struct visit {
	netlink_route_fn fn;
	void *user;
};

static void visit_route(void *user, struct nlmsghdr *header)
{
	const struct visit *visit = user;
	struct fib_route route;

	if (header->nlmsg_type == RTM_NEWROUTE && pptp_fib_parse(header, NULL, &route) == 0)
		visit->fn(visit->user, &route);
}

int pptp_netlink_each_route(struct nl_sock *sk, unsigned char protocol, netlink_route_fn fn,
			    void *user)
{
	struct visit visit = { .fn = fn, .user = user };
	struct exchange exchange = { .each = visit_route, .user = &visit };
	struct rtmsg rtm = { .rtm_family = AF_INET, .rtm_protocol = protocol };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_DUMP);

	if (!msg)
		return -ENOMEM;
	if (nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return request(sk, msg, &exchange);
}

struct rule_visit {
	struct in_addr dst;
	struct in_addr other;
	bool found;
};

static void visit_rule(void *user, struct nlmsghdr *header)
{
	static const struct nla_policy rule_policy[FRA_MAX + 1] = {
		[FRA_DST] = { .minlen = sizeof(struct in_addr) },
	};
	struct rule_visit *visit = user;
	const struct fib_rule_hdr *rule = nlmsg_data(header);
	struct nlattr *attrs[FRA_MAX + 1];
	struct in_addr prefix;
	bool inverted, covers;

	if (header->nlmsg_type != RTM_NEWRULE ||
	    nlmsg_parse(header, sizeof(*rule), attrs, FRA_MAX, rule_policy) < 0 ||
	    !attrs[FRA_DST] || rule->dst_len > 32)
		return;
	memcpy(&prefix, nla_data(attrs[FRA_DST]), sizeof(prefix));
	inverted = rule->flags & FIB_RULE_INVERT;
	covers = pptp_fib_prefix_covers(prefix, rule->dst_len, visit->dst);
	if (covers != inverted &&
	    covers != pptp_fib_prefix_covers(prefix, rule->dst_len, visit->other))
		visit->found = true;
}

int pptp_netlink_has_rule_apart(struct nl_sock *sk, struct in_addr dst, struct in_addr other,
				bool *foundp)
{
	struct rule_visit visit = { .dst = dst, .other = other };
	struct exchange exchange = { .each = visit_rule, .user = &visit };
	struct fib_rule_hdr rule = { .family = AF_INET };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETRULE, NLM_F_DUMP);
	int err;

	if (!msg)
		return -ENOMEM;
	if (nlmsg_append(msg, &rule, sizeof(rule), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	err = request(sk, msg, &exchange);
	*foundp = visit.found;
	return err;
}

static int change_route(struct nl_sock *sk, const struct fib_route *route, int type, int flags,
			struct exchange *exchange)
{
	struct nl_msg *msg = pptp_fib_message(route, type, flags);

	return msg ? request(sk, msg, exchange) : -ENOMEM;
}

int pptp_netlink_add_route(struct nl_sock *sk, const struct fib_route *route)
{
	struct exchange exchange = { .done = false };
	int err;

	/* Neither NLM_F_EXCL nor NLM_F_APPEND: it comes before others of the same prefix and
	 * metric, such as the one of a PPP interface when the server's inner address is the outer
	 * one too. */
	err = change_route(sk, route, RTM_NEWROUTE, NLM_F_CREATE, &exchange);
	/* Without an answer it may have been added, and would not be removed. */
	if (exchange.sent && !exchange.done)
		pptp_netlink_del_route(sk, route);
	return err;
}

int pptp_netlink_del_route(struct nl_sock *sk, const struct fib_route *route)
{
	struct exchange exchange = { .done = false };

	return change_route(sk, route, RTM_DELROUTE, 0, &exchange);
}

/* -- interfaces ------------------------------------------------------------------------------- */

struct link_visit {
	netlink_link_fn fn;
	void *user;
};

static void visit_link(void *user, struct nlmsghdr *header)
{
	static const struct nla_policy link_policy[IFLA_MAX + 1] = {
		[IFLA_IFNAME] = { .type = NLA_STRING, .maxlen = IF_NAMESIZE },
		[IFLA_MTU] = { .type = NLA_U32 },
	};
	const struct link_visit *visit = user;
	struct nlattr *attrs[IFLA_MAX + 1];
	const struct ifinfomsg *info = nlmsg_data(header);
	struct link link = { 0 };

	if (header->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(header, sizeof(*info), attrs, IFLA_MAX, link_policy) < 0)
		return;
	link.index = (unsigned int)info->ifi_index;
	if (attrs[IFLA_IFNAME])
		nla_strlcpy(link.name, attrs[IFLA_IFNAME], sizeof(link.name));
	if (attrs[IFLA_MTU])
		link.mtu = nla_get_u32(attrs[IFLA_MTU]);
	link.up = info->ifi_flags & IFF_UP;
	link.tunnel_like = info->ifi_flags & (IFF_POINTOPOINT | IFF_NOARP | IFF_LOOPBACK);
	visit->fn(visit->user, &link);
}

static int request_links(struct nl_sock *sk, unsigned int ifindex, int flags, netlink_link_fn fn,
			 void *user)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex };
	struct link_visit visit = { .fn = fn, .user = user };
	struct exchange exchange = { .each = visit_link, .user = &visit };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, flags);

	if (!msg)
		return -ENOMEM;
	if (nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) < 0 ||
	    nla_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) < 0) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return request(sk, msg, &exchange);
}

static void copy_link(void *user, const struct link *link)
{
	*(struct link *)user = *link;
}

int pptp_netlink_get_link(struct nl_sock *sk, unsigned int ifindex, struct link *linkp)
{
	struct link link = { 0 };

	if (request_links(sk, ifindex, 0, copy_link, &link) < 0)
		return -ENODEV;
	*linkp = link;
	return 0;
}

int pptp_netlink_each_link(struct nl_sock *sk, netlink_link_fn fn, void *user)
{
	return request_links(sk, 0, NLM_F_DUMP, fn, user);
}

/* -- notifications ---------------------------------------------------------------------------- */

struct change_visit {
	netlink_change_fn fn;
	void *user;
};

/* Notifications answer no request, so their sequence numbers mean nothing. */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

static int on_notification(struct nl_msg *msg, void *arg)
{
	const struct change_visit *visit = arg;
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct fib_route route;
	bool added = header->nlmsg_type == RTM_NEWROUTE;

	if ((added || header->nlmsg_type == RTM_DELROUTE) &&
	    pptp_fib_parse(header, NULL, &route) == 0)
		visit->fn(visit->user, &route, added);
	else
		visit->fn(visit->user, NULL, false);
	return NL_OK;
}

int pptp_netlink_read_notifications(struct nl_sock *sk, netlink_change_fn fn, void *user)
{
	struct change_visit visit = { .fn = fn, .user = user };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int err = 0;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, NULL);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_notification, &visit);
	for (unsigned int n = 0; n < NOTIFICATIONS_PER_TURN; n++) {
		errno = 0;
		err = nl_recvmsgs(sk, cb);
		if (err == -NLE_NOMEM)
			fn(user, NULL, false); /* ENOBUFS: some were lost */
		else if (err < 0)
			break;
	}
	err = err < 0 && err != -NLE_AGAIN && err != -NLE_NOMEM ? local_error(err) : 0;
	nl_cb_put(cb);
	return err;
}
