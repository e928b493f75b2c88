/* SPDX-License-Identifier: MIT */
#ifndef PPTP_ROUTE_LOOKUP_H
#define PPTP_ROUTE_LOOKUP_H

#include "netlink.h"

/* PPTP_ERR_VALUE where no such query can be answered. */
int pptp_route_check(const struct pptp_route_query *query);

/* All of it but the source address. */
void pptp_route_fill_info(struct nl_sock *sk, const struct fib_route *route,
			  struct pptp_route_info *info);

#endif
