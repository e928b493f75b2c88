/* SPDX-License-Identifier: MIT */
/* The parts of a session that need no socket: the queue of events, and why a session ended. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "run_suite.h"
#include "session/down.h"
#include "session/event_queue.h"

static void push(struct event_queue *queue, enum pptp_event_type type, unsigned int attempt)
{
	struct pptp_event event = { .type = type };

	event.u.connecting.attempt = attempt;
	pptp_event_queue_push(queue, &event);
}

START_TEST(events_leave_in_order)
{
	static struct event_queue queue;
	const struct pptp_event *event;

	memset(&queue, 0, sizeof(queue));
	for (unsigned int round = 0; round < 3 * EVENT_QUEUE_CAPACITY; round++) {
		push(&queue, PPTP_EVENT_CONNECTING, round);
		push(&queue, PPTP_EVENT_CONTROL_UP, round);
		event = pptp_event_queue_pop(&queue);
		ck_assert_int_eq(event->type, PPTP_EVENT_CONNECTING);
		ck_assert_uint_eq(event->u.connecting.attempt, round);
		event = pptp_event_queue_pop(&queue);
		ck_assert_int_eq(event->type, PPTP_EVENT_CONTROL_UP);
		ck_assert_ptr_null(pptp_event_queue_pop(&queue));
	}
}
END_TEST

/* An uplink that comes and goes while nobody pops leaves room for all that happens once. */
START_TEST(what_happens_once_is_never_dropped)
{
	static struct event_queue queue;
	const struct pptp_event *event;
	unsigned int count[PPTP_EVENT_GRE_ONE_WAY + 1] = { 0 };

	memset(&queue, 0, sizeof(queue));
	for (int i = 0; i < 1000; i++)
		push(&queue, i % 2 ? PPTP_EVENT_ROUTE_LOST : PPTP_EVENT_ROUTE_PINNED, 0);
	push(&queue, PPTP_EVENT_RESOLVING, 0);
	for (unsigned int i = 0; i < PPTP_ADDRESSES_MAX; i++)
		push(&queue, PPTP_EVENT_CONNECTING, i);
	push(&queue, PPTP_EVENT_CONTROL_UP, 0);
	push(&queue, PPTP_EVENT_CALL_UP, 0);
	push(&queue, PPTP_EVENT_GRE_SILENT, 0);
	push(&queue, PPTP_EVENT_GRE_HEARD, 0);
	push(&queue, PPTP_EVENT_GRE_ONE_WAY, 0);
	push(&queue, PPTP_EVENT_LINK_CLOSED, 0);
	push(&queue, PPTP_EVENT_CALL_DOWN, 0);
	push(&queue, PPTP_EVENT_CLOSED, 0);
	while ((event = pptp_event_queue_pop(&queue)))
		count[event->type]++;
	ck_assert_uint_gt(count[PPTP_EVENT_ROUTE_PINNED], 0);
	ck_assert_uint_eq(count[PPTP_EVENT_CONNECTING], PPTP_ADDRESSES_MAX);
	ck_assert_uint_eq(count[PPTP_EVENT_CALL_UP], 1);
	ck_assert_uint_eq(count[PPTP_EVENT_GRE_ONE_WAY], 1);
	ck_assert_uint_eq(count[PPTP_EVENT_CALL_DOWN], 1);
	ck_assert_uint_eq(count[PPTP_EVENT_CLOSED], 1);
}
END_TEST

START_TEST(closed_finds_room_in_a_full_queue)
{
	static struct event_queue queue;
	const struct pptp_event *event;
	enum pptp_event_type last = PPTP_EVENT_RESOLVING;

	memset(&queue, 0, sizeof(queue));
	for (unsigned int i = 0; i < 2 * EVENT_QUEUE_CAPACITY; i++)
		push(&queue, PPTP_EVENT_CONNECTING, i);
	push(&queue, PPTP_EVENT_CLOSED, 0);
	while ((event = pptp_event_queue_pop(&queue)))
		last = event->type;
	ck_assert_int_eq(last, PPTP_EVENT_CLOSED);
}
END_TEST

