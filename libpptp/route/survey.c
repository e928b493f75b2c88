/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "survey.h"

#define DUMP_ATTEMPTS 5
#define TABLES_MAX    4

static bool is_blocking(const struct pptp_path *path)
{
	switch (path->type) {
	case RTN_BLACKHOLE:
	case RTN_UNREACHABLE:
	case RTN_PROHIBIT:
		return true;
	default:
		return false;
	}
}

/* Whether packets of the query may come to this route. */
static bool is_candidate(const struct survey *survey, const struct pptp_path *path)
{
	if (path->table == RT_TABLE_LOCAL || path->tos != 0 || path->flags & RTM_F_CLONED ||
	    !pptp_path_covers(path, survey->query.dst))
		return false;
	return path->type == RTN_UNICAST || path->type == RTN_THROW || is_blocking(path);
}

static bool make_space(struct survey *survey)
{
	struct pptp_path **grown;

	if (survey->count < survey->space)
		return true;
	grown = realloc(survey->paths, (survey->space + 16) * sizeof(struct pptp_path *));
	if (!grown)
		return false;
	survey->paths = grown;
	survey->space += 16;
	return true;
}

static void collect(void *user, struct pptp_path *path)
{
	struct survey *survey = user;

	if (!is_candidate(survey, path)) {
		pptp_path_free(path);
	} else if (!make_space(survey)) {
		pptp_path_free(path);
		survey->no_memory = true;
	} else {
		survey->paths[survey->count++] = path;
	}
}

static void forget_paths(struct survey *survey)
{
	while (survey->count)
		pptp_path_free(survey->paths[--survey->count]);
}

void pptp_survey_clear(struct survey *survey)
{
	forget_paths(survey);
	free(survey->paths);
	survey->paths = NULL;
	survey->space = 0;
}

/* How many hops the object has; those that are gone, or not for IPv4, are left out. */
static unsigned int hops_of_object(struct survey *survey, uint32_t id,
				   struct pptp_hop hops[NEXTHOP_MEMBERS_MAX])
{
	struct pptp_nexthop object;
	struct pptp_nexthop member;
	unsigned int count = 0;

	if (pptp_netlink_get_nexthop(survey->sk, id, &object) < 0)
		return 0;
	if (object.member_count == 0)
		hops[count++] = object.hop;
	/* The kernel has no groups of groups. */
	for (unsigned int n = 0; n < object.member_count; n++)
		if (pptp_netlink_get_nexthop(survey->sk, object.members[n], &member) == 0)
			hops[count++] = member.hop;
	return count;
}

/* Routes that say the id of an object and nothing more get its hops. */
static void look_into_objects(struct survey *survey)
{
	struct pptp_hop hops[NEXTHOP_MEMBERS_MAX];

	for (size_t n = 0; n < survey->count; n++) {
		struct pptp_path *path = survey->paths[n];
		unsigned int count;

		if (!path->object || path->hop_count > 0 || path->type != RTN_UNICAST)
			continue;
		count = hops_of_object(survey, path->object, hops);
		path = pptp_path_with_hops(path, hops, count);
		if (!path) {
			survey->no_memory = true;
			return;
		}
		pptp_path_free(survey->paths[n]);
		survey->paths[n] = path;
	}
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
		forget_paths(survey);
		survey->error = pptp_netlink_resolve(sk, query, &survey->answer);
		r = pptp_netlink_each_route(sk, collect, survey);
	}
	if (r == -EAGAIN)
		r = 0;
	if (r == 0)
		look_into_objects(survey);
	if (survey->no_memory)
		r = -ENOMEM;
	if (r < 0)
		pptp_survey_clear(survey);
	return r;
}

static bool is_usable(const struct survey *survey, const struct preference *preference,
		      const struct pptp_hop *hop)
{
	struct link link;

	if (hop->flags & RTNH_F_DEAD)
		return false;
	if (survey->query.oif && hop->oif != survey->query.oif)
		return false;
	if (preference->tunnel && hop->oif == preference->tunnel)
		return false;
	if (!preference->home)
		return true;
	if (pptp_netlink_get_link(survey->sk, hop->oif, &link) < 0)
		return false;
	return !link.tunnel_like || strcmp(link.name, preference->home) == 0;
}

static const struct pptp_hop *hop_to_keep(const struct preference *preference)
{
	return preference->stay ? pptp_path_first_hop(preference->stay) : NULL;
}

