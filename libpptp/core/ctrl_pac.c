/* SPDX-License-Identifier: MIT */
/*
 * The outgoing call of a PAC (RFC 2637, 3.2.4.1): replies to call requests and clear requests, with
 * the result that the configuration sets. It exists for peers in tests, demonstrations and load
 * generators and is not a server: there is no telephone line behind it, so each call is decided at
 * once. The PNS's side is in ctrl_call.c. Called by ctrl.c.
 */
#include "ctrl_state.h"

static void send_reply(struct pptp_ctrl *ctrl, uint16_t peer_call_id, uint8_t result, uint8_t error,
		       uint16_t cause)
{
	struct pptp_msg msg = { .type = PPTP_MSG_OCRP };
	struct pptp_msg_call_reply *reply = &msg.u.call_reply;

	reply->peer_call_id = peer_call_id;
	reply->result = result;
	reply->error = error;
	reply->cause = cause;
	if (result == PPTP_CALL_CONNECTED) {
		reply->call_id = ctrl->cfg.call_id;
		reply->connect_speed = ctrl->cfg.connect_speed;
		reply->recv_window = ctrl->cfg.recv_window;
		reply->processing_delay = ctrl->cfg.processing_delay;
	}
	pptp_cc_send(ctrl, &msg);
}

/* There is no telephone line: wait_cs_ans ends as soon as it begins. */
static void answer(struct pptp_ctrl *ctrl, const struct pptp_msg_call_request *request)
{
	struct pptp_ctrl_event_call call = { 0 };

	ctrl->call.state = CALL_WAIT_CS_ANS;
	send_reply(ctrl, request->call_id, ctrl->cfg.call_result, ctrl->cfg.call_error,
		   ctrl->cfg.call_cause);
	if (ctrl->cfg.call_result != PPTP_CALL_CONNECTED) {
		ctrl->call.state = CALL_IDLE;
		return;
	}
	ctrl->call.peer_known = true;
	ctrl->call.peer_call_id = request->call_id;
	ctrl->call.serial = request->call_serial;
	call.connect_speed = ctrl->cfg.connect_speed;
	call.peer_window = request->recv_window;
	call.peer_delay = request->processing_delay;
	pptp_call_up(ctrl, &call);
}

static void refuse(struct pptp_ctrl *ctrl, const struct pptp_msg_call_request *request)
{
	send_reply(ctrl, request->call_id, PPTP_CALL_GENERAL_ERROR, PPTP_GENERAL_NO_RESOURCE, 0);
}

/* 3.2.4.1 */
void pptp_pac_recv_call_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	const struct pptp_msg_call_request *request = &msg->u.call_request;

	switch (ctrl->call.state) {
	case CALL_IDLE:
		if (pptp_cc_has_room_for_call(ctrl))
			answer(ctrl, request);
		else
			refuse(ctrl, request);
		break;
	case CALL_WAIT_REPLY:
	case CALL_WAIT_CS_ANS:
	case CALL_ESTABLISHED:
	case CALL_WAIT_DISCONNECT:
		refuse(ctrl, request);
		break;
	}
}

/*
 * 3.2.4.1. The Call ID is the PNS's (2.12); the one we assigned is accepted too, as it is
 * unambiguous.
 */
void pptp_pac_recv_clear_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	struct pptp_ctrl_event_down down = { .reason = PPTP_REASON_CALL_DISCONNECTED };
	uint16_t call_id = msg->u.clear_request.call_id;

	switch (ctrl->call.state) {
	case CALL_WAIT_CS_ANS:
	case CALL_ESTABLISHED:
		if (call_id == ctrl->call.peer_call_id || call_id == ctrl->cfg.call_id)
			pptp_call_disconnect(ctrl, PPTP_DISCONNECT_REQUEST, &down);
		else
			pptp_cc_note(ctrl,
				     "Call-Clear-Request ignored: call ID %u is neither the "
				     "peer's nor ours",
				     call_id);
		break;
	case CALL_IDLE:
	case CALL_WAIT_REPLY:
	case CALL_WAIT_DISCONNECT:
		pptp_cc_note_ignored(ctrl, msg);
		break;
	}
}
