/* SPDX-License-Identifier: MIT */

/* Names of quirks, and what they change in messages: nothing but what they must. */

#include <string.h>

#include "quirks.h"
#include "run_suite.h"

START_TEST(names)
{
	static const char *const wrong[] = { "",      "bezeq_israel", "BEZEQ_ISRAEL ",
					     "BEZEQ", "NONE",         "ORCKIT",
					     "1" };
	enum pptp_quirk quirk = PPTP_QUIRK_NONE;

	ck_assert_int_eq(pptp_quirk_from_name("BEZEQ_ISRAEL", &quirk), 0);
	ck_assert_int_eq(quirk, PPTP_QUIRK_BEZEQ_ISRAEL);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		quirk = (enum pptp_quirk)77;
		ck_assert_int_eq(pptp_quirk_from_name(wrong[i], &quirk), PPTP_ERR_VALUE);
		ck_assert_int_eq((int)quirk, 77);
	}
	ck_assert_int_eq(pptp_quirk_from_name(NULL, &quirk), PPTP_ERR_VALUE);
	ck_assert(pptp_quirk_is_known(PPTP_QUIRK_NONE));
	ck_assert(pptp_quirk_is_known(PPTP_QUIRK_BEZEQ_ISRAEL));
	ck_assert(!pptp_quirk_is_known((enum pptp_quirk)2));
}
END_TEST

START_TEST(none_changes_nothing)
{
	struct pptp_msg msg, before;

	for (int type = PPTP_MSG_SCCRQ; type <= PPTP_MSG_SLI; type++) {
		memset(&msg, 0x5a, sizeof(msg));
		msg.type = (enum pptp_msg_type)type;
		before = msg;
		pptp_quirk_apply(PPTP_QUIRK_NONE, &msg);
		ck_assert_mem_eq(&msg, &before, sizeof(msg));
	}
	ck_assert(!pptp_quirk_wants_link_info(PPTP_QUIRK_NONE));
}
END_TEST

START_TEST(bezeq_start_request)
{
	struct pptp_msg msg = {
		.type = PPTP_MSG_SCCRQ,
		.u.start = {
			.version = PPTP_VERSION_1_0, .framing_caps = PPTP_FRAMING_ANY,
			.bearer_caps = PPTP_BEARER_ANY, .max_channels = 5, .firmware = 1,
			.host_name = "a host with a name longer than the relay's",
			.vendor_name = "a vendor with a longer name",
		},
	};

	pptp_quirk_apply(PPTP_QUIRK_BEZEQ_ISRAEL, &msg);
	ck_assert_uint_eq(msg.u.start.version, PPTP_VERSION_1_0);
	ck_assert_uint_eq(msg.u.start.framing_caps, PPTP_FRAMING_ASYNC);
	ck_assert_uint_eq(msg.u.start.bearer_caps, PPTP_BEARER_ANALOG);
	ck_assert_uint_eq(msg.u.start.max_channels, 0);
	ck_assert_uint_eq(msg.u.start.firmware, 0x6021);
	ck_assert_str_eq(msg.u.start.host_name, "RELAY_PPP1");
	ck_assert_str_eq(msg.u.start.vendor_name, "MS Win NT");
}
END_TEST

START_TEST(bezeq_call_request)
{
	struct pptp_msg msg = {
		.type = PPTP_MSG_OCRQ,
		.u.call_request = {
			.call_id = 1234, .call_serial = 56, .min_bps = 7, .max_bps = 8,
			.bearer_type = PPTP_BEARER_ANY, .framing_type = PPTP_FRAMING_SYNC,
			.recv_window = 64, .processing_delay = 9, .phone_length = 3,
			.phone = "123", .subaddress = "sub",
		},
	};
	const struct pptp_msg_call_request *request = &msg.u.call_request;

	pptp_quirk_apply(PPTP_QUIRK_BEZEQ_ISRAEL, &msg);
	ck_assert_uint_eq(request->call_id, 1234);
	ck_assert_uint_eq(request->call_serial, 56);
	ck_assert_uint_eq(request->min_bps, 7);
	ck_assert_uint_eq(request->max_bps, 8);
	ck_assert_uint_eq(request->bearer_type, PPTP_BEARER_DIGITAL);
	ck_assert_uint_eq(request->framing_type, PPTP_FRAMING_ANY);
	ck_assert_uint_eq(request->recv_window, 64);
	ck_assert_uint_eq(request->processing_delay, 9);
	ck_assert_uint_eq(request->phone_length, 10);
	ck_assert_str_eq(request->phone, "RELAY_PPP1");
	ck_assert_str_eq(request->subaddress, "sub");
}
END_TEST

START_TEST(bezeq_leaves_other_messages)
{
	struct pptp_msg msg, before;

	for (int type = PPTP_MSG_SCCRP; type <= PPTP_MSG_SLI; type++) {
		if (type == PPTP_MSG_OCRQ)
			continue;
		memset(&msg, 0x5a, sizeof(msg));
		msg.type = (enum pptp_msg_type)type;
		before = msg;
		pptp_quirk_apply(PPTP_QUIRK_BEZEQ_ISRAEL, &msg);
		ck_assert_mem_eq(&msg, &before, sizeof(msg));
	}
	ck_assert(pptp_quirk_wants_link_info(PPTP_QUIRK_BEZEQ_ISRAEL));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("quirks");
	TCase *tcase = tcase_create("quirks");

	tcase_add_test(tcase, names);
	tcase_add_test(tcase, none_changes_nothing);
	tcase_add_test(tcase, bezeq_start_request);
	tcase_add_test(tcase, bezeq_call_request);
	tcase_add_test(tcase, bezeq_leaves_other_messages);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
