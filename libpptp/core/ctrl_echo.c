/* SPDX-License-Identifier: MIT */
/*
 * Keep-alive (RFC 2637, 3.1.4): Echo-Requests after an idle time, the wait for their replies, and
 * the replies to the peer's requests. It does not end the connection: pptp_cc_expire_echo() returns
 * false when the reply is missing, and ctrl.c ends it. Called by ctrl.c and, once the connection is
 * established, by ctrl_connection.c.
 */
#include "ctrl_state.h"

void pptp_cc_echo_arm(struct pptp_ctrl *ctrl, uint64_t now)
{
	ctrl->echo_waiting = false;
	ctrl->echo_deadline = deadline_after(now, ctrl->cfg.timeouts.echo_idle);
}

/*
 * 3.1.4, 2: any control message postpones the next Echo-Request, but not the time-out of a reply.
 */
void pptp_cc_echo_postpone(struct pptp_ctrl *ctrl, uint64_t now)
{
	if (ctrl->state == CC_ESTABLISHED && !ctrl->echo_waiting)
		pptp_cc_echo_arm(ctrl, now);
}

void pptp_cc_recv_echo_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	struct pptp_msg reply = { .type = PPTP_MSG_ECHORP };

	if (pptp_cc_output_room(ctrl) < OUTPUT_RESERVED) {
		if (!ctrl->echo_unanswered)
			pptp_cc_note(
				ctrl,
				"Echo-Requests not answered: the peer does not read the answers");
		ctrl->echo_unanswered = true;
		return;
	}
	ctrl->echo_unanswered = false;
	reply.u.echo.identifier = msg->u.echo.identifier;
	reply.u.echo.result = PPTP_RESULT_OK;
	pptp_cc_send(ctrl, &reply);
}

void pptp_cc_recv_echo_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now)
{
	const struct pptp_msg_echo *echo = &msg->u.echo;

	if (!ctrl->echo_waiting || ctrl->state != CC_ESTABLISHED) {
		pptp_cc_note_ignored(ctrl, msg);
		return;
	}
	if (echo->identifier != ctrl->echo_id) {
		pptp_cc_note(ctrl, "Echo-Reply ignored: identifier %u, we wait for %u",
			     (unsigned int)echo->identifier, (unsigned int)ctrl->echo_id);
		return;
	}
	if (echo->result != PPTP_RESULT_OK)
		pptp_cc_note(ctrl, "Echo-Reply with result %u (%s), error %u (%s)", echo->result,
			     pptp_simple_result_text(echo->result), echo->error,
			     pptp_general_error_text(echo->error));
	pptp_cc_echo_arm(ctrl, now);
}

/* 3.1.4, 2 */
bool pptp_cc_expire_echo(struct pptp_ctrl *ctrl, uint64_t now)
{
	struct pptp_msg msg = { .type = PPTP_MSG_ECHORQ };

	if (ctrl->echo_waiting)
		return false;
	msg.u.echo.identifier = ++ctrl->echo_id;
	ctrl->echo_waiting = true;
	ctrl->echo_deadline = deadline_after(now, ctrl->cfg.timeouts.echo_reply);
	pptp_cc_send(ctrl, &msg);
	return true;
}
