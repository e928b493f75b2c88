/* SPDX-License-Identifier: MIT */

/*
 * The reorder window against a naive model: packets of a lossy, duplicating and reordering network
 * on a virtual clock. After each packet and each time-out both must have handed out the same frames
 * and counted the same. The model has no ring, no serial numbers and no shortcuts.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "reorder.h"
#include "run_suite.h"

#define MS       PPTP_NS_PER_MS
#define SENT_MAX 20000

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((random_state >> 33) % n);
}

/* What the network does, in thousandths, and how far packets are spread in time. */
struct mix {
	const char *name;
	unsigned int loss, duplicates, late, burst_loss;
	uint64_t interval, late_by;
};

static const struct mix mixes[] = {
	{ "orderly", 0, 0, 0, 0, MS, 0 },
	{ "loss", 20, 0, 0, 0, MS, 0 },
	{ "heavy loss", 400, 0, 0, 0, MS, 0 },
	{ "bursts of loss", 0, 0, 0, 5, MS, 0 },
	{ "reordering", 0, 0, 100, 0, MS, 10 * MS },
	{ "reordering past the time-out", 0, 0, 100, 0, MS, 500 * MS },
	{ "duplicates", 0, 200, 200, 0, MS, 5 * MS },
	{ "all of it", 50, 50, 200, 2, MS, 60 * MS },
	{ "all of it, fast", 10, 10, 100, 1, MS / 50, 20 * MS },
	{ "all of it, sparse", 100, 100, 300, 3, 400 * MS, 700 * MS },
};

static const struct pptp_tunnel_config configs[] = {
	{ .reorder = true, .reorder_timeout = 300 * MS, .missing_window = 300 },
	{ .reorder = true, .reorder_timeout = 10 * MS, .missing_window = 300 },
	{ .reorder = true, .reorder_timeout = 300 * MS, .missing_window = 1 },
	{ .reorder = true, .reorder_timeout = 300 * MS, .missing_window = 7 },
	{ .reorder = true, .reorder_timeout = 300 * MS, .missing_window = 512 },
	{ .reorder = true, .reorder_timeout = 10000 * MS, .missing_window = 6000 },
	{ .reorder = true,
	  .reorder_timeout = PPTP_TIME_NEVER,
	  .missing_window = PPTP_MISSING_WINDOW_MAX },
	{ .reorder = true, .reorder_timeout = 0, .missing_window = 300 },
	{ .reorder = true, .adaptive = true, .reorder_timeout = 300 * MS, .missing_window = 300 },
	{ .reorder = true, .adaptive = true, .reorder_timeout = 300 * MS, .missing_window = 7 },
	{ .reorder = true, .adaptive = true, .reorder_timeout = 20 * MS, .missing_window = 512 },
	{ .reorder = true,
	  .adaptive = true,
	  .reorder_timeout = PPTP_TIME_NEVER,
	  .missing_window = 6000 },
	{ .adaptive = true, .reorder_timeout = 300 * MS, .missing_window = 300 },
	{ .reorder_timeout = 300 * MS, .missing_window = 300 },
	{ .reorder_timeout = 300 * MS, .missing_window = 1 },
};

static const uint32_t firsts[] = { 0, 1, 0xFFFFFFFF, 0xFFFFF000, 0x7FFFF000, 12345 };

#define MIXES   ((int)(sizeof(mixes) / sizeof(mixes[0])))
#define CONFIGS ((int)(sizeof(configs) / sizeof(configs[0])))
#define FIRSTS  ((int)(sizeof(firsts) / sizeof(firsts[0])))

struct arrival {
	uint64_t at;
	uint32_t index; /* of the packet, from 0 */
	uint32_t order; /* ties arrive as they were sent */
};

static struct arrival arrivals[2 * SENT_MAX];
static size_t arrival_count;

static int arrival_compare(const void *ap, const void *bp)
{
	const struct arrival *a = ap, *b = bp;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->order < b->order ? -1 : 1;
}

static void network(const struct mix *mix, uint32_t sent)
{
	uint32_t burst = 0;

	arrival_count = 0;
	for (uint32_t i = 0; i < sent; i++) {
		uint64_t at = 1000 * MS + i * mix->interval;
		unsigned int copies = 1 + (random_below(1000) < mix->duplicates);

		if (!burst && random_below(1000) < mix->burst_loss)
			burst = random_below(400);
		if (i && (burst || random_below(1000) < mix->loss))
			copies = 0;
		burst -= burst > 0;
		for (; copies; copies--) {
			struct arrival *arrival = &arrivals[arrival_count];

			/* The first stays first: it says where the sequence starts. */
			*arrival = (struct arrival){ at, i, (uint32_t)arrival_count };
			if (i && random_below(1000) < mix->late)
				arrival->at += random_below((uint32_t)(mix->late_by / 1000)) *
					       UINT64_C(1000);
			arrival_count++;
		}
	}
	qsort(arrivals, arrival_count, sizeof(arrivals[0]), arrival_compare);
}

