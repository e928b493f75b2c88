/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_SYNC_H
#define PPTP_CORE_SYNC_H

/*
 * Synchronous mode: a pty keeps no frame boundaries, so that a read may bring several frames. They
 * are separated by the lengths that PPP's control protocols, IPv4 and IPv6 carry.
 */

#include <pptp/types.h>

/* What is left of a chunk. */
struct sync_splitter {
	uint8_t *data;
	size_t len;
	bool saw_mppe; /* a frame was encrypted or compressed: its end could not be checked */
};

/* Begin with a chunk, into which frames will point. Resets saw_mppe. */
void pptp_sync_splitter_start(struct sync_splitter *splitter, uint8_t *data, size_t len);

/*
 * The next frame; false at the end of the chunk. One whose length is unknown, or can't be right,
 * is taken to reach to the end of the chunk.
 */
bool pptp_sync_splitter_next(struct sync_splitter *splitter, struct pptp_frame *framep);

#endif
