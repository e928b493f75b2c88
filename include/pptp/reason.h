/* SPDX-License-Identifier: MIT */
#ifndef PPTP_REASON_H
#define PPTP_REASON_H

/**
 * @file reason.h
 * Why a control connection, call or session ended: one list for core, session and command.
 */

#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Why it ended. */
enum pptp_reason {
	PPTP_REASON_NONE = 0,          /**< has not ended */
	PPTP_REASON_STOPPED,           /**< we were asked to stop */
	PPTP_REASON_LINK_CLOSED,       /**< the local PPP side (pppd) closed the link */
	PPTP_REASON_NAME_NOT_FOUND,    /**< the server's name has no IPv4 address, or DNS failed */
	PPTP_REASON_CONNECT_REFUSED,   /**< TCP connection refused */
	PPTP_REASON_UNREACHABLE,       /**< no route to the host or network */
	PPTP_REASON_CONNECT_TIMEOUT,   /**< no answer to the TCP connection attempt */
	PPTP_REASON_START_TIMEOUT,     /**< no Start-Control-Connection-Reply */
	PPTP_REASON_NOT_AUTHORIZED,    /**< SCCRP result 4 */
	PPTP_REASON_START_REJECTED,    /**< SCCRP result 2 or 3, or one the RFC does not define */
	PPTP_REASON_VERSION,           /**< no common protocol version (SCCRP result 5 or field) */
	PPTP_REASON_CALL_TIMEOUT,      /**< no Outgoing-Call-Reply */
	PPTP_REASON_CALL_BUSY,         /**< OCRP result 4 */
	PPTP_REASON_CALL_REJECTED,     /**< OCRP with any other failure */
	PPTP_REASON_CALL_DISCONNECTED, /**< the peer sent Call-Disconnect-Notify */
	PPTP_REASON_ECHO_TIMEOUT,      /**< no Echo-Reply: keep-alive lost */
	PPTP_REASON_PEER_STOPPED,      /**< the peer sent Stop-Control-Connection-Request */
	PPTP_REASON_PEER_CLOSED,       /**< the peer closed or reset TCP */
	PPTP_REASON_PROTOCOL_ERROR,    /**< the peer broke the protocol: synchronisation lost */
	PPTP_REASON_NOT_PERMITTED,     /**< the system refused: raw socket, mark */
	PPTP_REASON_SYSTEM_ERROR,      /**< any other system error */
	PPTP_REASON_NOT_PPTP,          /**< the first octets received are no PPTP message */
	PPTP_REASON_ADDRESS_GONE,      /**< this machine lost the address that the call came from */
	PPTP_REASON_COUNT
};

/**
 * A reason in words, in lower case, to follow a colon: "the server refused the connection".
 * @return a constant string, never NULL.
 */
PPTP_API const char *pptp_reason_text(enum pptp_reason reason);

/**
 * Whether trying again later, unchanged, may succeed (time-outs, busy, lost links) or not (not
 * authorised, not permitted, unknown name). By the reason alone: pptp_event_down.transient also
 * considers the system's error.
 */
PPTP_API bool pptp_reason_is_transient(enum pptp_reason reason);

#ifdef __cplusplus
}
#endif

#endif
