/* SPDX-License-Identifier: MIT */
/*
 * The codec of the 15 control messages (RFC 2637, 2): one table of fields for each type drives
 * encoding, decoding and the printer (msg_print.c). No state; called by ctrl_out.c, framer.c, tests
 * and tools.
 */
#include <pptp/proto/msg.h>

#include "msg_layout.h"
#include "wire.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* PPTP Message Type (RFC 2637, 1.4): all that is defined are control messages. */
#define CONTROL_MESSAGE 1

#define FIELD(wire, path, label, how, words)                                                       \
	{                                                                                          \
		.name = (label), .offset = (wire), .size = sizeof(((struct pptp_msg *)0)->u.path), \
		.member = offsetof(struct pptp_msg, u.path), .style = PPTP_FIELD_##how,            \
		.text = (words),                                                                   \
	}
#define NUMBER(wire, path, label)      FIELD(wire, path, label, DECIMAL, NULL)
#define HEX(wire, path, label)         FIELD(wire, path, label, HEX, NULL)
#define STRING(wire, path, label)      FIELD(wire, path, label, STRING, NULL)
#define CODE(wire, path, label, words) FIELD(wire, path, label, CODE, words)

/* 2.1 */
static const struct msg_field start_request[] = {
	FIELD(12, start.version, "version", VERSION, NULL),
	FIELD(16, start.framing_caps, "framing", FRAMING, NULL),
	FIELD(20, start.bearer_caps, "bearer", BEARER, NULL),
	NUMBER(24, start.max_channels, "max channels"),
	HEX(26, start.firmware, "firmware"),
	STRING(28, start.host_name, "host"),
	STRING(92, start.vendor_name, "vendor"),
};

/* 2.2 */
static const struct msg_field start_reply[] = {
	FIELD(12, start.version, "version", VERSION, NULL),
	CODE(14, start.result, "result", pptp_start_result_text),
	CODE(15, start.error, "error", pptp_general_error_text),
	FIELD(16, start.framing_caps, "framing", FRAMING, NULL),
	FIELD(20, start.bearer_caps, "bearer", BEARER, NULL),
	NUMBER(24, start.max_channels, "max channels"),
	HEX(26, start.firmware, "firmware"),
	STRING(28, start.host_name, "host"),
	STRING(92, start.vendor_name, "vendor"),
};

/* 2.3 */
static const struct msg_field stop_request[] = {
	CODE(12, stop_request.reason, "reason", pptp_stop_reason_text),
};

/* 2.4 */
static const struct msg_field stop_reply[] = {
	CODE(12, stop_reply.result, "result", pptp_simple_result_text),
	CODE(13, stop_reply.error, "error", pptp_general_error_text),
};

/* 2.5 */
static const struct msg_field echo_request[] = {
	NUMBER(12, echo.identifier, "identifier"),
};

/* 2.6 */
static const struct msg_field echo_reply[] = {
	NUMBER(12, echo.identifier, "identifier"),
	CODE(16, echo.result, "result", pptp_simple_result_text),
	CODE(17, echo.error, "error", pptp_general_error_text),
};

/* 2.7 */
static const struct msg_field call_request[] = {
	NUMBER(12, call_request.call_id, "call ID"),
	NUMBER(14, call_request.call_serial, "serial"),
	NUMBER(16, call_request.min_bps, "min bps"),
	NUMBER(20, call_request.max_bps, "max bps"),
	FIELD(24, call_request.bearer_type, "bearer", BEARER, NULL),
	FIELD(28, call_request.framing_type, "framing", FRAMING, NULL),
	NUMBER(32, call_request.recv_window, "window"),
	NUMBER(34, call_request.processing_delay, "delay"),
	NUMBER(36, call_request.phone_length, "phone length"),
	STRING(40, call_request.phone, "phone"),
	STRING(104, call_request.subaddress, "subaddress"),
};

/* 2.8 */
static const struct msg_field call_reply[] = {
	NUMBER(12, call_reply.call_id, "call ID"),
	NUMBER(14, call_reply.peer_call_id, "peer's call ID"),
	CODE(16, call_reply.result, "result", pptp_call_result_text),
	CODE(17, call_reply.error, "error", pptp_general_error_text),
	CODE(18, call_reply.cause, "cause", pptp_cause_text),
	NUMBER(20, call_reply.connect_speed, "speed"),
	NUMBER(24, call_reply.recv_window, "window"),
	NUMBER(26, call_reply.processing_delay, "delay"),
	NUMBER(28, call_reply.physical_channel, "channel"),
};

