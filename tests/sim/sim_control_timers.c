/* SPDX-License-Identifier: MIT */

/* Every time-out of a control connection to the nanosecond, on a virtual clock (3.1.4, 3.2.1). */

#include "memory_peer.h"

/* Nothing happens until `wait` has gone by, then at least one event. */
static void quiet_until(struct pair *pair, uint64_t wait)
{
	unsigned int events = pair->pns.event_count;

	pair_wait(pair, wait - 1);
	ck_assert_uint_eq(pair->pns.event_count, events);
	pair_wait(pair, 1);
	ck_assert_uint_gt(pair->pns.event_count, events);
}

/* 3.1.4, 1: no Start-Control-Connection-Reply; TCP is closed without another message. */
START_TEST(start_originator)
{
	struct pair *pair = pair_new(NULL, NULL);

	pair_open(pair);
	quiet_until(pair, 60 * SECOND);
	ck_assert_str_eq(pair->log, "pns>SCCRQ");
	down_of(&pair->pns, 0, PPTP_CTRL_CLOSED, PPTP_REASON_START_TIMEOUT);
	pair_free(pair);
}
END_TEST

/* 3.1.4, 1: no Start-Control-Connection-Request, not even if other messages come. */
START_TEST(start_receiver)
{
	struct pptp_msg echo = { .type = PPTP_MSG_ECHORQ };
	struct pptp_ctrl_config cfg;
	struct pair *pair;

	pac_config(&cfg);
	pair = pair_new(&cfg, NULL);
	pair_open(pair);
	pair_wait(pair, 59 * SECOND);
	pac_says(pair, &echo);
	quiet_until(pair, SECOND);
	ck_assert_str_eq(pair->log, "pns>ECHORP");
	down_of(&pair->pns, 0, PPTP_CTRL_CLOSED, PPTP_REASON_START_TIMEOUT);
	pair_free(pair);
}
END_TEST

/* What is still unsent when a time-out ends the connection is not worth waiting for. */
START_TEST(unsent_is_dropped)
{
	struct pair *pair = pair_new(NULL, NULL);
	size_t len;

	pptp_ctrl_tcp_open(pair->pns.ctrl, EPOCH);
	pptp_ctrl_expire(pair->pns.ctrl, EPOCH + 60 * SECOND);
	ck_assert(pptp_ctrl_is_closed(pair->pns.ctrl));
	ck_assert_ptr_null(pptp_ctrl_output(pair->pns.ctrl, &len));
	ck_assert_uint_eq(len, 0);
	pair_free(pair);
}
END_TEST

/* 3.2.1: no Outgoing-Call-Reply closes the whole control connection, by the book. */
START_TEST(call)
{
	struct pptp_ctrl_config cfg;
	struct pair *pair;

	pns_config(&cfg);
	cfg.timeouts.call = 20 * SECOND;
	pair = pair_new(&cfg, NULL);
	pair_open(pair);
	pac_says_started(pair);
	quiet_until(pair, 20 * SECOND);
	down_of(&pair->pns, 1, PPTP_CTRL_CALL_FAILED, PPTP_REASON_CALL_TIMEOUT);
	ck_assert_str_eq(pair->log, "pns>SCCRQ pns>OCRQ pns>STOPCCRQ");
	quiet_until(pair, 500 * MILLISECOND);
	down_of(&pair->pns, 2, PPTP_CTRL_CLOSED, PPTP_REASON_CALL_TIMEOUT);
	pair_free(pair);
}
END_TEST

/* A peer that answers nothing: still everything is said, in order, and in 1 s all is over. */
START_TEST(stop_with_a_silent_peer)
{
	struct pair *pair = pair_with_call(NULL);

	pptp_ctrl_stop(pair->pns.ctrl, PPTP_REASON_STOPPED, pair->now);
	pair_settle(pair);
	ck_assert_str_eq(pair->log, "pns>CCRQ");
	quiet_until(pair, 500 * MILLISECOND);
	ck_assert_str_eq(pair->log, "pns>CCRQ pns>STOPCCRQ");
	down_of(&pair->pns, 0, PPTP_CTRL_CALL_DOWN, PPTP_REASON_STOPPED);
	quiet_until(pair, 500 * MILLISECOND);
	down_of(&pair->pns, 1, PPTP_CTRL_CLOSED, PPTP_REASON_STOPPED);
	ck_assert_uint_lt(pair->now - EPOCH, 2 * SECOND);
	pair_free(pair);
}
END_TEST

