/* SPDX-License-Identifier: MIT */

/* The codec of all control messages against octets written out from the figures of RFC 2637, 2. */

#include <pptp/proto/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"

/* Length, PPTP Message Type 1, cookie, Control Message Type, Reserved0. */
#define HEADER(length, type)                                                                       \
	0x00, (length), 0x00, 0x01, 0x1a, 0x2b, 0x3c, 0x4d, 0x00, (type), 0x00, 0x00

/* An octet range that is reserved in a message: [from, to). */
struct range {
	size_t from;
	size_t to;
};

struct golden {
	const char *name;
	size_t size;
	uint8_t octets[PPTP_MSG_SIZE_MAX];
	struct pptp_msg msg;
	struct range reserved[3];
	struct range strings[3];
};

static const struct golden goldens[] = {
	{
		.name = "Start-Control-Connection-Request",
		.size = 156,
		.octets = {
			HEADER(156, 1),
			0x01, 0x00, 0x00, 0x00, /* version, reserved1 */
			0x00, 0x00, 0x00, 0x03, /* framing */
			0x00, 0x00, 0x00, 0x02, /* bearer */
			0x01, 0x02, 0x60, 0x21, /* channels, firmware */
			'p', 'n', 's', '.', 'e', 'x',
			[92] = 'a', 'c', 'm', 'e',
		},
		.msg = {
			.type = PPTP_MSG_SCCRQ,
			.u.start = {
				.version = 0x0100, .framing_caps = 3, .bearer_caps = 2,
				.max_channels = 0x0102, .firmware = 0x6021,
				.host_name = "pns.ex", .vendor_name = "acme",
			},
		},
		.reserved = { { 10, 12 }, { 14, 16 } },
		.strings = { { 28, 92 }, { 92, 156 } },
	},
	{
		.name = "Start-Control-Connection-Reply",
		.size = 156,
		.octets = {
			HEADER(156, 2),
			0x01, 0x00, 0x02, 0x04, /* version, result, error */
			0x00, 0x00, 0x00, 0x01,
			0x80, 0x00, 0x00, 0x01,
			0xff, 0xfe, 0x00, 0x01,
			'p', 'a', 'c',
			[92] = 'v',
		},
		.msg = {
			.type = PPTP_MSG_SCCRP,
			.u.start = {
				.version = 0x0100, .result = 2, .error = 4, .framing_caps = 1,
				.bearer_caps = 0x80000001, .max_channels = 0xfffe, .firmware = 1,
				.host_name = "pac", .vendor_name = "v",
			},
		},
		.reserved = { { 10, 12 } },
		.strings = { { 28, 92 }, { 92, 156 } },
	},
	{
		.name = "Stop-Control-Connection-Request",
		.size = 16,
		.octets = { HEADER(16, 3), 0x03, 0x00, 0x00, 0x00 },
		.msg = { .type = PPTP_MSG_STOPCCRQ, .u.stop_request = { .reason = 3 } },
		.reserved = { { 10, 12 }, { 13, 16 } },
	},
	{
		.name = "Stop-Control-Connection-Reply",
		.size = 16,
		.octets = { HEADER(16, 4), 0x02, 0x05, 0x00, 0x00 },
		.msg = { .type = PPTP_MSG_STOPCCRP, .u.stop_reply = { .result = 2, .error = 5 } },
		.reserved = { { 10, 12 }, { 14, 16 } },
	},
	{
		.name = "Echo-Request",
		.size = 16,
		.octets = { HEADER(16, 5), 0xde, 0xad, 0xbe, 0xef },
		.msg = { .type = PPTP_MSG_ECHORQ, .u.echo = { .identifier = 0xdeadbeef } },
		.reserved = { { 10, 12 } },
	},
	{
		.name = "Echo-Reply",
		.size = 20,
		.octets = { HEADER(20, 6), 0x01, 0x02, 0x03, 0x04, 0x01, 0x06, 0x00, 0x00 },
		.msg = {
			.type = PPTP_MSG_ECHORP,
			.u.echo = { .identifier = 0x01020304, .result = 1, .error = 6 },
		},
		.reserved = { { 10, 12 }, { 18, 20 } },
	},
	{
		.name = "Outgoing-Call-Request",
		.size = 168,
		.octets = {
			HEADER(168, 7),
			0x12, 0x34, 0x56, 0x78, /* call ID, serial */
			0x00, 0x00, 0x09, 0x60, /* minimum BPS */
			0x3b, 0x9a, 0xca, 0x00, /* maximum BPS */
			0x00, 0x00, 0x00, 0x03, /* bearer */
			0x00, 0x00, 0x00, 0x02, /* framing */
			0x00, 0x40, 0x00, 0x05, /* window, delay */
			0x00, 0x04, 0x00, 0x00, /* phone number length, reserved1 */
			'5', '5', '5', '1',
			[104] = 's', 'u', 'b',
		},
		.msg = {
			.type = PPTP_MSG_OCRQ,
			.u.call_request = {
				.call_id = 0x1234, .call_serial = 0x5678, .min_bps = 2400,
				.max_bps = 1000000000, .bearer_type = 3, .framing_type = 2,
				.recv_window = 64, .processing_delay = 5, .phone_length = 4,
				.phone = "5551", .subaddress = "sub",
			},
		},
		.reserved = { { 10, 12 }, { 38, 40 } },
		.strings = { { 40, 104 }, { 104, 168 } },
	},
	{
		.name = "Outgoing-Call-Reply",
		.size = 32,
		.octets = {
			HEADER(32, 8),
			0xab, 0xcd, 0x12, 0x34, /* call ID, peer's call ID */
			0x04, 0x00, 0x00, 0x11, /* result, error, cause */
			0x05, 0xf5, 0xe1, 0x00, /* speed */
			0x00, 0x20, 0x00, 0x01, /* window, delay */
			0x00, 0x00, 0x01, 0x00, /* channel */
		},
		.msg = {
			.type = PPTP_MSG_OCRP,
			.u.call_reply = {
				.call_id = 0xabcd, .peer_call_id = 0x1234, .result = 4, .error = 0,
				.cause = 17, .connect_speed = 100000000, .recv_window = 32,
				.processing_delay = 1, .physical_channel = 256,
			},
		},
		.reserved = { { 10, 12 } },
	},
	{
		.name = "Incoming-Call-Request",
		.size = 220,
		.octets = {
			HEADER(220, 9),
			0x00, 0x07, 0x00, 0x08, /* call ID, serial */
			0x00, 0x00, 0x00, 0x01, /* bearer */
			0x00, 0x00, 0x00, 0x09, /* channel */
			0x00, 0x02, 0x00, 0x03, /* lengths of dialed and dialing number */
			'1', '2',
			[92] = '3', '4', '5',
			[156] = 's',
		},
		.msg = {
			.type = PPTP_MSG_ICRQ,
			.u.incoming_request = {
				.call_id = 7, .call_serial = 8, .bearer_type = 1,
				.physical_channel = 9, .dialed_length = 2, .dialing_length = 3,
				.dialed = "12", .dialing = "345", .subaddress = "s",
			},
		},
		.reserved = { { 10, 12 } },
		.strings = { { 28, 92 }, { 92, 156 }, { 156, 220 } },
	},
	{
		.name = "Incoming-Call-Reply",
		.size = 24,
		.octets = {
			HEADER(24, 10),
			0x00, 0x0a, 0x00, 0x07, /* call ID, peer's call ID */
			0x01, 0x02, 0x00, 0x40, /* result, error, window */
			0x00, 0x0b, 0x00, 0x00, /* delay, reserved1 */
		},
		.msg = {
			.type = PPTP_MSG_ICRP,
			.u.incoming_reply = {
				.call_id = 10, .peer_call_id = 7, .result = 1, .error = 2,
				.recv_window = 64, .transmit_delay = 11,
			},
		},
		.reserved = { { 10, 12 }, { 22, 24 } },
	},
	{
		.name = "Incoming-Call-Connected",
		.size = 28,
		.octets = {
			HEADER(28, 11),
			0x00, 0x0a, 0x00, 0x00, /* peer's call ID, reserved1 */
			0x00, 0x00, 0xfa, 0x00, /* speed */
			0x00, 0x10, 0x00, 0x02, /* window, delay */
			0x00, 0x00, 0x00, 0x01, /* framing */
		},
		.msg = {
			.type = PPTP_MSG_ICCN,
			.u.incoming_connected = {
				.peer_call_id = 10, .connect_speed = 64000, .recv_window = 16,
				.transmit_delay = 2, .framing_type = 1,
			},
		},
		.reserved = { { 10, 12 }, { 14, 16 } },
	},
	{
		.name = "Call-Clear-Request",
		.size = 16,
		.octets = { HEADER(16, 12), 0xfe, 0xdc, 0x00, 0x00 },
		.msg = { .type = PPTP_MSG_CCRQ, .u.clear_request = { .call_id = 0xfedc } },
		.reserved = { { 10, 12 }, { 14, 16 } },
	},
	{
		.name = "Call-Disconnect-Notify",
		.size = 148,
		.octets = {
			HEADER(148, 13),
			0xab, 0xcd, 0x02, 0x06, /* call ID, result, error */
			0x00, 0x10, 0x00, 0x00, /* cause, reserved1 */
			'r', 'x', '=', '9',
		},
		.msg = {
			.type = PPTP_MSG_CDN,
			.u.disconnect = {
				.call_id = 0xabcd, .result = 2, .error = 6, .cause = 16,
				.statistics = "rx=9",
			},
		},
		.reserved = { { 10, 12 }, { 18, 20 } },
		.strings = { { 20, 148 } },
	},
	{
		.name = "WAN-Error-Notify",
		.size = 40,
		.octets = {
			HEADER(40, 14),
			0x12, 0x34, 0x00, 0x00, /* peer's call ID, reserved1 */
			0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x02, 0x00, 0x00, 0x03, 0x00, 0x00,
			0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x06, 0x00,
		},
		.msg = {
			.type = PPTP_MSG_WEN,
			.u.wan_error = {
				.peer_call_id = 0x1234, .crc_errors = 1, .framing_errors = 0x200,
				.hardware_overruns = 0x30000, .buffer_overruns = 0x4000000,
				.timeout_errors = 5, .alignment_errors = 0x600,
			},
		},
		.reserved = { { 10, 12 }, { 14, 16 } },
	},
	{
		.name = "Set-Link-Info",
		.size = 24,
		.octets = {
			HEADER(24, 15),
			0xab, 0xcd, 0x00, 0x00, /* peer's call ID, reserved1 */
			0xff, 0xff, 0xff, 0xfe, /* send ACCM */
			0x00, 0x0a, 0x00, 0x00, /* receive ACCM */
		},
		.msg = {
			.type = PPTP_MSG_SLI,
			.u.link_info = {
				.peer_call_id = 0xabcd, .send_accm = 0xfffffffe,
				.receive_accm = 0x000a0000,
			},
		},
		.reserved = { { 10, 12 }, { 14, 16 } },
	},
};

