/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_CTRL_RIG_H
#define TESTS_UNIT_CTRL_RIG_H

/* For test_ctrl.c: one control connection, a log of what it does, and every stimulus there is. */

#include <pptp/proto/ctrl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "run_suite.h"

#define OURS  100
#define PEERS 200
#define OTHER 300

/* One control connection, and in `log` what it did in answer to the last stimulus. */
struct rig {
	struct pptp_ctrl *ctrl;
	uint64_t now;
	unsigned int notes;
	char before[64];
	char log[1024];
};

static const char *const reason_names[] = {
	[PPTP_REASON_STOPPED] = "STOPPED",
	[PPTP_REASON_START_TIMEOUT] = "START_TIMEOUT",
	[PPTP_REASON_NOT_AUTHORIZED] = "NOT_AUTHORIZED",
	[PPTP_REASON_START_REJECTED] = "START_REJECTED",
	[PPTP_REASON_VERSION] = "VERSION",
	[PPTP_REASON_CALL_TIMEOUT] = "CALL_TIMEOUT",
	[PPTP_REASON_CALL_BUSY] = "CALL_BUSY",
	[PPTP_REASON_CALL_REJECTED] = "CALL_REJECTED",
	[PPTP_REASON_CALL_DISCONNECTED] = "CALL_DISCONNECTED",
	[PPTP_REASON_ECHO_TIMEOUT] = "ECHO_TIMEOUT",
	[PPTP_REASON_PEER_STOPPED] = "PEER_STOPPED",
	[PPTP_REASON_PEER_CLOSED] = "PEER_CLOSED",
	[PPTP_REASON_PROTOCOL_ERROR] = "PROTOCOL_ERROR",
	[PPTP_REASON_NOT_PPTP] = "NOT_PPTP",
	[PPTP_REASON_ADDRESS_GONE] = "ADDRESS_GONE",
	[PPTP_REASON_COUNT] = NULL,
};

static const char *const message_names[] = { "",         "SCCRQ",  "SCCRP",  "STOPCCRQ",
					     "STOPCCRP", "ECHORQ", "ECHORP", "OCRQ",
					     "OCRP",     "ICRQ",   "ICRP",   "ICCN",
					     "CCRQ",     "CDN",    "WEN",    "SLI" };

static const char *const event_names[] = { "",          "UP",        "CALL_UP",   "CALL_FAILED",
					   "CALL_DOWN", "WAN_ERROR", "LINK_INFO", "CLOSED" };

__attribute__((format(printf, 2, 3))) static void add(struct rig *rig, const char *fmt, ...)
{
	size_t len = strlen(rig->log);
	va_list args;

	va_start(args, fmt);
	vsnprintf(rig->log + len, sizeof(rig->log) - len, fmt, args);
	va_end(args);
}

static void trace(void *user, enum pptp_trace what, const struct pptp_msg *msg, const char *note)
{
	struct rig *rig = user;

	ck_assert((msg == NULL) == (what == PPTP_TRACE_NOTE));
	ck_assert((note != NULL) == (what == PPTP_TRACE_NOTE));
	if (what == PPTP_TRACE_NOTE)
		rig->notes++;
}

static void state_of(const struct rig *rig, char *buf, size_t size)
{
	snprintf(buf, size, "%s/%s", pptp_ctrl_state_name(rig->ctrl),
		 pptp_ctrl_call_state_name(rig->ctrl));
}

