/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "keep_errno.h"
#include "path.h"
#include "sized.h"
#include "survey.h"

struct pptp_route {
	struct pptp_route_query query;
	struct nl_sock *sk;
	struct nl_sock *news;
	struct pptp_path *ours;   /* our host route, or the one we had; NULL: none needed */
	char ifname[IF_NAMESIZE]; /* its interface's, for logs when that is gone */
	char home[IF_NAMESIZE];   /* name of the interface of the first path; empty: none yet */
	unsigned int tunnel;
	enum pptp_route_state state;
	bool refused; /* a refusal was logged already */
	pptp_route_log_fn log;
	void *user;
};

static void __attribute__((format(printf, 3, 4)))
log_line(const struct pptp_route *route, bool warning, const char *format, ...)
{
	char text[256];
	va_list args;

	if (!route->log)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	route->log(route->user, warning, text);
}

static void log_path(const struct pptp_route *route, const struct pptp_path *path,
		     const char *ifname, bool warning, const char *what)
{
	char dst[INET_ADDRSTRLEN];
	char text[PATH_TEXT_MAX];

	inet_ntop(AF_INET, &route->query.dst, dst, sizeof(dst));
	pptp_path_text(text, path, ifname);
	log_line(route, warning, "host route to %s %s %s", dst, text, what);
}

static void log_ours(const struct pptp_route *route, bool warning, const char *what)
{
	log_path(route, route->ours, route->ifname, warning, what);
}

static unsigned int oif_of(const struct pptp_path *path)
{
	return path->hop_count ? path->hops[0].oif : 0;
}

static void name_of(struct nl_sock *sk, unsigned int ifindex, char name[IF_NAMESIZE])
{
	struct link link;

	if (pptp_netlink_get_link(sk, ifindex, &link) == 0)
		memcpy(name, link.name, IF_NAMESIZE);
}

static int check_query(const struct pptp_route_query *query)
{
	static const struct pptp_route_query blank;
	uint32_t dst = ntohl(query->dst.s_addr);

	if (dst >> 24 == 0 || IN_MULTICAST(dst) || dst == INADDR_BROADCAST)
		return PPTP_ERR_VALUE;
	/* What a later version means by it must not be passed over. */
	return memcmp(query->reserved, blank.reserved, sizeof(blank.reserved)) ? PPTP_ERR_VALUE : 0;
}

static void fill_info(struct nl_sock *sk, const struct pptp_path *path, const struct pptp_hop *hop,
		      struct pptp_route_info *info)
{
	struct link link = { 0 };

	info->kind = hop->family == AF_UNSPEC ? PPTP_ROUTE_LINK : PPTP_ROUTE_GATEWAY;
	info->gateway = hop->gateway;
	info->oif = hop->oif;
	info->table = path->table;
	info->metric = path->priority;
	info->prefix_len = path->prefix_len;
	info->protocol = path->protocol;
	pptp_netlink_get_link(sk, info->oif, &link);
	memcpy(info->ifname, link.name, sizeof(info->ifname));
	info->mtu = pptp_path_mtu(path);
	if (!info->mtu)
		info->mtu = link.mtu;
}

static void fill_local_info(struct nl_sock *sk, const struct answer *answer,
			    struct pptp_route_info *info)
{
	struct link link = { 0 };

	info->kind = PPTP_ROUTE_LOCAL;
	info->oif = answer->hop.oif;
	info->table = answer->table;
	info->prefix_len = 32;
	info->protocol = RTPROT_KERNEL;
	pptp_netlink_get_link(sk, answer->hop.oif, &link);
	memcpy(info->ifname, link.name, sizeof(info->ifname));
	info->mtu = link.mtu;
}

static int look_up(struct nl_sock *sk, const struct pptp_route_query *query,
		   struct pptp_route_info *info)
{
	const struct preference preference = { .ours_too = true };
	struct survey survey;
	const struct pptp_path *path;
	const struct pptp_hop *hop;
	enum verdict verdict;
	int r = pptp_survey_take(&survey, sk, query);

	if (r < 0)
		return r;
	r = survey.error;
	if (r == 0) {
		info->src = survey.answer.src;
		verdict = pptp_survey_choose(&survey, &preference, &path, &hop);
		if (verdict == VERDICT_LOCAL)
			fill_local_info(sk, &survey.answer, info);
		else if (verdict == VERDICT_NONE)
			r = PPTP_ERR_NO_ROUTE;
		else
			fill_info(sk, path, hop, info);
	}
	pptp_survey_clear(&survey);
	return r;
}

int pptp_route_lookup(const struct pptp_route_query *query, struct pptp_route_info *infop,
		      size_t size)
{
	PPTP_KEEP_ERRNO;
	struct pptp_route_info info = { 0 };
	struct nl_sock *sk;
	int r = check_query(query);

	if (r < 0)
		return r;
	r = pptp_netlink_open(&sk);
	if (r < 0)
		return r;
	r = look_up(sk, query, &info);
	nl_socket_free(sk);
	if (r == 0)
		pptp_copy_sized(infop, size, &info, sizeof(info));
	return r;
}