#define GOLDENS (sizeof(goldens) / sizeof(goldens[0]))

/* A copy in a block of its very size, so that a sanitizer sees any octet read beyond it. */
static int decode_exactly(struct pptp_msg *msg, const uint8_t *octets, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	int r;

	memcpy(copy, octets, len);
	r = pptp_msg_decode(msg, copy, len);
	free(copy);
	return r;
}

START_TEST(golden_encode)
{
	const struct golden *g = &goldens[_i];
	uint8_t buf[PPTP_MSG_SIZE_MAX];

	memset(buf, 0xee, sizeof(buf));
	ck_assert_int_eq(pptp_msg_encode(&g->msg, buf, sizeof(buf)), (int)g->size);
	ck_assert_mem_eq(buf, g->octets, g->size);
	for (size_t i = g->size; i < sizeof(buf); i++)
		ck_assert_uint_eq(buf[i], 0xee);
}
END_TEST

START_TEST(golden_decode)
{
	const struct golden *g = &goldens[_i];
	struct pptp_msg msg;

	memset(&msg, 0xee, sizeof(msg));
	ck_assert_int_eq(decode_exactly(&msg, g->octets, g->size), 0);
	ck_assert_mem_eq(&msg, &g->msg, sizeof(msg));
}
END_TEST

