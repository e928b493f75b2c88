/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_OBJECT_H
#define PPTP_CLI_STATUS_OBJECT_H

#include <stdio.h>
#include <time.h>

#include <pptp/session.h>

#include "log.h"
#include "unit_statistics.h"

/* All that the status of a tunnel is written from. */
struct status_view {
	const char *name; /* of the socket */
	time_t started;   /* of the process */
	time_t time;      /* of this view, */
	uint64_t now;     /* and on the monotonic clock */
	uint64_t phase_since;
	time_t up_since;                   /* when the call came up; 0: not yet */
	pid_t tunnel, keeper, pppd;        /* 0: none, or not known */
	const char *terminal;              /* of pppd; "": none */
	const char *interface;             /* of pppd, as far as it is reported; "": not known */
	bool route_wanted;                 /* a host route */
	const char *route_text;            /* what was last logged about it, or "" */
	struct pptp_session_info info;     /* of the session */
	const struct pptp_stats *stats;    /* NULL: none are kept */
	const struct unit_counters *unit;  /* of the interface; NULL: not read */
	const struct log_warning *warning; /* the latest; text "": none */
	const struct pptp_event_down *failure; /* reason PPTP_REASON_NONE: none */
};

/* More than the longest object has. */
#define STATUS_OBJECT_MAX 8192

/* Writes one JSON object, docs/status.schema.json, and a line feed. */
void status_object_write(const struct status_view *view, FILE *out);

#endif
