/* SPDX-License-Identifier: MIT */
/* The last line of the log and the exit status, for each way in which a run of pptp can end. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "run_suite.h"

#include "exit_report.h"
#include "log.h"

#define EXITED(status) ((status) << 8)
#define UP             true
#define HEARD          true

static char first_line[512];
static enum pptp_log_level first_level;
static unsigned int lines;

/* In place of log.c */
void log_line(enum pptp_log_level level, const char *format, ...)
{
	va_list args;

	if (lines++)
		return;
	first_level = level;
	va_start(args, format);
	vsnprintf(first_line, sizeof(first_line), format, args);
	va_end(args);
}

static const struct row {
	enum pptp_reason reason;
	bool asked, up, heard;
	int pppd; /* its wait status, -1: it is not ours or still runs */
	enum exit_status status;
	enum pptp_log_level level;
	const char *line;
} rows[] = {
	{ PPTP_REASON_STOPPED, true, UP, HEARD, EXITED(5), EXIT_STATUS_OK, PPTP_LOG_NOTICE,
	  "stopped by SIGTERM" },
	{ PPTP_REASON_PEER_CLOSED, true, UP, HEARD, EXITED(19), EXIT_STATUS_OK, PPTP_LOG_NOTICE,
	  "stopped by SIGTERM" },
	/* pppd ended first */
	{ PPTP_REASON_LINK_CLOSED, false, UP, HEARD, -1, EXIT_STATUS_OK, PPTP_LOG_WARNING,
	  "pppd has closed the link, the call is over: see the log of pppd" },
	{ PPTP_REASON_LINK_CLOSED, false, UP, HEARD, EXITED(0), EXIT_STATUS_OK, PPTP_LOG_NOTICE,
	  "pppd has ended (the link was up and has ended), the call is over" },
	{ PPTP_REASON_LINK_CLOSED, false, UP, HEARD, EXITED(19), EXIT_STATUS_PPPD, PPTP_LOG_ERROR,
	  "pppd failed: the server did not accept our name and password" },
	{ PPTP_REASON_LINK_CLOSED, false, UP, HEARD, EXITED(10), EXIT_STATUS_PPPD, PPTP_LOG_ERROR,
	  "pppd failed: PPP negotiation failed: the two sides agreed on no network protocol, or on "
	  "no encryption (MPPE) where one requires it; see the log of pppd" },
	{ PPTP_REASON_LINK_CLOSED, false, UP, HEARD, EXITED(16), EXIT_STATUS_PPPD, PPTP_LOG_ERROR,
	  "pppd failed: the link was hung up" },
	{ PPTP_REASON_LINK_CLOSED, false, UP, HEARD, 9, EXIT_STATUS_PPPD, PPTP_LOG_ERROR,
	  "pppd failed: it was killed by signal 9" },
	{ PPTP_REASON_LINK_CLOSED, false, UP, HEARD, EXITED(77), EXIT_STATUS_PPPD, PPTP_LOG_ERROR,
	  "pppd failed: exit status 77" },
	/* The kernel has no PPP: GRE has nothing to do with it. */
	{ PPTP_REASON_LINK_CLOSED, false, UP, false, EXITED(4), EXIT_STATUS_PPPD, PPTP_LOG_ERROR,
	  "pppd failed: the kernel has no PPP (module ppp_generic, /dev/ppp)" },
	/* Nothing arrived: pppd gave up because of that. */
	{ PPTP_REASON_LINK_CLOSED, false, UP, false, EXITED(10), EXIT_STATUS_NO_GRE, PPTP_LOG_ERROR,
	  "no GRE packet had ever arrived while the call was up: look for a firewall that blocks "
	  "IP protocol 47 (GRE) or a NAT gateway without PPTP helper" },
	{ PPTP_REASON_LINK_CLOSED, false, UP, false, EXITED(16), EXIT_STATUS_NO_GRE, PPTP_LOG_ERROR,
	  "no GRE packet had ever arrived while the call was up: look for a firewall that blocks "
	  "IP protocol 47 (GRE) or a NAT gateway without PPTP helper" },
	{ PPTP_REASON_LINK_CLOSED, false, UP, false, -1, EXIT_STATUS_NO_GRE, PPTP_LOG_ERROR,
	  "no GRE packet had ever arrived while the call was up: look for a firewall that blocks "
	  "IP protocol 47 (GRE) or a NAT gateway without PPTP helper" },
	/* The server closed first: a failure of pppd that explains it wins. */
	{ PPTP_REASON_PEER_CLOSED, false, UP, HEARD, EXITED(19), EXIT_STATUS_PPPD, PPTP_LOG_ERROR,
	  "pppd failed: the server did not accept our name and password" },
	{ PPTP_REASON_CALL_DISCONNECTED, false, UP, HEARD, EXITED(10), EXIT_STATUS_PPPD,
	  PPTP_LOG_ERROR,
	  "pppd failed: PPP negotiation failed: the two sides agreed on no network protocol, or on "
	  "no encryption (MPPE) where one requires it; see the log of pppd" },
	{ PPTP_REASON_PEER_CLOSED, false, UP, HEARD, EXITED(16), EXIT_STATUS_PEER_ENDED,
	  PPTP_LOG_ERROR, "the call is over: the text" },
	{ PPTP_REASON_PEER_CLOSED, false, UP, HEARD, -1, EXIT_STATUS_PEER_ENDED, PPTP_LOG_ERROR,
	  "the call is over: the text" },
	{ PPTP_REASON_PEER_CLOSED, false, UP, false, EXITED(10), EXIT_STATUS_PEER_ENDED,
	  PPTP_LOG_ERROR, "the call is over: the text" },
	/* The keep-alive has a cause of its own. */
	{ PPTP_REASON_ECHO_TIMEOUT, false, UP, HEARD, EXITED(19), EXIT_STATUS_KEEPALIVE_LOST,
	  PPTP_LOG_ERROR, "the call is over: the text" },
	{ PPTP_REASON_CALL_BUSY, false, false, false, -1, EXIT_STATUS_BUSY, PPTP_LOG_ERROR,
	  "no connection: the text" },
};

