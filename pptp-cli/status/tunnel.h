/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_TUNNEL_H
#define PPTP_CLI_STATUS_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pptp/stats.h>

/*
 * What a tunnel says of itself, by the members of its object (docs/status.schema.json). The process that
 * writes the object may have been captured: all members are checked, and all texts are printable.
 */

enum tunnel_member {
	TUNNEL_VERSION,
	TUNNEL_NAME,
	TUNNEL_TIME,
	TUNNEL_STARTED,
	TUNNEL_PROCESS,
	TUNNEL_KEEPER,
	TUNNEL_PPPD,
	TUNNEL_PHASE, /* its number is of enum pptp_phase */
	TUNNEL_PHASE_TEXT,
	TUNNEL_PHASE_MS,
	TUNNEL_UP_SINCE,
	TUNNEL_SERVER_NAME,
	TUNNEL_SERVER_ADDRESS,
	TUNNEL_SERVER_HOST_NAME,
	TUNNEL_SERVER_VENDOR,
	TUNNEL_SERVER_FIRMWARE,
	TUNNEL_LOCAL_ADDRESS,
	TUNNEL_CALL_ID,
	TUNNEL_CALL_PEER_ID,
	TUNNEL_CALL_SPEED,
	TUNNEL_CALL_PEER_WINDOW,
	TUNNEL_LINK,
	TUNNEL_TERMINAL,
	TUNNEL_INTERFACE,
	TUNNEL_MTU,
	TUNNEL_ROUTE_WANTED,
	TUNNEL_ROUTE_TEXT,
	TUNNEL_GRE_RECEIVED,
	TUNNEL_GRE_ACKNOWLEDGED,
	TUNNEL_INTERFACE_RX_PACKETS,
	TUNNEL_INTERFACE_RX_OCTETS,
	TUNNEL_INTERFACE_TX_PACKETS,
	TUNNEL_INTERFACE_TX_OCTETS,
	TUNNEL_WARNING_TEXT,
	TUNNEL_WARNING_TIME,
	TUNNEL_FAILURE_REASON,
	TUNNEL_FAILURE_TEXT,
	TUNNEL_FAILURE_EXIT_STATUS,
	TUNNEL_FAILURE_RETRY,
	TUNNEL_MEMBERS
};

struct tunnel_value {
	bool known;
	char *text;      /* of texts, times, addresses, phase and link */
	uint64_t number; /* of the others; of a time: seconds since 1970 */
};

#define TUNNEL_PROBLEM_MAX 160

struct tunnel {
	struct tunnel_value values[TUNNEL_MEMBERS];
	bool has_stats;
	uint64_t stats_known; /* bit n: field n of pptp_stats_get_field() */
	struct pptp_stats stats;
	char problem
		[TUNNEL_PROBLEM_MAX]; /* why it is unreadable; "": it is not, and has all values */
};

/* The object of the tunnel of that name. false: problem[] says why; the tunnel has its name alone. */
bool tunnel_read(struct tunnel *tunnel, const char *name, const char *octets, size_t size);

/* One that could not even be asked. */
void tunnel_set_unreadable(struct tunnel *tunnel, const char *name, const char *problem);
void tunnel_clear(struct tunnel *tunnel);

/* The text of a member, made printable; NULL leaves it unknown. */
bool tunnel_set_text(struct tunnel *tunnel, enum tunnel_member member, const char *text);

static inline bool tunnel_is_readable(const struct tunnel *tunnel)
{
	return !tunnel->problem[0];
}

static inline bool tunnel_has(const struct tunnel *tunnel, enum tunnel_member member)
{
	return tunnel->values[member].known;
}

/* "" where it is unknown. */
static inline const char *tunnel_text(const struct tunnel *tunnel, enum tunnel_member member)
{
	return tunnel->values[member].text ? tunnel->values[member].text : "";
}

static inline uint64_t tunnel_number(const struct tunnel *tunnel, enum tunnel_member member)
{
	return tunnel->values[member].number;
}

bool tunnel_is_up(const struct tunnel *tunnel);

#endif
