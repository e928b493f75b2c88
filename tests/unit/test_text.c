/* SPDX-License-Identifier: MIT */

/* Words for messages, codes, reasons and errors. */

#include <errno.h>
#include <pptp/proto/msg.h>
#include <pptp/reason.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"

static const struct {
	struct pptp_msg msg;
	const char *text;
} lines[] = {
	{
		{ .type = PPTP_MSG_SCCRQ,
		  .u.start = { .version = 0x0100,
			       .framing_caps = 3,
			       .bearer_caps = 2,
			       .firmware = 0x6021,
			       .host_name = "pns",
			       .vendor_name = "acme" } },
		"Start-Control-Connection-Request: version 1.0, framing 3 (async, sync), "
		"bearer 2 (digital), max channels 0, firmware 0x6021, host \"pns\", "
		"vendor \"acme\"",
	},
	{
		{ .type = PPTP_MSG_SCCRP,
		  .u.start = { .version = 0x0203,
			       .result = 2,
			       .error = 4,
			       .bearer_caps = 0x80000001,
			       .max_channels = 65535,
			       .host_name = "a\nb\x7f\xe4\x1b[31m" } },
		"Start-Control-Connection-Reply: version 2.3, result 2 (general error), "
		"error 4 (insufficient resources), framing 0 (none), "
		"bearer 0x80000001 (unknown bits), max channels 65535, firmware 0x0000, "
		"host \"a?b???[31m\", vendor \"\"",
	},
	{
		{ .type = PPTP_MSG_STOPCCRQ, .u.stop_request = { .reason = 3 } },
		"Stop-Control-Connection-Request: reason 3 (shutting down)",
	},
	{
		{ .type = PPTP_MSG_STOPCCRP, .u.stop_reply = { .result = 1 } },
		"Stop-Control-Connection-Reply: result 1 (ok), error 0 (none)",
	},
	{
		{ .type = PPTP_MSG_ECHORQ, .u.echo = { .identifier = 4294967295 } },
		"Echo-Request: identifier 4294967295",
	},
	{
		{ .type = PPTP_MSG_ECHORP, .u.echo = { .identifier = 7, .result = 2, .error = 5 } },
		"Echo-Reply: identifier 7, result 2 (general error), error 5 (invalid call ID)",
	},
	{
		{ .type = PPTP_MSG_OCRQ,
		  .u.call_request = { .call_id = 1,
				      .call_serial = 2,
				      .min_bps = 3,
				      .max_bps = 4294967295,
				      .bearer_type = 1,
				      .framing_type = 2,
				      .recv_window = 64,
				      .processing_delay = 5,
				      .phone_length = 3,
				      .phone = "555",
				      .subaddress = "s" } },
		"Outgoing-Call-Request: call ID 1, serial 2, min bps 3, max bps 4294967295, "
		"bearer 1 (analog), framing 2 (sync), window 64, delay 5, phone length 3, "
		"phone \"555\", subaddress \"s\"",
	},
	{
		{ .type = PPTP_MSG_OCRP,
		  .u.call_reply = { .call_id = 9,
				    .peer_call_id = 1,
				    .result = 4,
				    .cause = 17,
				    .connect_speed = 64000,
				    .recv_window = 3,
				    .processing_delay = 1,
				    .physical_channel = 12 } },
		"Outgoing-Call-Reply: call ID 9, peer's call ID 1, result 4 (busy), "
		"error 0 (none), cause 17 (user busy), speed 64000, window 3, delay 1, channel 12",
	},
	{
		{ .type = PPTP_MSG_ICRQ,
		  .u.incoming_request = { .call_id = 9,
					  .call_serial = 8,
					  .bearer_type = 0,
					  .physical_channel = 7,
					  .dialed_length = 1,
					  .dialing_length = 2,
					  .dialed = "1",
					  .dialing = "22",
					  .subaddress = "" } },
		"Incoming-Call-Request: call ID 9, serial 8, bearer 0 (none), channel 7, "
		"dialed length 1, dialing length 2, dialed \"1\", dialing \"22\", subaddress \"\"",
	},
	{
		{ .type = PPTP_MSG_ICRP,
		  .u.incoming_reply = { .call_id = 1,
					.peer_call_id = 9,
					.result = 3,
					.recv_window = 64,
					.transmit_delay = 2 } },
		"Incoming-Call-Reply: call ID 1, peer's call ID 9, result 3 (do not accept), "
		"error 0 (none), window 64, delay 2",
	},
	{
		{ .type = PPTP_MSG_ICCN,
		  .u.incoming_connected = { .peer_call_id = 1,
					    .connect_speed = 56000,
					    .recv_window = 8,
					    .transmit_delay = 3,
					    .framing_type = 1 } },
		"Incoming-Call-Connected: peer's call ID 1, speed 56000, window 8, delay 3, "
		"framing 1 (async)",
	},
	{
		{ .type = PPTP_MSG_CCRQ, .u.clear_request = { .call_id = 65535 } },
		"Call-Clear-Request: call ID 65535",
	},
	{
		{ .type = PPTP_MSG_CDN,
		  .u.disconnect = { .call_id = 9,
				    .result = 99,
				    .error = 77,
				    .cause = 126,
				    .statistics = "rx 1\ttx 2" } },
		"Call-Disconnect-Notify: call ID 9, result 99 (unknown result), "
		"error 77 (unknown error), cause 126 (unknown cause), statistics \"rx 1?tx 2\"",
	},
	{
		{ .type = PPTP_MSG_WEN, .u.wan_error = { 1, 2, 3, 4, 5, 6, 7 } },
		"WAN-Error-Notify: peer's call ID 1, CRC errors 2, framing errors 3, "
		"hardware overruns 4, buffer overruns 5, time-outs 6, alignment errors 7",
	},
	{
		{ .type = PPTP_MSG_SLI,
		  .u.link_info = { .peer_call_id = 9,
				   .send_accm = 0xffffffff,
				   .receive_accm = 0xa0000 } },
		"Set-Link-Info: peer's call ID 9, send ACCM 0xffffffff, receive ACCM 0x000a0000",
	},
	{ { .type = (enum pptp_msg_type)16 }, "unknown message 16" },
};

