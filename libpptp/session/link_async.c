/* SPDX-License-Identifier: MIT */
/*
 * The link of pppd's default mode: octet-stuffed HDLC (RFC 1662, 4) on a pty, socket or pipes.
 * Frames are encoded straight into one buffer that one write empties, and decoded in place in
 * another; the framing itself is in core/hdlc.c, the descriptors are in link_io.c. Called by
 * data_path.c through struct link_ops.
 */
#include "session/link_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pptp/proto/hdlc.h>

#define READ_BUFFER  ((size_t)64 * 1024)
#define WRITE_BUFFER ((size_t)256 * 1024)

struct link_async {
	struct link link; /* first, so that one can be cast to the other */
	struct pptp_hdlc_decoder decoder;
	size_t head; /* first octet of out not yet written */
	size_t tail; /* end of what is in out */
	uint8_t in[READ_BUFFER];
	uint8_t out[WRITE_BUFFER];
};

static struct link_async *async_of(struct link *link)
{
	return (struct link_async *)link;
}

/* One write: if it accepts only a part, there is no more room. */
static int async_flush(struct link *link, uint64_t now)
{
	struct link_async *async = async_of(link);
	long n = 0;

	(void)now;
	if (async->head < async->tail)
		n = pptp_link_write(link, async->out + async->head, async->tail - async->head);
	if (n < 0)
		return (int)n;
	async->head += (size_t)n;
	link->waiting = async->tail - async->head;
	if (link->waiting)
		return -EAGAIN;
	async->head = async->tail = 0;
	return 0;
}

/* Room for `need` octets at the end of the buffer, moving its contents to the front if needed. */
static bool make_room(struct link_async *async, size_t need)
{
	size_t waiting = async->tail - async->head;

	if (WRITE_BUFFER - async->tail >= need)
		return true;
	if (WRITE_BUFFER - waiting < need)
		return false;
	memmove(async->out, async->out + async->head, waiting);
	async->head = 0;
	async->tail = waiting;
	return true;
}

static void async_deliver(struct link *link, const struct pptp_frame *frame, uint64_t now)
{
	struct link_async *async = async_of(link);
	size_t need = PPTP_HDLC_ENCODED_MAX(frame->len);
	int n;

	if (WRITE_BUFFER - async->tail < need)
		async_flush(link, now); /* an error is returned by the next flush */
	if (!make_room(async, need)) {
		link->tx_dropped++;
		return;
	}
	n = pptp_hdlc_encode(frame->data, frame->len, PPTP_HDLC_ACCM_ALL, async->out + async->tail,
			     WRITE_BUFFER - async->tail);
	if (n < 0)
		link->tx_dropped++;
	else
		async->tail += (size_t)n;
	link->waiting = async->tail - async->head;
}

static int async_fill(struct link *link)
{
	struct link_async *async = async_of(link);
	size_t size;
	uint8_t *space = pptp_hdlc_decoder_space(&async->decoder, &size);
	int n = pptp_link_read(link, space, size);

	if (n > 0)
		pptp_hdlc_decoder_fill(&async->decoder, (size_t)n);
	return n;
}

static bool async_next(struct link *link, struct pptp_frame *framep)
{
	struct link_async *async = async_of(link);
	bool found = pptp_hdlc_decoder_next(&async->decoder, framep);
	const struct pptp_hdlc_stats *stats = &async->decoder.stats;

	link->rx_frames = stats->frames;
	link->rx_errors = stats->bad_fcs + stats->aborted + stats->oversize;
	return found;
}

static void async_free(struct link *link)
{
	free(async_of(link));
}

static const struct link_ops async_ops = {
	.deliver = async_deliver,
	.flush = async_flush,
	.fill = async_fill,
	.next = async_next,
	.free = async_free,
};

int pptp_link_async_new(struct link **linkp)
{
	struct link_async *async = malloc(sizeof(*async));

	if (!async)
		return -ENOMEM;
	memset(async, 0, offsetof(struct link_async, in));
	async->link.ops = &async_ops;
	async->link.read_fd = async->link.write_fd = -1;
	pptp_hdlc_decoder_init(&async->decoder, async->in, READ_BUFFER);
	*linkp = &async->link;
	return 0;
}