/* The model: everything is kept by the packet's index, and searched from the beginning. */
struct model {
	const struct pptp_tunnel_config *cfg;
	uint32_t next, top;
	bool held[SENT_MAX];
	bool given_up[SENT_MAX]; /* and has not come since */
	uint64_t missed_at[SENT_MAX];
	uint64_t reorder_timeout;
	uint64_t now, gave_up_last; /* when the last hole given up was missed */
	struct reorder_wait wait_rule;
	uint64_t lost, under, over, buffered, accepted, resyncs;
	int64_t jumped; /* numbers that were passed over, or gone back, at once */
	uint32_t run_last, run_count;
	uint64_t run_since, fitted; /* fitted: when a packet was taken last */
	uint32_t out[2 * SENT_MAX];
	uint32_t out_count;
};

static struct model model;

static void model_give_out(uint32_t index)
{
	model.out[model.out_count++] = index;
	model.accepted++;
	model.held[index] = false;
}

/* Whether a packet before `end` is held. */
static bool model_holds_before(uint32_t end)
{
	for (uint32_t i = model.next; i < end; i++) {
		if (model.held[i])
			return true;
	}
	return false;
}

static bool model_holds(void)
{
	return model_holds_before(model.top);
}

static void model_use_wait(void)
{
	if (model.cfg->adaptive)
		model.reorder_timeout = model.wait_rule.wait;
}

static void model_came(uint32_t index)
{
	pptp_reorder_wait_arrived(&model.wait_rule, model.now - model.missed_at[index], model.now);
	model_use_wait();
}

/* A packet was held behind the hole, so it was waited for; once for numbers missed together. */
static void model_give_up(uint32_t index)
{
	model.given_up[index] = true;
	if (model.missed_at[index] != model.gave_up_last)
		pptp_reorder_wait_gave_up(&model.wait_rule, model.now);
	model.gave_up_last = model.missed_at[index];
	model_use_wait();
}

/* `end`: what is held from there on has only just come. */
static void model_step(uint32_t end)
{
	if (model.held[model.next]) {
		model_give_out(model.next);
	} else {
		model.lost++;
		if (model_holds_before(end))
			model_give_up(model.next);
	}
	model.next++;
}

static void model_run(uint64_t now)
{
	model.now = now;
	while (model_holds() && (model.held[model.next] ||
				 now - model.missed_at[model.next] >= model.reorder_timeout))
		model_step(model.top);
}

/* Whether a packet continues the run, once it is long enough also after others were lost. */
static bool model_continues(uint32_t index)
{
	if (model.run_count < REORDER_RESYNC_RUN)
		return model.run_count && index == model.run_last + 1;
	return index > model.run_last && index - model.run_last <= model.cfg->missing_window;
}

/* Whether it is a duplicate of one of the run, or was overtaken by it. */
static bool model_repeats(uint32_t index)
{
	if (!model.run_count || index > model.run_last)
		return false;
	return index == model.run_last || (model.run_count >= REORDER_RESYNC_RUN &&
					   model.run_last - index < model.cfg->missing_window);
}

/*
 * Whether a packet outside the window ends a run long enough: one that goes back lasts, one ahead
 * follows a silence.
 */
static bool model_believes(uint32_t index, uint64_t now)
{
	if (model_repeats(index))
		return false;
	if (!model_continues(index)) {
		model.run_count = 0;
		model.run_since = now;
	}
	model.run_count++;
	model.run_last = index;
	if (model.run_count < REORDER_RESYNC_RUN)
		return false;
	if (index > model.next)
		return now - model.fitted >= REORDER_RESYNC_SILENCE;
	return now - model.run_since >= REORDER_RESYNC_TIME;
}

static void model_jump(uint32_t index)
{
	while (model_holds())
		model_step(model.top);
	model.resyncs++;
	model.jumped += (int64_t)index - model.next;
	model.next = model.top = index;
}

static void model_take(uint32_t index, uint64_t now)
{
	uint32_t before = model.top;

	model.fitted = now;
	if (index < before)
		model_came(index);
	model.buffered += index > model.next;
	for (; model.top <= index; model.top++)
		model.missed_at[model.top] = now;
	model.held[index] = true;
	while (model.next < index &&
	       (!model.cfg->reorder || index - model.next >= PPTP_REORDER_CAPACITY ||
		index - model.next > model.cfg->missing_window))
		model_step(before);
}

/* A packet behind teaches when it was given up, and a longer wait would have kept it. */
static void model_behind(uint32_t index)
{
	uint32_t distance = model.top - index;

	model.under++;
	if (!model.given_up[index] || distance > model.cfg->missing_window ||
	    distance >= PPTP_REORDER_CAPACITY)
		return;
	model.given_up[index] = false;
	model_came(index);
}

