/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "survey.h"

#define DUMP_ATTEMPTS 5
#define TABLES_MAX    4

static bool is_blocking(struct rtnl_route *route)
{
	switch (rtnl_route_get_type(route)) {
	case RTN_BLACKHOLE:
	case RTN_UNREACHABLE:
	case RTN_PROHIBIT:
		return true;
	default:
		return false;
	}
}

static void collect(void *user, struct rtnl_route *route)
{
	struct survey *survey = user;
	struct rtnl_route **grown;

	if (rtnl_route_get_table(route) == RT_TABLE_LOCAL || rtnl_route_get_tos(route) != 0 ||
	    rtnl_route_get_flags(route) & RTM_F_CLONED ||
	    !pptp_path_covers(route, survey->query.dst))
		return;
	if (rtnl_route_get_type(route) != RTN_UNICAST && rtnl_route_get_type(route) != RTN_THROW &&
	    !is_blocking(route))
		return;
	if (survey->count == survey->space) {
		grown = realloc(survey->routes, (survey->space + 16) * sizeof(*grown));
		if (!grown) {
			survey->no_memory = true;
			return;
		}
		survey->routes = grown;
		survey->space += 16;
	}
	rtnl_route_get(route);
	survey->routes[survey->count++] = route;
}

static void forget_routes(struct survey *survey)
{
	while (survey->count)
		rtnl_route_put(survey->routes[--survey->count]);
}

void pptp_survey_clear(struct survey *survey)
{
	forget_routes(survey);
	free(survey->routes);
	survey->routes = NULL;
	survey->space = 0;
}

int pptp_survey_take(struct survey *survey, struct nl_sock *sk,
		     const struct pptp_route_query *query)
{
	int r = -EAGAIN;

	memset(survey, 0, sizeof(*survey));
	survey->sk = sk;
	survey->query = *query;
	/* A table that keeps changing under the dump: then the last look must do. */
	for (unsigned int n = 0; n < DUMP_ATTEMPTS && r == -EAGAIN; n++) {
		forget_routes(survey);
		survey->error = pptp_netlink_resolve(sk, query, &survey->answer);
		r = pptp_netlink_each_route(sk, collect, survey);
	}
	if (r == -EAGAIN)
		r = 0;
	if (survey->no_memory)
		r = -ENOMEM;
	if (r < 0)
		pptp_survey_clear(survey);
	return r;
}

static bool is_usable(const struct survey *survey, const struct preference *preference,
		      struct rtnl_nexthop *nexthop)
{
	unsigned int ifindex = (unsigned int)rtnl_route_nh_get_ifindex(nexthop);
	struct link link;

	if (rtnl_route_nh_get_flags(nexthop) & RTNH_F_DEAD)
		return false;
	if (survey->query.oif && ifindex != survey->query.oif)
		return false;
	if (preference->tunnel && ifindex == preference->tunnel)
		return false;
	if (!preference->home)
		return true;
	if (pptp_netlink_get_link(survey->sk, ifindex, &link) < 0)
		return false;
	return !link.tunnel_like || strcmp(link.name, preference->home) == 0;
}

/* The next hop in use, else the one that the kernel chose among several, else the first. */
static struct rtnl_nexthop *choose_nexthop(const struct survey *survey,
					   const struct preference *preference,
					   struct rtnl_route *route)
{
	struct rtnl_nexthop *stay = NULL;
	struct rtnl_nexthop *best = NULL;
	int best_rank = -1;

	if (preference->stay)
		stay = rtnl_route_nexthop_n(preference->stay, 0);
	for (int n = 0; n < rtnl_route_get_nnexthops(route); n++) {
		struct rtnl_nexthop *hop = rtnl_route_nexthop_n(route, n);
		int rank = 0;

		if (!is_usable(survey, preference, hop))
			continue;
		if (stay && pptp_path_same_nexthop(stay, hop))
			rank = 2;
		else if (!survey->error &&
			 survey->answer.oif == (unsigned int)rtnl_route_nh_get_ifindex(hop) &&
			 survey->answer.gateway.s_addr == pptp_path_gateway(hop).s_addr)
			rank = 1;
		if (rank > best_rank) {
			best_rank = rank;
			best = hop;
		}
	}
	return best;
}

