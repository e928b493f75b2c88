/* SPDX-License-Identifier: MIT */
/*
 * Set-Link-Info and WAN-Error-Notify (RFC 2637, 2.14 and 2.15). They concern the PPP side of an
 * established call: none of them changes a state, they are sent on request and reported as events.
 * The library does not act on their contents. Called by ctrl.c, and by ctrl_call.c for a quirk that
 * sends Set-Link-Info when the call comes up.
 */
#include "ctrl_state.h"

void pptp_call_send_link_info(struct pptp_ctrl *ctrl, uint32_t send_accm, uint32_t receive_accm)
{
	struct pptp_msg msg = { .type = PPTP_MSG_SLI };

	msg.u.link_info.peer_call_id = ctrl->call.peer_call_id;
	msg.u.link_info.send_accm = send_accm;
	msg.u.link_info.receive_accm = receive_accm;
	pptp_cc_send(ctrl, &msg);
}

/* Both messages carry the call ID that their receiver assigned. */
static bool is_our_call(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint16_t call_id)
{
	switch (ctrl->call.state) {
	case CALL_ESTABLISHED:
	case CALL_WAIT_DISCONNECT:
		if (call_id == ctrl->cfg.call_id)
			return true;
		pptp_cc_note(ctrl, "%s ignored: it is for call ID %u, ours is %u",
			     pptp_msg_name(msg->type), call_id, ctrl->cfg.call_id);
		return false;
	case CALL_IDLE:
	case CALL_WAIT_REPLY:
	case CALL_WAIT_CS_ANS:
		break;
	}
	pptp_cc_note_ignored(ctrl, msg);
	return false;
}

/* 2.15: from a PNS to a PAC, but some servers send it to us as well. */
void pptp_call_recv_link_info(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	struct pptp_ctrl_event event = { .type = PPTP_CTRL_LINK_INFO,
					 .u.link_info = msg->u.link_info };

	if (is_our_call(ctrl, msg, msg->u.link_info.peer_call_id))
		pptp_cc_push_flood(ctrl, &event);
}

/* 2.14 */
void pptp_call_recv_wan_error(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	struct pptp_ctrl_event event = { .type = PPTP_CTRL_WAN_ERROR,
					 .u.wan_error = msg->u.wan_error };

	if (is_our_call(ctrl, msg, msg->u.wan_error.peer_call_id))
		pptp_cc_push_flood(ctrl, &event);
}
