/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_SYNC_H
#define PPTP_CORE_SYNC_H

/*
 * Splits a chunk read from a synchronous pty into PPP frames by the lengths that PPP packets carry.
 */

#include <pptp/types.h>

struct sync_splitter {
	uint8_t *data; /* what is left of the chunk */
	size_t len;
	bool saw_mppe; /* some frame was encrypted or compressed: its end could not be checked */
};

/* A chunk came; frames will point into it. */
void sync_splitter_start(struct sync_splitter *splitter, uint8_t *data, size_t len);
/* The next frame, false at the end of the chunk. */
bool sync_splitter_next(struct sync_splitter *splitter, struct pptp_frame *framep);

#endif
