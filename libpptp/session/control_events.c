/* SPDX-License-Identifier: MIT */
#include "session/session_state.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "session/log.h"

/* IPv4 header, GRE header with both numbers, address and control field, protocol and MPPE. */
#define TUNNEL_OVERHEAD    (20 + PPTP_GRE_HEADER_MAX + 2 + 6)
#define MTU_DEFAULT        1500
#define MTU_MIN            576
#define WAN_ERROR_INTERVAL (60 * PPTP_NS_PER_SEC)

static void report_up(struct pptp_session *s, const struct pptp_ctrl_event_up *up)
{
	struct pptp_event event = { .type = PPTP_EVENT_CONTROL_UP };
	struct pptp_event_control *control = &event.u.control;

	s->control_up = true;
	control->address = s->addresses[s->address_index];
	control->version = up->version;
	control->firmware = up->firmware;
	memcpy(s->host_name, up->host_name, sizeof(s->host_name));
	memcpy(s->vendor_name, up->vendor_name, sizeof(s->vendor_name));
	control->host_name = s->host_name;
	control->vendor_name = s->vendor_name;
	pptp_session_push(s, &event);
}

static unsigned int suggested_mtu(const struct pptp_session *s)
{
	unsigned int mtu = pptp_gre_socket_path_mtu(&s->gre);

	if (mtu < MTU_MIN)
		mtu = mtu ? MTU_MIN : MTU_DEFAULT;
	if (mtu > MTU_DEFAULT)
		mtu = MTU_DEFAULT;
	return mtu - TUNNEL_OVERHEAD;
}

static void call_up(struct pptp_session *s, const struct pptp_ctrl_event_call *call)
{
	struct pptp_event event = { .type = PPTP_EVENT_CALL_UP };
	int err = pptp_data_call_up(s, call);

	if (err) {
		pptp_session_fail(s, PPTP_REASON_SYSTEM_ERROR, err, "cannot carry the call: %s",
				  pptp_strerror(err));
		return;
	}
	event.u.call.local = s->local;
	event.u.call.remote = s->addresses[s->address_index];
	event.u.call.call_id = call->call_id;
	event.u.call.peer_call_id = call->peer_call_id;
	event.u.call.connect_speed = call->connect_speed;
	event.u.call.peer_window = call->peer_window;
	event.u.call.mtu = suggested_mtu(s);
	pptp_session_push(s, &event);
}

/* The peer's result code in the words of the RFC, NULL when it sent none that says something. */
static const char *result_text(const struct pptp_ctrl_event_down *down)
{
	switch (down->reason) {
	case PPTP_REASON_VERSION:
		/* The version field alone may be wrong, in a reply that else is one of success. */
		return down->result > PPTP_START_OK ? pptp_start_result_text(down->result) : NULL;
	case PPTP_REASON_NOT_AUTHORIZED:
	case PPTP_REASON_START_REJECTED:
		return pptp_start_result_text(down->result);
	case PPTP_REASON_CALL_BUSY:
	case PPTP_REASON_CALL_REJECTED:
		return pptp_call_result_text(down->result);
	case PPTP_REASON_CALL_DISCONNECTED:
		return pptp_disconnect_result_text(down->result);
	default:
		return NULL;
	}
}

static void describe(char *text, size_t size, const struct pptp_ctrl_event_down *down)
{
	const char *result = result_text(down);
	char error[64] = "", cause[64] = "";

	if (result && down->error)
		snprintf(error, sizeof(error), " (%s)", pptp_general_error_text(down->error));
	if (result && down->cause)
		snprintf(cause, sizeof(cause), ", cause %u %s", down->cause,
			 pptp_cause_text(down->cause));
	snprintf(text, size, "%s%s%s%s%s", pptp_reason_text(down->reason), result ? ": " : "",
		 result ? result : "", error, cause);
}

static void fill_down(struct pptp_session *s, struct pptp_event_down *out,
		      const struct pptp_ctrl_event_down *down)
{
	memset(out, 0, sizeof(*out));
	out->reason = down->reason;
	out->result = down->result;
	out->error = down->error;
	out->cause = down->cause;
	out->transient = pptp_reason_is_transient(down->reason);
	out->gre_heard = s->gre_heard;
	out->result_text = down->result && result_text(down) ? result_text(down) : "";
	out->error_text = down->error ? pptp_general_error_text(down->error) : "";
	out->cause_text = down->cause ? pptp_cause_text(down->cause) : "";
	memcpy(s->call_statistics, down->detail, sizeof(s->call_statistics));
	out->detail = s->call_statistics;
	if (down->reason == PPTP_REASON_PEER_CLOSED && s->tcp_error) {
		out->system_error = s->tcp_error;
		snprintf(out->text, sizeof(out->text), "the TCP connection to the server broke: %s",
			 pptp_strerror(s->tcp_error));
	} else {
		describe(out->text, sizeof(out->text), down);
	}
}

static void call_over(struct pptp_session *s, enum pptp_event_type type,
		      const struct pptp_ctrl_event_down *down)
{
	struct pptp_event event = { .type = type };

	s->ending = true;
	pptp_data_call_down(s);
	fill_down(s, &event.u.down, down);
	pptp_session_push(s, &event);
}

/* 2.14: such a message comes at most once a minute; more of them are not logged. */
static void log_wan_error(struct pptp_session *s, const struct pptp_msg_wan_error *error)
{
	if (s->now < s->next_wan_error)
		return;
	s->next_wan_error = s->now + WAN_ERROR_INTERVAL;
	pptp_session_log(&s->cfg, PPTP_LOG_NOTICE,
			 "the server reports line errors: CRC %u, framing %u, hardware overruns "
			 "%u, buffer overruns %u, time-outs %u, alignment %u",
			 error->crc_errors, error->framing_errors, error->hardware_overruns,
			 error->buffer_overruns, error->timeout_errors, error->alignment_errors);
}

static void log_link_info(const struct pptp_session *s, const struct pptp_msg_link_info *info)
{
	pptp_session_log(&s->cfg, PPTP_LOG_INFO,
			 "the server asks for ACCM %#010x to send, %#010x to receive",
			 info->send_accm, info->receive_accm);
}

void pptp_control_event(struct pptp_session *s, const struct pptp_ctrl_event *in)
{
	struct pptp_event event = { 0 };

	switch (in->type) {
	case PPTP_CTRL_UP:
		report_up(s, &in->u.up);
		break;
	case PPTP_CTRL_CALL_UP:
		call_up(s, &in->u.call);
		break;
	case PPTP_CTRL_CALL_FAILED:
		call_over(s, PPTP_EVENT_CALL_FAILED, &in->u.down);
		break;
	case PPTP_CTRL_CALL_DOWN:
		call_over(s, PPTP_EVENT_CALL_DOWN, &in->u.down);
		break;
	case PPTP_CTRL_INCOMING:
		break;
	case PPTP_CTRL_WAN_ERROR:
		log_wan_error(s, &in->u.wan_error);
		break;
	case PPTP_CTRL_LINK_INFO:
		log_link_info(s, &in->u.link_info);
		break;
	case PPTP_CTRL_CLOSED:
		fill_down(s, &event.u.down, &in->u.down);
		pptp_session_close(s, &event.u.down);
		break;
	}
}