static void log_sent(struct rig *rig)
{
	size_t len, size;
	const uint8_t *out = pptp_ctrl_output(rig->ctrl, &len);
	struct pptp_msg msg;

	for (size_t at = 0; at < len; at += size) {
		size = (size_t)(out[at] << 8 | out[at + 1]);
		ck_assert_uint_le(size, len - at);
		ck_assert_int_eq(pptp_msg_decode(&msg, out + at, size), 0);
		add(rig, ">%s", message_names[msg.type]);
		if (msg.type == PPTP_MSG_CCRQ) /* 2.12: the Call ID that we assigned */
			ck_assert_uint_eq(msg.u.clear_request.call_id, OURS);
		if (msg.type == PPTP_MSG_CDN) { /* 2.13: ours too, as a PAC */
			ck_assert_uint_eq(msg.u.disconnect.call_id, OURS);
			add(rig, ":%u", msg.u.disconnect.result);
		}
		if (msg.type == PPTP_MSG_ICRP)
			add(rig, ":%u,%u", msg.u.incoming_reply.result, msg.u.incoming_reply.error);
		if (msg.type == PPTP_MSG_OCRP)
			add(rig, ":%u,%u", msg.u.call_reply.result, msg.u.call_reply.error);
		if (msg.type == PPTP_MSG_SCCRP)
			add(rig, ":%u", msg.u.start.result);
		if (msg.type == PPTP_MSG_STOPCCRQ)
			add(rig, ":%u", msg.u.stop_request.reason);
		add(rig, " ");
	}
	pptp_ctrl_output_done(rig->ctrl, len);
}

static void log_events(struct rig *rig)
{
	struct pptp_ctrl_event event;

	while (pptp_ctrl_pop_event(rig->ctrl, &event, sizeof(event))) {
		add(rig, "%s", event_names[event.type]);
		switch (event.type) {
		case PPTP_CTRL_CALL_FAILED:
		case PPTP_CTRL_CALL_DOWN:
		case PPTP_CTRL_CLOSED:
			ck_assert_ptr_nonnull(reason_names[event.u.down.reason]);
			add(rig, ":%s", reason_names[event.u.down.reason]);
			break;
		case PPTP_CTRL_CALL_UP:
			ck_assert_uint_eq(event.u.call.call_id, OURS);
			break;
		default:
			break;
		}
		add(rig, " ");
	}
}

/* What was sent, the events, "~" if something was noted, and the new state or "=". */
static void log_all(struct rig *rig)
{
	char after[64];

	state_of(rig, after, sizeof(after));
	rig->log[0] = '\0';
	log_sent(rig);
	log_events(rig);
	add(rig, "%s%s", rig->notes ? "~ " : "", strcmp(after, rig->before) ? after : "=");
	rig->notes = 0;
	strcpy(rig->before, after);
}

static void input(struct rig *rig, const struct pptp_msg *msg)
{
	uint8_t buf[PPTP_MSG_SIZE_MAX];
	int size = pptp_msg_encode(msg, buf, sizeof(buf));

	ck_assert_int_gt(size, 0);
	pptp_ctrl_input(rig->ctrl, buf, (size_t)size, rig->now);
}

/* The stimuli. Messages come with the IDs that are right where the call is up. */

static void in_sccrq(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_SCCRQ,
				.u.start = { .version = 0x0100,
					     .framing_caps = 3,
					     .bearer_caps = 3,
					     .max_channels = 7 } }; /* 2.1: to be ignored */

	input(rig, &msg);
}

static void in_sccrq_old(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_SCCRQ,
				.u.start = {
					.version = 0x00ff, .framing_caps = 3, .bearer_caps = 3 } };

	input(rig, &msg);
}

static void in_sccrq_new(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_SCCRQ,
				.u.start = {
					.version = 0x0101, .framing_caps = 3, .bearer_caps = 3 } };

	input(rig, &msg);
}

static void start_reply(struct rig *rig, uint16_t version, uint8_t result, uint32_t framing)
{
	struct pptp_msg msg = { .type = PPTP_MSG_SCCRP,
				.u.start = { .version = version,
					     .result = result,
					     .framing_caps = framing,
					     .bearer_caps = 3 } };

	input(rig, &msg);
}

static void in_sccrp(struct rig *rig)
{
	start_reply(rig, 0x0100, 1, 3);
}

static void in_sccrp_0(struct rig *rig)
{
	start_reply(rig, 0x0100, 0, 3);
}

static void in_sccrp_2(struct rig *rig)
{
	start_reply(rig, 0x0100, 2, 3);
}

static void in_sccrp_3(struct rig *rig)
{
	start_reply(rig, 0x0100, 3, 3);
}

static void in_sccrp_4(struct rig *rig)
{
	start_reply(rig, 0x0100, 4, 3);
}

