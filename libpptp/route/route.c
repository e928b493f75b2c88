/* SPDX-License-Identifier: MIT */
/*
 * A host route that is kept in place (<pptp/route.h>): pinned, followed when the uplink changes, shared
 * with other processes, removed. Which path it copies is decided by choice.c; the routes of others are
 * never changed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "choice.h"
#include "keep_errno.h"
#include "lookup.h"
#include "sized.h"
#include "spare.h"

struct pptp_route {
	struct pptp_route_query query;
	struct nl_sock *sk;
	struct nl_sock *notifications;
	bool has_ours; /* `ours` is the host route, or the one that there was */
	struct fib_route ours;
	struct spare spare;       /* of `ours`, where others share it */
	char ifname[IF_NAMESIZE]; /* its interface's, for logs when that is gone */
	char home[IF_NAMESIZE];   /* name of the interface of the first path; empty: none yet */
	enum pptp_route_state state;
	bool refused; /* a refusal was already logged */
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

static void log_ours(const struct pptp_route *route, bool warning, const char *what)
{
	char dst[INET_ADDRSTRLEN];
	char text[FIB_TEXT_MAX];

	inet_ntop(AF_INET, &route->query.dst, dst, sizeof(dst));
	pptp_fib_text(text, &route->ours, route->ifname);
	log_line(route, warning, "host route to %s %s %s", dst, text, what);
}

static void name_of(struct nl_sock *sk, unsigned int ifindex, char name[IF_NAMESIZE])
{
	struct link link;

	if (pptp_netlink_get_link(sk, ifindex, &link) == 0)
		memcpy(name, link.name, IF_NAMESIZE);
}

/* -- our host route --------------------------------------------------------------------------- */

static void set_ours(struct pptp_route *route, const struct fib_route *ours)
{
	route->ours = *ours;
	route->has_ours = true;
	name_of(route->sk, ours->hop.oif, route->ifname);
}

/* Whether our host route with just this path is there. */
static bool is_in_place(const struct pptp_route *route, const struct fib_route *ours)
{
	struct fib_route found;

	return pptp_netlink_find(route->sk, &route->query, route->query.dst, ours->hop.oif, &found,
				 NULL) == 0 &&
	       pptp_fib_is_ours(&found, route->query.dst) && pptp_fib_same_path(&found, ours);
}

/* Errors of adding a route whose interface or gateway is not there. */
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
	if (route->state != PPTP_ROUTE_LOST && route->has_ours)
		log_ours(route, true, "is gone, and there is no other path");
	route->state = PPTP_ROUTE_LOST;
	return 0;
}

/* *in_placep: it was there already. */
static int ensure_route(struct pptp_route *route, const struct fib_route *ours, bool *in_placep)
{
	int err;

	*in_placep = is_in_place(route, ours);
	if (*in_placep)
		return 0;
	err = pptp_netlink_add_route(route->sk, ours);
	if (err == -EEXIST) { /* a policy rule hides it, or another process was faster */
		*in_placep = true;
		err = 0;
	}
	if (err && !is_no_path(err) && !route->refused) {
		log_line(route, true, "the host route was refused: %s", pptp_strerror(err));
		route->refused = true;
	}
	if (!err)
		route->refused = false;
	return err;
}

/* No path but the present one: keep it, or restore it if the kernel accepts it. */
static int keep_ours(struct pptp_route *route)
{
	bool in_place;
	int err;

	if (!route->has_ours)
		return lose(route);
	err = ensure_route(route, &route->ours, &in_place);
	if (err) {
		lose(route);
		return is_no_path(err) ? 0 : err;
	}
	if (route->state == PPTP_ROUTE_LOST || !in_place) {
		log_ours(route, false, "restored");
		if (route->spare.there) /* it may have gone too, with the interface */
			pptp_spare_add(&route->spare, route->sk, &route->ours);
	}
	route->state = PPTP_ROUTE_PINNED;
	return 0;
}

/* 0; -ESRCH when it was gone already; else it stays, which is a warning. */
static int remove_route(struct pptp_route *route, const struct fib_route *which)
{
	int err = pptp_netlink_del_route(route->sk, which);

	if (err == -ENODEV || err == -ENOENT)
		err = -ESRCH;
	if (err && err != -ESRCH)
		log_line(route, true, "the host route could not be removed: %s",
			 pptp_strerror(err));
	return err;
}

