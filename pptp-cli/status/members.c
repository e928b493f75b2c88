/* SPDX-License-Identifier: MIT */
/* The table of the members of a tunnel's object. Used by tunnel.c and tunnels_json.c. */
#include "status/members.h"

#include <limits.h>

#include "status/name.h"

/* DNS, and RFC 2637 for what the server says; lines of the log are no longer than texts. */
#define SERVER_MAX  255
#define FIELD_MAX   64
#define TEXT_MAX    1200
#define VERSION_MAX 32

/* By enum pptp_phase. */
static const char *const phases[] = { "new", "resolving", "connecting", "starting", "calling",
				      "up",  "ending",    "closed",     NULL };
static const char *const links[] = { "pty", "kernel", NULL };

#define ROW(group, name, kind, need, min, max)                                                     \
	{                                                                                          \
		group, name, MEMBER_##kind, MEMBER_##need, min, max, NULL                          \
	}
#define WORDS(name, words)                                                                         \
	{                                                                                          \
		NULL, name, MEMBER_CHOICE, MEMBER_REQUIRED, 0, 0, words                            \
	}

/* In the order of the members in an object; those of a group stand together. */
const struct member tunnel_members[TUNNEL_MEMBERS] = {
	[TUNNEL_VERSION] = ROW(NULL, "version", TEXT, REQUIRED, 0, VERSION_MAX),
	[TUNNEL_NAME] = ROW(NULL, "name", TEXT, REQUIRED, 0, STATUS_NAME_MAX),
	[TUNNEL_TIME] = ROW(NULL, "time", TIME, REQUIRED, 0, 0),
	[TUNNEL_STARTED] = ROW(NULL, "started", TIME, REQUIRED, 0, 0),
	[TUNNEL_PROCESS] = ROW("processes", "tunnel", NUMBER, REQUIRED, 1, INT_MAX),
	[TUNNEL_KEEPER] = ROW("processes", "keeper", NUMBER, OPTIONAL, 1, INT_MAX),
	[TUNNEL_PPPD] = ROW("processes", "pppd", NUMBER, OPTIONAL, 1, INT_MAX),
	[TUNNEL_PHASE] = WORDS("phase", phases),
	[TUNNEL_PHASE_TEXT] = ROW(NULL, "phase_text", TEXT, REQUIRED, 0, FIELD_MAX),
	[TUNNEL_PHASE_MS] = ROW(NULL, "phase_seconds", SECONDS, REQUIRED, 0, 0),
	[TUNNEL_UP_SINCE] = ROW(NULL, "up_since", TIME, OPTIONAL, 0, 0),
	[TUNNEL_SERVER_NAME] = ROW("server", "name", TEXT, REQUIRED, 0, SERVER_MAX),
	[TUNNEL_SERVER_ADDRESS] = ROW("server", "address", ADDRESS, OPTIONAL, 0, 0),
	[TUNNEL_SERVER_HOST_NAME] = ROW("server", "host_name", TEXT, OPTIONAL, 0, FIELD_MAX),
	[TUNNEL_SERVER_VENDOR] = ROW("server", "vendor_name", TEXT, OPTIONAL, 0, FIELD_MAX),
	[TUNNEL_SERVER_FIRMWARE] = ROW("server", "firmware", NUMBER, OPTIONAL, 0, UINT16_MAX),
	[TUNNEL_LOCAL_ADDRESS] = ROW(NULL, "local_address", ADDRESS, OPTIONAL, 0, 0),
	[TUNNEL_CALL_ID] = ROW("call", "id", NUMBER, OF_GROUP, 0, UINT16_MAX),
	[TUNNEL_CALL_PEER_ID] = ROW("call", "peer_id", NUMBER, OF_GROUP, 0, UINT16_MAX),
	[TUNNEL_CALL_SPEED] = ROW("call", "connect_speed", NUMBER, OF_GROUP, 0, UINT64_MAX),
	[TUNNEL_CALL_PEER_WINDOW] = ROW("call", "peer_window", NUMBER, OF_GROUP, 0, UINT64_MAX),
	[TUNNEL_LINK] = WORDS("link", links),
	[TUNNEL_TERMINAL] = ROW(NULL, "terminal", TEXT, OPTIONAL, 0, FIELD_MAX),
	[TUNNEL_INTERFACE] = ROW(NULL, "interface", TEXT, OPTIONAL, 0, FIELD_MAX),
	[TUNNEL_MTU] = ROW(NULL, "mtu", NUMBER, OPTIONAL, 0, UINT64_MAX),
	[TUNNEL_ROUTE_WANTED] = ROW("host_route", "wanted", BOOL, REQUIRED, 0, 0),
	[TUNNEL_ROUTE_TEXT] = ROW("host_route", "text", TEXT, OPTIONAL, 0, TEXT_MAX),
	[TUNNEL_GRE_RECEIVED] = ROW("gre", "received", BOOL, REQUIRED, 0, 0),
	[TUNNEL_GRE_ACKNOWLEDGED] = ROW("gre", "acknowledged", BOOL, REQUIRED, 0, 0),
#define COUNTER(name) ROW("interface_statistics", name, NUMBER, OF_GROUP, 0, UINT64_MAX)
	[TUNNEL_INTERFACE_RX_PACKETS] = COUNTER("rx_packets"),
	[TUNNEL_INTERFACE_RX_OCTETS] = COUNTER("rx_octets"),
	[TUNNEL_INTERFACE_TX_PACKETS] = COUNTER("tx_packets"),
	[TUNNEL_INTERFACE_TX_OCTETS] = COUNTER("tx_octets"),
	[TUNNEL_WARNING_TEXT] = ROW("last_warning", "text", TEXT, OF_GROUP, 0, TEXT_MAX),
	[TUNNEL_WARNING_TIME] = ROW("last_warning", "time", TIME, OF_GROUP, 0, 0),
	[TUNNEL_FAILURE_REASON] = ROW("failure", "reason", TEXT, OF_GROUP, 0, TEXT_MAX),
	[TUNNEL_FAILURE_TEXT] = ROW("failure", "text", TEXT, OF_GROUP, 0, TEXT_MAX),
	[TUNNEL_FAILURE_EXIT_STATUS] = ROW("failure", "exit_status", NUMBER, OF_GROUP, 0, 255),
	[TUNNEL_FAILURE_RETRY] = ROW("failure", "retry", BOOL, OF_GROUP, 0, 0),
};
