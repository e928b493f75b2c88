/* SPDX-License-Identifier: MIT */
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
	pptp_events_push(&ctrl->events, event);
}

bool pptp_cc_has_room_for_call(const struct pptp_ctrl *ctrl)
{
	return pptp_events_room(&ctrl->events) >= PPTP_EVENTS_RESERVED;
}

bool pptp_cc_push_flood(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event *event)
{
	if (pptp_events_room(&ctrl->events) <= PPTP_EVENTS_RESERVED) {
		pptp_cc_note(ctrl, "too many events at once, one is dropped");
		return false;
	}
	return pptp_events_push(&ctrl->events, event);
}

void pptp_cc_note(struct pptp_ctrl *ctrl, const char *fmt, ...)
{
	char text[200];
	va_list args;

	if (!ctrl->trace || ctrl->notes > PPTP_NOTES_MAX)
		return;
	if (ctrl->notes++ == PPTP_NOTES_MAX) {
		ctrl->trace(ctrl->user, PPTP_TRACE_NOTE, NULL, "further oddities are not reported");
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
