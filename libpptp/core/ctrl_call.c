/* SPDX-License-Identifier: MIT */
/*
 * The call: what both roles share, the outgoing call of a PNS (RFC 2637, 3.2.4.2), and the refusal
 * of incoming ones (3.2.3). One function for each stimulus, with a switch that names every state. A
 * call that must end the connection requests it with pptp_cc_want_stop(). Called by ctrl.c and
 * ctrl_connection.c.
 */
#include <stdio.h>
#include <string.h>

#include "ctrl_state.h"
#include "msg_layout.h"
#include "quirks.h"

#define SWAPPED_WINDOW 0x4000
#define ROUND_SPEED    1000 /* bits per second */

static void enter(struct pptp_ctrl *ctrl, enum call_state state, uint64_t deadline)
{
	ctrl->call.state = state;
	ctrl->call.deadline = deadline;
}

void pptp_call_place(struct pptp_ctrl *ctrl, uint64_t now)
{
	const struct pptp_ctrl_config *cfg = &ctrl->cfg;
	struct pptp_msg msg = { .type = PPTP_MSG_OCRQ };
	struct pptp_msg_call_request *request = &msg.u.call_request;

	request->call_id = cfg->call_id;
	request->call_serial = cfg->call_serial;
	request->min_bps = CALL_SPEED_MIN;
	request->max_bps = CALL_SPEED_MAX;
	request->bearer_type = PPTP_BEARER_ANY;
	request->framing_type = PPTP_FRAMING_ANY;
	request->recv_window = cfg->recv_window;
	request->processing_delay = cfg->processing_delay;
	request->phone_length = (uint16_t)strlen(cfg->phone);
	memcpy(request->phone, cfg->phone, sizeof(request->phone));
	memcpy(request->subaddress, cfg->subaddress, sizeof(request->subaddress));
	ctrl->call.serial = cfg->call_serial;
	enter(ctrl, CALL_WAIT_REPLY, deadline_after(now, cfg->timeouts.call));
	pptp_cc_send(ctrl, &msg);
}

void pptp_call_up(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_call *call)
{
	struct pptp_ctrl_event event = { .type = PPTP_CTRL_CALL_UP, .u.call = *call };

	event.u.call.call_id = ctrl->cfg.call_id;
	event.u.call.peer_call_id = ctrl->call.peer_call_id;
	event.u.call.call_serial = ctrl->call.serial;
	if (!ctrl->call.peer_call_id)
		pptp_cc_note(ctrl, "the peer chose call ID 0");
	ctrl->call.up = true;
	enter(ctrl, CALL_ESTABLISHED, PPTP_TIME_NEVER);
	pptp_cc_push(ctrl, &event);
	if (!ctrl->cfg.receiver && pptp_quirk_wants_link_info(ctrl->cfg.quirk))
		pptp_call_send_link_info(ctrl, UINT32_MAX, UINT32_MAX);
}

void pptp_call_end(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_down *down)
{
	struct pptp_ctrl_event event = { .u.down = *down };

	if (ctrl->call.state == CALL_IDLE)
		return;
	event.type = ctrl->call.up ? PPTP_CTRL_CALL_DOWN : PPTP_CTRL_CALL_FAILED;
	memset(&ctrl->call, 0, sizeof(ctrl->call));
	enter(ctrl, CALL_IDLE, PPTP_TIME_NEVER);
	pptp_cc_push(ctrl, &event);
}

/* 3.2.4.1: the PAC ends its call */
void pptp_call_disconnect(struct pptp_ctrl *ctrl, enum pptp_disconnect_result result,
			  const struct pptp_ctrl_event_down *down)
{
	struct pptp_msg msg = { .type = PPTP_MSG_CDN };

	msg.u.disconnect.call_id = ctrl->cfg.call_id;
	msg.u.disconnect.result = (uint8_t)result;
	pptp_cc_send(ctrl, &msg);
	pptp_call_end(ctrl, down);
}

/* 3.2.4.2 (local terminate, abort), 3.2.4.1 (local terminate) */
void pptp_call_clear(struct pptp_ctrl *ctrl, uint64_t now)
{
	struct pptp_ctrl_event_down down = { .reason = PPTP_REASON_STOPPED };
	struct pptp_msg msg = { .type = PPTP_MSG_CCRQ };

	if (ctrl->stopping)
		down.reason = ctrl->final.reason;
	switch (ctrl->call.state) {
	case CALL_ESTABLISHED:
	case CALL_WAIT_REPLY:
		if (ctrl->cfg.receiver) {
			pptp_call_disconnect(ctrl, PPTP_DISCONNECT_ADMIN_SHUTDOWN, &down);
			break;
		}
		msg.u.clear_request.call_id = ctrl->cfg.call_id;
		pptp_cc_send(ctrl, &msg);
		enter(ctrl, CALL_WAIT_DISCONNECT, deadline_after(now, ctrl->cfg.timeouts.clear));
		break;
	case CALL_IDLE:
	case CALL_WAIT_CS_ANS:
	case CALL_WAIT_DISCONNECT:
		break;
	}
}