#define LINES (sizeof(lines) / sizeof(lines[0]))

START_TEST(printed)
{
	char buf[1024];

	ck_assert_int_eq(pptp_msg_print(&lines[_i].msg, buf, sizeof(buf)),
			 (int)strlen(lines[_i].text));
	ck_assert_str_eq(buf, lines[_i].text);
}
END_TEST

START_TEST(printed_into_too_little_room)
{
	size_t whole = strlen(lines[_i].text);

	ck_assert_int_eq(pptp_msg_print(&lines[_i].msg, NULL, 0), (int)whole);
	for (size_t size = 1; size <= whole; size++) {
		char *buf = malloc(size);

		ck_assert_int_eq(pptp_msg_print(&lines[_i].msg, buf, size), (int)whole);
		ck_assert_uint_eq(strlen(buf), size - 1);
		ck_assert(strncmp(buf, lines[_i].text, size - 1) == 0);
		free(buf);
	}
}
END_TEST

/* Strings of full length and every octet in them: printed as one line of printable ASCII. */
START_TEST(any_octet_is_printable)
{
	struct pptp_msg msg = { .type = PPTP_MSG_CDN };
	int whole = pptp_msg_print(&msg, NULL, 0) + PPTP_CALLSTATS_MAX;
	char buf[1024];

	for (int from = 1; from < 256; from += PPTP_CALLSTATS_MAX) {
		for (int i = 0; i < PPTP_CALLSTATS_MAX; i++)
			msg.u.disconnect.statistics[i] = (char)(from + i < 256 ? from + i : 'x');
		/* no end: must not be read */
		msg.u.disconnect.statistics[PPTP_CALLSTATS_MAX] = 'x';
		ck_assert_int_eq(pptp_msg_print(&msg, buf, sizeof(buf)), whole);
		for (const char *p = buf; *p; p++)
			ck_assert(*p >= ' ' && *p <= '~');
	}
}
END_TEST

/* Every code of a table has words of its own, every other one the same. */
static void check_codes(const char *(*text)(unsigned int), unsigned int first, unsigned int last,
			const char *unknown)
{
	for (unsigned int code = first; code <= last; code++) {
		ck_assert_str_ne(text(code), unknown);
		ck_assert_str_ne(text(code), "");
		for (unsigned int other = first; other < code; other++)
			ck_assert_str_ne(text(code), text(other));
	}
	for (unsigned int code = last + 1; code < 300; code++)
		ck_assert_str_eq(text(code), unknown);
	if (first)
		ck_assert_str_eq(text(0), unknown);
	ck_assert_str_eq(text(0xffffffff), unknown);
}

START_TEST(codes)
{
	check_codes(pptp_start_result_text, 1, 5, "unknown result");
	check_codes(pptp_stop_reason_text, 1, 3, "unknown reason");
	check_codes(pptp_simple_result_text, 1, 2, "unknown result");
	check_codes(pptp_call_result_text, 1, 7, "unknown result");
	check_codes(pptp_incoming_result_text, 1, 3, "unknown result");
	check_codes(pptp_disconnect_result_text, 1, 4, "unknown result");
	check_codes(pptp_general_error_text, 0, 6, "unknown error");
	ck_assert_str_eq(pptp_start_result_text(PPTP_START_NOT_AUTHORIZED), "not authorized");
	ck_assert_str_eq(pptp_call_result_text(PPTP_CALL_BUSY), "busy");
	ck_assert_str_eq(pptp_call_result_text(PPTP_CALL_NO_CARRIER), "no carrier");
	ck_assert_str_eq(pptp_disconnect_result_text(PPTP_DISCONNECT_LOST_CARRIER), "lost carrier");
	ck_assert_str_eq(pptp_general_error_text(PPTP_GENERAL_NONE), "none");
}
END_TEST

