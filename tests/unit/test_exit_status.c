/* SPDX-License-Identifier: MIT */
#include "run_suite.h"

#include "exit_status.h"

START_TEST(test_exit_statuses)
{
	static const int wanted[PPTP_REASON_COUNT] = {
		[PPTP_REASON_NONE] = 1,
		[PPTP_REASON_STOPPED] = 0,
		[PPTP_REASON_LINK_CLOSED] = 0,
		[PPTP_REASON_NAME_NOT_FOUND] = 3,
		[PPTP_REASON_CONNECT_REFUSED] = 4,
		[PPTP_REASON_UNREACHABLE] = 5,
		[PPTP_REASON_CONNECT_TIMEOUT] = 6,
		[PPTP_REASON_START_TIMEOUT] = 7,
		[PPTP_REASON_NOT_AUTHORIZED] = 9,
		[PPTP_REASON_START_REJECTED] = 10,
		[PPTP_REASON_VERSION] = 10,
		[PPTP_REASON_CALL_TIMEOUT] = 8,
		[PPTP_REASON_CALL_BUSY] = 11,
		[PPTP_REASON_CALL_REJECTED] = 12,
		[PPTP_REASON_CALL_DISCONNECTED] = 14,
		[PPTP_REASON_ECHO_TIMEOUT] = 13,
		[PPTP_REASON_PEER_STOPPED] = 14,
		[PPTP_REASON_PEER_CLOSED] = 14,
		[PPTP_REASON_PROTOCOL_ERROR] = 15,
		[PPTP_REASON_NOT_PERMITTED] = 18,
		[PPTP_REASON_SYSTEM_ERROR] = 1,
		[PPTP_REASON_NOT_PPTP] = 15,
		[PPTP_REASON_ADDRESS_GONE] = 21,
	};
	int reason;

	for (reason = 0; reason < PPTP_REASON_COUNT; reason++)
		ck_assert_int_eq(exit_status_of_reason((enum pptp_reason)reason), wanted[reason]);
	ck_assert_int_eq(exit_status_of_reason(PPTP_REASON_COUNT), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exit_status");
	TCase *tcase = tcase_create("statuses");

	tcase_add_test(tcase, test_exit_statuses);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
