/* SPDX-License-Identifier: MIT */
/*
 * The states of the control connection itself, both roles: start, stop and end (RFC 2637,
 * 3.1.1 and 3.1.2). One function for each stimulus, with a switch that names every state. Called by
 * ctrl.c.
 */
#include <string.h>

#include "ctrl_state.h"
#include "msg_layout.h"

void pptp_cc_close(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_down *down, bool flush)
{
	struct pptp_ctrl_event event = { .type = PPTP_CTRL_CLOSED };

	if (ctrl->stopping)
		down = &ctrl->final;
	pptp_call_end(ctrl, down);
	ctrl->state = CC_IDLE;
	ctrl->closed = true;
	ctrl->deadline = PPTP_TIME_NEVER;
	ctrl->echo_deadline = PPTP_TIME_NEVER;
	if (!flush)
		ctrl->out_len = 0;
	event.u.down = *down;
	pptp_cc_push(ctrl, &event);
}

void pptp_cc_abort(struct pptp_ctrl *ctrl, enum pptp_reason reason)
{
	struct pptp_ctrl_event_down down = { .reason = reason };

	pptp_cc_close(ctrl, &down, false);
}

void pptp_cc_stop(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_down *down,
		  enum pptp_stop_reason reason, uint64_t now)
{
	struct pptp_msg msg = { .type = PPTP_MSG_STOPCCRQ };

	if (!ctrl->stopping)
		ctrl->final = *down;
	ctrl->stopping = true;
	pptp_call_end(ctrl, &ctrl->final);
	msg.u.stop_request.reason = (uint8_t)reason;
	pptp_cc_send(ctrl, &msg);
	ctrl->state = CC_WAIT_STOP_REPLY;
	ctrl->deadline = deadline_after(now, ctrl->cfg.timeouts.stop);
	ctrl->echo_deadline = PPTP_TIME_NEVER;
}

static void establish(struct pptp_ctrl *ctrl, const struct pptp_msg_start *start, uint8_t result,
		      uint64_t now)
{
	struct pptp_ctrl_event event = { .type = PPTP_CTRL_UP };
	struct pptp_ctrl_event_up *up = &event.u.up;

	up->version = start->version;
	up->result = result;
	up->firmware = start->firmware;
	up->max_channels = start->max_channels;
	up->framing_caps = start->framing_caps;
	up->bearer_caps = start->bearer_caps;
	memcpy(up->host_name, start->host_name, sizeof(up->host_name));
	memcpy(up->vendor_name, start->vendor_name, sizeof(up->vendor_name));
	pptp_text_make_printable(up->host_name);
	pptp_text_make_printable(up->vendor_name);
	ctrl->state = CC_ESTABLISHED;
	ctrl->deadline = PPTP_TIME_NEVER;
	pptp_cc_echo_arm(ctrl, now);
	pptp_cc_push(ctrl, &event);
}

static enum pptp_reason start_result_reason(uint8_t result)
{
	switch (result) {
	case PPTP_START_NOT_AUTHORIZED:
		return PPTP_REASON_NOT_AUTHORIZED;
	case PPTP_START_VERSION:
		return PPTP_REASON_VERSION;
	default:
		return PPTP_REASON_START_REJECTED;
	}
}

static void note_start(struct pptp_ctrl *ctrl, const struct pptp_msg_start *start)
{
	if (start->version > PPTP_VERSION_1_0)
		pptp_cc_note(ctrl, "the peer speaks version %u.%u; 1.0 is used",
			     (unsigned int)start->version >> 8, start->version & 0xffU);
	if (start->framing_caps == 0 || start->framing_caps > PPTP_FRAMING_ANY)
		pptp_cc_note(ctrl, "framing capabilities 0x%x are none that RFC 2637 defines",
			     (unsigned int)start->framing_caps);
	if (start->bearer_caps == 0 || start->bearer_caps > PPTP_BEARER_ANY)
		pptp_cc_note(ctrl, "bearer capabilities 0x%x are none that RFC 2637 defines",
			     (unsigned int)start->bearer_caps);
}

/* What both start messages carry (2.1, 2.2). */
static void send_start(struct pptp_ctrl *ctrl, struct pptp_msg *msg)
{
	struct pptp_msg_start *start = &msg->u.start;

	start->version = PPTP_VERSION_1_0;
	start->framing_caps = ctrl->cfg.framing_caps;
	start->bearer_caps = ctrl->cfg.bearer_caps;
	start->max_channels = ctrl->cfg.max_channels;
	start->firmware = ctrl->cfg.firmware;
	memcpy(start->host_name, ctrl->cfg.host_name, sizeof(start->host_name));
	memcpy(start->vendor_name, ctrl->cfg.vendor_name, sizeof(start->vendor_name));
	pptp_cc_send(ctrl, msg);
}

void pptp_cc_start(struct pptp_ctrl *ctrl)
{
	struct pptp_msg msg = { .type = PPTP_MSG_SCCRQ };

	send_start(ctrl, &msg);
	ctrl->state = CC_WAIT_CTL_REPLY;
}

static void send_start_reply(struct pptp_ctrl *ctrl, uint8_t result)
{
	struct pptp_msg msg = { .type = PPTP_MSG_SCCRP };
	struct pptp_msg_start *start = &msg.u.start;

	start->result = result;
	if (result == PPTP_START_GENERAL_ERROR)
		start->error = PPTP_GENERAL_NO_RESOURCE;
	send_start(ctrl, &msg);
}

