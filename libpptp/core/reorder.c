/* SPDX-License-Identifier: MIT */
/*
 * Puts the packets of one call in sequence (RFC 2637, 4.3): a bounded ring with serial arithmetic,
 * a wait for what is missing (reorder_wait.c), and resynchronisation with a peer that restarted. A
 * packet in sequence is never copied. Called by core/tunnel; the contract is in reorder.h.
 */
#include "reorder.h"

#include <stdlib.h>
#include <string.h>

#include "deadline.h"
#include "seq.h"

#define CAPACITY PPTP_REORDER_CAPACITY

_Static_assert((CAPACITY & (CAPACITY - 1)) == 0, "slots are found by masking");

/*
 * The slot of a sequence number in [next, top); its data stays until another number takes the slot.
 */
struct reorder_slot {
	uint64_t missed_at; /* when the first packet behind it arrived */
	uint32_t seq;
	uint16_t len;
	uint16_t buffer;
	bool held;
	bool given_up; /* and has not arrived since */
};

struct reorder_store {
	struct reorder_slot slots[CAPACITY];
	uint8_t *chunks[REORDER_CHUNKS];
	unsigned int chunk_count;
	/* Free buffers: last in, first out, so that few pages are ever touched. */
	uint16_t free[CAPACITY];
	unsigned int free_count;
};

static struct reorder_slot *slot_of(const struct reorder *r, uint32_t seq)
{
	return &r->store->slots[seq & (CAPACITY - 1)];
}

static uint8_t *buffer_of(const struct reorder *r, uint16_t buffer)
{
	return r->store->chunks[buffer / REORDER_CHUNK_FRAMES] +
	       (size_t)(buffer % REORDER_CHUNK_FRAMES) * PPTP_FRAME_MAX;
}

/* Provide a free buffer; false when there is no memory. */
static bool store_prepare(struct reorder *r)
{
	struct reorder_store *store = r->store;
	unsigned int first;
	uint8_t *chunk;

	if (!store) {
		store = r->store = calloc(1, sizeof(*store));
		if (!store)
			return false;
	}
	if (store->free_count)
		return true;
	if (store->chunk_count == REORDER_CHUNKS)
		return false;
	chunk = malloc((size_t)REORDER_CHUNK_FRAMES * PPTP_FRAME_MAX);
	if (!chunk)
		return false;
	first = store->chunk_count * REORDER_CHUNK_FRAMES;
	store->chunks[store->chunk_count++] = chunk;
	for (unsigned int i = REORDER_CHUNK_FRAMES; i-- > 0;)
		store->free[store->free_count++] = (uint16_t)(first + i);
	return true;
}

static void take_back(struct reorder *r)
{
	if (!r->lent)
		return;
	r->lent = false;
	r->store->free[r->store->free_count++] = r->lent_buffer;
}

static void use_timeout(struct reorder *r, uint64_t timeout)
{
	r->reorder_timeout = timeout;
	r->stats->reorder_timeout_us = !r->keeps ? 0 : timeout / 1000;
}

void pptp_reorder_init(struct reorder *r, const struct pptp_tunnel_config *cfg,
		       struct pptp_stats *stats)
{
	*r = (struct reorder){
		.keeps = cfg->reorder,
		.adaptive = cfg->adaptive,
		.gave_up = PPTP_TIME_NEVER,
		.reorder_timeout = cfg->reorder_timeout,
		.missing_window = cfg->missing_window,
		.stats = stats,
	};
	pptp_reorder_wait_init(&r->wait_rule, cfg->reorder_timeout);
	use_timeout(r, r->adaptive ? r->wait_rule.wait : cfg->reorder_timeout);
}

void pptp_reorder_fini(struct reorder *r)
{
	if (r->store) {
		for (unsigned int i = 0; i < r->store->chunk_count; i++)
			free(r->store->chunks[i]);
	}
	free(r->store);
	r->store = NULL;
}

/* Whether enough packets outside the window agree on a new place in the sequence. */
static bool run_confirms(struct reorder *r, uint32_t seq, bool behind)
{
	struct reorder_run *run = &r->run;
	int32_t step = seq_distance(seq, run->last);
	/* Once it agrees, its packets may be lost and swapped like those of any stream. */
	int32_t reach = run->count < REORDER_RESYNC_RUN ? 1 : (int32_t)r->missing_window;

	if (run->count && step <= 0 && step > -reach)
		return false;
	if (!run->count || step <= 0 || step > reach) {
		run->count = 0;
		run->since = r->now;
	}
	run->last = seq;
	if (run->count < REORDER_RESYNC_RUN)
		run->count++;
	if (run->count < REORDER_RESYNC_RUN)
		return false;
	return behind ? r->now - run->since >= REORDER_RESYNC_TIME
		      : r->now - r->fitted >= REORDER_RESYNC_SILENCE;
}

/* The missing packet of this slot has arrived: record how late. */
static void learn_late(struct reorder *r, const struct reorder_slot *slot)
{
	if (!r->adaptive)
		return;
	pptp_reorder_wait_arrived(&r->wait_rule, r->now - slot->missed_at, r->now);
	use_timeout(r, r->wait_rule.wait);
}

/* The most numbers between a hole and a packet that is still accepted. */
static uint32_t span_of(const struct reorder *r)
{
	return r->missing_window < CAPACITY ? r->missing_window : CAPACITY - 1;
}

/*
 * A packet behind the sequence: recorded as late if it was given up and a longer wait had kept it.
 */