START_TEST(names_and_sizes)
{
	const struct golden *g = &goldens[_i];

	ck_assert_uint_eq(pptp_msg_size(g->msg.type), g->size);
	ck_assert_str_eq(pptp_msg_name(g->msg.type), g->name);
}
END_TEST

START_TEST(every_truncation_fails)
{
	const struct golden *g = &goldens[_i];
	struct pptp_msg msg, before;

	memset(&msg, 0xee, sizeof(msg));
	before = msg;
	for (size_t len = 0; len < g->size; len++)
		ck_assert_int_eq(decode_exactly(&msg, g->octets, len), PPTP_ERR_TRUNCATED);
	ck_assert_mem_eq(&msg, &before, sizeof(msg));
}
END_TEST

START_TEST(every_lying_length_fails)
{
	const struct golden *g = &goldens[_i];
	uint8_t buf[PPTP_MSG_SIZE_MAX + 300] = { 0 };
	struct pptp_msg msg;
	int expect;

	memcpy(buf, g->octets, g->size);
	for (unsigned int length = 0; length <= UINT16_MAX; length++) {
		buf[0] = (uint8_t)(length >> 8);
		buf[1] = (uint8_t)length;
		expect = length == g->size ? 0 : PPTP_ERR_LENGTH;
		if (pptp_msg_decode(&msg, buf, g->size) != expect)
			ck_abort_msg("length %u", length);
	}
	memcpy(buf, g->octets, g->size);
	for (size_t len = g->size + 1; len < sizeof(buf); len++)
		ck_assert_int_eq(decode_exactly(&msg, buf, len), PPTP_ERR_LENGTH);
}
END_TEST