/* Takes `ours` over. */
static void set_ours(struct pptp_route *route, struct pptp_path *ours)
{
	pptp_path_free(route->ours);
	route->ours = ours;
	if (ours)
		name_of(route->sk, oif_of(ours), route->ifname);
}

/* The kernel says so when the interface or the way to the gateway is not there. */
static bool is_no_path(int error)
{
	switch (error) {
	case -ENETUNREACH:
	case -EHOSTUNREACH:
	case -ENETDOWN:
	case -ENODEV:
	case -EINVAL:
		return true;
	default:
		return false;
	}
}

static int lose(struct pptp_route *route)
{
	if (route->state != PPTP_ROUTE_LOST && route->ours)
		log_ours(route, true, "is gone with its interface, and there is no other path");
	route->state = PPTP_ROUTE_LOST;
	return 0;
}

/* Put our route in place. */
static int add_ours(struct pptp_route *route, const struct survey *survey,
		    const struct pptp_path *ours)
{
	int r;

	if (pptp_survey_has(survey, ours))
		return 0;
	r = pptp_netlink_add_route(route->sk, ours);
	if (r == -EEXIST) /* somebody who shares it was faster */
		r = 0;
	if (r < 0 && !is_no_path(r) && !route->refused) {
		log_line(route, true, "the host route was refused: %s", pptp_strerror(r));
		route->refused = true;
	}
	if (r == 0)
		route->refused = false;
	return r;
}

/* No path but the one we had: keep it, or put it back if the kernel takes it. */
static int keep(struct pptp_route *route, const struct survey *survey)
{
	int r;

	if (!route->ours)
		return lose(route);
	r = add_ours(route, survey, route->ours);
	if (r < 0) {
		lose(route);
		return is_no_path(r) ? 0 : r;
	}
	if (route->state == PPTP_ROUTE_LOST || !pptp_survey_has(survey, route->ours))
		log_ours(route, false, "restored");
	route->state = PPTP_ROUTE_PINNED;
	return 0;
}

/* Whether it was there and is gone; one that stays must not be passed over in silence. */
static bool remove_route(struct pptp_route *route, const struct pptp_path *which)
{
	int r = pptp_netlink_del_route(route->sk, which);

	if (r < 0 && r != -ESRCH && r != -ENODEV && r != -ENOENT)
		log_line(route, true, "the host route could not be removed: %s", pptp_strerror(r));
	return r == 0;
}

/* Pin the path that the survey found, and own it; the old one goes after the new one is there. */
static int take_path(struct pptp_route *route, const struct survey *survey, struct pptp_path *ours)
{
	struct pptp_path *old = route->ours;
	int r;

	if (old && pptp_path_same(old, ours)) {
		pptp_path_free(ours);
		return keep(route, survey);
	}
	r = add_ours(route, survey, ours);
	if (r < 0) {
		int kept = keep(route, survey);

		pptp_path_free(ours);
		return is_no_path(r) ? kept : r;
	}
	if (old) {
		log_ours(route, false, "is no longer the path");
		remove_route(route, old);
	}
	set_ours(route, ours);
	log_ours(route, false, pptp_survey_has(survey, ours) ? "shared" : "added");
	route->state = PPTP_ROUTE_PINNED;
	return 0;
}

/* The server needs no host route of ours. */
static int step_back(struct pptp_route *route, const struct survey *survey, const char *why)
{
	if (route->ours) {
		if (!pptp_survey_has(survey, route->ours) || remove_route(route, route->ours))
			log_ours(route, false, "removed");
		set_ours(route, NULL);
	}
	if (route->state != PPTP_ROUTE_UNNEEDED)
		log_line(route, false, "no host route is added: %s", why);
	route->state = PPTP_ROUTE_UNNEEDED;
	return 0;
}

static int settle(struct pptp_route *route, const struct survey *survey)
{
	const struct preference preference = {
		.stay = route->ours,
		.home = route->home[0] ? route->home : NULL,
		.tunnel = route->tunnel,
	};
	const struct pptp_path *path;
	const struct pptp_hop *hop;
	struct pptp_path *ours;
	int r;

	switch (pptp_survey_choose(survey, &preference, &path, &hop)) {
	case VERDICT_LOCAL:
		return step_back(route, survey, "the server is this machine");
	case VERDICT_FOREIGN:
		if (!route->home[0])
			name_of(route->sk, oif_of(path), route->home);
		return step_back(route, survey, "there is one already that is not ours");
	case VERDICT_NONE:
		return keep(route, survey);
	case VERDICT_PATH:
		break;
	}
	ours = pptp_path_make_host_route(path, hop, route->query.dst);
	if (!ours)
		return -ENOMEM;
	r = take_path(route, survey, ours);
	if (r == 0 && !route->home[0])
		memcpy(route->home, route->ifname, sizeof(route->home));
	return r;
}

