/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <netlink/msg.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>

#include "netlink.h"

#define MESSAGE_SIZE   65536 /* a dump's datagrams have up to 32 KiB */
#define NEWS_BUFFER    (256 * 1024)
#define NEWS_PER_TURN  256
#define KERNEL_TIMEOUT 2 /* seconds; it answers at once or something is badly wrong */

/* One request on its way. */
struct exchange {
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

/* libnl's error numbers where libnl itself failed, not the kernel. */
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
		return -EIO;
	}
}

static int connect_socket(struct nl_sock *sk)
{
	const struct timeval timeout = { .tv_sec = KERNEL_TIMEOUT };
	int r = nl_connect(sk, NETLINK_ROUTE);

	if (r < 0)
		return local_error(r);
	setsockopt(nl_socket_get_fd(sk), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
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
	r = nl_socket_add_memberships(sk, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_IFADDR,
				      RTNLGRP_IPV4_RULE, RTNLGRP_LINK, 0);
	if (r >= 0)
		r = nl_socket_set_nonblocking(sk);
	if (r < 0) {
		nl_socket_free(sk);
		return local_error(r);
	}
	*skp = sk;
	return 0;
}

/* Receive until the kernel ends its answer. */
static int receive_answer(struct nl_sock *sk, struct exchange *exchange)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int r = 0;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, exchange);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_done, exchange);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_done, exchange);
	nl_cb_set(cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, exchange);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, exchange);
	while (!exchange->done && r >= 0)
		r = nl_recvmsgs(sk, cb);
	nl_cb_put(cb);
	if (exchange->done)
		return exchange->error;
	return local_error(r);
}

/* Send a request and wait for the end of its answer. Frees the message. */
static int request(struct nl_sock *sk, struct nl_msg *msg, struct exchange *exchange)
{
	int r = nl_send_auto(sk, msg);

	nlmsg_free(msg);
	if (r < 0)
		return local_error(r);
	r = receive_answer(sk, exchange);
	if (!exchange->done) {
		/* A late answer must not be taken for the next request's. */
		nl_close(sk);
		connect_socket(sk);
	}
	return r;
}

static struct in_addr address_of(const struct nlattr *attr)
{
	struct in_addr address = { 0 };

	if (attr && nla_len(attr) == sizeof(address))
		memcpy(&address, nla_data(attr), sizeof(address));
	return address;
}

static void read_answer(void *user, struct nlmsghdr *header)
{
	struct answer *answer = user;
	struct nlattr *attrs[RTA_MAX + 1];
	const struct rtmsg *rtm = nlmsg_data(header);

	if (header->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(header, sizeof(*rtm), attrs, RTA_MAX, NULL) < 0)
		return;
	answer->type = rtm->rtm_type;
	answer->table = attrs[RTA_TABLE] ? nla_get_u32(attrs[RTA_TABLE]) : rtm->rtm_table;
	answer->oif = attrs[RTA_OIF] ? nla_get_u32(attrs[RTA_OIF]) : 0;
	answer->gateway = address_of(attrs[RTA_GATEWAY]);
	answer->src = address_of(attrs[attrs[RTA_PREFSRC] ? RTA_PREFSRC : RTA_SRC]);
}

/* rtnl_route_lookup() cannot say mark, source or interface, hence by hand. */
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
	struct answer answer = { 0 };
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
	*answerp = answer;
	return 0;
}

struct route_visit {
	netlink_route_fn fn;
	void *user;
};

static void visit_route(void *user, struct nlmsghdr *header)
{
	const struct route_visit *visit = user;
	struct rtnl_route *route;

	if (header->nlmsg_type != RTM_NEWROUTE && header->nlmsg_type != RTM_DELROUTE)
		return;
	if (rtnl_route_parse(header, &route) < 0)
		return;
	visit->fn(visit->user, route);
	rtnl_route_put(route);
}

int pptp_netlink_each_route(struct nl_sock *sk, netlink_route_fn fn, void *user)
{
	struct route_visit visit = { .fn = fn, .user = user };
	struct exchange exchange = { .each = visit_route, .user = &visit };
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
	if (r == 0 && exchange.interrupted)
		return -EAGAIN;
	return r;
}

int pptp_netlink_add_route(struct nl_sock *sk, struct rtnl_route *route)
{
	struct exchange exchange = { .done = false };
	struct nl_msg *msg;

	/* Neither NLM_F_EXCL nor NLM_F_APPEND: it goes before others of the same prefix and metric,
	 * such as the one that a PPP interface brings when the server gives its outer address as
	 * the inner one too. */
	if (rtnl_route_build_add_request(route, 0, &msg) < 0)
		return -ENOMEM;
	return request(sk, msg, &exchange);
}

int pptp_netlink_del_route(struct nl_sock *sk, struct rtnl_route *route)
{
	struct exchange exchange = { .done = false };
	struct nl_msg *msg;

	if (rtnl_route_build_del_request(route, 0, &msg) < 0)
		return -ENOMEM;
	return request(sk, msg, &exchange);
}

int pptp_netlink_get_link(struct nl_sock *sk, unsigned int ifindex, struct link *linkp)
{
	struct rtnl_link *found;
	const char *name;

	if (rtnl_link_get_kernel(sk, (int)ifindex, NULL, &found) < 0)
		return -ENODEV;
	memset(linkp, 0, sizeof(*linkp));
	name = rtnl_link_get_name(found);
	if (name)
		strncpy(linkp->name, name, sizeof(linkp->name) - 1);
	linkp->mtu = rtnl_link_get_mtu(found);
	linkp->tunnel_like =
		rtnl_link_get_flags(found) & (IFF_POINTOPOINT | IFF_NOARP | IFF_LOOPBACK);
	rtnl_link_put(found);
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
	const struct route_visit *visit = arg;
	struct nlmsghdr *header = nlmsg_hdr(msg);

	if (header->nlmsg_type == RTM_NEWROUTE || header->nlmsg_type == RTM_DELROUTE)
		visit_route(arg, header);
	else
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
		r = nl_recvmsgs(sk, cb);
		if (r == -NLE_NOMEM)
			fn(user, NULL); /* ENOBUFS: some were lost */
		else if (r < 0)
			break;
	}
	nl_cb_put(cb);
	return r < 0 && r != -NLE_AGAIN && r != -NLE_NOMEM ? local_error(r) : 0;
}
