/* SPDX-License-Identifier: MIT */
#include "ctrl_state.h"
#include "msg_layout.h"

static void send_reply(struct pptp_ctrl *ctrl, uint16_t peer_call_id,
		       enum pptp_incoming_result result, enum pptp_general_error error)
{
	struct pptp_msg msg = { .type = PPTP_MSG_ICRP };
	struct pptp_msg_incoming_reply *reply = &msg.u.incoming_reply;

	reply->call_id = result == PPTP_INCOMING_CONNECT ? ctrl->cfg.call_id : 0;
	reply->peer_call_id = peer_call_id;
	reply->result = (uint8_t)result;
	reply->error = (uint8_t)error;
	reply->recv_window = ctrl->cfg.recv_window;
	reply->transmit_delay = ctrl->cfg.processing_delay;
	pptp_cc_send(ctrl, &msg);
}

static bool report(struct pptp_ctrl *ctrl, const struct pptp_msg_incoming_request *request,
		   bool accepted)
{
	struct pptp_ctrl_event event = { .type = PPTP_CTRL_INCOMING };
	struct pptp_ctrl_event_incoming *incoming = &event.u.incoming;

	incoming->accepted = accepted;
	incoming->request = *request;
	pptp_text_make_printable(incoming->request.dialed);
	pptp_text_make_printable(incoming->request.dialing);
	pptp_text_make_printable(incoming->request.subaddress);
	return pptp_cc_push_flood(ctrl, &event);
}

static void accept_call(struct pptp_ctrl *ctrl, const struct pptp_msg_incoming_request *request,
			uint64_t now)
{
	struct pptp_call *call = &ctrl->call;

	call->state = PPTP_CALL_STATE_WAIT_CONNECT;
	call->due = pptp_time_after(now, ctrl->cfg.timeouts.call);
	call->incoming = true;
	call->peer_known = true;
	call->peer_call_id = request->call_id;
	call->serial = request->call_serial;
	call->channel = request->physical_channel;
	send_reply(ctrl, request->call_id, PPTP_INCOMING_CONNECT, PPTP_GENERAL_NONE);
}

/* 3.2.3.2 */
void pptp_incoming_recv_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now)
{
	const struct pptp_msg_incoming_request *request = &msg->u.incoming_request;

	if (!ctrl->cfg.accept_incoming) {
		send_reply(ctrl, request->call_id, PPTP_INCOMING_DO_NOT_ACCEPT, PPTP_GENERAL_NONE);
		report(ctrl, request, false);
		return;
	}
	switch (ctrl->call.state) {
	case PPTP_CALL_STATE_IDLE:
		if (report(ctrl, request, true))
			accept_call(ctrl, request, now);
		else
			send_reply(ctrl, request->call_id, PPTP_INCOMING_GENERAL_ERROR,
				   PPTP_GENERAL_NO_RESOURCE);
		break;
	case PPTP_CALL_STATE_WAIT_REPLY:
	case PPTP_CALL_STATE_WAIT_CONNECT:
	case PPTP_CALL_STATE_WAIT_CS_ANS:
	case PPTP_CALL_STATE_ESTABLISHED:
	case PPTP_CALL_STATE_WAIT_DISCONNECT:
		send_reply(ctrl, request->call_id, PPTP_INCOMING_GENERAL_ERROR,
			   PPTP_GENERAL_NO_RESOURCE);
		report(ctrl, request, false);
		break;
	}
}

static void connected(struct pptp_ctrl *ctrl, const struct pptp_msg_incoming_connected *connected)
{
	struct pptp_ctrl_event_call call = { 0 };

	call.connect_speed = connected->connect_speed;
	call.peer_window = connected->recv_window;
	call.peer_delay = connected->transmit_delay;
	call.physical_channel = ctrl->call.channel;
	pptp_call_up(ctrl, &call);
}

/* 3.2.3.2 */
void pptp_incoming_recv_connected(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	uint16_t call_id = msg->u.incoming_connected.peer_call_id;

	switch (ctrl->call.state) {
	case PPTP_CALL_STATE_WAIT_CONNECT:
		if (call_id == ctrl->cfg.call_id)
			connected(ctrl, &msg->u.incoming_connected);
		else
			pptp_cc_note(ctrl,
				     "Incoming-Call-Connected ignored: it is for call ID %u, "
				     "ours is %u",
				     call_id, ctrl->cfg.call_id);
		break;
	case PPTP_CALL_STATE_IDLE:
	case PPTP_CALL_STATE_WAIT_REPLY:
	case PPTP_CALL_STATE_WAIT_CS_ANS:
	case PPTP_CALL_STATE_ESTABLISHED:
	case PPTP_CALL_STATE_WAIT_DISCONNECT:
		pptp_cc_note_ignored(ctrl, msg);
		break;
	}
}
