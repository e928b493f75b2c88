/* SPDX-License-Identifier: MIT */
/*
 * A bounded queue of copied PPP frames that drops its oldest when it is full. It does not put
 * frames in sequence (core/reorder.c) and uses no descriptor. link_frames.c keeps received frames
 * in it for the embedder, link_sync.c those that pppd has not read yet.
 */
#include "session/frame_queue.h"

#include <stdlib.h>
#include <string.h>

unsigned int pptp_frame_queue_push(struct frame_queue *queue, const struct pptp_frame *frame)
{
	unsigned int dropped = 0;
	struct frame_slot *slot;

	if (!queue->slots)
		queue->slots = malloc(sizeof(*queue->slots) * queue->capacity);
	if (!queue->slots || frame->len > PPTP_FRAME_MAX)
		return 1;
	if (queue->ring.count == queue->capacity) {
		ring_pop(&queue->ring, queue->capacity);
		dropped = 1;
	}
	slot = &queue->slots[ring_push(&queue->ring, queue->capacity)];
	memcpy(slot->data, frame->data, frame->len);
	slot->len = frame->len;
	return dropped;
}

bool pptp_frame_queue_pop(struct frame_queue *queue, struct pptp_frame *framep)
{
	struct frame_slot *slot;

	if (!queue->ring.count)
		return false;
	slot = &queue->slots[ring_pop(&queue->ring, queue->capacity)];
	framep->data = slot->data;
	framep->len = slot->len;
	return true;
}

void pptp_frame_queue_free(struct frame_queue *queue)
{
	free(queue->slots);
	queue->slots = NULL;
	queue->ring = (struct ring){ 0 };
}