/* Stopping while a clear is under way doesn't wait for it twice. */
START_TEST(stop_after_clear)
{
	struct pair *pair = pair_with_call(NULL);

	pptp_ctrl_clear_call(pair->pns.ctrl, pair->now);
	pair_wait(pair, 300 * MILLISECOND);
	pptp_ctrl_stop(pair->pns.ctrl, PPTP_REASON_STOPPED, pair->now);
	quiet_until(pair, 200 * MILLISECOND);
	ck_assert_str_eq(pair->log, "pns>CCRQ pns>STOPCCRQ");
	quiet_until(pair, 500 * MILLISECOND);
	down_of(&pair->pns, 1, PPTP_CTRL_CLOSED, PPTP_REASON_STOPPED);
	pair_free(pair);
}
END_TEST

/* Servers that close TCP instead of answering: at every point of the end, our reason stays. */
START_TEST(peer_closes_while_stopping)
{
	struct pptp_msg cdn = { .type = PPTP_MSG_CDN, .u.disconnect = { .call_id = PAC_ID } };
	struct pair *pair = pair_with_call(NULL);

	pptp_ctrl_stop(pair->pns.ctrl, PPTP_REASON_STOPPED, pair->now);
	if (_i > 0)
		pac_says(pair, &cdn);
	pptp_ctrl_tcp_closed(pair->pns.ctrl, pair->now);
	pair_settle(pair);
	down_of(&pair->pns, 0, PPTP_CTRL_CALL_DOWN, PPTP_REASON_STOPPED);
	down_of(&pair->pns, 1, PPTP_CTRL_CLOSED, PPTP_REASON_STOPPED);
	pair_free(pair);
}
END_TEST

static struct pair *pair_with_echo(uint64_t idle, uint64_t reply)
{
	struct pptp_ctrl_config cfg;

	pns_config(&cfg);
	cfg.timeouts.echo_idle = idle;
	cfg.timeouts.echo_reply = reply;
	return pair_with_call(&cfg);
}

static void pac_echoes(struct pair *pair, uint32_t identifier, uint8_t result)
{
	struct pptp_msg msg = { .type = PPTP_MSG_ECHORP,
				.u.echo = { .identifier = identifier, .result = result } };

	pac_says(pair, &msg);
}

/* 3.1.4, 2: request after echo_idle, end after echo_reply more. */
START_TEST(echo_lost)
{
	struct pair *pair = pair_with_echo(10 * SECOND, 5 * SECOND);

	pair_wait(pair, 10 * SECOND - 1);
	ck_assert_str_eq(pair->log, "");
	pair_wait(pair, 1);
	ck_assert_str_eq(pair->log, "pns>ECHORQ");
	quiet_until(pair, 5 * SECOND);
	ck_assert_str_eq(pair->log, "pns>ECHORQ");
	down_of(&pair->pns, 0, PPTP_CTRL_CALL_DOWN, PPTP_REASON_ECHO_TIMEOUT);
	down_of(&pair->pns, 1, PPTP_CTRL_CLOSED, PPTP_REASON_ECHO_TIMEOUT);
	pair_free(pair);
}
END_TEST

/* Each answer starts the idle time again; each request has an identifier of its own. */
START_TEST(echo_answered)
{
	struct pair *pair = pair_with_echo(10 * SECOND, 5 * SECOND);
	uint32_t identifier, before = 0;

	for (int i = 0; i < 1000; i++) {
		pair_wait(pair, 10 * SECOND - 1);
		ck_assert_str_eq(pair->log, "");
		pair_wait(pair, 1);
		ck_assert_str_eq(pair->log, "pns>ECHORQ");
		identifier = pair->pns.last_sent.u.echo.identifier;
		ck_assert_uint_ne(identifier, before);
		before = identifier;
		pair_wait(pair, 5 * SECOND - 1);
		/* an answer is an answer, even one that reports an error */
		pac_echoes(pair, identifier, i % 2 ? PPTP_RESULT_OK : PPTP_RESULT_GENERAL_ERROR);
		pair->log[0] = '\0';
	}
	ck_assert_uint_eq(pair->pns.event_count, 0);
	pair_free(pair);
}
END_TEST

