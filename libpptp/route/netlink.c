/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "netlink.h"

#define MESSAGE_SIZE   65536 /* a dump's datagrams have up to 32 KiB */
#define NEWS_BUFFER    (256 * 1024)
#define NEWS_PER_TURN  256
#define KERNEL_TIMEOUT 2 /* seconds; it answers at once or something is badly wrong */

/* One request on its way. */
struct exchange {
	bool sent;
	bool done;
	bool interrupted; /* the table changed while it was dumped */
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

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct exchange *exchange = arg;

	(void)msg;
	exchange->interrupted = true;
	return NL_OK;
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
 * libnl's error numbers where libnl itself failed, not the kernel. It has none for much of what a
 * system call says, a limit on descriptors for one; errno still does, if it was 0 before the call.
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
	int r;

	errno = 0;
	r = nl_connect(sk, NETLINK_ROUTE);
	if (r < 0)
		return local_error(r);
	setsockopt(nl_socket_get_fd(sk), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	/* Spares dumps what the kernel learned for single addresses; before 4.20 it comes along. */
	setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict,
		   sizeof(strict));
	nl_socket_set_msg_buf_size(sk, MESSAGE_SIZE);
	return 0;
}

int pptp_netlink_open(struct nl_sock **skp)
{
	struct nl_sock *sk = nl_socket_alloc();
	int r;

	if (!sk)
		return -ENOMEM;
	r = connect_socket(sk);
	if (r < 0) {
		nl_socket_free(sk);
		return r;
	}
	*skp = sk;
	return 0;
}

int pptp_netlink_open_news(struct nl_sock **skp)
{
	struct nl_sock *sk;
	int r = pptp_netlink_open(&sk);

	if (r < 0)
		return r;
	nl_socket_set_buffer_size(sk, NEWS_BUFFER, 0);
	/* Of Linux 5.3; before, there are no objects that could change. */
	(void)nl_socket_add_membership(sk, RTNLGRP_NEXTHOP);
	errno = 0;
	r = nl_socket_add_memberships(sk, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_IFADDR,
				      RTNLGRP_IPV4_RULE, RTNLGRP_LINK, 0);
	if (r >= 0)
		r = nl_socket_set_nonblocking(sk);
	if (r < 0) {
		r = local_error(r);
		nl_socket_free(sk);
		return r;
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
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, exchange);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, exchange);
	return cb;
}

/* Send, and receive until the kernel ends its answer. */
static int converse(struct nl_sock *sk, struct nl_msg *msg, struct nl_cb *cb,
		    struct exchange *exchange)
{
	int r;

	errno = 0;
	r = nl_send_auto(sk, msg);
	if (r < 0)
		return local_error(r);
	exchange->sent = true;
	while (!exchange->done && r >= 0) {
		errno = 0;
		r = nl_recvmsgs(sk, cb);
	}
	if (exchange->done)
		return exchange->error;
	r = local_error(r);
	/* A late answer must not be taken for the next request's. */
	nl_close(sk);
	connect_socket(sk);
	return r;
}

/* Send a request and wait for the end of its answer. Frees the message. */
static int request(struct nl_sock *sk, struct nl_msg *msg, struct exchange *exchange)
{
	/* Before the kernel acts on it: what cannot be told of must not be done. */
	struct nl_cb *cb = exchange_callbacks(exchange);
	int r = cb ? converse(sk, msg, cb, exchange) : -ENOMEM;

	if (cb)
		nl_cb_put(cb);
	nlmsg_free(msg);
	return r;
}

static void read_answer(void *user, struct nlmsghdr *header)
{
	struct answer *answer = user;
	struct pptp_path *path;

	if (header->nlmsg_type != RTM_NEWROUTE || pptp_path_parse(header, &path) < 0)
		return;
	answer->type = path->type;
	answer->table = path->table;
	answer->src = path->prefsrc;
	if (path->hop_count)
		answer->hop = path->hops[0];
	pptp_path_free(path);
}

static struct nl_msg *resolve_message(const struct pptp_route_query *query)
{
	struct rtmsg rtm = {
		.rtm_family = AF_INET,
		.rtm_dst_len = 32,
		.rtm_src_len = query->src.s_addr ? 32 : 0,
		.rtm_flags = RTM_F_LOOKUP_TABLE,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, 0);

	if (!msg)
		return NULL;
	if (nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO) < 0 ||
	    nla_put(msg, RTA_DST, sizeof(query->dst), &query->dst) < 0 ||
	    (query->src.s_addr && nla_put(msg, RTA_SRC, sizeof(query->src), &query->src) < 0) ||
	    (query->mark && nla_put_u32(msg, RTA_MARK, query->mark) < 0) ||
	    (query->oif && nla_put_u32(msg, RTA_OIF, query->oif) < 0)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int pptp_netlink_resolve(struct nl_sock *sk, const struct pptp_route_query *query,
			 struct answer *answerp)
{
	struct answer answer = { .type = RTN_UNSPEC };
	struct exchange exchange = { .each = read_answer, .user = &answer };
	struct nl_msg *msg = resolve_message(query);
	int r;