/* A host route of ours is there: from a killed run, or somebody else's who lives. */
static int adopt(struct pptp_route *route, const struct survey *survey)
{
	const struct pptp_path *found;
	struct pptp_path *ours;

	for (size_t n = 0; (found = pptp_survey_ours(survey, survey->answer.table, n)) != NULL;
	     n++) {
		if (!route->query.oif || oif_of(found) == route->query.oif)
			break;
	}
	if (!found || !pptp_path_first_hop(found))
		return 0;
	ours = pptp_path_make_host_route(found, pptp_path_first_hop(found), route->query.dst);
	if (!ours)
		return -ENOMEM;
	set_ours(route, ours);
	memcpy(route->home, route->ifname, sizeof(route->home));
	route->state = PPTP_ROUTE_PINNED;
	log_ours(route, false, "is there already: left by a killed run, or shared");
	return 0;
}

static void remove_leftovers(struct pptp_route *route, const struct survey *survey)
{
	const struct pptp_path *found;

	for (size_t n = 0; (found = pptp_survey_ours(survey, survey->answer.table, n)) != NULL;
	     n++) {
		if ((route->ours && pptp_path_same(found, route->ours)) ||
		    (route->query.oif && oif_of(found) != route->query.oif))
			continue;
		remove_route(route, found);
	}
}

static int pin(struct pptp_route *route)
{
	struct survey survey;
	int r = pptp_survey_take(&survey, route->sk, &route->query);

	if (r < 0)
		return r;
	r = survey.error;
	if (r == 0) {
		r = adopt(route, &survey);
		if (r == 0)
			r = settle(route, &survey);
	}
	if (r == 0 && route->state == PPTP_ROUTE_LOST)
		r = PPTP_ERR_NO_ROUTE;
	if (r == 0)
		remove_leftovers(route, &survey);
	pptp_survey_clear(&survey);
	return r;
}

static struct pptp_route *release(struct pptp_route *route)
{
	pptp_path_free(route->ours);
	if (route->news)
		nl_socket_free(route->news);
	if (route->sk)
		nl_socket_free(route->sk);
	free(route);
	return NULL;
}

int pptp_route_pin(struct pptp_route **routep, const struct pptp_route_query *query,
		   pptp_route_log_fn log, void *user)
{
	PPTP_KEEP_ERRNO;
	struct pptp_route *route;
	int r = check_query(query);

	if (r < 0)
		return r;
	route = calloc(1, sizeof(*route));
	if (!route)
		return -ENOMEM;
	route->query = *query;
	route->log = log;
	route->user = user;
	route->refused = true; /* here the caller is told, not the log */
	r = pptp_netlink_open(&route->sk);
	if (r == 0)
		r = pptp_netlink_open_news(
			&route->news); /* before the first look: nothing is missed */
	if (r == 0)
		r = pin(route);
	if (r < 0) {
		release(route);
		return r;
	}
	route->refused = false;
	*routep = route;
	return 0;
}

void pptp_route_set_tunnel(struct pptp_route *route, unsigned int ifindex)
{
	route->tunnel = ifindex;
}

int pptp_route_get_fd(const struct pptp_route *route)
{
	return nl_socket_get_fd(route->news);
}

struct relevance {
	const struct pptp_route *route;
	bool relevant;
};

/* Routes matter that cover the server, or the gateway that must be reachable to put ours back. */
static void judge_news(void *user, struct pptp_path *changed)
{
	struct relevance *relevance = user;
	const struct pptp_route *route = relevance->route;
	const struct pptp_hop *hop = route->ours ? pptp_path_first_hop(route->ours) : NULL;

	if (!changed || pptp_path_covers(changed, route->query.dst) ||
	    (hop && pptp_path_covers(changed, hop->gateway)))
		relevance->relevant = true;
	pptp_path_free(changed);
}

int pptp_route_dispatch(struct pptp_route *route)
{
	PPTP_KEEP_ERRNO;
	struct relevance relevance = { .route = route };
	struct survey survey;
	int r = pptp_netlink_take_news(route->news, judge_news, &relevance);

	if (r < 0 || !relevance.relevant)
		return r;
	r = pptp_survey_take(&survey, route->sk, &route->query);
	if (r < 0)
		return r;
	r = settle(route, &survey);
	pptp_survey_clear(&survey);
	return r;
}

enum pptp_route_state pptp_route_get_state(const struct pptp_route *route)
{
	return route->state;
}

int pptp_route_get_info(const struct pptp_route *route, struct pptp_route_info *infop, size_t size)
{
	PPTP_KEEP_ERRNO;
	struct pptp_route_info info = { 0 };

	if (!route->ours)
		return PPTP_ERR_STATE;
	fill_info(route->sk, route->ours, &route->ours->hops[0], &info);
	info.src = route->ours->prefsrc;
	pptp_copy_sized(infop, size, &info, sizeof(info));
	return 0;
}

struct pptp_route *pptp_route_unpin(struct pptp_route *route)
{
	PPTP_KEEP_ERRNO;

	if (!route)
		return NULL;
	if (route->ours && remove_route(route, route->ours))
		log_ours(route, false, "removed");
	return release(route);
}
