/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_FRAME_QUEUE_H
#define PPTP_SESSION_FRAME_QUEUE_H

#include <pptp/types.h>

#include "ring.h"

/* A bounded queue of copied frames. Its memory is allocated with the first frame. */
struct frame_slot {
	size_t len;
	uint8_t data[PPTP_FRAME_MAX];
};

struct frame_queue {
	unsigned int capacity; /* set by the owner */
	struct frame_slot *slots;
	struct ring ring;
};

/* Copy a frame to the end; a full queue drops its oldest. Returns how many frames were dropped. */
unsigned int pptp_frame_queue_push(struct frame_queue *queue, const struct pptp_frame *frame);

/* Take the oldest frame, valid until the next push. */
bool pptp_frame_queue_pop(struct frame_queue *queue, struct pptp_frame *framep);

void pptp_frame_queue_free(struct frame_queue *queue);

#endif