/* Whether `route` is to be preferred to `best`, which comes earlier in the dump. */
static bool is_better(const struct preference *preference, struct rtnl_route *route,
		      struct rtnl_nexthop *hop, struct rtnl_route *best,
		      struct rtnl_nexthop *best_hop)
{
	struct rtnl_nexthop *stay = NULL;

	if (!best)
		return true;
	if (pptp_path_prefix_len(route) != pptp_path_prefix_len(best))
		return pptp_path_prefix_len(route) > pptp_path_prefix_len(best);
	if (preference->stay)
		stay = rtnl_route_nexthop_n(preference->stay, 0);
	if (stay) {
		bool stays = hop && pptp_path_same_nexthop(stay, hop);
		bool best_stays = best_hop && pptp_path_same_nexthop(stay, best_hop);

		if (stays != best_stays)
			return stays;
	}
	return rtnl_route_get_priority(route) < rtnl_route_get_priority(best);
}

static struct rtnl_route *best_in_table(const struct survey *survey,
					const struct preference *preference, unsigned int table,
					struct rtnl_nexthop **nexthopp)
{
	struct rtnl_route *best = NULL;
	struct rtnl_nexthop *best_hop = NULL;

	for (size_t n = 0; n < survey->count; n++) {
		struct rtnl_route *route = survey->routes[n];
		struct rtnl_nexthop *hop = NULL;

		if (rtnl_route_get_table(route) != table)
			continue;
		if (!preference->ours_too && pptp_path_is_ours(route, survey->query.dst))
			continue;
		if (rtnl_route_get_type(route) == RTN_UNICAST) {
			hop = choose_nexthop(survey, preference, route);
			if (!hop)
				continue;
		}
		if (is_better(preference, route, hop, best, best_hop)) {
			best = route;
			best_hop = hop;
		}
	}
	*nexthopp = best_hop;
	return best;
}

/* The order to look in: what answers now, what answered before, where every rule list ends. */
static size_t tables_to_search(const struct survey *survey, const struct preference *preference,
			       unsigned int tables[TABLES_MAX])
{
	unsigned int wanted[TABLES_MAX] = {
		survey->error ? RT_TABLE_UNSPEC : survey->answer.table,
		preference->stay ? rtnl_route_get_table(preference->stay) : RT_TABLE_UNSPEC,
		RT_TABLE_MAIN,
		RT_TABLE_DEFAULT,
	};
	size_t count = 0;

	for (size_t n = 0; n < TABLES_MAX; n++) {
		bool known = wanted[n] == RT_TABLE_UNSPEC;

		for (size_t m = 0; m < count; m++)
			known = known || tables[m] == wanted[n];
		if (!known)
			tables[count++] = wanted[n];
	}
	return count;
}

enum verdict pptp_survey_choose(const struct survey *survey, const struct preference *preference,
				struct rtnl_route **routep, struct rtnl_nexthop **nexthopp)
{
	unsigned int tables[TABLES_MAX];
	size_t count = tables_to_search(survey, preference, tables);

	if (!survey->error && survey->answer.type == RTN_LOCAL)
		return VERDICT_LOCAL;
	for (size_t n = 0; n < count; n++) {
		struct rtnl_nexthop *hop;
		struct rtnl_route *best = best_in_table(survey, preference, tables[n], &hop);

		if (!best || rtnl_route_get_type(best) == RTN_THROW)
			continue;
		if (is_blocking(best))
			return VERDICT_NONE;
		*routep = best;
		*nexthopp = hop;
		return pptp_path_prefix_len(best) == 32 ? VERDICT_FOREIGN : VERDICT_PATH;
	}
	return VERDICT_NONE;
}

struct rtnl_route *pptp_survey_ours(const struct survey *survey, unsigned int table, size_t index)
{
	for (size_t n = 0; n < survey->count; n++) {
		struct rtnl_route *route = survey->routes[n];

		if (!pptp_path_is_ours(route, survey->query.dst) ||
		    (table && rtnl_route_get_table(route) != table))
			continue;
		if (index-- == 0)
			return route;
	}
	return NULL;
}

bool pptp_survey_has(const struct survey *survey, struct rtnl_route *ours)
{
	struct rtnl_route *route;

	for (size_t n = 0; (route = pptp_survey_ours(survey, 0, n)) != NULL; n++) {
		if (pptp_path_same(route, ours))
			return true;
	}
	return false;
}
