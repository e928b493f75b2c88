/* SPDX-License-Identifier: MIT */
#include "session/frame_queue.h"

#include <stdlib.h>
#include <string.h>

unsigned int pptp_frame_queue_push(struct frame_queue *queue, const struct pptp_frame *frame)
{
	unsigned int dropped = 0, slot;

	if (!queue->slots)
		queue->slots = malloc(sizeof(*queue->slots) * queue->capacity);
	if (!queue->slots || frame->len > PPTP_FRAME_MAX)
		return 1;
	if (queue->count == queue->capacity) {
		queue->first = (queue->first + 1) % queue->capacity;
		queue->count--;
		dropped = 1;
	}
	slot = (queue->first + queue->count) % queue->capacity;
	memcpy(queue->slots[slot].data, frame->data, frame->len);
	queue->slots[slot].len = frame->len;
	queue->count++;
	return dropped;
}

bool pptp_frame_queue_pop(struct frame_queue *queue, struct pptp_frame *framep)
{
	if (!queue->count)
		return false;
	framep->data = queue->slots[queue->first].data;
	framep->len = queue->slots[queue->first].len;
	queue->first = (queue->first + 1) % queue->capacity;
	queue->count--;
	return true;
}

void pptp_frame_queue_free(struct frame_queue *queue)
{
	free(queue->slots);
	queue->slots = NULL;
	queue->first = queue->count = 0;
}
