/* SPDX-License-Identifier: MIT */
/*
 * The link of pppd's `sync` mode: bare frames on a pty, which keeps no frame boundaries. Octets read
 * are split by the lengths that PPP packets carry (core/sync); frames are written one at a time with
 * a gap, so that the line discipline on the other side reads each separately.
 */
#include "session/link_io.h"

#include <errno.h>
#include <stdlib.h>

#include "session/frame_queue.h"
#include "sync.h"

#define SYNC_BUFFER ((size_t)16 * 1024)
#define WRITE_GAP   (2 * PPTP_NS_PER_MS)
/* Towards a pppd that does not keep up. */
#define SYNC_WAITING_MAX 128

struct link_sync {
	struct link link; /* first, so that one can be cast to the other */
	struct sync_splitter splitter;
	struct frame_queue queue;
	struct pptp_frame pending; /* taken from the queue and not yet written */
	uint64_t next_write;
	uint8_t in[SYNC_BUFFER];
};

static struct link_sync *sync_of(struct link *link)
{
	return (struct link_sync *)link;
}

/* An upper bound: the queue does not know the sum of its frames. */
static void count_waiting(struct link_sync *sync)
{
	sync->link.waiting = (size_t)sync->queue.ring.count * PPTP_FRAME_MAX;
}

static int sync_flush(struct link *link, uint64_t now)
{
	struct link_sync *sync = sync_of(link);
	long n;

	if (now < sync->next_write)
		return 0;
	if (!sync->pending.data && !pptp_frame_queue_pop(&sync->queue, &sync->pending))
		return 0;
	n = pptp_link_write(link, sync->pending.data, sync->pending.len);
	if (n == -EAGAIN)
		return -EAGAIN;
	if (n < 0)
		return (int)n;
	/* The rest of a partly written frame would be read as a frame of its own. */
	if ((size_t)n < sync->pending.len)
		link->tx_dropped++;
	sync->pending.data = NULL;
	count_waiting(sync);
	sync->next_write = now + WRITE_GAP;
	return 0;
}

static void sync_deliver(struct link *link, const struct pptp_frame *frame, uint64_t now)
{
	struct link_sync *sync = sync_of(link);

	(void)now;
	/* The queue's oldest slot may be the pending frame's: leave that one alone. */
	if (sync->pending.data && sync->queue.ring.count == SYNC_WAITING_MAX - 1)
		link->tx_dropped++;
	else
		link->tx_dropped += pptp_frame_queue_push(&sync->queue, frame);
	count_waiting(sync);
}

static int sync_fill(struct link *link)
{
	struct link_sync *sync = sync_of(link);
	int n = pptp_link_read(link, sync->in, SYNC_BUFFER);

	pptp_sync_splitter_start(&sync->splitter, sync->in, n > 0 ? (size_t)n : 0);
	return n;
}

static bool sync_next(struct link *link, struct pptp_frame *framep)
{
	struct link_sync *sync = sync_of(link);

	if (!pptp_sync_splitter_next(&sync->splitter, framep))
		return false;
	link->saw_mppe |= sync->splitter.saw_mppe;
	link->rx_frames++;
	return true;
}

static uint64_t sync_deadline(const struct link *link)
{
	const struct link_sync *sync = (const struct link_sync *)link;

	return sync->pending.data || sync->queue.ring.count ? sync->next_write : PPTP_TIME_NEVER;
}

static void sync_free(struct link *link)
{
	struct link_sync *sync = sync_of(link);

	pptp_frame_queue_free(&sync->queue);
	free(sync);
}

static const struct link_ops sync_ops = {
	.deliver = sync_deliver,
	.flush = sync_flush,
	.fill = sync_fill,
	.next = sync_next,
	.deadline = sync_deadline,
	.free = sync_free,
};

int pptp_link_sync_new(struct link **linkp)
{
	struct link_sync *sync = calloc(1, sizeof(*sync));

	if (!sync)
		return -ENOMEM;
	sync->link.ops = &sync_ops;
	sync->queue.capacity = SYNC_WAITING_MAX;
	sync->link.read_fd = sync->link.write_fd = -1;
	*linkp = (struct link *)sync;
	return 0;
}