START_TEST(shortages_are_transient)
{
	struct pptp_event_down down;

	pptp_down_set(&down, PPTP_REASON_SYSTEM_ERROR, -EMFILE, "no %s", "descriptor");
	ck_assert(down.transient);
	ck_assert_str_eq(down.text, "no descriptor");
	ck_assert_str_eq(down.detail, "");
	pptp_down_set(&down, PPTP_REASON_SYSTEM_ERROR, -EINVAL, "x");
	ck_assert(!down.transient);
}
END_TEST

START_TEST(the_peers_codes_become_words)
{
	struct pptp_ctrl_event_down from = { .reason = PPTP_REASON_CALL_BUSY,
					     .result = PPTP_CALL_BUSY,
					     .detail = "rx 1" };
	struct pptp_event_down down;

	pptp_down_from_ctrl(&down, &from, 0, true);
	ck_assert_uint_eq(down.result, PPTP_CALL_BUSY);
	ck_assert_str_eq(down.result_text, pptp_call_result_text(PPTP_CALL_BUSY));
	ck_assert_str_eq(down.error_text, "");
	ck_assert_str_eq(down.detail, "rx 1");
	ck_assert(down.transient);
	from = (struct pptp_ctrl_event_down){ .reason = PPTP_REASON_PEER_CLOSED };
	pptp_down_from_ctrl(&down, &from, -ECONNRESET, true);
	ck_assert_int_eq(down.system_error, -ECONNRESET);
	ck_assert_ptr_nonnull(strstr(down.text, pptp_strerror(-ECONNRESET)));
}
END_TEST

