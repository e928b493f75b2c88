/* SPDX-License-Identifier: MIT */
/*
 * The exit statuses of pptp(8) and what each means; which one a reason of the library leads to.
 */
#include "exit_status.h"

static const enum exit_status statuses[PPTP_REASON_COUNT] = {
	[PPTP_REASON_NONE] = EXIT_STATUS_SYSTEM,
	[PPTP_REASON_STOPPED] = EXIT_STATUS_OK,
	[PPTP_REASON_LINK_CLOSED] = EXIT_STATUS_OK,
	[PPTP_REASON_NAME_NOT_FOUND] = EXIT_STATUS_NAME_NOT_FOUND,
	[PPTP_REASON_CONNECT_REFUSED] = EXIT_STATUS_REFUSED,
	[PPTP_REASON_UNREACHABLE] = EXIT_STATUS_UNREACHABLE,
	[PPTP_REASON_CONNECT_TIMEOUT] = EXIT_STATUS_CONNECT_TIMEOUT,
	[PPTP_REASON_START_TIMEOUT] = EXIT_STATUS_START_TIMEOUT,
	[PPTP_REASON_NOT_AUTHORIZED] = EXIT_STATUS_NOT_AUTHORIZED,
	[PPTP_REASON_START_REJECTED] = EXIT_STATUS_START_REJECTED,
	[PPTP_REASON_VERSION] = EXIT_STATUS_START_REJECTED,
	[PPTP_REASON_CALL_TIMEOUT] = EXIT_STATUS_CALL_TIMEOUT,
	[PPTP_REASON_CALL_BUSY] = EXIT_STATUS_BUSY,
	[PPTP_REASON_CALL_REJECTED] = EXIT_STATUS_CALL_REJECTED,
	[PPTP_REASON_CALL_DISCONNECTED] = EXIT_STATUS_PEER_ENDED,
	[PPTP_REASON_ECHO_TIMEOUT] = EXIT_STATUS_KEEPALIVE_LOST,
	[PPTP_REASON_PEER_STOPPED] = EXIT_STATUS_PEER_ENDED,
	[PPTP_REASON_PEER_CLOSED] = EXIT_STATUS_PEER_ENDED,
	[PPTP_REASON_PROTOCOL_ERROR] = EXIT_STATUS_PROTOCOL_ERROR,
	[PPTP_REASON_NOT_PERMITTED] = EXIT_STATUS_NOT_PERMITTED,
	[PPTP_REASON_SYSTEM_ERROR] = EXIT_STATUS_SYSTEM,
};

enum exit_status exit_status_of_reason(enum pptp_reason reason)
{
	if ((unsigned int)reason >= PPTP_REASON_COUNT)
		return EXIT_STATUS_SYSTEM;
	return statuses[reason];
}

static const char *const texts[] = {
	[EXIT_STATUS_OK] = "ended",
	[EXIT_STATUS_SYSTEM] = "system error",
	[EXIT_STATUS_USAGE] = "wrong command line",
	[EXIT_STATUS_NAME_NOT_FOUND] = "server name not found",
	[EXIT_STATUS_REFUSED] = "connection refused",
	[EXIT_STATUS_UNREACHABLE] = "network or host unreachable",
	[EXIT_STATUS_CONNECT_TIMEOUT] = "timed out while connecting",
	[EXIT_STATUS_START_TIMEOUT] = "timed out waiting for the Start-Control-Connection-Reply",
	[EXIT_STATUS_CALL_TIMEOUT] = "timed out waiting for the Outgoing-Call-Reply",
	[EXIT_STATUS_NOT_AUTHORIZED] = "not authorised to open a control connection",
	[EXIT_STATUS_START_REJECTED] = "the server refused the control connection",
	[EXIT_STATUS_BUSY] = "the server is busy",
	[EXIT_STATUS_CALL_REJECTED] = "the server rejected the call",
	[EXIT_STATUS_KEEPALIVE_LOST] = "keep-alive lost, no Echo-Reply came",
	[EXIT_STATUS_PEER_ENDED] = "ended by the server",
	[EXIT_STATUS_PROTOCOL_ERROR] = "protocol error on the control connection",
	[EXIT_STATUS_NO_GRE] = "no GRE packet had ever arrived while the call was up",
	[EXIT_STATUS_PPPD] = "pppd failed",
	[EXIT_STATUS_NOT_PERMITTED] = "not permitted",
};

const char *exit_status_text(enum exit_status status)
{
	return texts[status];
}
