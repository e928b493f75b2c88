/* SPDX-License-Identifier: MIT */
/*
 * The result, error and cause codes of RFC 2637, 2, in the RFC's words, as constant strings. Codes
 * that are not defined have a text too. What a code means for the session is decided in
 * ctrl_connection.c and ctrl_call.c. Called by the ctrl files, msg_print.c and session/down.c.
 */
#include <pptp/proto/msg.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *find(const char *const *table, size_t count, unsigned int code,
			const char *unknown)
{
	return code < count && table[code] ? table[code] : unknown;
}

const char *pptp_start_result_text(unsigned int result)
{
	static const char *const table[] = {
		[PPTP_START_OK] = "control connection established",
		[PPTP_START_GENERAL_ERROR] = "general error",
		[PPTP_START_EXISTS] = "a control connection already exists",
		[PPTP_START_NOT_AUTHORIZED] = "not authorized",
		[PPTP_START_VERSION] = "protocol version not supported",
	};

	return find(table, COUNT(table), result, "unknown result");
}

const char *pptp_stop_reason_text(unsigned int reason)
{
	static const char *const table[] = {
		[PPTP_STOP_NONE] = "no particular reason",
		[PPTP_STOP_PROTOCOL] = "protocol version not supported",
		[PPTP_STOP_LOCAL_SHUTDOWN] = "shutting down",
	};

	return find(table, COUNT(table), reason, "unknown reason");
}

const char *pptp_simple_result_text(unsigned int result)
{
	static const char *const table[] = {
		[PPTP_RESULT_OK] = "ok",
		[PPTP_RESULT_GENERAL_ERROR] = "general error",
	};

	return find(table, COUNT(table), result, "unknown result");
}

const char *pptp_call_result_text(unsigned int result)
{
	static const char *const table[] = {
		[PPTP_CALL_CONNECTED] = "connected",
		[PPTP_CALL_GENERAL_ERROR] = "general error",
		[PPTP_CALL_NO_CARRIER] = "no carrier",
		[PPTP_CALL_BUSY] = "busy",
		[PPTP_CALL_NO_DIAL_TONE] = "no dial tone",
		[PPTP_CALL_TIMEOUT] = "timed out",
		[PPTP_CALL_DO_NOT_ACCEPT] = "administratively prohibited",
	};

	return find(table, COUNT(table), result, "unknown result");
}

const char *pptp_incoming_result_text(unsigned int result)
{
	static const char *const table[] = {
		[PPTP_INCOMING_CONNECT] = "connect",
		[PPTP_INCOMING_GENERAL_ERROR] = "general error",
		[PPTP_INCOMING_DO_NOT_ACCEPT] = "do not accept",
	};

	return find(table, COUNT(table), result, "unknown result");
}

const char *pptp_disconnect_result_text(unsigned int result)
{
	static const char *const table[] = {
		[PPTP_DISCONNECT_LOST_CARRIER] = "lost carrier",
		[PPTP_DISCONNECT_GENERAL_ERROR] = "general error",
		[PPTP_DISCONNECT_ADMIN_SHUTDOWN] = "administrative shutdown",
		[PPTP_DISCONNECT_REQUEST] = "cleared on request",
	};

	return find(table, COUNT(table), result, "unknown result");
}

const char *pptp_general_error_text(unsigned int error)
{
	static const char *const table[] = {
		[PPTP_GENERAL_NONE] = "none",
		[PPTP_GENERAL_NOT_CONNECTED] = "no control connection exists",
		[PPTP_GENERAL_BAD_FORMAT] = "wrong length or magic cookie",
		[PPTP_GENERAL_BAD_VALUE] = "a field is out of range",
		[PPTP_GENERAL_NO_RESOURCE] = "insufficient resources",
		[PPTP_GENERAL_BAD_CALL_ID] = "invalid call ID",
		[PPTP_GENERAL_PAC_ERROR] = "error in the access concentrator",
	};

	return find(table, COUNT(table), error, "unknown error");
}

/* ITU-T Q.850, the causes that Q.931 signalling carries. */
static const char *const causes[] = {
	[0] = "",
	[1] = "unassigned number",
	[2] = "no route to transit network",
	[3] = "no route to destination",
	[4] = "special information tone",
	[5] = "misdialed trunk prefix",
	[6] = "channel unacceptable",
	[7] = "call awarded in an established channel",
	[8] = "preemption",
	[9] = "preemption, circuit reserved for reuse",
	[16] = "normal call clearing",
	[17] = "user busy",
	[18] = "no user responding",
	[19] = "no answer from user",
	[20] = "subscriber absent",
	[21] = "call rejected",
	[22] = "number changed",
	[23] = "redirected to a new destination",
	[25] = "exchange routing error",
	[26] = "non-selected user clearing",
	[27] = "destination out of order",
	[28] = "invalid number format",
	[29] = "facility rejected",
	[30] = "response to status enquiry",
	[31] = "normal, unspecified",
	[34] = "no circuit or channel available",
	[38] = "network out of order",
	[39] = "permanent frame mode connection out of service",
	[40] = "permanent frame mode connection operational",
	[41] = "temporary failure",
	[42] = "switching equipment congestion",
	[43] = "access information discarded",
	[44] = "requested circuit or channel not available",
	[46] = "precedence call blocked",
	[47] = "resource unavailable",
	[49] = "quality of service not available",
	[50] = "requested facility not subscribed",
	[53] = "outgoing calls barred in closed user group",
	[55] = "incoming calls barred in closed user group",
	[57] = "bearer capability not authorized",
	[58] = "bearer capability not presently available",
	[62] = "inconsistent access information and subscriber class",
	[63] = "service or option not available",
	[65] = "bearer capability not implemented",
	[66] = "channel type not implemented",
	[69] = "requested facility not implemented",
	[70] = "only restricted digital information available",
	[79] = "service or option not implemented",
	[81] = "invalid call reference",
	[82] = "identified channel does not exist",
	[83] = "suspended call exists with another identity",
	[84] = "call identity in use",
	[85] = "no call suspended",
	[86] = "call with that identity already cleared",
	[87] = "user not a member of the closed user group",
	[88] = "incompatible destination",
	[90] = "closed user group does not exist",
	[91] = "invalid transit network selection",
	[95] = "invalid message",
	[96] = "mandatory information element missing",
	[97] = "message type unknown",
	[98] = "message does not fit the call state",
	[99] = "information element unknown",
	[100] = "invalid information element contents",
	[101] = "message does not fit the call state",
	[102] = "recovery on timer expiry",
	[103] = "parameter unknown, passed on",
	[110] = "message with unknown parameter discarded",
	[111] = "protocol error",
	[127] = "interworking, unspecified",
};

const char *pptp_cause_text(unsigned int cause)
{
	return find(causes, COUNT(causes), cause, "unknown cause");
}
