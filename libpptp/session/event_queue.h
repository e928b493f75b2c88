/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_EVENT_QUEUE_H
#define PPTP_SESSION_EVENT_QUEUE_H

#include <pptp/session.h>

#include "ring.h"

/*
 * Events wait here until the embedder pops them. Those that may repeat without bound are dropped
 * while fewer than EVENT_QUEUE_RESERVE places are free. The last place is reserved for CLOSED, which
 * occurs once.
 */
#define EVENT_QUEUE_CAPACITY 28
#define EVENT_QUEUE_RESERVE  24

struct event_queue {
	struct pptp_event events[EVENT_QUEUE_CAPACITY];
	struct ring ring;
	struct pptp_event popped;
};

/* A full queue drops the event. */
void pptp_event_queue_push(struct event_queue *queue, const struct pptp_event *event);
/* The oldest event, valid until the next call; NULL when there is none. */
const struct pptp_event *pptp_event_queue_pop(struct event_queue *queue);

#endif
