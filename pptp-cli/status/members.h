/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_MEMBERS_H
#define PPTP_CLI_STATUS_MEMBERS_H

#include "status/tunnel.h"

/* The members of a tunnel's object: one table for reading and for writing it. */

enum member_kind {
	MEMBER_TEXT,    /* max: octets that are kept */
	MEMBER_TIME,    /* UTC, RFC 3339 */
	MEMBER_ADDRESS, /* IPv4 */
	MEMBER_NUMBER,  /* from min to max */
	MEMBER_SECONDS, /* kept in milliseconds */
	MEMBER_BOOL,
	MEMBER_CHOICE, /* one of the words */
};

enum member_need {
	MEMBER_OPTIONAL,
	MEMBER_REQUIRED,
	MEMBER_OF_GROUP, /* required where the group is there */
};

struct member {
	const char *group; /* the object that it is in; NULL: the tunnel's own */
	const char *name;
	enum member_kind kind;
	enum member_need need;
	uint64_t min, max;
	const char *const *words; /* ends with NULL; the number is the place */
};

extern const struct member tunnel_members[TUNNEL_MEMBERS];

#endif