static void model_receive(uint32_t index, uint64_t now)
{
	bool before = index < model.next;

	model.now = now;
	if (!before && model.held[index]) {
		model.under++;
	} else if (!before && index <= model.top + model.cfg->missing_window) {
		model.run_count = 0;
		model_take(index, now);
	} else if (model_believes(index, now)) {
		model.run_count = 0;
		model_jump(index);
		model_take(index, now);
	} else if (before) {
		model_behind(index);
	} else {
		model.over++;
	}
	model_run(now);
}

static uint64_t model_deadline(void)
{
	uint64_t missed_at = model.missed_at[model.next];

	if (!model_holds() || missed_at > PPTP_TIME_NEVER - model.reorder_timeout)
		return PPTP_TIME_NEVER;
	return missed_at + model.reorder_timeout;
}

/* The frame of packet `index` says so. */
static size_t make_frame(uint8_t *frame, uint32_t index)
{
	size_t len = sizeof(index) + index % 50;

	memset(frame, (int)(index & 0xFF), len);
	memcpy(frame, &index, sizeof(index));
	return len;
}

static uint32_t out_count;

static void drain(struct reorder *r)
{
	struct pptp_frame frame;
	uint8_t want[64];
	uint32_t index;

	while (pptp_reorder_next(r, &frame)) {
		memcpy(&index, frame.data, sizeof(index));
		/* The model is right only while it gives nothing out twice or out of order. */
		if (out_count && !model.resyncs && index <= model.out[out_count - 1])
			ck_abort_msg("frame %u after frame %u", index, model.out[out_count - 1]);
		if (out_count >= model.out_count || index != model.out[out_count])
			ck_abort_msg("frame %u handed out in place %u", index, out_count);
		if (frame.len != make_frame(want, index) || memcmp(frame.data, want, frame.len))
			ck_abort_msg("frame %u has other content", index);
		r->stats->rx_accepted++;
		out_count++;
	}
}

static void compare(const struct reorder *r)
{
	const struct pptp_stats *s = r->stats;

	if (out_count != model.out_count || s->rx_accepted != model.accepted ||
	    s->rx_lost != model.lost || s->rx_under_win != model.under ||
	    s->rx_over_win != model.over || s->rx_buffered != model.buffered ||
	    s->rx_resyncs != model.resyncs)
		ck_abort_msg("out %u/%u lost %" PRIu64 "/%" PRIu64 " under %" PRIu64 "/%" PRIu64
			     " over %" PRIu64 "/%" PRIu64 " buffered %" PRIu64 "/%" PRIu64,
			     out_count, model.out_count, s->rx_lost, model.lost, s->rx_under_win,
			     model.under, s->rx_over_win, model.over, s->rx_buffered,
			     model.buffered);
	if (pptp_reorder_deadline(r) != model_deadline())
		ck_abort_msg("deadline %" PRIu64 ", not %" PRIu64, pptp_reorder_deadline(r),
			     model_deadline());
	/* Each packet and each number is accounted for. */
	if ((int64_t)(s->rx_accepted + s->rx_lost) + model.jumped != model.next)
		ck_abort_msg("%u numbers passed, not all counted", model.next);
}

static void expire_until(struct reorder *r, uint64_t now)
{
	while (pptp_reorder_deadline(r) < now) {
		uint64_t deadline = pptp_reorder_deadline(r);

		model_run(deadline);
		pptp_reorder_expire(r, deadline);
		drain(r);
		compare(r);
	}
}

static void run(const struct mix *mix, const struct pptp_tunnel_config *cfg, uint32_t first,
		uint32_t sent)
{
	struct pptp_stats stats = { 0 };
	struct reorder r;
	uint8_t *frame = malloc(64);

	memset(&model, 0, sizeof(model));
	model.cfg = cfg;
	model.reorder_timeout = cfg->reorder_timeout;
	model.gave_up_last = PPTP_TIME_NEVER;
	pptp_reorder_wait_init(&model.wait_rule, cfg->reorder_timeout);
	model_use_wait();
	out_count = 0;
	network(mix, sent);
	pptp_reorder_init(&r, cfg, &stats);
	for (size_t i = 0; i < arrival_count; i++) {
		const struct arrival *a = &arrivals[i];
		size_t len = make_frame(frame, a->index);

		expire_until(&r, a->at);
		pptp_reorder_receive(&r, first + a->index, frame, len, a->at);
		model_receive(a->index, a->at);
		drain(&r);
		compare(&r);
	}
	expire_until(&r, PPTP_TIME_NEVER);
	ck_assert_uint_eq(stats.rx_accepted + stats.rx_under_win + stats.rx_over_win + r.held,
			  arrival_count);
	pptp_reorder_fini(&r);
	free(frame);
}

START_TEST(equals_model)
{
	const struct mix *mix = &mixes[_i / CONFIGS];
	const struct pptp_tunnel_config *cfg = &configs[_i % CONFIGS];

	random_state = (uint64_t)_i + 1;
	for (int i = 0; i < FIRSTS; i++)
		run(mix, cfg, firsts[i], 3000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reorder model");
	TCase *tc = tcase_create("model");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, equals_model, 0, MIXES * CONFIGS);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