/* A reply to something else, an old one, and other messages don't keep a dead keep-alive alive. */
START_TEST(echo_answered_wrongly)
{
	struct pptp_msg other = { .type = PPTP_MSG_SLI, .u.link_info = { .peer_call_id = PNS_ID } };
	struct pair *pair = pair_with_echo(10 * SECOND, 5 * SECOND);
	uint32_t identifier;

	pair_wait(pair, 10 * SECOND);
	identifier = pair->pns.last_sent.u.echo.identifier;
	pair_wait(pair, 4 * SECOND);
	pac_echoes(pair, identifier + 1, PPTP_RESULT_OK);
	pac_echoes(pair, identifier - 1, PPTP_RESULT_OK);
	ck_assert_uint_eq(pair->pns.notes, 2);
	pac_says(pair, &other);
	ck_assert_uint_eq(pair->pns.event_count, 1);
	quiet_until(pair, SECOND);
	down_of(&pair->pns, 2, PPTP_CTRL_CLOSED, PPTP_REASON_ECHO_TIMEOUT);
	pair_free(pair);
}
END_TEST

/* 3.1.4, 2: any control message puts the request off, also one that we don't know. */
START_TEST(echo_postponed)
{
	static const uint8_t unknown[] = { 0, 12, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 77, 0, 0 };
	struct pptp_msg echo = { .type = PPTP_MSG_ECHORQ };
	struct pair *pair = pair_with_echo(10 * SECOND, 5 * SECOND);

	pair_wait(pair, 9 * SECOND);
	pac_says(pair, &echo);
	pair_wait(pair, 9 * SECOND);
	side_deliver(&pair->pns, unknown, sizeof(unknown));
	pair_wait(pair, 10 * SECOND - 1);
	ck_assert_str_eq(pair->log, "pns>ECHORP");
	pair_wait(pair, 1);
	ck_assert_str_eq(pair->log, "pns>ECHORP pns>ECHORQ");
	pair_free(pair);
}
END_TEST

/* Half a message is no message: it does not put the request off. */
START_TEST(echo_not_postponed_by_pieces)
{
	static const uint8_t piece[] = { 0, 12, 0, 1, 0x1a, 0x2b, 0x3c };
	struct pair *pair = pair_with_echo(10 * SECOND, 5 * SECOND);

	for (size_t i = 0; i < sizeof(piece); i++) {
		pair_wait(pair, SECOND);
		side_deliver(&pair->pns, piece + i, 1);
	}
	pair_wait(pair, 3 * SECOND);
	ck_assert_str_eq(pair->log, "pns>ECHORQ");
	pair_free(pair);
}
END_TEST

START_TEST(echo_off)
{
	struct pair *pair = pair_with_echo(PPTP_TIME_NEVER, 5 * SECOND);

	ck_assert_uint_eq(pptp_ctrl_deadline(pair->pns.ctrl), PPTP_TIME_NEVER);
	pair_wait(pair, 365 * 86400 * SECOND);
	ck_assert_str_eq(pair->log, "");
	pair_free(pair);
}
END_TEST

START_TEST(echo_reply_never_due)
{
	struct pair *pair = pair_with_echo(10 * SECOND, PPTP_TIME_NEVER);

	pair_wait(pair, 365 * 86400 * SECOND);
	ck_assert_str_eq(pair->log, "pns>ECHORQ");
	ck_assert_uint_eq(pair->pns.event_count, 0);
	pair_free(pair);
}
END_TEST

