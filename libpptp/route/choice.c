/* SPDX-License-Identifier: MIT */
/*
 * Chooses the path of a host route by asking the kernel. Our own host route hides the answer for the
 * server itself, so the kernel is asked for a neighbouring address: any route that covers the server
 * with 31 bits or fewer covers the next address too. Asked with an interface, the kernel tells what the
 * path through that one would be, which is how a tunnel is looked past and how the present uplink is
 * kept. Only where the next address is special (this machine's own, a broadcast address, one with a
 * host route) the routes are dumped too, for a longer prefix that the others do not tell of. Called by
 * route.c.
 */
#include "choice.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* Neighbours asked, those that differ in the lowest three bits. */
#define NEIGHBOURS 7
/* Interfaces asked, one by one, when the best path is a tunnel. */
#define LINKS_MAX 64

bool pptp_choice_is_usable(const struct chooser *chooser, unsigned int oif)
{
	struct link link;

	if (!chooser->home)
		return true;
	if (pptp_netlink_get_link(chooser->sk, oif, &link) < 0)
		return false;
	return !link.tunnel_like || strcmp(link.name, chooser->home) == 0;
}

static int ask(const struct chooser *chooser, struct in_addr dst, unsigned int oif,
	       struct fib_route *routep)
{
	return pptp_netlink_find(chooser->sk, chooser->query, dst, oif, routep, NULL);
}

/* A host route that must be looked past: ours, or one that a tunnel brought. */
static bool hides_path(const struct chooser *chooser, const struct fib_route *route)
{
	if (pptp_fib_is_ours(route, chooser->query->dst))
		return true;
	return route->type == RTN_UNICAST && route->prefix_len == 32 &&
	       !pptp_choice_is_usable(chooser, route->hop.oif);
}

struct longer {
	struct in_addr server;
	unsigned int oif;
	struct fib_route *bestp;
};

static void keep_longer(void *user, const struct fib_route *route)
{
	const struct longer *longer = user;

	if (route->type == RTN_UNICAST && route->table == longer->bestp->table &&
	    route->prefix_len < 32 && route->prefix_len > longer->bestp->prefix_len &&
	    route->hop.oif && (!longer->oif || longer->oif == route->hop.oif) &&
	    pptp_fib_covers(route, longer->server))
		*longer->bestp = *route;
}

/* The first neighbour whose answer is a route that covers the server too; its number, or 0. */
static int first_neighbour(const struct chooser *chooser, unsigned int oif,
			   struct fib_route *routep)
{
	struct in_addr server = chooser->query->dst;

	for (int n = 1; n <= NEIGHBOURS; n++) {
		struct in_addr neighbour = { htonl(ntohl(server.s_addr) ^ (uint32_t)n) };
		int err = ask(chooser, neighbour, oif, routep);

		if (err && err != PPTP_ERR_NO_ROUTE)
			return err;
		if (!err && routep->type == RTN_UNICAST && routep->prefix_len < 32 &&
		    pptp_fib_covers(routep, server))
			return n;
	}
	return 0;
}

static int ask_neighbours(const struct chooser *chooser, unsigned int oif, unsigned int table,
			  struct fib_route *routep)
{
	struct longer longer = { chooser->query->dst, oif, routep };
	bool has_rule = false;
	int n = first_neighbour(chooser, oif, routep);
	int err;

	if (n <= 0)
		return n ? n : PPTP_ERR_NO_ROUTE;
	err = n == 1 ? 0 : pptp_netlink_each_route(chooser->sk, 0, keep_longer, &longer);
	/* A rule for the server alone leads elsewhere than its neighbours go. */
	if (!err && routep->table != table)
		err = pptp_netlink_has_rule_for(chooser->sk, longer.server, &has_rule);
	return has_rule ? PPTP_ERR_NO_ROUTE : err;
}

/* The path through this interface (0: any) as it would be without our route. */
static int find_path(const struct chooser *chooser, unsigned int oif, struct fib_route *routep)
{
	int err = ask(chooser, chooser->query->dst, oif, routep);

	if (!err && hides_path(chooser, routep))
		err = ask_neighbours(chooser, oif, routep->table, routep);
	if (!err && routep->type != RTN_UNICAST)
		err = PPTP_ERR_NO_ROUTE;
	return err;
}

static bool is_current(const struct chooser *chooser, const struct fib_route *route)
{
	return chooser->current && pptp_fib_same_hop(&chooser->current->hop, &route->hop);
}

static bool is_better(const struct chooser *chooser, const struct fib_route *route,
		      const struct fib_route *best)
{
	if (route->prefix_len != best->prefix_len)
		return route->prefix_len > best->prefix_len;
	if (is_current(chooser, route) != is_current(chooser, best))
		return is_current(chooser, route);
	return route->priority < best->priority;
}

struct link_list {
	const struct chooser *chooser;
	unsigned int index[LINKS_MAX];
	unsigned int count;
};

static void collect_usable(void *user, const struct link *link)
{
	struct link_list *list = user;
	const char *home = list->chooser->home;

	if (link->up && list->count < LINKS_MAX &&
	    (!link->tunnel_like || strcmp(link->name, home) == 0))
		list->index[list->count++] = link->index;
}

/* The best path that is no tunnel. */
static int find_past_tunnels(const struct chooser *chooser, struct fib_route *routep)
{
	struct link_list list = { .chooser = chooser };
	struct fib_route route;
	bool any = false;
	int err = pptp_netlink_each_link(chooser->sk, collect_usable, &list);

	for (unsigned int i = 0; i < list.count && !err; i++) {
		err = find_path(chooser, list.index[i], &route);
		if (!err && (!any || is_better(chooser, &route, routep)))
			*routep = route;
		any = any || !err;
		if (err == PPTP_ERR_NO_ROUTE)
			err = 0;
	}
	return err || any ? err : PPTP_ERR_NO_ROUTE;
}

/*
 * A second uplink with a better metric is no reason to leave the present one; that policy rules lead
 * to another table is.
 */
static void prefer_current(const struct chooser *chooser, struct fib_route *routep)
{
	struct fib_route route;

	if (!chooser->current || is_current(chooser, routep))
		return;
	if (find_path(chooser, chooser->current->hop.oif, &route) == 0 &&
	    is_current(chooser, &route) && route.table == routep->table &&
	    route.prefix_len >= routep->prefix_len)
		*routep = route;
}

int pptp_choose(const struct chooser *chooser, struct fib_route *routep)
{
	unsigned int oif = chooser->query->oif;
	int err = ask(chooser, chooser->query->dst, oif, routep);

	if (!err && routep->type == RTN_LOCAL)
		return CHOICE_LOCAL;
	if (!err && routep->prefix_len == 32 && routep->type == RTN_UNICAST &&
	    !hides_path(chooser, routep))
		return CHOICE_FOREIGN;
	if (!err)
		err = find_path(chooser, oif, routep);
	if (!err && !pptp_choice_is_usable(chooser, routep->hop.oif))
		err = oif ? PPTP_ERR_NO_ROUTE : find_past_tunnels(chooser, routep);
	if (err == PPTP_ERR_NO_ROUTE)
		return CHOICE_NONE;
	if (err)
		return err;
	prefer_current(chooser, routep);
	return CHOICE_PATH;
}
