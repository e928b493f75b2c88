/* SPDX-License-Identifier: MIT */
#ifndef TESTS_REORDER_MODEL_H
#define TESTS_REORDER_MODEL_H

/*
 * What the reorder window has to do, the naive way: a list of numbers, searched from its
 * beginning, and no storage that could run out or be reused. It says which packets are handed out
 * and what is counted; core/reorder.c has to agree.
 */

#include "fuzz.h"
#include "reorder.h"
#include "reorder_wait.h"

#define MODEL_NUMBERS_MAX (2 * PPTP_REORDER_CAPACITY)
#define MODEL_OUT_MAX     PPTP_REORDER_CAPACITY

/* A number from the next one to the highest one seen. */
struct model_number {
	uint32_t seq;
	uint64_t missed_at;
	bool held;
	uint32_t packet;
};

/* A number that was given up and may still come. */
struct model_loss {
	uint32_t seq;
	uint64_t missed_at;
};

struct model {
	struct pptp_tunnel_config cfg;
	bool started;
	uint32_t next, top;
	struct model_number numbers[MODEL_NUMBERS_MAX];
	size_t count; /* the first is `next`, when there is one */
	struct model_loss losses[PPTP_REORDER_CAPACITY]; /* a place for each number, modulo */
	bool lost_here[PPTP_REORDER_CAPACITY];
	uint64_t now, wait, gave_up;
	struct reorder_wait wait_rule;
	uint32_t run_last;
	unsigned int run_count;
	uint64_t run_since;
	uint64_t fitted;             /* when a packet was taken last */
	uint32_t out[MODEL_OUT_MAX]; /* packets to be handed out now */
	size_t out_count;
	uint64_t lost, under, over, buffered, resyncs;
	uint32_t moved_by; /* the packet that the last jump believed */
};

static inline void model_init(struct model *m, const struct pptp_tunnel_config *cfg)
{
	memset(m, 0, sizeof(*m));
	m->cfg = *cfg;
	m->gave_up = PPTP_TIME_NEVER;
	pptp_reorder_wait_init(&m->wait_rule, cfg->reorder_timeout);
	m->wait = cfg->adaptive ? m->wait_rule.wait : cfg->reorder_timeout;
}

static inline uint32_t model_span(const struct model *m)
{
	return m->cfg.missing_window < PPTP_REORDER_CAPACITY ? m->cfg.missing_window
							     : PPTP_REORDER_CAPACITY - 1;
}

static inline bool model_holds_any(const struct model *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->numbers[i].held)
			return true;
	return false;
}

static inline struct model_number *model_find(struct model *m, uint32_t seq)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->numbers[i].seq == seq)
			return &m->numbers[i];
	return NULL;
}

static inline void model_came(struct model *m, uint64_t missed_at)
{
	if (!m->cfg.adaptive)
		return;
	pptp_reorder_wait_arrived(&m->wait_rule, m->now - missed_at, m->now);
	m->wait = m->wait_rule.wait;
}

static inline void model_give_out(struct model *m, uint32_t packet)
{
	FUZZ_CHECK(m->out_count < MODEL_OUT_MAX);
	m->out[m->out_count++] = packet;
}

static inline void model_give_up(struct model *m, const struct model_number *number)
{
	size_t place = number->seq % PPTP_REORDER_CAPACITY;

	m->lost++;
	m->losses[place] = (struct model_loss){ number->seq, number->missed_at };
	m->lost_here[place] = true;
	/* Numbers that were missed at once were waited for together. */
	if (!m->cfg.adaptive || number->missed_at == m->gave_up)
		return;
	m->gave_up = number->missed_at;
	pptp_reorder_wait_gave_up(&m->wait_rule, m->now);
	m->wait = m->wait_rule.wait;
}

/* The number at the head goes, as a packet or as a loss. */
static inline void model_step(struct model *m)
{
	struct model_number head = m->numbers[0];

	memmove(m->numbers, m->numbers + 1, --m->count * sizeof(head));
	m->next++;
	if (head.held)
		model_give_out(m, head.packet);
	else
		model_give_up(m, &head);
}

static inline void model_run(struct model *m, uint64_t now)
{
	m->now = now;
	while (model_holds_any(m) &&
	       (m->numbers[0].held || now - m->numbers[0].missed_at >= m->wait))
		model_step(m);
}