/*
 * The host route itself. To the kernel, no metric in a request means any: if only spares are left of it,
 * one of another would go.
 */
static int remove_ours(struct pptp_route *route)
{
	struct fib_route found;
	int err = pptp_netlink_find(route->sk, &route->query, route->query.dst, route->ours.hop.oif,
				    &found, NULL);

	if (!err && pptp_fib_is_ours(&found, route->query.dst) &&
	    pptp_fib_same_path(&found, &route->ours) && found.priority)
		return -ESRCH;
	return remove_route(route, &route->ours);
}

/*
 * Pin this path; the old one is removed after the new one is in place. Before it where they differ in the
 * source only: the kernel would remove the new one, which comes first and matches too.
 */
static int take_path(struct pptp_route *route, const struct fib_route *ours)
{
	bool in_place, old_first, shared = route->spare.there;
	int err;

	if (route->has_ours && pptp_fib_same_path(&route->ours, ours))
		return keep_ours(route);
	old_first = route->has_ours && route->ours.table == ours->table &&
		    pptp_fib_same_hop(&route->ours.hop, &ours->hop);
	if (old_first)
		remove_route(route, &route->ours);
	err = ensure_route(route, ours, &in_place);
	if (err) {
		int kept = keep_ours(route);

		return is_no_path(err) ? kept : err;
	}
	if (route->has_ours) {
		log_ours(route, false, "is no longer the path");
		if (!old_first)
			remove_route(route, &route->ours);
		pptp_spare_remove(&route->spare, route->sk, &route->ours);
	}
	set_ours(route, ours);
	if (shared || in_place)
		pptp_spare_add(&route->spare, route->sk, &route->ours);
	log_ours(route, false, in_place ? "shared" : "added");
	route->state = PPTP_ROUTE_PINNED;
	return 0;
}

/* The server needs no host route of ours. One that stays is tried again, at the end at the latest. */
static int step_back(struct pptp_route *route, const char *why)
{
	if (route->has_ours) {
		int err;

		pptp_spare_remove(&route->spare, route->sk, &route->ours);
		err = remove_ours(route);
		route->has_ours = err && err != -ESRCH;
		if (!route->has_ours)
			log_ours(route, false, "removed");
	}
	if (route->state != PPTP_ROUTE_UNNEEDED)
		log_line(route, false, "no host route is added: %s", why);
	route->state = PPTP_ROUTE_UNNEEDED;
	return 0;
}

/* The path of now without our host route: as pptp_choose(). */
static int choose(const struct pptp_route *route, struct fib_route *foundp, unsigned int *passedp)
{
	const struct chooser chooser = {
		.sk = route->sk,
		.query = &route->query,
		.current = route->has_ours ? &route->ours : NULL,
		.home = route->home[0] ? route->home : NULL,
	};

	return pptp_choose(&chooser, foundp, passedp);
}

static void log_passed(const struct pptp_route *route, unsigned int passed)
{
	char name[IF_NAMESIZE] = "";

	name_of(route->sk, passed, name);
	log_line(route, false,
		 "the default route into %s is taken for a tunnel's: the host route goes past it",
		 name);
}

/* Compare with the routes of now, and act on it. */
static int follow(struct pptp_route *route)
{
	struct fib_route found;
	unsigned int passed;
	int choice = choose(route, &found, &passed), err;

	switch (choice) {
	case CHOICE_LOCAL:
		return step_back(route, "the server is this machine");
	case CHOICE_FOREIGN:
		if (!route->home[0])
			name_of(route->sk, found.hop.oif, route->home);
		return step_back(route, "there is one already that is not ours");
	case CHOICE_NONE:
		return keep_ours(route);
	case CHOICE_PATH:
		break;
	default:
		return choice;
	}
	if (passed)
		log_passed(route, passed);
	found = pptp_fib_host_route(&found, route->query.dst);
	err = take_path(route, &found);
	if (!err && !route->home[0])
		memcpy(route->home, route->ifname, sizeof(route->home));
	return err;
}

/* -- pinning ---------------------------------------------------------------------------------- */