START_TEST(every_wrong_cookie_fails)
{
	const struct golden *g = &goldens[_i];
	uint8_t buf[PPTP_MSG_SIZE_MAX];
	struct pptp_msg msg;

	for (unsigned int bit = 0; bit < 32; bit++) {
		memcpy(buf, g->octets, g->size);
		buf[4 + bit / 8] ^= (uint8_t)(1U << bit % 8);
		ck_assert_int_eq(pptp_msg_decode(&msg, buf, g->size), PPTP_ERR_MAGIC);
	}
}
END_TEST

START_TEST(unknown_types_fail)
{
	uint8_t buf[PPTP_MSG_SIZE_MAX];
	struct pptp_msg msg = { .type = PPTP_MSG_ECHORQ };

	memcpy(buf, goldens[4].octets, goldens[4].size);
	for (unsigned int type = 0; type <= UINT16_MAX; type++) {
		if (type >= PPTP_MSG_SCCRQ && type <= PPTP_MSG_SLI)
			continue;
		buf[8] = (uint8_t)(type >> 8);
		buf[9] = (uint8_t)type;
		if (pptp_msg_decode(&msg, buf, goldens[4].size) != PPTP_ERR_TYPE ||
		    pptp_msg_size(type) != 0 || strcmp(pptp_msg_name(type), "unknown message") != 0)
			ck_abort_msg("type %u", type);
	}
	msg.type = (enum pptp_msg_type)0;
	ck_assert_int_eq(pptp_msg_encode(&msg, buf, sizeof(buf)), PPTP_ERR_TYPE);
	msg.type = (enum pptp_msg_type)16;
	ck_assert_int_eq(pptp_msg_encode(&msg, buf, sizeof(buf)), PPTP_ERR_TYPE);
}
END_TEST

/* 1.4: only PPTP Message Type 1 is a control message; 2 is a management message. */
START_TEST(only_control_messages_decode)
{
	const struct golden *g = &goldens[_i];
	uint8_t buf[PPTP_MSG_SIZE_MAX];
	struct pptp_msg msg;
	int expect;

	memcpy(buf, g->octets, g->size);
	for (unsigned int kind = 0; kind <= UINT16_MAX; kind++) {
		buf[2] = (uint8_t)(kind >> 8);
		buf[3] = (uint8_t)kind;
		expect = kind == 1 ? 0 : PPTP_ERR_TYPE;
		if (pptp_msg_decode(&msg, buf, g->size) != expect)
			ck_abort_msg("PPTP message type %u", kind);
	}
}
END_TEST

START_TEST(reserved_fields_are_ignored)
{
	const struct golden *g = &goldens[_i];
	uint8_t buf[PPTP_MSG_SIZE_MAX];
	struct pptp_msg msg;

	memcpy(buf, g->octets, g->size);
	for (const struct range *r = g->reserved; r->to; r++)
		memset(buf + r->from, 0xff, r->to - r->from);
	ck_assert_mem_ne(buf, g->octets, g->size);
	ck_assert_int_eq(decode_exactly(&msg, buf, g->size), 0);
	ck_assert_mem_eq(&msg, &g->msg, sizeof(msg));
}
END_TEST

START_TEST(encode_needs_space)
{
	const struct golden *g = &goldens[_i];

	for (size_t size = 0; size < g->size; size++) {
		uint8_t *buf = malloc(size ? size : 1);

		ck_assert_int_eq(pptp_msg_encode(&g->msg, buf, size), PPTP_ERR_SPACE);
		free(buf);
	}
}
END_TEST

static uint32_t random_state = 1;

static uint8_t random_octet(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint8_t)(random_state >> 24);
}

