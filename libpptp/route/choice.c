/* SPDX-License-Identifier: MIT */
/*
 * Chooses the path of a host route by asking the kernel. Our own host route hides the answer for
 * the server itself, so the kernel is asked for a neighbouring address: any route that covers the
 * server with 31 bits or fewer covers the next address too. With an interface in the query, the
 * kernel returns the path through that one, which is how a tunnel is skipped and how the present
 * uplink is kept. The routes are dumped in two cases only: the next address is special (this
 * machine's own, a broadcast address, one with a host route), so that a longer prefix may be
 * hidden; or a policy rule is for the server and not for the next address. Called by route.c.
 */
#include "choice.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

/* Neighbours queried: those that differ in the lowest three bits. */
#define NEIGHBOURS 7
/* Bits of a default route, also of one that is made of two halves. */
#define DEFAULT_PREFIX_MAX 1

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

static struct in_addr neighbour_of(struct in_addr server, unsigned int n)
{
	return (struct in_addr){ htonl(ntohl(server.s_addr) ^ n) };
}

/* A host route that must be skipped: ours, or one that a tunnel added. */
static bool hides_path(const struct chooser *chooser, const struct fib_route *route)
{
	if (pptp_fib_is_ours(route, chooser->query->dst))
		return true;
	return route->type == RTN_UNICAST && route->prefix_len == 32 &&
	       !pptp_choice_is_usable(chooser, route->hop.oif);
}

/*
 * The first neighbour whose answer is a route that covers the server too: its number, or 0. An
 * answer of another table than the server's is of no use where a policy rule sent only the
 * neighbour there.
 */
static int first_neighbour(const struct chooser *chooser, unsigned int oif, unsigned int table,
			   struct fib_route *routep)
{
	struct in_addr server = chooser->query->dst;

	for (unsigned int n = 1; n <= NEIGHBOURS; n++) {
		struct in_addr neighbour = neighbour_of(server, n);
		bool by_rule = false;
		int err = ask(chooser, neighbour, oif, routep);

		if (!err && routep->table != table)
			err = pptp_netlink_has_rule_apart(chooser->sk, neighbour, server, &by_rule);
		if (err && err != PPTP_ERR_NO_ROUTE)
			return err;
		if (!err && !by_rule && routep->type == RTN_UNICAST && routep->prefix_len < 32 &&
		    pptp_fib_covers(routep, server))
			return (int)n;
	}
	return 0;
}

struct best_route {
	struct in_addr server;
	unsigned int table;
	unsigned int oif;
	bool any;
	struct fib_route route;
};

/* Routes that block packets have no interface and apply to all interfaces. */
static void keep_best(void *user, const struct fib_route *route)
{
	struct best_route *best = user;

	if (route->table != best->table || route->prefix_len == 32 ||
	    !pptp_fib_covers(route, best->server) ||
	    (best->oif && route->type == RTN_UNICAST && route->hop.oif != best->oif))
		return;
	if (!best->any || route->prefix_len > best->route.prefix_len ||
	    (route->prefix_len == best->route.prefix_len && route->priority < best->route.priority))
		best->route = *route;
	best->any = true;
}

/*
 * The best route to the server in this table but host routes; what `routep` has where there is
 * none. An answer of the kernel from the same table is kept where it is as good: it has the hop
 * that was chosen.
 */
static int dump_table(const struct chooser *chooser, unsigned int oif, unsigned int table,
		      struct fib_route *routep)
{
	struct best_route best = {
		.server = chooser->query->dst,
		.table = table,
		.oif = oif,
		.any = routep->type == RTN_UNICAST && routep->table == table,
		.route = *routep,
	};
	int err = pptp_netlink_each_route(chooser->sk, 0, keep_best, &best);

	if (!err && best.any)
		*routep = best.route;
	return err;
}

/* `table` has the host route that hides the path. */
static int ask_neighbours(const struct chooser *chooser, unsigned int oif, unsigned int table,
			  struct fib_route *routep)
{
	struct in_addr server = chooser->query->dst;
	int n = first_neighbour(chooser, oif, table, routep), err = 0;
	bool dump = n > 1;

