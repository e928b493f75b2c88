/* SPDX-License-Identifier: MIT */
#include "session/session_state.h"

#include "session/log.h"

#define MESSAGE_TEXT 512

static void log_message(const struct pptp_session *s, const char *verb, const struct pptp_msg *msg)
{
	char text[MESSAGE_TEXT];

	pptp_msg_print(msg, text, sizeof(text));
	pptp_session_log(&s->cfg, PPTP_LOG_DEBUG, "%s %s", verb, text);
}

void pptp_control_log_sent(struct pptp_session *s)
{
	for (unsigned int i = 0; i < s->sent_count; i++)
		log_message(s, "sent", &s->sent[i]);
	s->sent_count = 0;
}

void pptp_control_trace(void *session, enum pptp_trace what, const struct pptp_msg *msg,
			const char *note)
{
	struct pptp_session *s = session;

	if (!s->cfg.log || (what != PPTP_TRACE_NOTE && s->cfg.log_level < PPTP_LOG_DEBUG))
		return;
	/* The lines of messages keep their order, also where nobody pops events. */
	if (what != PPTP_TRACE_SENT || s->sent_count == SENT_UNSAID_MAX)
		pptp_control_log_sent(s);
	switch (what) {
	case PPTP_TRACE_SENT:
		s->sent[s->sent_count++] = *msg;
		break;
	case PPTP_TRACE_RECEIVED:
		log_message(s, "received", msg);
		break;
	case PPTP_TRACE_NOTE:
		pptp_session_log(&s->cfg, PPTP_LOG_INFO, "control connection: %s", note);
		break;
	}
}
