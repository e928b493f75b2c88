/* SPDX-License-Identifier: MIT */
#include "session/session_state.h"

enum pptp_phase pptp_session_get_phase(const struct pptp_session *s)
{
	switch (s->phase) {
	case SESSION_NEW:
		return PPTP_PHASE_NEW;
	case SESSION_RESOLVING:
		return PPTP_PHASE_RESOLVING;
	case SESSION_CONNECTING:
		return PPTP_PHASE_CONNECTING;
	case SESSION_CONTROL:
		break;
	case SESSION_CLOSED:
		return PPTP_PHASE_CLOSED;
	}
	if (s->ending)
		return PPTP_PHASE_ENDING;
	if (s->call_up)
		return PPTP_PHASE_UP;
	return s->control_up ? PPTP_PHASE_CALLING : PPTP_PHASE_STARTING;
}

const char *pptp_phase_text(enum pptp_phase phase)
{
	static const char *const texts[] = {
		[PPTP_PHASE_NEW] = "not started",
		[PPTP_PHASE_RESOLVING] = "looking up the server's name",
		[PPTP_PHASE_CONNECTING] = "connecting",
		[PPTP_PHASE_STARTING] = "waiting for the control connection",
		[PPTP_PHASE_CALLING] = "waiting for the call",
		[PPTP_PHASE_UP] = "connected",
		[PPTP_PHASE_ENDING] = "disconnecting",
		[PPTP_PHASE_CLOSED] = "disconnected",
	};

	if ((unsigned int)phase >= sizeof(texts) / sizeof(texts[0]))
		return "unknown";
	return texts[phase];
}