static void cleared(struct pptp_ctrl *ctrl, struct pptp_ctrl_event_down *down)
{
	down->reason = ctrl->stopping ? ctrl->final.reason : PPTP_REASON_STOPPED;
	pptp_call_end(ctrl, down);
	if (ctrl->stopping)
		pptp_cc_want_stop(ctrl, &ctrl->final);
}

/* [MS-PTPT]: Windows sends a window of 64 with its octets swapped, and means nothing by it. */
static uint16_t window_of(const struct pptp_ctrl *ctrl, uint16_t window)
{
	return ctrl->peer_is_microsoft && window == SWAPPED_WINDOW ? 0 : window;
}

/* Its connect speed may be swapped too; a speed is a round number. */
static uint32_t speed_of(const struct pptp_ctrl *ctrl, uint32_t speed)
{
	uint32_t swapped =
		speed >> 24 | (speed >> 8 & 0xFF00U) | (speed & 0xFF00U) << 8 | speed << 24;
	bool is_swapped = speed % ROUND_SPEED != 0 && swapped % ROUND_SPEED == 0;

	return ctrl->peer_is_microsoft && is_swapped ? swapped : speed;
}

static void answered(struct pptp_ctrl *ctrl, const struct pptp_msg_call_reply *reply)
{
	struct pptp_ctrl_event_call call = { 0 };

	ctrl->call.peer_known = true;
	ctrl->call.peer_call_id = reply->call_id;
	call.connect_speed = speed_of(ctrl, reply->connect_speed);
	call.peer_window = window_of(ctrl, reply->recv_window);
	call.peer_delay = reply->processing_delay;
	call.physical_channel = reply->physical_channel;
	pptp_call_up(ctrl, &call);
}

/* The reply to a request that was already given up: its call ID is still needed. */
static void answered_late(struct pptp_ctrl *ctrl, const struct pptp_msg *msg,
			  struct pptp_ctrl_event_down *down)
{
	if (ctrl->call.peer_known) {
		pptp_cc_note_ignored(ctrl, msg);
	} else if (down->result == PPTP_CALL_CONNECTED) {
		ctrl->call.peer_known = true;
		ctrl->call.peer_call_id = msg->u.call_reply.call_id;
	} else {
		cleared(ctrl, down);
	}
}

/* Only one request is ever outstanding, so a refusal without a call ID is for it. */
static bool reply_is_ours(struct pptp_ctrl *ctrl, const struct pptp_msg_call_reply *reply)
{
	bool refusal = reply->result != PPTP_CALL_CONNECTED && reply->peer_call_id == 0;

	if (reply->peer_call_id == ctrl->cfg.call_id)
		return true;
	ctrl->call.other_reply = !refusal;
	ctrl->call.other_call_id = reply->peer_call_id;
	pptp_cc_note(ctrl, "Outgoing-Call-Reply %s: it is for call ID %u, ours is %u",
		     refusal ? "taken" : "ignored", reply->peer_call_id, ctrl->cfg.call_id);
	return refusal;
}

/* 3.2.4.2 */
void pptp_call_recv_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	const struct pptp_msg_call_reply *reply = &msg->u.call_reply;
	struct pptp_ctrl_event_down down = { .result = reply->result,
					     .error = reply->error,
					     .cause = reply->cause };

	switch (ctrl->call.state) {
	case CALL_WAIT_REPLY:
		if (!reply_is_ours(ctrl, reply))
			break;
		if (reply->result == PPTP_CALL_CONNECTED) {
			answered(ctrl, reply);
			break;
		}
		down.reason = reply->result == PPTP_CALL_BUSY ? PPTP_REASON_CALL_BUSY
							      : PPTP_REASON_CALL_REJECTED;
		pptp_cc_want_stop(ctrl, &down);
		break;
	case CALL_WAIT_DISCONNECT:
		if (reply_is_ours(ctrl, reply))
			answered_late(ctrl, msg, &down);
		break;
	case CALL_IDLE:
	case CALL_WAIT_CS_ANS:
	case CALL_ESTABLISHED:
		pptp_cc_note_ignored(ctrl, msg);
		break;
	}
}

