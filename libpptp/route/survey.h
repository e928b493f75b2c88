/* SPDX-License-Identifier: MIT */
#ifndef PPTP_ROUTE_SURVEY_H
#define PPTP_ROUTE_SURVEY_H

/*
 * What the kernel's tables hold for one address, looked at without our own host route in the way.
 *
 * The kernel says which table answers (it knows the rules, marks and sources); which route it would
 * use there without ours is worked out from a dump, since it cannot be asked that, and taking our
 * route away to ask would let packets into the tunnel.
 */

#include "netlink.h"

struct survey {
	struct nl_sock *sk;
	struct pptp_route_query query;
	int error; /* of the kernel's answer */
	struct answer answer;
	struct pptp_path **paths; /* that cover the address, ours included, in the dump's order */
	size_t count;
	size_t space;
	bool no_memory;
};

/* Which paths count. */
struct preference {
	const struct pptp_path
		*stay;       /* the path in use, or NULL: kept while it is as good a match */
	const char *home;    /* a tunnel-like interface must have this name; NULL: any may */
	unsigned int tunnel; /* never this interface; 0: none */
	bool ours_too;       /* don't look past our own host route */
};

enum verdict {
	VERDICT_LOCAL,   /* the address is this machine's */
	VERDICT_FOREIGN, /* somebody else's host route is there */
	VERDICT_PATH,    /* there is a path to pin */
	VERDICT_NONE,    /* no path */
};

/* Look. An error of the kernel's own lookup is in survey->error, not returned. */
int pptp_survey_take(struct survey *survey, struct nl_sock *sk,
		     const struct pptp_route_query *query);
void pptp_survey_clear(struct survey *survey);

/*
 * Choose the route to copy and its hop, both borrowed from the survey, for VERDICT_FOREIGN
 * and VERDICT_PATH.
 */
enum verdict pptp_survey_choose(const struct survey *survey, const struct preference *preference,
				const struct pptp_path **pathp, const struct pptp_hop **hopp);

/* Our host route number `index` in the table (0: any), borrowed; NULL when there is none. */
const struct pptp_path *pptp_survey_ours(const struct survey *survey, unsigned int table,
					 size_t index);

/* Whether our host route with just this path is there. */
bool pptp_survey_has(const struct survey *survey, const struct pptp_path *ours);

#endif
