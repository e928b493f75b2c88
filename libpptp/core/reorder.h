/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_REORDER_H
#define PPTP_CORE_REORDER_H

/*
 * Puts the packets of one call back in sequence: a bounded window with serial arithmetic.
 *
 * Packets go in with pptp_reorder_receive(), frames come out with pptp_reorder_next() until it
 * returns false; only then may the next packet go in. A packet in sequence is handed out without a
 * copy. An early packet is copied, and waits for at most reorder_timeout from the moment the hole
 * before it was seen (adaptive: for the time that reorder_wait.h computes, reorder_timeout at
 * most), and only while it is no more than missing_window (or what the ring holds) ahead: a stream
 * that continues gives the hole up. A packet behind, or with more than missing_window missing
 * before it in a row, is dropped; REORDER_RESYNC_RUN packets in a row that agree on another place
 * move the window there once the stream is silent at its present one.
 *
 * Storage is allocated with the first packet out of sequence, in chunks, and kept: a call without
 * disorder needs none.
 */

#include <pptp/proto/tunnel.h>
#include <pptp/stats.h>
#include <pptp/types.h>

#include "reorder_wait.h"

/* Packets with consecutive numbers needed to follow a far jump. */
#define REORDER_RESYNC_RUN 5
/*
 * A jump ahead is believed this long (ns) after the last packet that fitted: a stream that goes on
 * refutes what a stranger sends, one that was interrupted is silent for longer.
 */
#define REORDER_RESYNC_SILENCE (50 * PPTP_NS_PER_MS)
/*
 * A jump backwards must last this long (ns): a burst that the network delivered twice ends sooner, the
 * numbers of a peer that restarted continue, with losses and swaps of up to missing_window numbers.
 */
#define REORDER_RESYNC_TIME  (300 * PPTP_NS_PER_MS)
#define REORDER_CHUNK_FRAMES 16
#define REORDER_CHUNKS       (PPTP_REORDER_CAPACITY / REORDER_CHUNK_FRAMES)

struct reorder_store;

/* Consecutive packets outside the window, which may show a new place in the sequence. */
struct reorder_run {
	uint32_t last;
	unsigned int count; /* 0: no run */
	uint64_t since;
};

struct reorder {
	bool keeps;   /* frames ahead of the sequence; else they are delivered at once */
	bool started; /* next is known */
	bool adaptive;
	struct reorder_wait wait_rule;
	uint64_t gave_up; /* when what was given up last was missed first */
	uint64_t reorder_timeout;
	uint32_t missing_window;
	struct pptp_stats *stats;

	uint32_t next;     /* the number expected */
	uint32_t top;      /* one past the highest number seen */
	unsigned int held; /* frames kept, all in [next, top) */
	uint64_t now;      /* of the last packet or expiry */
	uint64_t fitted;   /* when the last packet was accepted */
	struct reorder_run run;

	/* the packet just received, until it is placed */
	bool pending;
	bool pending_jump; /* it moves the window */
	uint32_t pending_seq;
	uint32_t pending_floor; /* next must advance to here before it fits */
	struct pptp_frame pending_frame;

	bool lent; /* the frame handed out last is in lent_buffer */
	uint16_t lent_buffer;
	struct reorder_store *store; /* NULL until something is out of sequence */
};

/* Only reorder, adaptive, reorder_timeout and missing_window of cfg count. stats must outlive r. */
void pptp_reorder_init(struct reorder *r, const struct pptp_tunnel_config *cfg,
		       struct pptp_stats *stats);

/* Release the storage. */
void pptp_reorder_fini(struct reorder *r);

/*
 * Packet `seq` was received; data must stay valid until pptp_reorder_next() returned false. len 0:
 * a number without a frame, at most PPTP_FRAME_MAX.
 * Returns whether it was accepted: false when it is outside the window or a duplicate (counted).
 */
bool pptp_reorder_receive(struct reorder *r, uint32_t seq, uint8_t *data, size_t len, uint64_t now);

/* The next frame in sequence, valid until the next call; false when there is none. */
bool pptp_reorder_next(struct reorder *r, struct pptp_frame *framep);

/* When the hole at the head is given up; PPTP_TIME_NEVER when there is none. */
uint64_t pptp_reorder_deadline(const struct reorder *r);

/* Give up what is due at `now`; then take frames. */
void pptp_reorder_expire(struct reorder *r, uint64_t now);

#endif