/*
 * The Call ID is the PAC's (2.13); some servers send ours. Before the PAC has sent its own there
 * is nothing to compare with, and only one call that can be meant.
 */
static bool is_for_our_call(struct pptp_ctrl *ctrl, const char *name, uint16_t call_id)
{
	if (!ctrl->call.peer_known || call_id == ctrl->call.peer_call_id ||
	    call_id == ctrl->cfg.call_id)
		return true;
	pptp_cc_note(ctrl, "%s ignored: call ID %u is neither ours nor the peer's", name, call_id);
	return false;
}

/* 3.2.4.2 */
void pptp_call_recv_disconnect(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	const struct pptp_msg_disconnect *notify = &msg->u.disconnect;
	struct pptp_ctrl_event_down down = { .reason = PPTP_REASON_CALL_DISCONNECTED,
					     .result = notify->result,
					     .error = notify->error,
					     .cause = notify->cause };

	memcpy(down.detail, notify->statistics, sizeof(down.detail));
	pptp_text_make_printable(down.detail);
	switch (ctrl->call.state) {
	case CALL_WAIT_REPLY:
	case CALL_ESTABLISHED:
		if (is_for_our_call(ctrl, "Call-Disconnect-Notify", notify->call_id))
			pptp_cc_want_stop(ctrl, &down);
		break;
	case CALL_WAIT_DISCONNECT:
		if (is_for_our_call(ctrl, "Call-Disconnect-Notify", notify->call_id))
			cleared(ctrl, &down);
		break;
	case CALL_IDLE:
	case CALL_WAIT_CS_ANS:
		pptp_cc_note_ignored(ctrl, msg);
		break;
	}
}

/*
 * Only a PNS sends it by the RFC (2.12), but Windows as a server does too. The Call ID is ours, the
 * server's or 0; there is one call that can be meant.
 */
void pptp_call_recv_clear_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	struct pptp_ctrl_event_down down = { .reason = PPTP_REASON_CALL_CLEARED };
	struct pptp_msg notify = { .type = PPTP_MSG_CDN };
	uint16_t call_id = msg->u.clear_request.call_id;

	if (ctrl->call.state == CALL_IDLE) {
		pptp_cc_note_ignored(ctrl, msg);
		return;
	}
	if (call_id && !is_for_our_call(ctrl, "Call-Clear-Request", call_id))
		return;
	notify.u.disconnect.call_id = ctrl->cfg.call_id;
	notify.u.disconnect.result = PPTP_DISCONNECT_REQUEST;
	pptp_cc_send(ctrl, &notify);
	if (ctrl->call.state == CALL_WAIT_DISCONNECT)
		cleared(ctrl, &down);
	else
		pptp_cc_want_stop(ctrl, &down);
}

/* 3.2.1: without an answer the control connection cannot be relied on and is stopped. */
void pptp_call_expire(struct pptp_ctrl *ctrl)
{
	struct pptp_ctrl_event_down down = { 0 };

	switch (ctrl->call.state) {
	case CALL_WAIT_REPLY:
		down.reason = PPTP_REASON_CALL_TIMEOUT;
		if (ctrl->call.other_reply)
			snprintf(down.detail, sizeof(down.detail),
				 "one came for call ID %u, ours is %u", ctrl->call.other_call_id,
				 ctrl->cfg.call_id);
		pptp_cc_want_stop(ctrl, &down);
		break;
	case CALL_WAIT_DISCONNECT:
		pptp_cc_note(ctrl, "no Call-Disconnect-Notify in time");
		ctrl->notify_is_late = true;
		down.reason = PPTP_REASON_STOPPED;
		pptp_cc_want_stop(ctrl, &down);
		break;
	case CALL_IDLE:
	case CALL_WAIT_CS_ANS:
	case CALL_ESTABLISHED:
		break;
	}
}

/* 2.9, 3.2.3: this PNS accepts no incoming calls. */
void pptp_call_recv_incoming(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	struct pptp_msg refusal = { .type = PPTP_MSG_ICRP };
	struct pptp_msg_incoming_reply *reply = &refusal.u.incoming_reply;

	pptp_cc_note(ctrl, "incoming call refused");
	reply->peer_call_id = msg->u.incoming_request.call_id;
	reply->result = PPTP_INCOMING_DO_NOT_ACCEPT;
	reply->recv_window = ctrl->cfg.recv_window;
	reply->transmit_delay = ctrl->cfg.processing_delay;
	pptp_cc_send(ctrl, &refusal);
}
