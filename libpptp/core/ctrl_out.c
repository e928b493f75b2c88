/* SPDX-License-Identifier: MIT */
/*
 * What leaves a control connection: messages into the output buffer, events into the ring, notes to
 * the trace, and the request of a call file that the connection stop. It decides nothing and is the
 * lowest of the ctrl files: all others call it, it calls none of them.
 */
#include <stdarg.h>
#include <stdio.h>

#include "ctrl_state.h"
#include "quirks.h"

void pptp_cc_send(struct pptp_ctrl *ctrl, struct pptp_msg *msg)
{
	int n;

	pptp_quirk_apply(ctrl->cfg.quirk, msg);
	n = pptp_msg_encode(msg, ctrl->out + ctrl->out_len, pptp_cc_output_room(ctrl));
	if (n < 0) {
		ctrl->overflow = true;
		return;
	}
	ctrl->out_len += (size_t)n;
	if (ctrl->trace)
		ctrl->trace(ctrl->user, PPTP_TRACE_SENT, msg, NULL);
}

size_t pptp_cc_output_room(const struct pptp_ctrl *ctrl)
{
	return sizeof(ctrl->out) - ctrl->out_len;
}

void pptp_cc_push(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event *event)
{
	ctrl_events_push(&ctrl->events, event);
}

bool pptp_cc_has_room_for_call(const struct pptp_ctrl *ctrl)
{
	return ctrl_events_room(&ctrl->events) >= EVENTS_RESERVED;
}

void pptp_cc_push_flood(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event *event)
{
	if (ctrl_events_room(&ctrl->events) > EVENTS_RESERVED)
		ctrl_events_push(&ctrl->events, event);
	else
		pptp_cc_note(ctrl, "too many events at once, one is dropped");
}

void pptp_cc_want_stop(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_down *down)
{
	if (ctrl->stop_wanted)
		return;
	ctrl->stop_wanted = true;
	ctrl->stop_down = *down;
}

const char *pptp_ctrl_state_name(const struct pptp_ctrl *ctrl)
{
	static const char *const names[] = {
		[CC_IDLE] = "idle",
		[CC_WAIT_CTL_REPLY] = "wait_ctl_reply",
		[CC_ESTABLISHED] = "established",
		[CC_WAIT_STOP_REPLY] = "wait_stop_reply",
	};

	return names[ctrl->state];
}

const char *pptp_ctrl_call_state_name(const struct pptp_ctrl *ctrl)
{
	static const char *const names[] = {
		[CALL_IDLE] = "idle",
		[CALL_WAIT_REPLY] = "wait_reply",
		[CALL_WAIT_CS_ANS] = "wait_cs_ans",
		[CALL_ESTABLISHED] = "established",
		[CALL_WAIT_DISCONNECT] = "wait_disconnect",
	};

	return names[ctrl->call.state];
}

void pptp_cc_note(struct pptp_ctrl *ctrl, const char *fmt, ...)
{
	char text[200];
	va_list args;

	if (!ctrl->trace || ctrl->notes > NOTES_MAX)
		return;
	if (ctrl->notes++ == NOTES_MAX) {
		ctrl->trace(ctrl->user, PPTP_TRACE_NOTE, NULL,
			    "further protocol anomalies are not logged");
		return;
	}
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ctrl->trace(ctrl->user, PPTP_TRACE_NOTE, NULL, text);
}

void pptp_cc_note_ignored(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	pptp_cc_note(ctrl, "%s ignored: it does not fit a %s in state %s, call %s",
		     pptp_msg_name(msg->type), ctrl->cfg.receiver ? "PAC" : "PNS",
		     pptp_ctrl_state_name(ctrl), pptp_ctrl_call_state_name(ctrl));
}