/* 2.9 */
static const struct msg_field incoming_request[] = {
	NUMBER(12, incoming_request.call_id, "call ID"),
	NUMBER(14, incoming_request.call_serial, "serial"),
	FIELD(16, incoming_request.bearer_type, "bearer", BEARER, NULL),
	NUMBER(20, incoming_request.physical_channel, "channel"),
	NUMBER(24, incoming_request.dialed_length, "dialed length"),
	NUMBER(26, incoming_request.dialing_length, "dialing length"),
	STRING(28, incoming_request.dialed, "dialed"),
	STRING(92, incoming_request.dialing, "dialing"),
	STRING(156, incoming_request.subaddress, "subaddress"),
};

/* 2.10 */
static const struct msg_field incoming_reply[] = {
	NUMBER(12, incoming_reply.call_id, "call ID"),
	NUMBER(14, incoming_reply.peer_call_id, "peer's call ID"),
	CODE(16, incoming_reply.result, "result", pptp_incoming_result_text),
	CODE(17, incoming_reply.error, "error", pptp_general_error_text),
	NUMBER(18, incoming_reply.recv_window, "window"),
	NUMBER(20, incoming_reply.transmit_delay, "delay"),
};

/* 2.11 */
static const struct msg_field incoming_connected[] = {
	NUMBER(12, incoming_connected.peer_call_id, "peer's call ID"),
	NUMBER(16, incoming_connected.connect_speed, "speed"),
	NUMBER(20, incoming_connected.recv_window, "window"),
	NUMBER(22, incoming_connected.transmit_delay, "delay"),
	FIELD(24, incoming_connected.framing_type, "framing", FRAMING, NULL),
};

/* 2.12 */
static const struct msg_field clear_request[] = {
	NUMBER(12, clear_request.call_id, "call ID"),
};

/* 2.13 */
static const struct msg_field disconnect[] = {
	NUMBER(12, disconnect.call_id, "call ID"),
	CODE(14, disconnect.result, "result", pptp_disconnect_result_text),
	CODE(15, disconnect.error, "error", pptp_general_error_text),
	CODE(16, disconnect.cause, "cause", pptp_cause_text),
	STRING(20, disconnect.statistics, "statistics"),
};

/* 2.14 */
static const struct msg_field wan_error[] = {
	NUMBER(12, wan_error.peer_call_id, "peer's call ID"),
	NUMBER(16, wan_error.crc_errors, "CRC errors"),
	NUMBER(20, wan_error.framing_errors, "framing errors"),
	NUMBER(24, wan_error.hardware_overruns, "hardware overruns"),
	NUMBER(28, wan_error.buffer_overruns, "buffer overruns"),
	NUMBER(32, wan_error.timeout_errors, "time-outs"),
	NUMBER(36, wan_error.alignment_errors, "alignment errors"),
};

/* 2.15 */
static const struct msg_field link_info[] = {
	NUMBER(12, link_info.peer_call_id, "peer's call ID"),
	HEX(16, link_info.send_accm, "send ACCM"),
	HEX(20, link_info.receive_accm, "receive ACCM"),
};

#define LAYOUT(label, octets, table)                                                               \
	{                                                                                          \
		(label), (octets), (table), COUNT(table)                                           \
	}

static const struct msg_layout layouts[] = {
	[PPTP_MSG_SCCRQ] = LAYOUT("Start-Control-Connection-Request", 156, start_request),
	[PPTP_MSG_SCCRP] = LAYOUT("Start-Control-Connection-Reply", 156, start_reply),
	[PPTP_MSG_STOPCCRQ] = LAYOUT("Stop-Control-Connection-Request", 16, stop_request),
	[PPTP_MSG_STOPCCRP] = LAYOUT("Stop-Control-Connection-Reply", 16, stop_reply),
	[PPTP_MSG_ECHORQ] = LAYOUT("Echo-Request", 16, echo_request),
	[PPTP_MSG_ECHORP] = LAYOUT("Echo-Reply", 20, echo_reply),
	[PPTP_MSG_OCRQ] = LAYOUT("Outgoing-Call-Request", 168, call_request),
	[PPTP_MSG_OCRP] = LAYOUT("Outgoing-Call-Reply", 32, call_reply),
	[PPTP_MSG_ICRQ] = LAYOUT("Incoming-Call-Request", 220, incoming_request),
	[PPTP_MSG_ICRP] = LAYOUT("Incoming-Call-Reply", 24, incoming_reply),
	[PPTP_MSG_ICCN] = LAYOUT("Incoming-Call-Connected", 28, incoming_connected),
	[PPTP_MSG_CCRQ] = LAYOUT("Call-Clear-Request", 16, clear_request),
	[PPTP_MSG_CDN] = LAYOUT("Call-Disconnect-Notify", 148, disconnect),
	[PPTP_MSG_WEN] = LAYOUT("WAN-Error-Notify", 40, wan_error),
	[PPTP_MSG_SLI] = LAYOUT("Set-Link-Info", 24, link_info),
};

