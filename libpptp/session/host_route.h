/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_HOST_ROUTE_H
#define PPTP_SESSION_HOST_ROUTE_H

/* The host route to the server, while a session needs one. */

#include <pptp/route.h>

#include "session/config.h"
#include "session/loop.h"

enum route_news {
	ROUTE_SAME,
	ROUTE_PINNED, /* it was added, or has moved */
	ROUTE_LOST,   /* there is no path at present */
};

struct host_route {
	const struct pptp_config *cfg;
	struct pptp_route *route; /* NULL: none is maintained */
	struct pptp_route_query query;
	struct pptp_route_info info; /* as last reported */
	bool pinned;                 /* likewise */
	bool by_caller;              /* the route hook supplied it */
	int last_error;              /* of following it, logged once */
	/* What the path leads into if that may be a tunnel, else empty. */
	char tunnel[IF_NAMESIZE];
	struct watch watch;
};

/* cfg must last as long. */
void pptp_host_route_init(struct host_route *host, const struct pptp_config *cfg, struct loop *loop,
			  int id);

/*
 * Before connecting to `server`: ask the route hook, pin the route if that is configured. 0, also when
 * pinning fails (a warning is logged), or the hook's error: the address must not be used.
 */
int pptp_host_route_acquire(struct host_route *host, struct in_addr server);
/* Remove what was added. */
void pptp_host_route_release(struct host_route *host);

/* The descriptor is ready: follow changes of the uplink. */
void pptp_host_route_ready(struct host_route *host);
/* What has changed since the last call; the route is host->info. */
enum route_news pptp_host_route_news(struct host_route *host);

#endif
