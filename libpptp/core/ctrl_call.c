/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "ctrl_state.h"
#include "msg_layout.h"
#include "quirks.h"

static void enter(struct pptp_ctrl *ctrl, enum pptp_call_state state, uint64_t due)
{
	ctrl->call.state = state;
	ctrl->call.due = due;
}

void pptp_call_place(struct pptp_ctrl *ctrl, uint64_t now)
{
	const struct pptp_ctrl_config *cfg = &ctrl->cfg;
	struct pptp_msg msg = { .type = PPTP_MSG_OCRQ };
	struct pptp_msg_call_request *request = &msg.u.call_request;

	request->call_id = cfg->call_id;
	request->call_serial = cfg->call_serial;
	request->min_bps = cfg->min_bps;
	request->max_bps = cfg->max_bps;
	request->bearer_type = cfg->bearer_type;
	request->framing_type = cfg->framing_type;
	request->recv_window = cfg->recv_window;
	request->processing_delay = cfg->processing_delay;
	request->phone_length = (uint16_t)strlen(cfg->phone);
	memcpy(request->phone, cfg->phone, sizeof(request->phone));
	memcpy(request->subaddress, cfg->subaddress, sizeof(request->subaddress));
	ctrl->call.serial = cfg->call_serial;
	enter(ctrl, PPTP_CALL_STATE_WAIT_REPLY, pptp_time_after(now, cfg->timeouts.call));
	pptp_cc_send(ctrl, &msg);
}

void pptp_call_up(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_call *call)
{
	struct pptp_ctrl_event event = { .type = PPTP_CTRL_CALL_UP, .u.call = *call };

	event.u.call.incoming = ctrl->call.incoming;
	event.u.call.call_id = ctrl->cfg.call_id;
	event.u.call.peer_call_id = ctrl->call.peer_call_id;
	event.u.call.call_serial = ctrl->call.serial;
	if (!ctrl->call.peer_call_id)
		pptp_cc_note(ctrl, "the peer chose call ID 0");
	ctrl->call.up = true;
	enter(ctrl, PPTP_CALL_STATE_ESTABLISHED, PPTP_TIME_NEVER);
	pptp_cc_push(ctrl, &event);
	if (!ctrl->cfg.receiver && pptp_quirk_wants_link_info(ctrl->cfg.quirk))
		pptp_call_send_link_info(ctrl, UINT32_MAX, UINT32_MAX);
}

void pptp_call_end(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_down *down)
{
	struct pptp_ctrl_event event = { .u.down = *down };

	if (ctrl->call.state == PPTP_CALL_STATE_IDLE)
		return;
	event.type = ctrl->call.up ? PPTP_CTRL_CALL_DOWN : PPTP_CTRL_CALL_FAILED;
	memset(&ctrl->call, 0, sizeof(ctrl->call));
	enter(ctrl, PPTP_CALL_STATE_IDLE, PPTP_TIME_NEVER);
	pptp_cc_push(ctrl, &event);
}

/* 3.2.4.2, 3.2.3.2 (local terminate, abort), 3.2.4.1 (local terminate) */
void pptp_call_clear(struct pptp_ctrl *ctrl, uint64_t now)
{
	struct pptp_ctrl_event_down down = { .reason = PPTP_REASON_STOPPED };
	struct pptp_msg msg = { .type = PPTP_MSG_CCRQ };

	if (ctrl->stopping)
		down.reason = ctrl->final.reason;
	switch (ctrl->call.state) {
	case PPTP_CALL_STATE_ESTABLISHED:
	case PPTP_CALL_STATE_WAIT_REPLY:
	case PPTP_CALL_STATE_WAIT_CONNECT:
		if (ctrl->cfg.receiver) {
			pptp_pac_disconnect(ctrl, PPTP_DISCONNECT_ADMIN_SHUTDOWN, &down);
			break;
		}
		msg.u.clear_request.call_id = ctrl->cfg.call_id;
		pptp_cc_send(ctrl, &msg);
		enter(ctrl, PPTP_CALL_STATE_WAIT_DISCONNECT,
		      pptp_time_after(now, ctrl->cfg.timeouts.clear));
		break;
	case PPTP_CALL_STATE_IDLE:
	case PPTP_CALL_STATE_WAIT_CS_ANS:
	case PPTP_CALL_STATE_WAIT_DISCONNECT:
		break;
	}
}

static void cleared(struct pptp_ctrl *ctrl, struct pptp_ctrl_event_down *down, uint64_t now)
{
	down->reason = ctrl->stopping ? ctrl->final.reason : PPTP_REASON_STOPPED;
	pptp_call_end(ctrl, down);
	if (ctrl->stopping)
		pptp_cc_stop(ctrl, &ctrl->final, PPTP_STOP_NONE, now);
}

static void answered(struct pptp_ctrl *ctrl, const struct pptp_msg_call_reply *reply)
{
	struct pptp_ctrl_event_call call = { 0 };

	ctrl->call.peer_known = true;
	ctrl->call.peer_call_id = reply->call_id;
	call.connect_speed = reply->connect_speed;
	call.peer_window = reply->recv_window;
	call.peer_delay = reply->processing_delay;
	call.physical_channel = reply->physical_channel;
	pptp_call_up(ctrl, &call);
}

