/* SPDX-License-Identifier: MIT */
/*
 * Keeps the server reachable outside of the tunnel for one session: through <pptp/route.h>, which
 * is independent of PPTP, or through the caller's hook. A route that cannot be pinned is a warning;
 * the tunnel works without one while no route into the tunnel covers the server.
 */
#include "session/host_route.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "session/log.h"

void pptp_host_route_init(struct host_route *host, const struct pptp_config *cfg, struct loop *loop,
			  int id)
{
	*host = (struct host_route){ .cfg = cfg };
	pptp_watch_init(&host->watch, loop, id);
}

static void log_route(void *user, bool warning, const char *text)
{
	const struct host_route *host = user;

	pptp_session_log(host->cfg, warning ? PPTP_LOG_WARNING : PPTP_LOG_NOTICE, "%s", text);
}

static void pin(struct host_route *host)
{
	int err;

	/* The failure is logged, and the tunnel is tried without. */
	if (pptp_route_pin(&host->route, &host->query, log_route, host))
		return;
	err = pptp_watch_add(&host->watch, pptp_route_get_fd(host->route), EPOLLIN);
	if (err)
		pptp_session_log(host->cfg, PPTP_LOG_WARNING,
				 "the host route will not follow changes of the uplink: %s",
				 pptp_strerror(err));
}

/* For the sentence of a connection that fails; what cannot be asked is left out. */
static void look_for_tunnel(struct host_route *host)
{
	struct pptp_route_info info;

	host->tunnel[0] = '\0';
	if (pptp_route_lookup(&host->query, &info, sizeof(info)) == 0 && info.point_to_point)
		memcpy(host->tunnel, info.ifname, sizeof(host->tunnel));
}

int pptp_host_route_acquire(struct host_route *host, struct in_addr server)
{
	const struct pptp_config *cfg = host->cfg;
	int answer = PPTP_ROUTE_BY_LIBRARY;

	host->query = (struct pptp_route_query){
		.dst = server,
		.src = cfg->local,
		.mark = cfg->mark,
		.oif = cfg->interface[0] ? if_nametoindex(cfg->interface) : 0,
	};
	if (cfg->route_hook)
		answer = cfg->route_hook(cfg->route_user, &host->query, true);
	host->by_caller = answer == PPTP_ROUTE_BY_CALLER;
	if (answer > PPTP_ROUTE_BY_CALLER)
		answer = -EINVAL;
	if (answer < 0)
		return answer;
	if (cfg->host_route && !host->by_caller)
		pin(host);
	look_for_tunnel(host);
	return 0;
}

void pptp_host_route_release(struct host_route *host)
{
	if (host->by_caller) {
		host->by_caller = false;
		host->cfg->route_hook(host->cfg->route_user, &host->query, false);
	}
	pptp_watch_remove(&host->watch);
	host->route = pptp_route_unpin(host->route);
	host->pinned = false;
}

/* The kernel may refuse this again with every change of a route: logged once. */
void pptp_host_route_ready(struct host_route *host)
{
	int err = pptp_route_dispatch(host->route);

	if (err < 0 && err != host->last_error)
		pptp_session_log(host->cfg, PPTP_LOG_WARNING, "following the host route: %s",
				 pptp_strerror(err));
	host->last_error = err;
}

static bool is_same_path(const struct pptp_route_info *a, const struct pptp_route_info *b)
{
	return a->gateway.s_addr == b->gateway.s_addr && a->oif == b->oif &&
	       a->src.s_addr == b->src.s_addr;
}

enum route_news pptp_host_route_news(struct host_route *host)
{
	bool was_pinned = host->pinned;
	struct pptp_route_info info;

	if (!host->route)
		return ROUTE_SAME;
	host->pinned = pptp_route_get_state(host->route) == PPTP_ROUTE_PINNED &&
		       pptp_route_get_info(host->route, &info, sizeof(info)) == 0;
	if (!host->pinned)
		return was_pinned && pptp_route_get_state(host->route) == PPTP_ROUTE_LOST
			       ? ROUTE_LOST
			       : ROUTE_SAME;
	if (was_pinned && is_same_path(&info, &host->info))
		return ROUTE_SAME;
	host->info = info;
	return ROUTE_PINNED;
}
