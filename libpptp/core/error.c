/* SPDX-License-Identifier: MIT */
/*
 * pptp_strerror() and pptp_version(): the texts of this library's own error codes, and its version.
 * Errors of the operating system get strerror()'s text. Why a session ended is not here but in
 * reason.c, and what the peer's codes mean in msg_text.c. Called by all layers and by embedders.
 */
#include <pptp/types.h>

#include <string.h>

const char *pptp_strerror(int err)
{
	if (err >= 0)
		return "success";
	switch (err) {
	case PPTP_ERR_TRUNCATED:
		return "message or packet cut short";
	case PPTP_ERR_LENGTH:
		return "wrong length field";
	case PPTP_ERR_MAGIC:
		return "wrong magic cookie";
	case PPTP_ERR_TYPE:
		return "unknown message type";
	case PPTP_ERR_VALUE:
		return "value out of range";
	case PPTP_ERR_STATE:
		return "not possible in this state";
	case PPTP_ERR_SPACE:
		return "no space left in the buffer";
	case PPTP_ERR_FLAGS:
		return "not an enhanced GRE header of PPTP";
	case PPTP_ERR_FCS:
		return "frame check sequence does not match";
	case PPTP_ERR_OVERSIZE:
		return "frame too large";
	case PPTP_ERR_CLOSED:
		return "session is closed";
	case PPTP_ERR_NO_ROUTE:
		return "no route to that address";
	case PPTP_ERR_UNSUPPORTED:
		return "not supported here";
	default:
		/* Constants, or of this thread alone, in glibc (2.32 and later) and in musl. */
		/* NOLINTNEXTLINE(concurrency-mt-unsafe) */
		return err > PPTP_ERR_TRUNCATED ? strerror(-err) : "unknown error";
	}
}

const char *pptp_version(void)
{
	return PPTP_VERSION_STRING;
}