/* Random fields, zeros where reserved, strings of random length without a NUL inside. */
static void random_message(const struct golden *g, uint8_t *buf)
{
	for (size_t i = 12; i < g->size; i++)
		buf[i] = random_octet();
	memcpy(buf, g->octets, 12);
	for (size_t i = 0; i < 3 && g->reserved[i].to; i++)
		memset(buf + g->reserved[i].from, 0, g->reserved[i].to - g->reserved[i].from);
	for (size_t i = 0; i < 3 && g->strings[i].to; i++) {
		size_t size = g->strings[i].to - g->strings[i].from;
		size_t len = random_octet() % (size + 1);

		for (size_t k = 0; k < size; k++) {
			uint8_t octet = (uint8_t)(random_octet() | 1);

			buf[g->strings[i].from + k] = k < len ? octet : 0;
		}
	}
}

START_TEST(random_round_trips)
{
	const struct golden *g = &goldens[_i];
	uint8_t in[PPTP_MSG_SIZE_MAX], out[PPTP_MSG_SIZE_MAX];
	struct pptp_msg msg;

	random_state = (uint32_t)_i + 1;
	for (int round = 0; round < 2000; round++) {
		random_message(g, in);
		memset(&msg, 0xee, sizeof(msg));
		ck_assert_int_eq(decode_exactly(&msg, in, g->size), 0);
		ck_assert_int_eq(pptp_msg_encode(&msg, out, sizeof(out)), (int)g->size);
		ck_assert_mem_eq(out, in, g->size);
	}
}
END_TEST

START_TEST(strings_may_fill_their_field)
{
	const struct golden *g = &goldens[_i];
	uint8_t in[PPTP_MSG_SIZE_MAX], out[PPTP_MSG_SIZE_MAX];
	struct pptp_msg msg;

	memcpy(in, g->octets, g->size);
	for (size_t i = 0; i < 3 && g->strings[i].to; i++)
		memset(in + g->strings[i].from, 'x', g->strings[i].to - g->strings[i].from);
	ck_assert_int_eq(decode_exactly(&msg, in, g->size), 0);
	ck_assert_int_eq(pptp_msg_encode(&msg, out, sizeof(out)), (int)g->size);
	ck_assert_mem_eq(out, in, g->size);
	if (msg.type == PPTP_MSG_OCRQ)
		ck_assert_uint_eq(strlen(msg.u.call_request.phone), PPTP_STRING_MAX);
	if (msg.type == PPTP_MSG_CDN)
		ck_assert_uint_eq(strlen(msg.u.disconnect.statistics), PPTP_CALLSTATS_MAX);
}
END_TEST

/* A string without an end costs nothing but its last octet. */
START_TEST(strings_without_end_are_cut)
{
	struct pptp_msg msg = { .type = PPTP_MSG_SCCRQ };
	uint8_t buf[PPTP_MSG_SIZE_MAX];

	memset(msg.u.start.host_name, 'h', sizeof(msg.u.start.host_name));
	ck_assert_int_eq(pptp_msg_encode(&msg, buf, sizeof(buf)), 156);
	for (size_t i = 28; i < 92; i++)
		ck_assert_uint_eq(buf[i], 'h');
	for (size_t i = 92; i < 156; i++)
		ck_assert_uint_eq(buf[i], 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("msg");
	TCase *tcase = tcase_create("codec");

	tcase_add_loop_test(tcase, golden_encode, 0, GOLDENS);
	tcase_add_loop_test(tcase, golden_decode, 0, GOLDENS);
	tcase_add_loop_test(tcase, names_and_sizes, 0, GOLDENS);
	tcase_add_loop_test(tcase, every_truncation_fails, 0, GOLDENS);
	tcase_add_loop_test(tcase, every_lying_length_fails, 0, GOLDENS);
	tcase_add_loop_test(tcase, every_wrong_cookie_fails, 0, GOLDENS);
	tcase_add_test(tcase, unknown_types_fail);
	tcase_add_loop_test(tcase, only_control_messages_decode, 0, GOLDENS);
	tcase_add_loop_test(tcase, reserved_fields_are_ignored, 0, GOLDENS);
	tcase_add_loop_test(tcase, encode_needs_space, 0, GOLDENS);
	tcase_add_loop_test(tcase, random_round_trips, 0, GOLDENS);
	tcase_add_loop_test(tcase, strings_may_fill_their_field, 0, GOLDENS);
	tcase_add_test(tcase, strings_without_end_are_cut);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
