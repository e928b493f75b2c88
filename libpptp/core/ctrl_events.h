/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_CTRL_EVENTS_H
#define PPTP_CORE_CTRL_EVENTS_H

/* The ring of events of a control connection; all zero is empty. */

#include <pptp/proto/ctrl.h>

#include "ring.h"

#define CTRL_EVENTS_MAX 16

struct ctrl_events {
	struct pptp_ctrl_event slots[CTRL_EVENTS_MAX];
	struct ring ring;
};

static inline unsigned int ctrl_events_room(const struct ctrl_events *events)
{
	return CTRL_EVENTS_MAX - events->ring.count;
}

/* Nothing is done when the ring is full. */
static inline void ctrl_events_push(struct ctrl_events *events, const struct pptp_ctrl_event *event)
{
	if (ctrl_events_room(events))
		events->slots[ring_push(&events->ring, CTRL_EVENTS_MAX)] = *event;
}

static inline bool ctrl_events_pop(struct ctrl_events *events, struct pptp_ctrl_event *event)
{
	if (!events->ring.count)
		return false;
	*event = events->slots[ring_pop(&events->ring, CTRL_EVENTS_MAX)];
	return true;
}

#endif