START_TEST(causes)
{
	unsigned int known = 0;

	ck_assert_str_eq(pptp_cause_text(0), "");
	ck_assert_str_eq(pptp_cause_text(1), "unassigned number");
	ck_assert_str_eq(pptp_cause_text(16), "normal call clearing");
	ck_assert_str_eq(pptp_cause_text(17), "user busy");
	ck_assert_str_eq(pptp_cause_text(127), "interworking, unspecified");
	ck_assert_str_eq(pptp_cause_text(15), "unknown cause");
	for (unsigned int cause = 1; cause < 128; cause++)
		known += strcmp(pptp_cause_text(cause), "unknown cause") != 0;
	ck_assert_uint_gt(known, 60);
	for (unsigned int cause = 128; cause < 70000; cause++)
		ck_assert_str_eq(pptp_cause_text(cause), "unknown cause");
}
END_TEST

/* Every reason, and whether trying again may help. */
static const struct {
	enum pptp_reason reason;
	bool transient;
} reasons[] = {
	{ PPTP_REASON_NONE, false },
	{ PPTP_REASON_STOPPED, false },
	{ PPTP_REASON_LINK_CLOSED, false },
	{ PPTP_REASON_NAME_NOT_FOUND, false },
	{ PPTP_REASON_CONNECT_REFUSED, true },
	{ PPTP_REASON_UNREACHABLE, true },
	{ PPTP_REASON_CONNECT_TIMEOUT, true },
	{ PPTP_REASON_START_TIMEOUT, true },
	{ PPTP_REASON_NOT_AUTHORIZED, false },
	{ PPTP_REASON_START_REJECTED, true },
	{ PPTP_REASON_VERSION, false },
	{ PPTP_REASON_CALL_TIMEOUT, true },
	{ PPTP_REASON_CALL_BUSY, true },
	{ PPTP_REASON_CALL_REJECTED, true },
	{ PPTP_REASON_CALL_DISCONNECTED, true },
	{ PPTP_REASON_ECHO_TIMEOUT, true },
	{ PPTP_REASON_PEER_STOPPED, true },
	{ PPTP_REASON_PEER_CLOSED, true },
	{ PPTP_REASON_PROTOCOL_ERROR, true },
	{ PPTP_REASON_NOT_PERMITTED, false },
	{ PPTP_REASON_SYSTEM_ERROR, false },
	{ PPTP_REASON_NOT_PPTP, false },
	{ PPTP_REASON_ADDRESS_GONE, true },
};

START_TEST(reason_texts)
{
	ck_assert_uint_eq(sizeof(reasons) / sizeof(reasons[0]), PPTP_REASON_COUNT);
	for (unsigned int i = 0; i < PPTP_REASON_COUNT; i++) {
		const char *text = pptp_reason_text(reasons[i].reason);

		ck_assert_int_eq((int)reasons[i].reason, (int)i);
		ck_assert_int_eq(pptp_reason_is_transient(reasons[i].reason), reasons[i].transient);
		ck_assert_int_gt((int)strlen(text), 5);
		for (unsigned int k = 0; k < i; k++)
			ck_assert_str_ne(text, pptp_reason_text(reasons[k].reason));
	}
	ck_assert_str_eq(pptp_reason_text(PPTP_REASON_COUNT), "unknown reason");
	ck_assert_str_eq(pptp_reason_text((enum pptp_reason) - 1), "unknown reason");
	ck_assert(!pptp_reason_is_transient(PPTP_REASON_COUNT));
	ck_assert(!pptp_reason_is_transient((enum pptp_reason) - 1));
}
END_TEST

START_TEST(error_texts)
{
	for (int err = PPTP_ERR_TRUNCATED; err >= PPTP_ERR_UNSUPPORTED; err--) {
		ck_assert_str_ne(pptp_strerror(err), "unknown error");
		for (int other = PPTP_ERR_TRUNCATED; other > err; other--)
			ck_assert_str_ne(pptp_strerror(err), pptp_strerror(other));
	}
	ck_assert_str_eq(pptp_strerror(PPTP_ERR_UNSUPPORTED - 1), "unknown error");
	ck_assert_str_eq(pptp_strerror(-2147483647 - 1), "unknown error");
	ck_assert_str_eq(pptp_strerror(-ENOMEM), strerror(ENOMEM));
	ck_assert_str_eq(pptp_strerror(-ECONNREFUSED), strerror(ECONNREFUSED));
	ck_assert_str_eq(pptp_strerror(0), "success");
	ck_assert_str_eq(pptp_strerror(12), "success");
}
END_TEST

START_TEST(version)
{
	int major, minor, patch, end = 0;

	ck_assert_int_eq(sscanf(pptp_version(), "%d.%d.%d%n", &major, &minor, &patch, &end), 3);
	ck_assert_int_eq(end, (int)strlen(pptp_version()));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = tcase_create("text");

	tcase_add_loop_test(tcase, printed, 0, LINES);
	tcase_add_loop_test(tcase, printed_into_too_little_room, 0, LINES);
	tcase_add_test(tcase, any_octet_is_printable);
	tcase_add_test(tcase, codes);
	tcase_add_test(tcase, causes);
	tcase_add_test(tcase, reason_texts);
	tcase_add_test(tcase, error_texts);
	tcase_add_test(tcase, version);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