START_TEST(last_line_and_status)
{
	const struct row *row = &rows[_i];
	struct exit_report report = { .signal = row->asked ? SIGTERM : 0,
				      .asked = row->asked,
				      .was_up = row->up,
				      .gre_heard = row->heard,
				      .down = { .reason = row->reason, .text = "the text" } };
	struct pppd pppd = PPPD_NONE;

	if (row->pppd >= 0) {
		pppd.ended = true;
		pppd.wait_status = row->pppd;
	}
	lines = 0;
	ck_assert_int_eq((int)exit_report_log(&report, &pppd), (int)row->status);
	ck_assert_str_eq(first_line, row->line);
	ck_assert_int_eq((int)first_level, (int)row->level);
}
END_TEST

/* What a part of the command has logged already is not explained once more. */
START_TEST(failure_of_our_own)
{
	struct exit_report report = { .failure = EXIT_STATUS_SYSTEM };
	struct pppd pppd = PPPD_NONE;

	lines = 0;
	ck_assert_int_eq((int)exit_report_log(&report, &pppd), EXIT_STATUS_SYSTEM);
	ck_assert_uint_eq(lines, 0);
}
END_TEST

/* pppd gives up because its packets do not arrive there. */
START_TEST(one_way_is_the_cause)
{
	struct exit_report report = { .was_up = true,
				      .gre_heard = true,
				      .one_way = true,
				      .down = { .reason = PPTP_REASON_LINK_CLOSED } };
	static const int statuses[] = { EXITED(10), EXITED(16) };

	for (unsigned int i = 0; i < 2; i++) {
		struct pppd pppd = PPPD_NONE;

		pppd.ended = true;
		pppd.wait_status = statuses[i];
		lines = 0;
		ck_assert_int_eq((int)exit_report_log(&report, &pppd), EXIT_STATUS_NO_GRE);
		ck_assert_str_eq(
			first_line,
			"GRE packets arrived, but the server had acknowledged none of ours: "
			"look for a firewall that blocks outgoing IP protocol 47 (GRE)");
	}
}
END_TEST

