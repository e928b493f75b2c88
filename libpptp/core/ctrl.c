/* SPDX-License-Identifier: MIT */
/*
 * The control connection of RFC 2637, 3, as its callers see it: octets, events and deadlines, and
 * which message goes to which stimulus function of ctrl_connection.c, ctrl_echo.c, ctrl_call.c,
 * ctrl_link.c and ctrl_pac.c. After each stimulus settle() carries out what they requested. No
 * socket and no clock: <pptp/proto/ctrl.h> is the contract.
 */
#include <pptp/proto/ctrl.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctrl_state.h"
#include "quirks.h"
#include "sized.h"

static void set_defaults(struct pptp_ctrl_config *cfg)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->firmware = PPTP_VERSION_1_0;
	cfg->framing_caps = PPTP_FRAMING_ANY;
	cfg->bearer_caps = PPTP_BEARER_ANY;
	cfg->connect_speed = CALL_SPEED_MAX;
	cfg->recv_window = PPTP_RECV_WINDOW_DEFAULT;
	snprintf(cfg->vendor_name, sizeof(cfg->vendor_name), "libpptp");
	cfg->timeouts.start = 60 * PPTP_NS_PER_SEC;
	cfg->timeouts.call = 60 * PPTP_NS_PER_SEC;
	cfg->timeouts.echo_idle = 60 * PPTP_NS_PER_SEC;
	cfg->timeouts.echo_reply = 60 * PPTP_NS_PER_SEC;
	cfg->timeouts.clear = 500 * PPTP_NS_PER_MS;
	cfg->timeouts.stop = 500 * PPTP_NS_PER_MS;
	cfg->call_result = PPTP_CALL_CONNECTED;
	cfg->start_result = PPTP_START_OK;
}

void pptp_ctrl_config_init(struct pptp_ctrl_config *cfg, size_t size)
{
	struct pptp_ctrl_config defaults;

	set_defaults(&defaults);
	defaults.size = size;
	pptp_copy_sized(cfg, size, &defaults, sizeof(defaults));
}

static bool is_string(const char *text)
{
	return memchr(text, '\0', PPTP_STRING_MAX + 1) != NULL;
}

int pptp_ctrl_new(struct pptp_ctrl **ctrlp, const struct pptp_ctrl_config *cfg, pptp_trace_fn trace,
		  void *user)
{
	struct pptp_ctrl_config known;
	struct pptp_ctrl *ctrl;

	set_defaults(&known);
	memcpy(&known, cfg, cfg->size < sizeof(known) ? cfg->size : sizeof(known));
	cfg = &known;
	if (!cfg->call_id || !pptp_quirk_is_known(cfg->quirk) || !is_string(cfg->host_name) ||
	    !is_string(cfg->vendor_name) || !is_string(cfg->phone) || !is_string(cfg->subaddress))
		return PPTP_ERR_VALUE;
	ctrl = calloc(1, sizeof(*ctrl));
	if (!ctrl)
		return -ENOMEM;
	ctrl->cfg = *cfg;
	ctrl->trace = trace;
	ctrl->user = user;
	ctrl->deadline = PPTP_TIME_NEVER;
	ctrl->echo_deadline = PPTP_TIME_NEVER;
	ctrl->call.deadline = PPTP_TIME_NEVER;
	*ctrlp = ctrl;
	return 0;
}

struct pptp_ctrl *pptp_ctrl_free(struct pptp_ctrl *ctrl)
{
	free(ctrl);
	return NULL;
}

int pptp_ctrl_set_call_id(struct pptp_ctrl *ctrl, uint16_t call_id)
{
	if (ctrl->tcp_open || ctrl->closed)
		return PPTP_ERR_STATE;
	if (!call_id)
		return PPTP_ERR_VALUE;
	ctrl->cfg.call_id = call_id;
	return 0;
}

/* 3.1.1, 3.1.2: the TCP open indication */
void pptp_ctrl_tcp_open(struct pptp_ctrl *ctrl, uint64_t now)
{
	if (ctrl->tcp_open || ctrl->closed)
		return;
	ctrl->tcp_open = true;
	ctrl->deadline = deadline_after(now, ctrl->cfg.timeouts.start);
	if (ctrl->cfg.receiver)
		return;
	pptp_cc_start(ctrl);
}

