/* SPDX-License-Identifier: MIT */
#include "session/event_queue.h"

static bool is_unbounded(enum pptp_event_type type)
{
	return type == PPTP_EVENT_ROUTE_PINNED || type == PPTP_EVENT_ROUTE_LOST;
}

bool pptp_event_queue_push(struct event_queue *queue, const struct pptp_event *event)
{
	unsigned int limit = EVENT_QUEUE_CAPACITY - 1;

	if (event->type == PPTP_EVENT_CLOSED)
		limit = EVENT_QUEUE_CAPACITY;
	else if (is_unbounded(event->type))
		limit -= EVENT_QUEUE_RESERVE;
	if (queue->count >= limit)
		return false;
	queue->events[(queue->first + queue->count) % EVENT_QUEUE_CAPACITY] = *event;
	queue->count++;
	return true;
}

bool pptp_event_queue_pop(struct event_queue *queue, struct pptp_event *event)
{
	if (!queue->count)
		return false;
	*event = queue->events[queue->first];
	queue->first = (queue->first + 1) % EVENT_QUEUE_CAPACITY;
	queue->count--;
	return true;
}