/* A host route of ours is there: of an earlier run, or of another process that lives. */
static int adopt(struct pptp_route *route)
{
	struct fib_route found;
	int err = pptp_netlink_find(route->sk, &route->query, route->query.dst, route->query.oif,
				    &found, NULL);

	if (err || !pptp_fib_is_ours(&found, route->query.dst))
		return err;
	found = pptp_fib_host_route(&found, route->query.dst);
	set_ours(route, &found);
	memcpy(route->home, route->ifname, sizeof(route->home));
	route->state = PPTP_ROUTE_PINNED;
	log_ours(route, false, "is there already: left by an earlier run, or shared");
	return 0;
}

/* More of them than a few are removed by the next run. */
#define LEFTOVERS_MAX 8

struct leftovers {
	const struct pptp_route *route;
	struct fib_route found[LEFTOVERS_MAX];
	unsigned int count;
};

static void collect_leftover(void *user, const struct fib_route *found)
{
	struct leftovers *leftovers = user;
	const struct pptp_route *route = leftovers->route;

	if (leftovers->count == LEFTOVERS_MAX || !pptp_fib_is_ours(found, route->query.dst) ||
	    (route->has_ours && !found->nh_id && pptp_fib_same_path(found, &route->ours) &&
	     (!found->priority || found->priority == route->spare.metric)) ||
	    (route->has_ours && found->table != route->ours.table) ||
	    (route->query.oif && found->hop.oif != route->query.oif))
		return;
	leftovers->found[leftovers->count++] = *found;
}

/* Others of ours that point elsewhere, and spares: who lives puts his back. */
static void remove_leftovers(struct pptp_route *route)
{
	struct leftovers leftovers = { .route = route };

	if (pptp_netlink_each_route(route->sk, PPTP_ROUTE_PROTOCOL, collect_leftover, &leftovers) <
	    0)
		return;
	for (unsigned int i = 0; i < leftovers.count; i++)
		remove_route(route, &leftovers.found[i]);
}

static int pin(struct pptp_route *route)
{
	int err = adopt(route);
	bool adopted = route->has_ours;

	if (!err)
		err = follow(route);
	if (!err && route->state == PPTP_ROUTE_LOST)
		err = PPTP_ERR_NO_ROUTE;
	/* Where there is one there may be more. A dump takes long in a large table. */
	if (!err && adopted) {
		if (route->has_ours && !route->spare.there)
			pptp_spare_add(&route->spare, route->sk, &route->ours);
		remove_leftovers(route);
	}
	return err;
}

static struct pptp_route *release(struct pptp_route *route)
{
	if (route->notifications)
		nl_socket_free(route->notifications);
	if (route->sk)
		nl_socket_free(route->sk);
	free(route);
	return NULL;
}

/* The tunnel's connection attempt gives a better error where there is no way at all. */
static void log_failure(const struct pptp_route *route, int err)
{
	char dst[INET_ADDRSTRLEN];

	if (err == PPTP_ERR_NO_ROUTE)
		return;
	inet_ntop(AF_INET, &route->query.dst, dst, sizeof(dst));
	log_line(
		route, true,
		"no host route to %s: %s; the tunnel works without it as long as no route into the "
		"tunnel covers the server",
		dst,
		err == -EPERM ? "changing routes needs CAP_NET_ADMIN, and netlink, which a "
				"container or sandbox may refuse"
			      : pptp_strerror(err));
}

int pptp_route_pin(struct pptp_route **routep, const struct pptp_route_query *query,
		   pptp_route_log_fn log, void *user)
{
	PPTP_KEEP_ERRNO;
	struct pptp_route *route;
	int err = pptp_route_check(query);

	if (err)
		return err;
	route = calloc(1, sizeof(*route));
	if (!route)
		return -ENOMEM;
	route->query = *query;
	route->log = log;
	route->user = user;
	route->refused = true; /* here an error is returned, not logged */
	err = pptp_netlink_open(&route->sk);
	/* Before the first query, so that no change is missed. */
	if (!err)
		err = pptp_netlink_open_notifications(&route->notifications);
	if (!err) {
		pptp_spare_init(&route->spare, route->sk);
		err = pin(route);
	}
	if (err) {
		log_failure(route, err);
		release(route);
		return err;
	}
	route->refused = false;
	*routep = route;
	return 0;
}

int pptp_route_get_fd(const struct pptp_route *route)
{
	return nl_socket_get_fd(route->notifications);
}

