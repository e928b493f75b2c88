/* SPDX-License-Identifier: MIT */
/*
 * The bounded queue between the session, which adds events, and the embedder, which pops them.
 * Which events there are is decided in session.c, their contents in event_set.c and down.c. Places
 * are reserved for events that happen once, so that none is lost if none is popped. Called by
 * session.c and session_api.c.
 */
#include "session/event_queue.h"

/* Changes of the uplink are not limited in number. */
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
