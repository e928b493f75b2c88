/* SPDX-License-Identifier: MIT */
/*
 * Sends packets in a damaged order, for --test-type of pptp(8): a tool to test how servers reorder.
 * Whole packets go in and come out; nothing is lost except what the test itself leaves out. It does
 * not reorder what is received (reorder.c). session/sender.c calls it between the tunnel and the
 * socket.
 */
#include "disorder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pptp/proto/gre.h>
#include <pptp/types.h>

#define BLOCK_MAX  12
#define PACKET_MAX (PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX)

/* A test takes `size` packets and sends them in this order, perhaps not all. */
struct disorder_block {
	unsigned int size, count;
	uint8_t order[BLOCK_MAX];
};

static const struct disorder_block blocks[] = {
	[DISORDER_NONE] = { 1, 1, { 0 } },
	[DISORDER_SWAP] = { 2, 2, { 1, 0 } },
	[DISORDER_HOLD] = { 12, 11, { 11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 } },
	[DISORDER_REVERSE] = { 12, 12, { 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 } },
};

struct disorder {
	unsigned int type, rate;
	unsigned int passed;                /* in order since the last test */
	const struct disorder_block *block; /* what is filled or sent now */
	unsigned int filled, sent;
	size_t lens[BLOCK_MAX];
	uint8_t packets[BLOCK_MAX][PACKET_MAX];
};

int pptp_disorder_new(struct disorder **disorderp, unsigned int type, unsigned int rate)
{
	struct disorder *disorder;

	if (type < DISORDER_SWAP || type > DISORDER_REVERSE)
		return PPTP_ERR_VALUE;
	disorder = calloc(1, sizeof(*disorder));
	if (!disorder)
		return -ENOMEM;
	disorder->type = type;
	disorder->rate = rate;
	disorder->block = &blocks[DISORDER_NONE];
	*disorderp = disorder;
	return 0;
}

struct disorder *pptp_disorder_free(struct disorder *disorder)
{
	free(disorder);
	return NULL;
}

/* Which block the next packet begins. */
static void begin_block(struct disorder *disorder)
{
	if (disorder->passed < disorder->rate) {
		disorder->block = &blocks[DISORDER_NONE];
		disorder->passed++;
	} else {
		disorder->block = &blocks[disorder->type];
		disorder->passed = 0;
	}
	disorder->filled = disorder->sent = 0;
}

void pptp_disorder_push(struct disorder *disorder, const uint8_t *packet, size_t len)
{
	if (len > PACKET_MAX)
		return;
	if (!disorder->filled || disorder->filled == disorder->block->size)
		begin_block(disorder);
	memcpy(disorder->packets[disorder->filled], packet, len);
	disorder->lens[disorder->filled++] = len;
}

bool pptp_disorder_pop(struct disorder *disorder, const uint8_t **packetp, size_t *lenp)
{
	unsigned int i;

	if (disorder->filled < disorder->block->size || disorder->sent == disorder->block->count)
		return false;
	i = disorder->block->order[disorder->sent++];
	*packetp = disorder->packets[i];
	*lenp = disorder->lens[i];
	return true;
}