static void in_sccrp_5(struct rig *rig)
{
	start_reply(rig, 0x0100, 5, 3);
}

static void in_sccrp_99(struct rig *rig)
{
	start_reply(rig, 0x0100, 99, 3);
}

static void in_sccrp_old(struct rig *rig)
{
	start_reply(rig, 0x00ff, 1, 3);
}

static void in_sccrp_new(struct rig *rig)
{
	start_reply(rig, 0x0200, 1, 3);
}

static void in_sccrp_no_framing(struct rig *rig)
{
	start_reply(rig, 0x0100, 1, 0);
}

static void in_sccrp_no_bearer(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_SCCRP,
				.u.start = { .version = 0x0100, .result = 1, .framing_caps = 3 } };

	input(rig, &msg);
}

static void in_stopccrq(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_STOPCCRQ, .u.stop_request = { .reason = 3 } };

	input(rig, &msg);
}

static void in_stopccrp(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_STOPCCRP, .u.stop_reply = { .result = 1 } };

	input(rig, &msg);
}

static void in_stopccrp_2(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_STOPCCRP,
				.u.stop_reply = { .result = 2, .error = 4 } };

	input(rig, &msg);
}

static void in_echorq(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_ECHORQ, .u.echo = { .identifier = 9 } };

	input(rig, &msg);
}

static void in_echorp(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_ECHORP,
				.u.echo = { .identifier = 1, .result = 1 } };

	input(rig, &msg);
}

static void in_ocrq(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_OCRQ, .u.call_request = { .call_id = PEERS } };

	input(rig, &msg);
}

static void call_reply(struct rig *rig, uint16_t call_id, uint16_t peer_call_id, uint8_t result)
{
	struct pptp_msg msg = { .type = PPTP_MSG_OCRP,
				.u.call_reply = { .call_id = call_id,
						  .peer_call_id = peer_call_id,
						  .result = result } };

	input(rig, &msg);
}

static void in_ocrp(struct rig *rig)
{
	call_reply(rig, PEERS, OURS, PPTP_CALL_CONNECTED);
}

static void in_ocrp_busy(struct rig *rig)
{
	call_reply(rig, PEERS, OURS, PPTP_CALL_BUSY);
}

static void in_ocrp_refused(struct rig *rig)
{
	call_reply(rig, 0, OURS, PPTP_CALL_DO_NOT_ACCEPT);
}

static void in_ocrp_result_0(struct rig *rig)
{
	call_reply(rig, PEERS, OURS, 0);
}

static void in_ocrp_refused_id_0(struct rig *rig)
{
	call_reply(rig, 0, 0, PPTP_CALL_GENERAL_ERROR);
}

static void in_ocrp_call_id_0(struct rig *rig)
{
	call_reply(rig, 0, OURS, PPTP_CALL_CONNECTED);
}

static void in_ocrp_other(struct rig *rig)
{
	call_reply(rig, PEERS, OTHER, PPTP_CALL_CONNECTED);
}

static void in_ocrp_other_refused(struct rig *rig)
{
	call_reply(rig, PEERS, OTHER, PPTP_CALL_BUSY);
}

static void in_ocrp_peer_0(struct rig *rig)
{
	call_reply(rig, PEERS, 0, PPTP_CALL_CONNECTED);
}

static void in_icrq(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_ICRQ, .u.incoming_request = { .call_id = PEERS } };

	input(rig, &msg);
}

static void in_icrp(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_ICRP,
				.u.incoming_reply = {
					.call_id = PEERS, .peer_call_id = OURS, .result = 1 } };

	input(rig, &msg);
}

static void in_iccn(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_ICCN,
				.u.incoming_connected = { .peer_call_id = OURS } };

	input(rig, &msg);
}

static void in_iccn_other(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_ICCN,
				.u.incoming_connected = { .peer_call_id = OTHER } };

	input(rig, &msg);
}

static void clear_request(struct rig *rig, uint16_t call_id)
{
	struct pptp_msg msg = { .type = PPTP_MSG_CCRQ, .u.clear_request = { .call_id = call_id } };

	input(rig, &msg);
}

static void in_ccrq(struct rig *rig)
{
	clear_request(rig, PEERS);
}

