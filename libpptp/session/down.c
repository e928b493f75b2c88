/* SPDX-License-Identifier: MIT */
/*
 * The reason, codes and sentence of CALL_FAILED, CALL_DOWN and CLOSED. The sentence is composed of
 * the reason (core/reason.c) and the peer's result, error and cause in the RFC's words
 * (core/msg_text.c), or supplied by the part that failed. No I/O, no state; session.c decides when
 * the session ends.
 */
#include "session/down.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What may pass: a shortage of memory or descriptors, an address, an interface or an answer of the name
 * server that is not there yet. */
static bool may_pass(int system_error)
{
	switch (-system_error) {
	case EAGAIN:
	case ENOMEM:
	case ENOBUFS:
	case EMFILE:
	case ENFILE:
	case EADDRNOTAVAIL:
	case ENODEV:
		return true;
	default:
		return false;
	}
}

bool pptp_is_refusal(int err)
{
	return err == -EPERM || err == -ENOSYS;
}

const char *pptp_refusal_hint(int err)
{
	return pptp_is_refusal(err) ? "; a container or sandbox may refuse it" : "";
}

static void set_reason(struct pptp_event_down *down, enum pptp_reason reason, int system_error)
{
	*down = (struct pptp_event_down){
		.reason = reason,
		.system_error = system_error,
		.transient = pptp_reason_is_transient(reason) || may_pass(system_error),
		.result_text = "",
		.error_text = "",
		.cause_text = "",
		.detail = "",
	};
}

void pptp_down_set(struct pptp_event_down *down, enum pptp_reason reason, int system_error,
		   const char *format, ...)
{
	va_list args;

	set_reason(down, reason, system_error);
	va_start(args, format);
	vsnprintf(down->text, sizeof(down->text), format, args);
	va_end(args);
}

/*
 * The peer's Result Code in the words of the RFC, NULL without one. 0 is none: Windows sends it in
 * each Call-Disconnect-Notify ([MS-PTPT] 3.2.5.5).
 */
static const char *result_text(const struct pptp_ctrl_event_down *from)
{
	if (!from->result)
		return NULL;
	switch (from->reason) {
	case PPTP_REASON_VERSION:
		/* The version field alone may be wrong, in a reply that reports success. */
		return from->result > PPTP_START_OK ? pptp_start_result_text(from->result) : NULL;
	case PPTP_REASON_NOT_AUTHORIZED:
	case PPTP_REASON_START_REJECTED:
		return pptp_start_result_text(from->result);
	case PPTP_REASON_CALL_BUSY:
	case PPTP_REASON_CALL_REJECTED:
		return pptp_call_result_text(from->result);
	case PPTP_REASON_CALL_DISCONNECTED:
		return pptp_disconnect_result_text(from->result);
	default:
		return NULL;
	}
}

/* Whether the codes add information; other reasons stand for a single Result Code. */
static bool has_details(enum pptp_reason reason)
{
	return reason == PPTP_REASON_START_REJECTED || reason == PPTP_REASON_CALL_REJECTED ||
	       reason == PPTP_REASON_CALL_DISCONNECTED;
}

static void describe(char *text, size_t size, const struct pptp_ctrl_event_down *from)
{
	const char *result = has_details(from->reason) ? result_text(from) : NULL;
	char error[64] = "", cause[64] = "";

	if (has_details(from->reason) && from->error)
		snprintf(error, sizeof(error), " (%s)", pptp_general_error_text(from->error));
	if (has_details(from->reason) && from->cause)
		snprintf(cause, sizeof(cause), ", cause %u %s", from->cause,
			 pptp_cause_text(from->cause));
	snprintf(text, size, "%s%s%s%s%s", pptp_reason_text(from->reason), result ? ": " : "",
		 result ? result : "", error, cause);
}

/* The server closed TCP, or the network broke it. `started`: its first message had arrived. */
static void describe_tcp_end(struct pptp_event_down *down, int tcp_error, bool started)
{
	down->system_error = tcp_error;
	if (!started && (!tcp_error || tcp_error == -ECONNRESET))
		snprintf(down->text, sizeof(down->text),
			 "the server %s the TCP connection before its first message: it takes no "
			 "call from this address now, or what answers there is no PPTP server",
			 tcp_error ? "reset" : "closed");
	else if (pptp_is_refusal(tcp_error))
		snprintf(down->text, sizeof(down->text),
			 "cannot send to the server or receive from it (send, recv): %s%s",
			 pptp_strerror(tcp_error), pptp_refusal_hint(tcp_error));
	else if (tcp_error)
		snprintf(down->text, sizeof(down->text),
			 "the TCP connection to the server broke: %s", pptp_strerror(tcp_error));
}

/* The reply that came instead; it is no statistics of the peer. */
static void describe_timeout(struct pptp_event_down *down)
{
	snprintf(down->text, sizeof(down->text), "%s: %s", pptp_reason_text(down->reason),
		 down->detail);
	down->detail = "";
}

void pptp_down_from_ctrl(struct pptp_event_down *down, const struct pptp_ctrl_event_down *from,
			 int tcp_error, bool started)
{
	const char *result = result_text(from);

	set_reason(down, from->reason, 0);
	down->result = from->result;
	down->error = from->error;
	down->cause = from->cause;
	if (result)
		down->result_text = result;
	if (from->error)
		down->error_text = pptp_general_error_text(from->error);
	if (from->cause)
		down->cause_text = pptp_cause_text(from->cause);
	down->detail = from->detail;
	describe(down->text, sizeof(down->text), from);
	if (from->reason == PPTP_REASON_CALL_TIMEOUT && *from->detail)
		describe_timeout(down);
	if (from->reason == PPTP_REASON_PEER_CLOSED)
		describe_tcp_end(down, tcp_error, started);
}