static void recv_call_message(struct pptp_ctrl *ctrl, const struct pptp_msg *msg)
{
	bool pac = ctrl->cfg.receiver;

	/* It took longer than we wait for it, on a mobile network say. */
	if (ctrl->notify_is_late && msg->type == PPTP_MSG_CDN)
		return;
	if (ctrl->state != CC_ESTABLISHED) {
		pptp_cc_note_ignored(ctrl, msg);
		return;
	}
	if (msg->type == PPTP_MSG_OCRQ && pac)
		pptp_pac_recv_call_request(ctrl, msg);
	else if (msg->type == PPTP_MSG_CCRQ && pac)
		pptp_pac_recv_clear_request(ctrl, msg);
	else if (msg->type == PPTP_MSG_SLI)
		pptp_call_recv_link_info(ctrl, msg);
	else if (msg->type == PPTP_MSG_OCRP && !pac)
		pptp_call_recv_reply(ctrl, msg);
	else if (msg->type == PPTP_MSG_ICRQ && !pac)
		pptp_call_recv_incoming(ctrl, msg);
	else if (msg->type == PPTP_MSG_CCRQ)
		pptp_call_recv_clear_request(ctrl, msg);
	else if (msg->type == PPTP_MSG_CDN && !pac)
		pptp_call_recv_disconnect(ctrl, msg);
	else if (msg->type == PPTP_MSG_WEN && !pac)
		pptp_call_recv_wan_error(ctrl, msg);
	else
		pptp_cc_note_ignored(ctrl, msg);
}

static void recv_message(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now)
{
	if (ctrl->trace)
		ctrl->trace(ctrl->user, PPTP_TRACE_RECEIVED, msg, NULL);
	switch (msg->type) {
	case PPTP_MSG_SCCRQ:
		pptp_cc_recv_start_request(ctrl, msg, now);
		break;
	case PPTP_MSG_SCCRP:
		pptp_cc_recv_start_reply(ctrl, msg, now);
		break;
	case PPTP_MSG_STOPCCRQ:
		pptp_cc_recv_stop_request(ctrl, msg);
		break;
	case PPTP_MSG_STOPCCRP:
		pptp_cc_recv_stop_reply(ctrl, msg);
		break;
	case PPTP_MSG_ECHORQ:
		pptp_cc_recv_echo_request(ctrl, msg);
		break;
	case PPTP_MSG_ECHORP:
		pptp_cc_recv_echo_reply(ctrl, msg, now);
		break;
	case PPTP_MSG_OCRQ:
	case PPTP_MSG_OCRP:
	case PPTP_MSG_ICRQ:
	case PPTP_MSG_ICRP:
	case PPTP_MSG_ICCN:
	case PPTP_MSG_CCRQ:
	case PPTP_MSG_CDN:
	case PPTP_MSG_WEN:
	case PPTP_MSG_SLI:
		recv_call_message(ctrl, msg);
		break;
	}
}

/*
 * After each stimulus: a call file may have requested the end of the connection, and output that
 * did not fit the buffer ends it.
 */
static void settle(struct pptp_ctrl *ctrl, uint64_t now)
{
	if (ctrl->stop_wanted && !ctrl->closed)
		pptp_cc_stop(ctrl, &ctrl->stop_down, PPTP_STOP_NONE, now);
	ctrl->stop_wanted = false;
	if (!ctrl->overflow || ctrl->closed)
		return;
	pptp_cc_note(ctrl, "the peer does not read what we send");
	pptp_cc_abort(ctrl, PPTP_REASON_PROTOCOL_ERROR);
}

/* RFC 2637, 1.4. Before the first message the other side may be a server of another protocol. */
static void lose_synchronisation(struct pptp_ctrl *ctrl, int err)
{
	if (err == PPTP_ERR_MAGIC && ctrl->state == CC_WAIT_CTL_REPLY) {
		pptp_cc_abort(ctrl, PPTP_REASON_NOT_PPTP);
		return;
	}
	pptp_cc_note(ctrl, "lost synchronisation: %s", pptp_strerror(err));
	pptp_cc_abort(ctrl, PPTP_REASON_PROTOCOL_ERROR);
}

/* One step of input; false when there is nothing more to take. */
static bool input_step(struct pptp_ctrl *ctrl, const uint8_t **datap, size_t *lenp, uint64_t now)
{
	struct pptp_msg msg;
	int step = pptp_framer_next(&ctrl->framer, datap, lenp, &msg);

	switch (step) {
	case FRAMER_MORE:
		return false;
	case FRAMER_MESSAGE:
		pptp_cc_echo_postpone(ctrl, now);
		recv_message(ctrl, &msg, now);
		settle(ctrl, now);
		return true;
	case FRAMER_SKIPPED:
		pptp_cc_echo_postpone(ctrl, now);
		pptp_cc_note(ctrl, "unknown message ignored: PPTP message type %u, control type %u",
			     ctrl->framer.kind, ctrl->framer.type);
		return true;
	default:
		lose_synchronisation(ctrl, step);
		return false;
	}
}

