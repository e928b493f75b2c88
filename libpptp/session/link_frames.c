/* SPDX-License-Identifier: MIT */
/*
 * The link of embedders with their own PPP: received frames wait in a queue for
 * pptp_session_pop_frame(). A missing packet that arrives releases all packets behind it in one
 * turn: the queue holds that many, so an embedder that pops after each turn loses none.
 */
#include "session/link.h"

#include <errno.h>
#include <stdlib.h>

#include <pptp/proto/tunnel.h>

#include "session/frame_queue.h"
#include "session/gre_rx.h"

#define FRAMES_WAITING_MAX (PPTP_REORDER_CAPACITY + 2 * GRE_BATCH)

struct link_frames {
	struct link link; /* first, so that one can be cast to the other */
	struct frame_queue queue;
};

static struct link_frames *frames_of(struct link *link)
{
	return (struct link_frames *)link;
}

static void frames_deliver(struct link *link, const struct pptp_frame *frame, uint64_t now)
{
	(void)now;
	link->tx_dropped += pptp_frame_queue_push(&frames_of(link)->queue, frame);
}

static bool frames_pop(struct link *link, struct pptp_frame *framep)
{
	struct frame_queue *queue = &frames_of(link)->queue;
	bool popped = pptp_frame_queue_pop(queue, framep);

	/* Start at the first slot again, so that only used memory is touched. */
	if (!queue->ring.count)
		queue->ring.first = 0;
	return popped;
}

static void frames_free(struct link *link)
{
	struct link_frames *frames = frames_of(link);

	pptp_frame_queue_free(&frames->queue);
	free(frames);
}

static const struct link_ops frames_ops = {
	.deliver = frames_deliver,
	.pop = frames_pop,
	.free = frames_free,
};

int pptp_link_new_frames(struct link **linkp)
{
	struct link_frames *frames = calloc(1, sizeof(*frames));

	if (!frames)
		return -ENOMEM;
	frames->link.ops = &frames_ops;
	frames->queue.capacity = FRAMES_WAITING_MAX;
	frames->link.read_fd = frames->link.write_fd = -1;
	*linkp = (struct link *)frames;
	return 0;
}