static void learn_behind(struct reorder *r, uint32_t seq)
{
	struct reorder_slot *slot;

	if (!r->store || seq_distance(r->top, seq) > (int32_t)span_of(r))
		return;
	slot = slot_of(r, seq);
	if (slot->seq != seq || !slot->given_up)
		return;
	slot->given_up = false;
	learn_late(r, slot);
}

/* Up to which number to give up so that `seq`, this far ahead, fits the window. */
static uint32_t floor_for(struct reorder *r, uint32_t seq, uint32_t ahead)
{
	uint32_t span = span_of(r);

	if (!ahead || !r->keeps || !store_prepare(r))
		return seq;
	return ahead <= span ? r->next : seq - span;
}

/* Whether more numbers in a row are missing than the window has. */
static bool is_too_far(const struct reorder *r, uint32_t seq)
{
	int32_t missing = seq_distance(seq, r->top);

	return missing > 0 && (uint32_t)missing > r->missing_window;
}

bool pptp_reorder_receive(struct reorder *r, uint32_t seq, uint8_t *data, size_t len, uint64_t now)
{
	int32_t ahead;

	take_back(r);
	r->now = now;
	if (!r->started) {
		r->started = true;
		r->next = r->top = seq;
	}
	ahead = seq_distance(seq, r->next);
	r->pending_jump = ahead < 0 || is_too_far(r, seq);
	if (r->pending_jump) {
		if (!run_confirms(r, seq, ahead < 0)) {
			if (ahead < 0) {
				r->stats->rx_under_win++;
				learn_behind(r, seq);
			} else {
				r->stats->rx_over_win++;
			}
			return false;
		}
		r->stats->rx_resyncs++;
		r->pending_floor = seq;
	} else if (seq_before(seq, r->top) && slot_of(r, seq)->held) {
		r->stats->rx_under_win++;
		return false;
	} else {
		if (seq_before(seq, r->top))
			learn_late(r, slot_of(r, seq));
		r->pending_floor = floor_for(r, seq, (uint32_t)ahead);
		if (ahead)
			r->stats->rx_buffered++;
	}
	r->run.count = 0;
	r->fitted = now;
	r->pending = true;
	r->pending_seq = seq;
	r->pending_frame = (struct pptp_frame){ data, len };
	return true;
}

/* Keep a copy of the pending packet. */
static void keep_pending(struct reorder *r)
{
	struct reorder_slot *slot = slot_of(r, r->pending_seq);

	for (; !seq_after(r->top, r->pending_seq); r->top++)
		*slot_of(r, r->top) = (struct reorder_slot){ .missed_at = r->now, .seq = r->top };
	slot->held = true;
	slot->len = (uint16_t)r->pending_frame.len;
	if (slot->len) {
		slot->buffer = r->store->free[--r->store->free_count];
		memcpy(buffer_of(r, slot->buffer), r->pending_frame.data, slot->len);
	}
	r->held++;
}

/* Give the pending packet its place. True when that is the place of the next frame. */
static bool place_pending(struct reorder *r, struct pptp_frame *framep)
{
	r->pending = false;
	if (r->pending_seq != r->next) {
		keep_pending(r);
		return false;
	}
	r->next++;
	if (seq_before(r->top, r->next))
		r->top = r->next;
	*framep = r->pending_frame;
	return framep->len;
}

/* Take the frame at the head; false when its packet had none. */
static bool take_head(struct reorder *r, struct pptp_frame *framep)
{
	struct reorder_slot *slot = slot_of(r, r->next);

	r->next++;
	r->held--;
	if (!slot->len)
		return false;
	r->lent = true;
	r->lent_buffer = slot->buffer;
	*framep = (struct pptp_frame){ buffer_of(r, slot->buffer), slot->len };
	return true;
}

/* Stop waiting for the number at the head. */
static void give_up_head(struct reorder *r)
{
	struct reorder_slot *slot = slot_of(r, r->next);

	r->stats->rx_lost++;
	r->next++;
	slot->given_up = true;
	/* Numbers missed at the same time were one wait. */
	if (!r->adaptive || slot->missed_at == r->gave_up)
		return;
	r->gave_up = slot->missed_at;
	pptp_reorder_wait_gave_up(&r->wait_rule, r->now);
	use_timeout(r, r->wait_rule.wait);
}

/* Nothing is kept: move to where the pending packet fits. */
static void skip_to_pending(struct reorder *r)
{
	if (!r->pending_jump)
		r->stats->rx_lost += r->pending_floor - r->next;
	r->pending_jump = false;
	r->next = r->top = r->pending_floor;
}

static bool pending_fits(const struct reorder *r)
{
	return !r->pending_jump && !seq_before(r->next, r->pending_floor);
}

bool pptp_reorder_next(struct reorder *r, struct pptp_frame *framep)
{
	take_back(r);
	for (;;) {
		if (r->pending && pending_fits(r) && place_pending(r, framep))
			return true;
		if (!r->held) {
			if (!r->pending)
				return false;
			skip_to_pending(r);
		} else if (slot_of(r, r->next)->held) {
			if (take_head(r, framep))
				return true;
		} else if (r->pending || deadline_is_due(pptp_reorder_deadline(r), r->now)) {
			give_up_head(r);
		} else {
			return false;
		}
	}
}

uint64_t pptp_reorder_deadline(const struct reorder *r)
{
	if (!r->held)
		return PPTP_TIME_NEVER;
	return deadline_after(slot_of(r, r->next)->missed_at, r->reorder_timeout);
}

void pptp_reorder_expire(struct reorder *r, uint64_t now)
{
	take_back(r);
	r->now = now;
}