void pptp_ctrl_input(struct pptp_ctrl *ctrl, const uint8_t *data, size_t len, uint64_t now)
{
	while (ctrl->tcp_open && !ctrl->closed && input_step(ctrl, &data, &len, now))
		;
}

void pptp_ctrl_tcp_closed(struct pptp_ctrl *ctrl, uint64_t now)
{
	if (ctrl->closed)
		return;
	if (pptp_framer_is_partial(&ctrl->framer))
		pptp_cc_note(ctrl, "TCP ended in the middle of a message");
	/* poptop closes its side instead of notifying; it may still read our stop request. */
	if (ctrl->stopping && ctrl->call.state == CALL_WAIT_DISCONNECT) {
		pptp_cc_stop(ctrl, &ctrl->final, PPTP_STOP_NONE, now);
		pptp_cc_close(ctrl, &ctrl->final, true);
		return;
	}
	pptp_cc_abort(ctrl, PPTP_REASON_PEER_CLOSED);
}

const uint8_t *pptp_ctrl_output(const struct pptp_ctrl *ctrl, size_t *lenp)
{
	*lenp = ctrl->out_len;
	return ctrl->out_len ? ctrl->out : NULL;
}

void pptp_ctrl_output_done(struct pptp_ctrl *ctrl, size_t len)
{
	if (len > ctrl->out_len)
		len = ctrl->out_len;
	ctrl->out_len -= len;
	memmove(ctrl->out, ctrl->out + len, ctrl->out_len);
}

uint64_t pptp_ctrl_deadline(const struct pptp_ctrl *ctrl)
{
	return deadline_min(ctrl->deadline, deadline_min(ctrl->call.deadline, ctrl->echo_deadline));
}

static bool is_due(const struct pptp_ctrl *ctrl, uint64_t deadline, uint64_t now)
{
	return !ctrl->closed && deadline_is_due(deadline, now);
}

void pptp_ctrl_expire(struct pptp_ctrl *ctrl, uint64_t now)
{
	if (is_due(ctrl, ctrl->deadline, now))
		pptp_cc_expire(ctrl);
	if (is_due(ctrl, ctrl->call.deadline, now))
		pptp_call_expire(ctrl);
	settle(ctrl, now);
	if (is_due(ctrl, ctrl->echo_deadline, now) && !pptp_cc_expire_echo(ctrl, now))
		pptp_cc_abort(ctrl, PPTP_REASON_ECHO_TIMEOUT);
	settle(ctrl, now);
}

void pptp_ctrl_stop(struct pptp_ctrl *ctrl, enum pptp_reason reason, uint64_t now)
{
	if (ctrl->closed || ctrl->stopping)
		return;
	switch (ctrl->state) {
	case CC_IDLE:
	case CC_WAIT_CTL_REPLY:
		pptp_cc_abort(ctrl, reason);
		break;
	case CC_ESTABLISHED:
		ctrl->stopping = true;
		ctrl->final.reason = reason;
		pptp_call_clear(ctrl, now);
		if (ctrl->call.state == CALL_IDLE)
			pptp_cc_stop(ctrl, &ctrl->final, PPTP_STOP_NONE, now);
		break;
	case CC_WAIT_STOP_REPLY:
		break;
	}
	settle(ctrl, now);
}

void pptp_ctrl_clear_call(struct pptp_ctrl *ctrl, uint64_t now)
{
	pptp_call_clear(ctrl, now);
	settle(ctrl, now);
}

int pptp_ctrl_set_link_info(struct pptp_ctrl *ctrl, uint32_t send_accm, uint32_t receive_accm)
{
	if (ctrl->cfg.receiver || ctrl->call.state != CALL_ESTABLISHED)
		return PPTP_ERR_STATE;
	if (pptp_cc_output_room(ctrl) < OUTPUT_RESERVED)
		return PPTP_ERR_SPACE;
	pptp_call_send_link_info(ctrl, send_accm, receive_accm);
	return 0;
}

bool pptp_ctrl_pop_event(struct pptp_ctrl *ctrl, struct pptp_ctrl_event *event, size_t size)
{
	struct pptp_ctrl_event known;

	if (size < sizeof(event->type) || !ctrl_events_pop(&ctrl->events, &known))
		return false;
	pptp_copy_sized(event, size, &known, sizeof(known));
	return true;
}

bool pptp_ctrl_is_closed(const struct pptp_ctrl *ctrl)
{
	return ctrl->closed;
}