const struct msg_layout *pptp_msg_layout(unsigned int type)
{
	if (type >= COUNT(layouts) || !layouts[type].name)
		return NULL;
	return &layouts[type];
}

size_t pptp_msg_size(unsigned int type)
{
	const struct msg_layout *layout = pptp_msg_layout(type);

	return layout ? layout->size : 0;
}

const char *pptp_msg_name(unsigned int type)
{
	const struct msg_layout *layout = pptp_msg_layout(type);

	return layout ? layout->name : "unknown message";
}

uint32_t pptp_msg_field_value(const struct pptp_msg *msg, const struct msg_field *field)
{
	const char *member = (const char *)msg + field->member;
	uint8_t v8;
	uint16_t v16;
	uint32_t v32;

	switch (field->size) {
	case sizeof(v8):
		memcpy(&v8, member, sizeof(v8));
		return v8;
	case sizeof(v16):
		memcpy(&v16, member, sizeof(v16));
		return v16;
	default:
		memcpy(&v32, member, sizeof(v32));
		return v32;
	}
}

static void encode_field(uint8_t *p, const struct pptp_msg *msg, const struct msg_field *field)
{
	const char *member = (const char *)msg + field->member;

	if (field->style == PPTP_FIELD_STRING) {
		memcpy(p, member, strnlen(member, field->size - 1U));
		return;
	}
	switch (field->size) {
	case sizeof(uint8_t):
		put_u8(p, (uint8_t)pptp_msg_field_value(msg, field));
		break;
	case sizeof(uint16_t):
		put_u16(p, (uint16_t)pptp_msg_field_value(msg, field));
		break;
	default:
		put_u32(p, pptp_msg_field_value(msg, field));
		break;
	}
}

static void decode_field(struct pptp_msg *msg, const struct msg_field *field, const uint8_t *p)
{
	char *member = (char *)msg + field->member;
	uint16_t v16;
	uint32_t v32;

	if (field->style == PPTP_FIELD_STRING) {
		memcpy(member, p, field->size - 1U);
		member[field->size - 1U] = '\0';
		return;
	}
	switch (field->size) {
	case sizeof(uint8_t):
		memcpy(member, p, sizeof(uint8_t));
		break;
	case sizeof(v16):
		get_u16(&v16, p);
		memcpy(member, &v16, sizeof(v16));
		break;
	default:
		get_u32(&v32, p);
		memcpy(member, &v32, sizeof(v32));
		break;
	}
}

int pptp_msg_encode(const struct pptp_msg *msg, uint8_t *buf, size_t size)
{
	const struct msg_layout *layout = pptp_msg_layout(msg->type);
	uint8_t *p = buf;

	if (!layout)
		return PPTP_ERR_TYPE;
	if (size < layout->size)
		return PPTP_ERR_SPACE;
	memset(buf, 0, layout->size);
	p = put_u16(p, (uint16_t)layout->size);
	p = put_u16(p, CONTROL_MESSAGE);
	p = put_u32(p, PPTP_MAGIC);
	put_u16(p, (uint16_t)msg->type);
	for (size_t i = 0; i < layout->count; i++)
		encode_field(buf + layout->fields[i].offset, msg, &layout->fields[i]);
	return (int)layout->size;
}

int pptp_msg_decode(struct pptp_msg *msg, const uint8_t *buf, size_t len)
{
	const struct msg_layout *layout;
	const uint8_t *p = buf;
	uint16_t length, kind, type;
	uint32_t magic;

	if (len < PPTP_MSG_HEADER_SIZE)
		return PPTP_ERR_TRUNCATED;
	p = get_u16(&length, p);
	p = get_u16(&kind, p);
	p = get_u32(&magic, p);
	get_u16(&type, p);
	if (magic != PPTP_MAGIC)
		return PPTP_ERR_MAGIC;
	layout = pptp_msg_layout(type);
	if (kind != CONTROL_MESSAGE || !layout)
		return PPTP_ERR_TYPE;
	if (length != layout->size || len > layout->size)
		return PPTP_ERR_LENGTH;
	if (len < layout->size)
		return PPTP_ERR_TRUNCATED;
	memset(msg, 0, sizeof(*msg));
	msg->type = (enum pptp_msg_type)type;
	for (size_t i = 0; i < layout->count; i++)
		decode_field(msg, &layout->fields[i], buf + layout->fields[i].offset);
	return 0;
}
