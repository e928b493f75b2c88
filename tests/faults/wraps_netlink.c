/* SPDX-License-Identifier: MIT */
/* What libpptp/route calls instead of libnl, which has the system calls: see calls.h. */
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "calls.h"

/* Both prototypes: libnl's own, and ours that is called in its place. */
#define WRAPPED(type, name, parameters, arguments, failed)                                         \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		return faults_hit(CALL_NETLINK) ? (failed) : __real_##name arguments;              \
	}

#define WRAPPED_INT(name, parameters, arguments)                                                   \
	WRAPPED(int, name, parameters, arguments, -faults_error())

/* Those that fail only for want of memory */
WRAPPED(struct nl_sock *, nl_socket_alloc, (void), (), NULL)
WRAPPED(struct nl_cb *, nl_cb_alloc, (enum nl_cb_kind kind), (kind), NULL)
WRAPPED(struct nl_msg *, nlmsg_alloc_simple, (int type, int flags), (type, flags), NULL)
WRAPPED(struct nlattr *, nla_reserve, (struct nl_msg * msg, int type, int len), (msg, type, len),
	NULL)

/* Those that say why */
WRAPPED_INT(nl_connect, (struct nl_sock * sk, int protocol), (sk, protocol))
WRAPPED_INT(nl_socket_set_nonblocking, (const struct nl_sock *sk), (sk))
WRAPPED_INT(nl_socket_set_buffer_size, (struct nl_sock * sk, int rx, int tx), (sk, rx, tx))
WRAPPED_INT(nl_send_auto, (struct nl_sock * sk, struct nl_msg *msg), (sk, msg))
WRAPPED_INT(nl_recvmsgs, (struct nl_sock * sk, struct nl_cb *cb), (sk, cb))
WRAPPED_INT(nlmsg_append, (struct nl_msg * msg, void *data, size_t len, int pad),
	    (msg, data, len, pad))
WRAPPED_INT(nla_put, (struct nl_msg * msg, int type, int len, const void *data),
	    (msg, type, len, data))
