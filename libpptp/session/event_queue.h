/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_EVENT_QUEUE_H
#define PPTP_SESSION_EVENT_QUEUE_H

#include <pptp/session.h>

/*
 * Events wait here until the embedder pops them. Those that a peer can send in any number are
 * dropped when the queue is nearly full. The last place is kept for CLOSED, which comes once.
 */
#define EVENT_QUEUE_CAPACITY 32
#define EVENT_QUEUE_RESERVE  24

struct event_queue {
	struct pptp_event events[EVENT_QUEUE_CAPACITY];
	unsigned int first;
	unsigned int count;
};

/* False when it was dropped. */
bool pptp_event_queue_push(struct event_queue *queue, const struct pptp_event *event);
bool pptp_event_queue_pop(struct event_queue *queue, struct pptp_event *event);

#endif
