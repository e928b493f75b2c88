/* SPDX-License-Identifier: MIT */
/*
 * The reasons for which a connection, call or session ends, as texts, and whether trying again may
 * help: <pptp/reason.h>. The reason itself is set by the ctrl files and the session; the full
 * sentence for the user, with the peer's codes, is composed in session/down.c, which calls this.
 */
#include <pptp/reason.h>

static const struct {
	const char *text;
	bool transient;
} reasons[PPTP_REASON_COUNT] = {
	[PPTP_REASON_NONE] = { "not over", false },
	[PPTP_REASON_STOPPED] = { "stopped on request", false },
	[PPTP_REASON_LINK_CLOSED] = { "the local PPP side closed the link", false },
	[PPTP_REASON_NAME_NOT_FOUND] = { "the server's name was not found", false },
	[PPTP_REASON_CONNECT_REFUSED] = { "the server refused the TCP connection", true },
	[PPTP_REASON_UNREACHABLE] = { "the server's network or host is unreachable", true },
	[PPTP_REASON_CONNECT_TIMEOUT] = { "timed out while connecting to the server", true },
	[PPTP_REASON_START_TIMEOUT] = { "timed out waiting for the Start-Control-Connection-Reply",
					true },
	[PPTP_REASON_NOT_AUTHORIZED] = { "not authorized by the server to open a control "
					 "connection",
					 false },
	[PPTP_REASON_START_REJECTED] = { "the server refused the control connection", true },
	[PPTP_REASON_VERSION] = { "no protocol version in common with the server", false },
	[PPTP_REASON_CALL_TIMEOUT] = { "timed out waiting for the Outgoing-Call-Reply", true },
	[PPTP_REASON_CALL_BUSY] = { "the server is busy", true },
	[PPTP_REASON_CALL_REJECTED] = { "the server rejected the call", true },
	[PPTP_REASON_CALL_DISCONNECTED] = { "the server disconnected the call", true },
	[PPTP_REASON_ECHO_TIMEOUT] = { "keep-alive lost, the server sent no Echo-Reply", true },
	[PPTP_REASON_PEER_STOPPED] = { "the server stopped the control connection", true },
	[PPTP_REASON_PEER_CLOSED] = { "the server closed the TCP connection", true },
	[PPTP_REASON_PROTOCOL_ERROR] = { "the server broke the protocol", true },
	[PPTP_REASON_NOT_PERMITTED] = { "not permitted by the operating system", false },
	[PPTP_REASON_SYSTEM_ERROR] = { "operating system error", false },
	[PPTP_REASON_NOT_PPTP] = { "what answers there is no PPTP server", false },
	[PPTP_REASON_ADDRESS_GONE] = { "this machine no longer has the address of the call", true },
};

const char *pptp_reason_text(enum pptp_reason reason)
{
	if ((unsigned int)reason >= PPTP_REASON_COUNT)
		return "unknown reason";
	return reasons[reason].text;
}

bool pptp_reason_is_transient(enum pptp_reason reason)
{
	return (unsigned int)reason < PPTP_REASON_COUNT && reasons[reason].transient;
}
