/* SPDX-License-Identifier: MIT */
/* The parts of a session that need no socket: the queue of events, and why a session ended. */
#include <errno.h>
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
	unsigned int count[PPTP_EVENT_CLOSED + 1] = { 0 };

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
	push(&queue, PPTP_EVENT_LINK_CLOSED, 0);
	push(&queue, PPTP_EVENT_CALL_DOWN, 0);
	push(&queue, PPTP_EVENT_CLOSED, 0);
	while ((event = pptp_event_queue_pop(&queue)))
		count[event->type]++;
	ck_assert_uint_gt(count[PPTP_EVENT_ROUTE_PINNED], 0);
	ck_assert_uint_eq(count[PPTP_EVENT_CONNECTING], PPTP_ADDRESSES_MAX);
	ck_assert_uint_eq(count[PPTP_EVENT_CALL_UP], 1);
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

	pptp_down_from_ctrl(&down, &from, 0);
	ck_assert_uint_eq(down.result, PPTP_CALL_BUSY);
	ck_assert_str_eq(down.result_text, pptp_call_result_text(PPTP_CALL_BUSY));
	ck_assert_str_eq(down.error_text, "");
	ck_assert_str_eq(down.detail, "rx 1");
	ck_assert(down.transient);
	from = (struct pptp_ctrl_event_down){ .reason = PPTP_REASON_PEER_CLOSED };
	pptp_down_from_ctrl(&down, &from, -ECONNRESET);
	ck_assert_int_eq(down.system_error, -ECONNRESET);
	ck_assert_ptr_nonnull(strstr(down.text, pptp_strerror(-ECONNRESET)));
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
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