	if (!msg)
		return -ENOMEM;
	r = request(sk, msg, &exchange);
	switch (r) {
	case 0:
		break;
	case -EINVAL: /* says a blackhole; and, in some kernels, a source that is not ours */
	case -ENETUNREACH:
	case -EHOSTUNREACH:
	case -EACCES:
	case -ENETDOWN:
	case -ENODEV:
		return PPTP_ERR_NO_ROUTE;
	default:
		return r;
	}
	if (answer.type != RTN_UNICAST && answer.type != RTN_LOCAL)
		return PPTP_ERR_NO_ROUTE;
	if (!answer.src.s_addr) /* the kernel does not say again what it was told */
		answer.src = query->src;
	*answerp = answer;
	return 0;
}

struct route_visit {
	netlink_route_fn fn;
	void *user;
	bool no_memory;
};

/* Whether it was a route that can be read. */
static bool visit_route(struct route_visit *visit, struct nlmsghdr *header)
{
	struct pptp_path *path;
	int r;

	if (header->nlmsg_type != RTM_NEWROUTE && header->nlmsg_type != RTM_DELROUTE)
		return false;
	r = pptp_path_parse(header, &path);
	if (r == -ENOMEM)
		visit->no_memory = true;
	if (r < 0)
		return false;
	visit->fn(visit->user, path);
	return true;
}

static void visit_dumped(void *user, struct nlmsghdr *header)
{
	visit_route(user, header);
}

int pptp_netlink_each_route(struct nl_sock *sk, netlink_route_fn fn, void *user)
{
	struct route_visit visit = { .fn = fn, .user = user };
	struct exchange exchange = { .each = visit_dumped, .user = &visit };
	struct rtmsg rtm = { .rtm_family = AF_INET };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_DUMP);
	int r;

	if (!msg)
		return -ENOMEM;
	if (nlmsg_append(msg, &rtm, sizeof(rtm), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	r = request(sk, msg, &exchange);
	if (r == 0 && visit.no_memory)
		return -ENOMEM;
	if (r == 0 && exchange.interrupted)
		return -EAGAIN;
	return r;
}

static int change_route(struct nl_sock *sk, const struct pptp_path *path, int type, int flags,
			struct exchange *exchange)
{
	struct nl_msg *msg = pptp_path_message(path, type, flags);

	return msg ? request(sk, msg, exchange) : -ENOMEM;
}

int pptp_netlink_add_route(struct nl_sock *sk, const struct pptp_path *path)
{
	struct exchange exchange = { .done = false };
	int r;

	/* Neither NLM_F_EXCL nor NLM_F_APPEND: it goes before others of the same prefix and metric,
	 * such as the one that a PPP interface brings when the server gives its outer address as
	 * the inner one too. */
	r = change_route(sk, path, RTM_NEWROUTE, NLM_F_CREATE, &exchange);
	/* Nobody knows whether it is there, so nobody would remove it. */
	if (exchange.sent && !exchange.done)
		pptp_netlink_del_route(sk, path);
	return r;
}

int pptp_netlink_del_route(struct nl_sock *sk, const struct pptp_path *path)
{
	struct exchange exchange = { .done = false };

	return change_route(sk, path, RTM_DELROUTE, 0, &exchange);
}

struct nexthop_answer {
	struct pptp_nexthop *nexthop;
	bool found;
};

static void read_nexthop(void *user, struct nlmsghdr *header)
{
	struct nexthop_answer *answer = user;

	answer->found = pptp_nexthop_parse(header, answer->nexthop) == 0;
}

int pptp_netlink_get_nexthop(struct nl_sock *sk, uint32_t id, struct pptp_nexthop *nexthop)
{
	struct nexthop_answer answer = { .nexthop = nexthop };
	struct exchange exchange = { .each = read_nexthop, .user = &answer };
	struct nl_msg *msg = pptp_nexthop_request(id);
	int r = msg ? request(sk, msg, &exchange) : -ENOMEM;

	return r == 0 && !answer.found ? -ENOENT : r;
}

static void read_link(void *user, struct nlmsghdr *header)
{
	static const struct nla_policy policy[IFLA_MAX + 1] = {
		[IFLA_IFNAME] = { .type = NLA_STRING, .maxlen = IF_NAMESIZE },
		[IFLA_MTU] = { .type = NLA_U32 },
	};
	struct link *link = user;
	struct nlattr *attrs[IFLA_MAX + 1];
	const struct ifinfomsg *info = nlmsg_data(header);

	if (header->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(header, sizeof(*info), attrs, IFLA_MAX, policy) < 0)
		return;
	if (attrs[IFLA_IFNAME])
		nla_strlcpy(link->name, attrs[IFLA_IFNAME], sizeof(link->name));
	if (attrs[IFLA_MTU])
		link->mtu = nla_get_u32(attrs[IFLA_MTU]);
	link->tunnel_like = info->ifi_flags & (IFF_POINTOPOINT | IFF_NOARP | IFF_LOOPBACK);
}

int pptp_netlink_get_link(struct nl_sock *sk, unsigned int ifindex, struct link *linkp)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex };
	struct link link = { .mtu = 0 };
	struct exchange exchange = { .each = read_link, .user = &link };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETLINK, 0);

	if (!msg)
		return -ENOMEM;
	if (nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) < 0 ||
	    nla_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) < 0) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	if (request(sk, msg, &exchange) < 0)
		return -ENODEV;
	*linkp = link;
	return 0;
}

/* News answer no request, so their sequence numbers mean nothing. */
static int on_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

static int on_news(struct nl_msg *msg, void *arg)
{
	struct route_visit *visit = arg;

	if (!visit_route(visit, nlmsg_hdr(msg)))
		visit->fn(visit->user, NULL);
	return NL_OK;
}

int pptp_netlink_take_news(struct nl_sock *sk, netlink_route_fn fn, void *user)
{
	struct route_visit visit = { .fn = fn, .user = user };
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int r = 0;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, NULL);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_news, &visit);
	for (unsigned int n = 0; n < NEWS_PER_TURN; n++) {
		errno = 0;
		r = nl_recvmsgs(sk, cb);
		if (r == -NLE_NOMEM)
			fn(user, NULL); /* ENOBUFS: some were lost */
		else if (r < 0)
			break;
	}
	r = r < 0 && r != -NLE_AGAIN && r != -NLE_NOMEM ? local_error(r) : 0;
	nl_cb_put(cb);
	return r;
}