static void answer_start_request(struct pptp_ctrl *ctrl, const struct pptp_msg_start *start,
				 uint64_t now)
{
	struct pptp_ctrl_event_down down = { 0 };
	uint8_t result = ctrl->cfg.start_result;

	if (start->version < PPTP_VERSION_1_0)
		result = PPTP_START_VERSION;
	send_start_reply(ctrl, result);
	if (result != PPTP_START_OK) {
		down.reason = start_result_reason(result);
		pptp_cc_close(ctrl, &down, true);
		return;
	}
	note_start(ctrl, start);
	establish(ctrl, start, result, now);
}

static void send_stop_reply(struct pptp_ctrl *ctrl)
{
	struct pptp_msg msg = { .type = PPTP_MSG_STOPCCRP };

	msg.u.stop_reply.result = PPTP_RESULT_OK;
	pptp_cc_send(ctrl, &msg);
}

/* 3.1.2. An error at the originator: a collision (3.1.3) arrives on another connection. */
void pptp_cc_recv_start_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now)
{
	struct pptp_ctrl_event_down down = { .reason = PPTP_REASON_PROTOCOL_ERROR };

	switch (ctrl->state) {
	case CC_IDLE:
		answer_start_request(ctrl, &msg->u.start, now);
		break;
	case CC_ESTABLISHED:
		if (ctrl->cfg.receiver) {
			pptp_cc_note(ctrl, "the peer starts again: closing (RFC 2637, 3.1.2)");
			send_stop_reply(ctrl);
			pptp_cc_close(ctrl, &down, true);
			break;
		}
		pptp_cc_note_ignored(ctrl, msg);
		break;
	case CC_WAIT_CTL_REPLY:
	case CC_WAIT_STOP_REPLY:
		pptp_cc_note_ignored(ctrl, msg);
		break;
	}
}

static void take_start_reply(struct pptp_ctrl *ctrl, const struct pptp_msg_start *start,
			     uint64_t now)
{
	struct pptp_ctrl_event_down down = { .result = start->result, .error = start->error };

	if (start->result > PPTP_START_OK) {
		down.reason = start_result_reason(start->result);
		pptp_cc_close(ctrl, &down, false);
		return;
	}
	if (start->version < PPTP_VERSION_1_0) {
		down.reason = PPTP_REASON_VERSION;
		pptp_cc_stop(ctrl, &down, PPTP_STOP_PROTOCOL, now);
		return;
	}
	if (start->result != PPTP_START_OK)
		pptp_cc_note(ctrl, "Start-Control-Connection-Reply with result %u: taken for ok",
			     start->result);
	note_start(ctrl, start);
	establish(ctrl, start, start->result, now);
	pptp_call_place(ctrl, now);
}

/* 3.1.1 */
void pptp_cc_recv_start_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now)
{
	switch (ctrl->state) {
	case CC_WAIT_CTL_REPLY:
		take_start_reply(ctrl, &msg->u.start, now);
		break;
	case CC_IDLE:
	case CC_ESTABLISHED:
	case CC_WAIT_STOP_REPLY:
		pptp_cc_note_ignored(ctrl, msg);
		break;
	}
}

/* 3.1.1, 3.1.2: in every state the answer is the same, only the reason for the end differs. */
void pptp_cc_recv_stop_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	struct pptp_ctrl_event_down down = { .reason = PPTP_REASON_PEER_STOPPED };

	down.result = msg->u.stop_request.reason;
	switch (ctrl->state) {
	case CC_IDLE:
	case CC_WAIT_CTL_REPLY:
		pptp_cc_note(ctrl, "the peer stops before the control connection is established");
		break;
	case CC_ESTABLISHED:
	case CC_WAIT_STOP_REPLY:
		break;
	}
	send_stop_reply(ctrl);
	pptp_cc_close(ctrl, &down, true);
}

/* 3.1.1, 3.1.2 */
void pptp_cc_recv_stop_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	const struct pptp_msg_stop_reply *reply = &msg->u.stop_reply;

	switch (ctrl->state) {
	case CC_WAIT_STOP_REPLY:
		if (reply->result != PPTP_RESULT_OK)
			pptp_cc_note(ctrl, "result %u (%s), error %u (%s) in the reply to our stop",
				     reply->result, pptp_simple_result_text(reply->result),
				     reply->error, pptp_general_error_text(reply->error));
		pptp_cc_close(ctrl, &ctrl->final, true);
		break;
	case CC_IDLE:
	case CC_WAIT_CTL_REPLY:
	case CC_ESTABLISHED:
		pptp_cc_note_ignored(ctrl, msg);
		break;
	}
}

/* 3.1.4, 1; 3 for the wait for a Stop-Control-Connection-Reply */
void pptp_cc_expire(struct pptp_ctrl *ctrl)
{
	switch (ctrl->state) {
	case CC_IDLE:
	case CC_WAIT_CTL_REPLY:
		pptp_cc_abort(ctrl, PPTP_REASON_START_TIMEOUT);
		break;
	case CC_WAIT_STOP_REPLY:
		pptp_cc_note(ctrl, "no Stop-Control-Connection-Reply in time");
		pptp_cc_close(ctrl, &ctrl->final, false);
		break;
	case CC_ESTABLISHED:
		break;
	}
}
