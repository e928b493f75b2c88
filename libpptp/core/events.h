/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_EVENTS_H
#define PPTP_CORE_EVENTS_H

/* A fixed ring of events; all zero is empty. */

#include <pptp/proto/ctrl.h>

#define PPTP_EVENTS_MAX 16

struct pptp_events {
	struct pptp_ctrl_event slots[PPTP_EVENTS_MAX];
	unsigned int first;
	unsigned int count;
};

static inline unsigned int pptp_events_room(const struct pptp_events *events)
{
	return PPTP_EVENTS_MAX - events->count;
}

/* False, and nothing done, when the ring is full. */
static inline bool pptp_events_push(struct pptp_events *events, const struct pptp_ctrl_event *event)
{
	if (!pptp_events_room(events))
		return false;
	events->slots[(events->first + events->count) % PPTP_EVENTS_MAX] = *event;
	events->count++;
	return true;
}

static inline bool pptp_events_pop(struct pptp_events *events, struct pptp_ctrl_event *event)
{
	if (!events->count)
		return false;
	*event = events->slots[events->first];
	events->first = (events->first + 1) % PPTP_EVENTS_MAX;
	events->count--;
	return true;
}

#endif