/* Our request may be given up already when its reply comes: its call ID is needed all the same. */
static void answered_late(struct pptp_ctrl *ctrl, const struct pptp_msg *msg,
			  struct pptp_ctrl_event_down *down, uint64_t now)
{
	if (ctrl->call.peer_known) {
		pptp_cc_note_ignored(ctrl, msg);
	} else if (down->result == PPTP_CALL_CONNECTED) {
		ctrl->call.peer_known = true;
		ctrl->call.peer_call_id = msg->u.call_reply.call_id;
	} else {
		cleared(ctrl, down, now);
	}
}

/* Only one request is ever outstanding, so a refusal needs no call ID to be ours. */
static bool reply_is_ours(struct pptp_ctrl *ctrl, const struct pptp_msg_call_reply *reply)
{
	bool refusal = reply->result != PPTP_CALL_CONNECTED && reply->peer_call_id == 0;

	if (reply->peer_call_id == ctrl->cfg.call_id)
		return true;
	pptp_cc_note(ctrl, "Outgoing-Call-Reply %s: it is for call ID %u, ours is %u",
		     refusal ? "taken" : "ignored", reply->peer_call_id, ctrl->cfg.call_id);
	return refusal;
}

/* 3.2.4.2 */
void pptp_call_recv_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now)
{
	const struct pptp_msg_call_reply *reply = &msg->u.call_reply;
	struct pptp_ctrl_event_down down = { .result = reply->result,
					     .error = reply->error,
					     .cause = reply->cause };

	switch (ctrl->call.state) {
	case PPTP_CALL_STATE_WAIT_REPLY:
		if (!reply_is_ours(ctrl, reply))
			break;
		if (reply->result == PPTP_CALL_CONNECTED) {
			answered(ctrl, reply);
			break;
		}
		down.reason = reply->result == PPTP_CALL_BUSY ? PPTP_REASON_CALL_BUSY
							      : PPTP_REASON_CALL_REJECTED;
		pptp_cc_stop(ctrl, &down, PPTP_STOP_NONE, now);
		break;
	case PPTP_CALL_STATE_WAIT_DISCONNECT:
		if (reply_is_ours(ctrl, reply))
			answered_late(ctrl, msg, &down, now);
		break;
	case PPTP_CALL_STATE_IDLE:
	case PPTP_CALL_STATE_WAIT_CONNECT:
	case PPTP_CALL_STATE_WAIT_CS_ANS:
	case PPTP_CALL_STATE_ESTABLISHED:
		pptp_cc_note_ignored(ctrl, msg);
		break;
	}
}

/*
 * The Call ID is the PAC's (2.13); some servers send ours. Before the PAC has told us its own there
 * is nothing to compare with, and just one call that can be meant.
 */
static bool disconnect_is_ours(struct pptp_ctrl *ctrl, uint16_t call_id)
{
	if (!ctrl->call.peer_known || call_id == ctrl->call.peer_call_id ||
	    call_id == ctrl->cfg.call_id)
		return true;
	pptp_cc_note(ctrl,
		     "Call-Disconnect-Notify ignored: call ID %u is neither ours nor the peer's",
		     call_id);
	return false;
}

/* 3.2.4.2, 3.2.3.2 */
void pptp_call_recv_disconnect(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now)
{
	const struct pptp_msg_disconnect *notify = &msg->u.disconnect;
	struct pptp_ctrl_event_down down = { .reason = PPTP_REASON_CALL_DISCONNECTED,
					     .result = notify->result,
					     .error = notify->error,
					     .cause = notify->cause };

	memcpy(down.detail, notify->statistics, sizeof(down.detail));
	pptp_text_make_printable(down.detail);
	switch (ctrl->call.state) {
	case PPTP_CALL_STATE_WAIT_REPLY:
	case PPTP_CALL_STATE_ESTABLISHED:
		if (disconnect_is_ours(ctrl, notify->call_id))
			pptp_cc_stop(ctrl, &down, PPTP_STOP_NONE, now);
		break;
	case PPTP_CALL_STATE_WAIT_CONNECT:
		if (disconnect_is_ours(ctrl, notify->call_id))
			pptp_call_end(ctrl, &down);
		break;
	case PPTP_CALL_STATE_WAIT_DISCONNECT:
		if (disconnect_is_ours(ctrl, notify->call_id))
			cleared(ctrl, &down, now);
		break;
	case PPTP_CALL_STATE_IDLE:
	case PPTP_CALL_STATE_WAIT_CS_ANS:
		pptp_cc_note_ignored(ctrl, msg);
		break;
	}
}

/* 3.2.1: without an answer the whole control connection is suspect. */
void pptp_call_expire(struct pptp_ctrl *ctrl, uint64_t now)
{
	struct pptp_ctrl_event_down down = { 0 };

	switch (ctrl->call.state) {
	case PPTP_CALL_STATE_WAIT_REPLY:
	case PPTP_CALL_STATE_WAIT_CONNECT:
		down.reason = PPTP_REASON_CALL_TIMEOUT;
		pptp_cc_stop(ctrl, &down, PPTP_STOP_NONE, now);
		break;
	case PPTP_CALL_STATE_WAIT_DISCONNECT:
		pptp_cc_note(ctrl, "no Call-Disconnect-Notify in time");
		down.reason = PPTP_REASON_STOPPED;
		pptp_cc_stop(ctrl, &down, PPTP_STOP_NONE, now);
		break;
	case PPTP_CALL_STATE_IDLE:
	case PPTP_CALL_STATE_WAIT_CS_ANS:
	case PPTP_CALL_STATE_ESTABLISHED:
		break;
	}
}