	if (n < 0)
		return n;
	if (n == 0)
		*routep = (struct fib_route){ .type = RTN_UNREACHABLE };
	if (!dump && routep->table != table)
		err = pptp_netlink_has_rule_apart(chooser->sk, server, neighbour_of(server, 1),
						  &dump);
	if (!err && dump)
		err = dump_table(chooser, oif, table, routep);
	if (err)
		return err;
	/* A dump has no hop where the route names only a nexthop object. */
	return routep->type == RTN_UNICAST && routep->hop.oif ? 0 : PPTP_ERR_NO_ROUTE;
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
	unsigned int *index;
	size_t count;
	int err;
};

static void collect_usable(void *user, const struct link *link)
{
	struct link_list *list = user;
	unsigned int *grown;

	if (!link->up || (link->tunnel_like && strcmp(link->name, list->chooser->home) != 0))
		return;
	grown = realloc(list->index, (list->count + 1) * sizeof(*grown));
	if (!grown) {
		list->err = -ENOMEM;
		return;
	}
	list->index = grown;
	list->index[list->count++] = link->index;
}

static int best_of_links(const struct link_list *list, struct fib_route *routep)
{
	struct fib_route route;
	bool any = false;

	for (size_t i = 0; i < list->count; i++) {
		int err = find_path(list->chooser, list->index[i], &route);

		if (err && err != PPTP_ERR_NO_ROUTE)
			return err;
		if (!err && (!any || is_better(list->chooser, &route, routep)))
			*routep = route;
		any = any || !err;
	}
	return any ? 0 : PPTP_ERR_NO_ROUTE;
}

/* The best path that is no tunnel: each interface that is up is queried. */
static int find_past_tunnels(const struct chooser *chooser, struct fib_route *routep)
{
	struct link_list list = { .chooser = chooser };
	int err = pptp_netlink_each_link(chooser->sk, collect_usable, &list);

	if (!err)
		err = list.err;
	if (!err)
		err = best_of_links(&list, routep);
	free(list.index);
	return err;
}

/*
 * A second uplink with a better metric does not move the route; policy rules that lead to another
 * table do.
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

static bool is_tunnel_like(const struct chooser *chooser, unsigned int oif)
{
	struct link link;

	return pptp_netlink_get_link(chooser->sk, oif, &link) == 0 && link.tunnel_like;
}

/*
 * At first any interface may be the uplink, also a point-to-point one (PPPoE, a modem). But a default
 * route into one of those with another uplink behind it is taken for a tunnel's: pppd's `demand`, an
 * earlier tunnel that is half open. Without another uplink it is all there is.
 */
static int look_behind_default(const struct chooser *chooser, struct fib_route *routep,
			       unsigned int *passedp)
{
	const struct chooser behind = { .sk = chooser->sk, .query = chooser->query, .home = "" };
	struct fib_route route;
	int err;

	if (chooser->home || chooser->query->oif || routep->prefix_len > DEFAULT_PREFIX_MAX ||
	    !is_tunnel_like(chooser, routep->hop.oif))
		return 0;
	err = find_past_tunnels(&behind, &route);
	if (!err) {
		*passedp = routep->hop.oif;
		*routep = route;
	}
	return err == PPTP_ERR_NO_ROUTE ? 0 : err;
}

int pptp_choose(const struct chooser *chooser, struct fib_route *routep, unsigned int *passedp)
{
	unsigned int oif = chooser->query->oif;
	int err = ask(chooser, chooser->query->dst, oif, routep);

	*passedp = 0;
	if (!err && routep->type == RTN_LOCAL)
		return CHOICE_LOCAL;
	if (!err && routep->prefix_len == 32 && routep->type == RTN_UNICAST &&
	    !hides_path(chooser, routep))
		return CHOICE_FOREIGN;
	if (!err)
		err = find_path(chooser, oif, routep);
	if (!err && !pptp_choice_is_usable(chooser, routep->hop.oif))
		err = oif ? PPTP_ERR_NO_ROUTE : find_past_tunnels(chooser, routep);
	if (!err)
		err = look_behind_default(chooser, routep, passedp);
	if (err == PPTP_ERR_NO_ROUTE)
		return CHOICE_NONE;
	if (err)
		return err;
	prefer_current(chooser, routep);
	return CHOICE_PATH;
}