/* A day of two peers that keep each other alive, then the line is cut. */
START_TEST(echo_between_peers)
{
	struct pptp_ctrl_config pac;
	struct pair *pair;

	pac_config(&pac);
	pair = pair_new(NULL, &pac);
	pair_open(pair);
	pair_wait(pair, 86400 * SECOND);
	ck_assert_uint_eq(pair->pns.event_count, 2);
	ck_assert_uint_eq(pair->pac.event_count, 2);
	ck_assert_uint_eq(pair->pns.notes + pair->pac.notes, 0);
	/* one question a minute from each, at the same time, and one answer to it */
	ck_assert_uint_eq(pair->pns.sent, 2 + 2 * 1440);
	ck_assert_uint_eq(pair->pac.sent, 2 + 2 * 1440);
	pair->cut = true;
	quiet_until(pair, 120 * SECOND);
	down_of(&pair->pns, 3, PPTP_CTRL_CLOSED, PPTP_REASON_ECHO_TIMEOUT);
	down_of(&pair->pac, 3, PPTP_CTRL_CLOSED, PPTP_REASON_ECHO_TIMEOUT);
	pair_free(pair);
}
END_TEST

/* Waking up long after several deadlines: what is due is done, and the next one is ahead. */
START_TEST(late_expiry)
{
	struct pair *pair = pair_with_echo(10 * SECOND, 5 * SECOND);

	pair->now += 3600 * SECOND;
	pptp_ctrl_expire(pair->pns.ctrl, pair->now);
	ck_assert_uint_eq(pptp_ctrl_deadline(pair->pns.ctrl), pair->now + 5 * SECOND);
	pptp_ctrl_stop(pair->pns.ctrl, PPTP_REASON_STOPPED, pair->now);
	pair->now += 3600 * SECOND;
	pptp_ctrl_expire(pair->pns.ctrl, pair->now);
	ck_assert_uint_eq(pptp_ctrl_deadline(pair->pns.ctrl), pair->now + 500 * MILLISECOND);
	pptp_ctrl_expire(pair->pns.ctrl, pair->now + 3600 * SECOND);
	pair_settle(pair);
	down_of(&pair->pns, 1, PPTP_CTRL_CLOSED, PPTP_REASON_STOPPED);
	ck_assert_uint_eq(pptp_ctrl_deadline(pair->pns.ctrl), PPTP_TIME_NEVER);
	pair_free(pair);
}
END_TEST

/* Time-outs turned off, and a clock near its end, never wrap round to a deadline in the past. */
START_TEST(clock_near_its_end)
{
	struct pptp_ctrl_config cfg;
	struct pair *pair;

	pns_config(&cfg);
	cfg.timeouts.call = PPTP_TIME_NEVER;
	pair = pair_new(&cfg, NULL);
	pair->now = UINT64_MAX - 30 * SECOND;
	pair_open(pair);
	ck_assert_uint_eq(pptp_ctrl_deadline(pair->pns.ctrl), PPTP_TIME_NEVER);
	pac_says_started(pair);
	ck_assert_uint_eq(pptp_ctrl_deadline(pair->pns.ctrl), PPTP_TIME_NEVER);
	pptp_ctrl_expire(pair->pns.ctrl, UINT64_MAX);
	pair_settle(pair);
	ck_assert_str_eq(pptp_ctrl_call_state_name(pair->pns.ctrl), "wait_reply");
	pptp_ctrl_stop(pair->pns.ctrl, PPTP_REASON_STOPPED, pair->now);
	ck_assert_uint_eq(pptp_ctrl_deadline(pair->pns.ctrl), pair->now + 500 * MILLISECOND);
	pair_free(pair);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control_timers");
	TCase *tcase = tcase_create("timers");

	tcase_add_test(tcase, start_originator);
	tcase_add_test(tcase, start_receiver);
	tcase_add_test(tcase, unsent_is_dropped);
	tcase_add_test(tcase, call);
	tcase_add_test(tcase, stop_with_a_silent_peer);
	tcase_add_test(tcase, stop_after_clear);
	tcase_add_loop_test(tcase, peer_closes_while_stopping, 0, 2);
	tcase_add_test(tcase, echo_lost);
	tcase_add_test(tcase, echo_answered);
	tcase_add_test(tcase, echo_answered_wrongly);
	tcase_add_test(tcase, echo_postponed);
	tcase_add_test(tcase, echo_not_postponed_by_pieces);
	tcase_add_test(tcase, echo_off);
	tcase_add_test(tcase, echo_reply_never_due);
	tcase_add_test(tcase, echo_between_peers);
	tcase_add_test(tcase, late_expiry);
	tcase_add_test(tcase, clock_near_its_end);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