/* Each sentence that the peer's codes can make, read once. */
START_TEST(sentences)
{
	static const struct {
		enum pptp_reason reason;
		uint8_t result, error;
		uint16_t cause;
		int tcp_error;
		bool before_start;
		const char *text;
		const char *detail;
	} rows[] = {
		{ PPTP_REASON_NOT_AUTHORIZED, PPTP_START_NOT_AUTHORIZED, 0, 0, 0, true,
		  "not authorized by the server to open a control connection", NULL },
		{ PPTP_REASON_START_REJECTED, PPTP_START_GENERAL_ERROR, PPTP_GENERAL_NO_RESOURCE, 0,
		  0, true,
		  "the server refused the control connection: general error (insufficient "
		  "resources)",
		  NULL },
		{ PPTP_REASON_START_REJECTED, PPTP_START_EXISTS, 0, 0, 0, true,
		  "the server refused the control connection: a control connection already "
		  "exists",
		  NULL },
		{ PPTP_REASON_START_REJECTED, 99, 0, 0, 0, true,
		  "the server refused the control connection: unknown result", NULL },
		{ PPTP_REASON_VERSION, PPTP_START_VERSION, 0, 0, 0, true,
		  "no protocol version in common with the server", NULL },
		{ PPTP_REASON_START_TIMEOUT, 0, 0, 0, 0, true,
		  "timed out waiting for the Start-Control-Connection-Reply", NULL },
		{ PPTP_REASON_NOT_PPTP, 0, 0, 0, 0, true, "what answers there is no PPTP server",
		  NULL },
		{ PPTP_REASON_PEER_CLOSED, 0, 0, 0, 0, true,
		  "the server closed the TCP connection before its first message: it takes no "
		  "call from this address now, or what answers there is no PPTP server",
		  NULL },
		{ PPTP_REASON_PEER_CLOSED, 0, 0, 0, -ECONNRESET, true,
		  "the server reset the TCP connection before its first message: it takes no "
		  "call from this address now, or what answers there is no PPTP server",
		  NULL },
		{ PPTP_REASON_PEER_CLOSED, 0, 0, 0, 0, false,
		  "the server closed the TCP connection", NULL },
		{ PPTP_REASON_PEER_CLOSED, 0, 0, 0, -ECONNRESET, false,
		  "the TCP connection to the server broke: ", NULL },
		{ PPTP_REASON_PEER_CLOSED, 0, 0, 0, -ETIMEDOUT, true,
		  "the TCP connection to the server broke: ", NULL },
		{ PPTP_REASON_CALL_TIMEOUT, 0, 0, 0, 0, false,
		  "timed out waiting for the Outgoing-Call-Reply", NULL },
		{ PPTP_REASON_CALL_TIMEOUT, 0, 0, 0, 0, false,
		  "timed out waiting for the Outgoing-Call-Reply: one came for call ID 7, ours is "
		  "8",
		  "one came for call ID 7, ours is 8" },
		{ PPTP_REASON_CALL_CLEARED, 0, 0, 0, 0, false, "the server cleared the call",
		  NULL },
		{ PPTP_REASON_CALL_BUSY, PPTP_CALL_BUSY, 0, 17, 0, false, "the server is busy",
		  NULL },
		{ PPTP_REASON_CALL_REJECTED, PPTP_CALL_GENERAL_ERROR, PPTP_GENERAL_PAC_ERROR, 0, 0,
		  false,
		  "the server rejected the call: general error (error in the access "
		  "concentrator)",
		  NULL },
		{ PPTP_REASON_CALL_REJECTED, PPTP_CALL_NO_CARRIER, 0, 27, 0, false,
		  "the server rejected the call: no carrier, cause 27 destination out of order",
		  NULL },
		{ PPTP_REASON_CALL_REJECTED, 0, 0, 0, 0, false, "the server rejected the call",
		  NULL },
		{ PPTP_REASON_CALL_DISCONNECTED, 0, 0, 0, 0, false,
		  "the server disconnected the call", NULL },
		{ PPTP_REASON_CALL_DISCONNECTED, 0, 0, 16, 0, false,
		  "the server disconnected the call, cause 16 normal call clearing", NULL },
		{ PPTP_REASON_CALL_DISCONNECTED, PPTP_DISCONNECT_ADMIN_SHUTDOWN, 0, 0, 0, false,
		  "the server disconnected the call: administrative shutdown", NULL },
		{ PPTP_REASON_CALL_DISCONNECTED, PPTP_DISCONNECT_REQUEST, 0, 0, 0, false,
		  "the server disconnected the call: cleared on request", NULL },
		{ PPTP_REASON_ECHO_TIMEOUT, 0, 0, 0, 0, false,
		  "keep-alive lost, the server sent no Echo-Reply", NULL },
		{ PPTP_REASON_PEER_STOPPED, PPTP_STOP_LOCAL_SHUTDOWN, 0, 0, 0, false,
		  "the server stopped the control connection", NULL },
		{ PPTP_REASON_PROTOCOL_ERROR, 0, 0, 0, 0, false, "the server broke the protocol",
		  NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pptp_ctrl_event_down from = { .reason = rows[i].reason,
						     .result = rows[i].result,
						     .error = rows[i].error,
						     .cause = rows[i].cause };
		struct pptp_event_down down;
		char text[sizeof(down.text)];
		/* The system's words are the C library's own. */
		const bool ends_open = rows[i].text[strlen(rows[i].text) - 1] == ' ';

		snprintf(text, sizeof(text), "%s%s", rows[i].text,
			 ends_open ? strerror(-rows[i].tcp_error) : "");
		if (rows[i].detail)
			strcpy(from.detail, rows[i].detail);
		pptp_down_from_ctrl(&down, &from, rows[i].tcp_error, !rows[i].before_start);
		ck_assert_str_eq(down.text, text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("parts");
	TCase *tc = tcase_create("parts");

	tcase_add_test(tc, events_leave_in_order);
	tcase_add_test(tc, what_happens_once_is_never_dropped);
	tcase_add_test(tc, closed_finds_room_in_a_full_queue);
	tcase_add_test(tc, shortages_are_transient);
	tcase_add_test(tc, the_peers_codes_become_words);
	tcase_add_test(tc, sentences);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
