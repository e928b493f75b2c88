/* SPDX-License-Identifier: MIT */
/*
 * The bounded queue between the session, which reports events, and the embedder, which pops them.
 * What happens once always finds room, however long nobody pops.
 */
#include "session/event_queue.h"

/* The uplink may come and go as often as it likes. */
static bool may_repeat(enum pptp_event_type type)
{
	return type == PPTP_EVENT_ROUTE_PINNED || type == PPTP_EVENT_ROUTE_LOST;
}

void pptp_event_queue_push(struct event_queue *queue, const struct pptp_event *event)
{
	unsigned int limit = EVENT_QUEUE_CAPACITY - 1;

	if (event->type == PPTP_EVENT_CLOSED)
		limit = EVENT_QUEUE_CAPACITY;
	else if (may_repeat(event->type))
		limit -= EVENT_QUEUE_RESERVE;
	if (queue->ring.count < limit)
		queue->events[ring_push(&queue->ring, EVENT_QUEUE_CAPACITY)] = *event;
}

const struct pptp_event *pptp_event_queue_pop(struct event_queue *queue)
{
	if (!queue->ring.count)
		return NULL;
	queue->popped = queue->events[ring_pop(&queue->ring, EVENT_QUEUE_CAPACITY)];
	return &queue->popped;
}