/* The first acknowledgment came after the warning: what ends the call hours later is not the path. */
/* PPP was up, which proves the path: the server only never acknowledges. */
START_TEST(one_way_is_no_cause_where_ppp_was_up)
{
	struct exit_report report = { .was_up = true,
				      .gre_heard = true,
				      .one_way = true,
				      .down = { .reason = PPTP_REASON_LINK_CLOSED } };
	struct pppd pppd = PPPD_NONE;

	pppd.ended = true;
	pppd.wait_status = EXITED(0);
	lines = 0;
	ck_assert_int_eq((int)exit_report_log(&report, &pppd), EXIT_STATUS_OK);
	ck_assert_str_eq(first_line,
			 "pppd has ended (the link was up and has ended), the call is over");
}
END_TEST

/* The server gave up first, as it did not receive anything. */
START_TEST(one_way_is_named_where_the_server_ends)
{
	struct exit_report report = { .was_up = true,
				      .gre_heard = true,
				      .one_way = true,
				      .down = { .reason = PPTP_REASON_PEER_CLOSED, .text = "x" } };
	struct pppd pppd = PPPD_NONE;

	pppd.ended = true;
	pppd.wait_status = EXITED(10);
	lines = 0;
	ck_assert_int_eq((int)exit_report_log(&report, &pppd), EXIT_STATUS_PEER_ENDED);
	ck_assert_str_eq(first_line, "the call is over: x");
	ck_assert_uint_eq(lines, 2);
}
END_TEST

START_TEST(one_way_is_no_cause_once_acknowledged)
{
	struct exit_report report = { .was_up = true, .gre_heard = true, .one_way = true };
	const struct pptp_event_down down = { .reason = PPTP_REASON_LINK_CLOSED,
					      .gre_heard = true,
					      .gre_acked = true };
	struct pppd pppd = PPPD_NONE;

	pppd.ended = true;
	pppd.wait_status = EXITED(16);
	exit_report_note(&report, &down);
	lines = 0;
	ck_assert_int_eq((int)exit_report_log(&report, &pppd), EXIT_STATUS_PPPD);
	ck_assert_str_eq(first_line, "pppd failed: the link was hung up");
}
END_TEST

START_TEST(silence_is_named_when_the_server_ends)
{
	struct exit_report report = { .was_up = true,
				      .down = { .reason = PPTP_REASON_PEER_STOPPED } };
	struct pppd pppd = PPPD_NONE;

	lines = 0;
	exit_report_log(&report, &pppd);
	ck_assert_uint_eq(lines, 2);
	report.gre_heard = true;
	lines = 0;
	exit_report_log(&report, &pppd);
	ck_assert_uint_eq(lines, 1);
}
END_TEST

START_TEST(the_first_reason_counts)
{
	struct exit_report report = { .was_up = true };
	struct pptp_event_down down = { .reason = PPTP_REASON_ECHO_TIMEOUT };

	exit_report_note(&report, &down);
	down.reason = PPTP_REASON_STOPPED;
	down.gre_heard = true;
	exit_report_note(&report, &down);
	ck_assert_int_eq((int)report.down.reason, PPTP_REASON_ECHO_TIMEOUT);
	ck_assert(report.gre_heard);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exit_report");
	TCase *tc = tcase_create("report");

	tcase_add_loop_test(tc, last_line_and_status, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, failure_of_our_own);
	tcase_add_test(tc, one_way_is_the_cause);
	tcase_add_test(tc, one_way_is_no_cause_where_ppp_was_up);
	tcase_add_test(tc, one_way_is_named_where_the_server_ends);
	tcase_add_test(tc, one_way_is_no_cause_once_acknowledged);
	tcase_add_test(tc, silence_is_named_when_the_server_ends);
	tcase_add_test(tc, the_first_reason_counts);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