/* The hop in use, else the one that the kernel chose among several, else the first. */
static const struct pptp_hop *choose_hop(const struct survey *survey,
					 const struct preference *preference,
					 const struct pptp_path *path)
{
	const struct pptp_hop *stay = hop_to_keep(preference);
	const struct pptp_hop *best = NULL;
	int best_rank = -1;

	for (unsigned int n = 0; n < path->hop_count; n++) {
		const struct pptp_hop *hop = &path->hops[n];
		int rank = 0;

		if (!is_usable(survey, preference, hop))
			continue;
		if (stay && pptp_hop_same(stay, hop))
			rank = 2;
		else if (!survey->error && pptp_hop_same(&survey->answer.hop, hop))
			rank = 1;
		if (rank > best_rank) {
			best_rank = rank;
			best = hop;
		}
	}
	return best;
}

/* Whether `path` is to be preferred to `best`, which comes earlier in the dump. */
static bool is_better(const struct preference *preference, const struct pptp_path *path,
		      const struct pptp_hop *hop, const struct pptp_path *best,
		      const struct pptp_hop *best_hop)
{
	const struct pptp_hop *stay = hop_to_keep(preference);

	if (!best)
		return true;
	if (path->prefix_len != best->prefix_len)
		return path->prefix_len > best->prefix_len;
	if (stay) {
		bool stays = hop && pptp_hop_same(stay, hop);
		bool best_stays = best_hop && pptp_hop_same(stay, best_hop);

		if (stays != best_stays)
			return stays;
	}
	return path->priority < best->priority;
}

static const struct pptp_path *best_in_table(const struct survey *survey,
					     const struct preference *preference,
					     unsigned int table, const struct pptp_hop **hopp)
{
	const struct pptp_path *best = NULL;
	const struct pptp_hop *best_hop = NULL;

	for (size_t n = 0; n < survey->count; n++) {
		const struct pptp_path *path = survey->paths[n];
		const struct pptp_hop *hop = NULL;

		if (path->table != table)
			continue;
		if (!preference->ours_too && pptp_path_is_ours(path, survey->query.dst))
			continue;
		if (path->type == RTN_UNICAST) {
			hop = choose_hop(survey, preference, path);
			if (!hop)
				continue;
		}
		if (is_better(preference, path, hop, best, best_hop)) {
			best = path;
			best_hop = hop;
		}
	}
	*hopp = best_hop;
	return best;
}

/* The order to look in: what answers now, what answered before, where every rule list ends. */
static size_t tables_to_search(const struct survey *survey, const struct preference *preference,
			       unsigned int tables[TABLES_MAX])
{
	const unsigned int wanted[TABLES_MAX] = {
		survey->error ? RT_TABLE_UNSPEC : survey->answer.table,
		preference->stay ? preference->stay->table : RT_TABLE_UNSPEC,
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
				const struct pptp_path **pathp, const struct pptp_hop **hopp)
{
	unsigned int tables[TABLES_MAX] = { 0 };
	size_t count = tables_to_search(survey, preference, tables);

	if (!survey->error && survey->answer.type == RTN_LOCAL)
		return VERDICT_LOCAL;
	for (size_t n = 0; n < count; n++) {
		const struct pptp_hop *hop;
		const struct pptp_path *best = best_in_table(survey, preference, tables[n], &hop);

		if (!best || best->type == RTN_THROW)
			continue;
		if (is_blocking(best))
			return VERDICT_NONE;
		*pathp = best;
		*hopp = hop;
		return best->prefix_len == 32 ? VERDICT_FOREIGN : VERDICT_PATH;
	}
	return VERDICT_NONE;
}

const struct pptp_path *pptp_survey_ours(const struct survey *survey, unsigned int table,
					 size_t index)
{
	for (size_t n = 0; n < survey->count; n++) {
		const struct pptp_path *path = survey->paths[n];

		if (!pptp_path_is_ours(path, survey->query.dst) || (table && path->table != table))
			continue;
		if (index-- == 0)
			return path;
	}
	return NULL;
}

bool pptp_survey_has(const struct survey *survey, const struct pptp_path *ours)
{
	const struct pptp_path *path;

	for (size_t n = 0; (path = pptp_survey_ours(survey, 0, n)) != NULL; n++) {
		if (pptp_path_same(path, ours))
			return true;
	}
	return false;
}