static void in_ccrq_ours(struct rig *rig)
{
	clear_request(rig, OURS);
}

static void in_ccrq_other(struct rig *rig)
{
	clear_request(rig, OTHER);
}

static void disconnect(struct rig *rig, uint16_t call_id)
{
	struct pptp_msg msg = { .type = PPTP_MSG_CDN,
				.u.disconnect = { .call_id = call_id, .result = 1, .cause = 16 } };

	input(rig, &msg);
}

static void in_cdn(struct rig *rig)
{
	disconnect(rig, PEERS);
}

static void in_cdn_ours(struct rig *rig)
{
	disconnect(rig, OURS);
}

static void in_cdn_other(struct rig *rig)
{
	disconnect(rig, OTHER);
}

static void in_wen(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_WEN, .u.wan_error = { .peer_call_id = OURS } };

	input(rig, &msg);
}

static void in_wen_other(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_WEN, .u.wan_error = { .peer_call_id = OTHER } };

	input(rig, &msg);
}

static void in_sli(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_SLI, .u.link_info = { .peer_call_id = OURS } };

	input(rig, &msg);
}

static void in_sli_other(struct rig *rig)
{
	struct pptp_msg msg = { .type = PPTP_MSG_SLI, .u.link_info = { .peer_call_id = OTHER } };

	input(rig, &msg);
}

static void raw(struct rig *rig, const char *octets, size_t len)
{
	pptp_ctrl_input(rig->ctrl, (const uint8_t *)octets, len, rig->now);
}

static void in_unknown(struct rig *rig)
{
	raw(rig, "\0\x10\0\x01\x1a\x2b\x3c\x4d\0\x10\0\0\0\0\0\0", 16);
}

static void in_management(struct rig *rig)
{
	raw(rig, "\0\x10\0\x02\x1a\x2b\x3c\x4d\0\x01\0\0\0\0\0\0", 16);
}

static void in_wrong_cookie(struct rig *rig)
{
	raw(rig, "\0\x10\0\x01\x1a\x2b\x3c\x4e", 8);
}

static void in_wrong_length(struct rig *rig)
{
	raw(rig, "\0\x11\0\x01\x1a\x2b\x3c\x4d\0\x05\0\0", 12);
}

static void in_half_and_closed(struct rig *rig)
{
	raw(rig, "\0\x10\0\x01\x1a", 5);
	pptp_ctrl_tcp_closed(rig->ctrl, rig->now);
}

static void tcp_open(struct rig *rig)
{
	pptp_ctrl_tcp_open(rig->ctrl, rig->now);
}

static void tcp_closed(struct rig *rig)
{
	pptp_ctrl_tcp_closed(rig->ctrl, rig->now);
}

static void stop(struct rig *rig)
{
	pptp_ctrl_stop(rig->ctrl, PPTP_REASON_STOPPED, rig->now);
}

static void clear_call(struct rig *rig)
{
	pptp_ctrl_clear_call(rig->ctrl, rig->now);
}

static void link_info(struct rig *rig)
{
	int err = pptp_ctrl_set_link_info(rig->ctrl, 1, 2);

	if (err < 0)
		ck_assert_int_eq(err, PPTP_ERR_STATE);
}

static void expire_early(struct rig *rig)
{
	pptp_ctrl_expire(rig->ctrl, rig->now);
}

/* Advance to the very next deadline, if there is one. */
static void expire(struct rig *rig)
{
	uint64_t due = pptp_ctrl_deadline(rig->ctrl);

	if (due == PPTP_TIME_NEVER)
		due = rig->now + 3600 * PPTP_NS_PER_SEC;
	ck_assert_uint_gt(due, rig->now);
	pptp_ctrl_expire(rig->ctrl, due - 1);
	ck_assert(!pptp_ctrl_is_closed(rig->ctrl) ||
		  pptp_ctrl_deadline(rig->ctrl) == PPTP_TIME_NEVER);
	pptp_ctrl_expire(rig->ctrl, due);
	ck_assert_uint_gt(pptp_ctrl_deadline(rig->ctrl), due);
}

#endif