/* -- following -------------------------------------------------------------------------------- */

struct changes {
	struct pptp_route *route;
	bool matter;
	bool foreign; /* another program's host route was added to the same table */
	bool shared;  /* another's spare was added, or ours was removed by one who begins */
};

/* A spare came or went. True where nothing else follows from it. */
static bool judge_spare(struct changes *changes, const struct fib_route *changed, bool added)
{
	const struct pptp_route *route = changes->route;
	bool own = changed->priority == route->spare.metric;

	if (!route->has_ours || !pptp_spare_is_one(changed) ||
	    !pptp_fib_is_ours(changed, route->query.dst))
		return false;
	if (added != own && pptp_fib_same_path(changed, &route->ours))
		changes->shared = true;
	return added;
}

/* Routes matter that cover the server, or the gateway that must be reachable to put ours back. */
static void judge_change(void *user, const struct fib_route *changed, bool added)
{
	struct changes *changes = user;
	struct pptp_route *route = changes->route;

	if (!changed) {
		changes->matter = true;
		return;
	}
	if (!pptp_fib_covers(changed, route->query.dst)) {
		changes->matter |=
			route->has_ours && pptp_fib_covers(changed, route->ours.hop.gateway);
		return;
	}
	if (judge_spare(changes, changed, added))
		return;
	changes->matter = true;
	if (added && route->has_ours && changed->table == route->ours.table &&
	    changed->prefix_len == 32 && changed->type == RTN_UNICAST &&
	    changed->protocol != PPTP_ROUTE_PROTOCOL && changed->protocol != RTPROT_KERNEL)
		changes->foreign = true;
}

int pptp_route_dispatch(struct pptp_route *route)
{
	PPTP_KEEP_ERRNO;
	struct changes changes = { .route = route };
	int err = pptp_netlink_read_notifications(route->notifications, judge_change, &changes);

	if (err)
		return err;
	if (changes.shared && route->state == PPTP_ROUTE_PINNED)
		pptp_spare_add(&route->spare, route->sk, &route->ours);
	if (!changes.matter)
		return 0;
	/* Ours would hide it from the query: without ours it is found, or ours is restored. */
	if (changes.foreign && is_in_place(route, &route->ours))
		remove_ours(route);
	return follow(route);
}

enum pptp_route_state pptp_route_get_state(const struct pptp_route *route)
{
	return route->state;
}

int pptp_route_get_info(const struct pptp_route *route, struct pptp_route_info *infop, size_t size)
{
	PPTP_KEEP_ERRNO;
	struct pptp_route_info info = { 0 };

	if (!route->has_ours)
		return PPTP_ERR_STATE;
	pptp_route_fill_info(route->sk, &route->ours, &info);
	info.src = route->ours.prefsrc;
	pptp_copy_sized(infop, size, &info, sizeof(info));
	return 0;
}

/*
 * Whether it is the only way to the server: the default route went into the tunnel, and goes with the
 * tunnel's interface or is gone already. Without it the next call could not be placed.
 */
static bool is_only_way(const struct pptp_route *route)
{
	struct fib_route found;
	unsigned int passed;

	return is_in_place(route, &route->ours) && choose(route, &found, &passed) == CHOICE_NONE;
}

bool pptp_route_is_only_way(const struct pptp_route *route)
{
	PPTP_KEEP_ERRNO;

	return route->state == PPTP_ROUTE_PINNED && is_only_way(route);
}

/* Where another has removed the route itself, the spare is all there is. */
static void keep_without_spare(struct pptp_route *route)
{
	int err = pptp_netlink_add_route(route->sk, &route->ours);

	if (!err || err == -EEXIST)
		pptp_spare_remove(&route->spare, route->sk, &route->ours);
}

struct pptp_route *pptp_route_unpin(struct pptp_route *route)
{
	PPTP_KEEP_ERRNO;

	if (!route)
		return NULL;
	if (route->has_ours && is_only_way(route)) {
		keep_without_spare(route);
		log_ours(route, false, "stays for the next call: there is no other way");
	} else if (route->has_ours) {
		pptp_spare_remove(&route->spare, route->sk, &route->ours);
		if (remove_ours(route) == 0)
			log_ours(route, false, "removed");
	}
	return release(route);
}