/* Whether packets outside the window have agreed often and long enough on another place. */
static inline bool model_believes(struct model *m, uint32_t seq, bool behind)
{
	int32_t step = (int32_t)(seq - m->run_last);
	bool goes_on = m->run_count >= REORDER_RESYNC_RUN
			       ? step > 0 && step <= (int32_t)m->cfg.missing_window
			       : step == 1;

	if (m->run_count && step == 0)
		return false;
	if (m->run_count >= REORDER_RESYNC_RUN && step < 0 &&
	    -step < (int32_t)m->cfg.missing_window)
		return false;
	if (!m->run_count || !goes_on) {
		m->run_count = 0;
		m->run_since = m->now;
	}
	m->run_last = seq;
	m->run_count++;
	if (m->run_count < REORDER_RESYNC_RUN)
		return false;
	if (behind)
		return m->now - m->run_since >= REORDER_RESYNC_TIME;
	return m->now - m->fitted >= REORDER_RESYNC_SILENCE;
}

/* A packet behind teaches when it was given up, and a longer wait would have kept it. */
static inline void model_behind(struct model *m, uint32_t seq)
{
	size_t place = seq % PPTP_REORDER_CAPACITY;

	m->under++;
	if (!m->lost_here[place] || m->losses[place].seq != seq ||
	    (int32_t)(m->top - seq) > (int32_t)model_span(m))
		return;
	m->lost_here[place] = false;
	model_came(m, m->losses[place].missed_at);
}

/* Numbers up to `seq` are expected from now on. */
static inline void model_see(struct model *m, uint32_t seq)
{
	for (; (int32_t)(seq - m->top) >= 0; m->top++) {
		FUZZ_CHECK(m->count < MODEL_NUMBERS_MAX);
		m->numbers[m->count++] =
			(struct model_number){ .seq = m->top, .missed_at = m->now };
		/* A loss of long ago is forgotten for the sake of one that may come. */
		m->lost_here[m->top % PPTP_REORDER_CAPACITY] = false;
	}
}

/* The packet has its place; when that is the next one it goes straight on. */
static inline void model_place(struct model *m, uint32_t seq, uint32_t packet)
{
	struct model_number *number;

	if (seq == m->next) {
		if (m->count)
			memmove(m->numbers, m->numbers + 1, --m->count * sizeof(m->numbers[0]));
		m->next++;
		if ((int32_t)(m->next - m->top) > 0)
			m->top = m->next;
		model_give_out(m, packet);
		return;
	}
	model_see(m, seq);
	number = model_find(m, seq);
	number->held = true;
	number->packet = packet;
}

/* Everything before `floor` goes; without anything held, at once. */
static inline void model_clear_until(struct model *m, uint32_t floor, bool count_lost)
{
	while (model_holds_any(m) && (int32_t)(m->next - floor) < 0)
		model_step(m);
	if (model_holds_any(m) || (int32_t)(m->next - floor) >= 0)
		return;
	if (count_lost)
		m->lost += floor - m->next;
	m->next = m->top = floor;
	m->count = 0;
}

static inline void model_jump(struct model *m, uint32_t seq, uint32_t packet)
{
	m->moved_by = packet;
	while (model_holds_any(m))
		model_step(m);
	m->resyncs++;
	m->next = m->top = seq;
	m->count = 0;
}

/* Whether the packet is taken; what has to be handed out then is in out[]. */
static inline bool model_receive(struct model *m, uint32_t seq, uint32_t packet, uint64_t now)
{
	struct model_number *number;
	int32_t ahead;

	m->now = now;
	if (!m->started) {
		m->started = true;
		m->next = m->top = seq;
	}
	ahead = (int32_t)(seq - m->next);
	if (ahead < 0 || (int32_t)(seq - m->top) > (int32_t)m->cfg.missing_window) {
		if (!model_believes(m, seq, ahead < 0)) {
			if (ahead < 0)
				model_behind(m, seq);
			else
				m->over++;
			model_run(m, now);
			return false;
		}
		model_jump(m, seq, packet);
	} else {
		number = model_find(m, seq);
		if (number && number->held) {
			m->under++;
			model_run(m, now);
			return false;
		}
		if (number)
			model_came(m, number->missed_at);
		m->buffered += ahead > 0;
		if (!m->cfg.reorder)
			model_clear_until(m, seq, true);
		else if (ahead > (int32_t)model_span(m))
			model_clear_until(m, seq - model_span(m), true);
	}
	m->run_count = 0;
	m->fitted = now;
	model_place(m, seq, packet);
	model_run(m, now);
	return true;
}

static inline uint64_t model_deadline(const struct model *m)
{
	if (!model_holds_any(m) || m->numbers[0].missed_at > PPTP_TIME_NEVER - m->wait)
		return PPTP_TIME_NEVER;
	return m->numbers[0].missed_at + m->wait;
}

#endif
