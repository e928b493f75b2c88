/* SPDX-License-Identifier: MIT */
/*
 * The host route in the keeper, through <pptp/route.h>: one at a time, to the address that the worker
 * is about to connect to, and to no other once the connection is open. What the network sends never
 * gets here. Called by keeper_process.c.
 */
#include "kept_route.h"

#include <poll.h>
#include <stdio.h>

#include "keeper_message.h"
#include "log.h"
#include "monotonic.h"

#define REPORT_INTERVAL PPTP_NS_PER_SEC
/* At its end pppd puts back a default route that it had replaced, after ours. */
#define OTHER_WAY_MAX PPTP_NS_PER_SEC

static void log_route(void *user, bool warning, const char *text)
{
	const struct kept_route *kept = user;

	if (kept->report_fd >= 0)
		keeper_send_report(kept->report_fd, KEEPER_LINE, warning, text);
	else
		log_line(warning ? PPTP_LOG_WARNING : PPTP_LOG_NOTICE, "%s", text);
}

void kept_route_pin(struct kept_route *kept, const struct pptp_route_query *query)
{
	if (!kept->sealed) {
		kept->route = pptp_route_unpin(kept->route);
		(void)pptp_route_pin(&kept->route, query, log_route, kept);
	}
	keeper_send_report(kept->report_fd, KEEPER_ANSWER, 0, NULL);
}

void kept_route_unpin(struct kept_route *kept)
{
	/* The end decides about the only way: another one may be back by then. */
	if (!kept->sealed || !kept->route || !pptp_route_is_only_way(kept->route))
		kept->route = pptp_route_unpin(kept->route);
	keeper_send_report(kept->report_fd, KEEPER_ANSWER, 0, NULL);
}

/* Until there is another way, at most so long. */
static void wait_for_other_way(const struct kept_route *kept)
{
	const uint64_t limit = monotonic_ns() + OTHER_WAY_MAX;
	struct pollfd changes = { .fd = pptp_route_get_fd(kept->route), .events = POLLIN };

	while (pptp_route_is_only_way(kept->route)) {
		uint64_t now = monotonic_ns();

		if (now >= limit)
			return;
		if (poll(&changes, 1, (int)((limit - now) / PPTP_NS_PER_MS) + 1) > 0 &&
		    pptp_route_dispatch(kept->route) < 0)
			return;
	}
}

void kept_route_end(struct kept_route *kept)
{
	kept->report_fd = -1;
	if (kept->route)
		wait_for_other_way(kept);
	kept->route = pptp_route_unpin(kept->route);
}

int kept_route_fd(const struct kept_route *kept)
{
	return kept->route ? pptp_route_get_fd(kept->route) : -1;
}

void kept_route_follow(struct kept_route *kept)
{
	char text[128];
	int err = pptp_route_dispatch(kept->route);

	/* The kernel may refuse this again with every change of a route: logged once. */
	if (err < 0 && err != kept->last_error) {
		snprintf(text, sizeof(text), "following the host route: %s", pptp_strerror(err));
		log_route(kept, true, text);
	}
	kept->last_error = err;
	kept->changed = true;
}

int kept_route_wait_ms(const struct kept_route *kept)
{
	uint64_t now, due = kept->reported_at + REPORT_INTERVAL;

	if (!kept->changed)
		return -1;
	now = monotonic_ns();
	return due > now ? (int)((due - now) / PPTP_NS_PER_MS) + 1 : 0;
}

void kept_route_expire(struct kept_route *kept)
{
	if (kept_route_wait_ms(kept) != 0)
		return;
	kept->changed = false;
	kept->reported_at = monotonic_ns();
	keeper_send_report(kept->report_fd, KEEPER_CHANGED, 0, NULL);
}
