/* SPDX-License-Identifier: MIT */
#ifndef TESTS_SIM_MEMORY_PEER_H
#define TESTS_SIM_MEMORY_PEER_H

/* Two control connections joined in memory, on a virtual clock: a PNS and a PAC, or a PNS alone
 * whose peer is the test itself. */

#include <pptp/proto/ctrl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_suite.h"

#define SECOND      PPTP_NS_PER_SEC
#define MILLISECOND PPTP_NS_PER_MS
#define EPOCH       (1000 * SECOND)
#define PNS_ID      100
#define PAC_ID      200

struct side {
	const char *name;
	struct pptp_ctrl *ctrl;
	struct pair *pair;
	bool tcp_closed;
	unsigned int notes;
	unsigned int received;
	unsigned int sent;
	struct pptp_msg last_sent;
	struct pptp_ctrl_event events[64];
	unsigned int event_count;
};

struct pair {
	struct side pns;
	struct side pac; /* ctrl is NULL when the test plays the PAC */
	uint64_t now;
	size_t take;  /* octets that TCP takes at a time */
	size_t chunk; /* octets that TCP delivers at a time */
	bool cut;     /* nothing is delivered any more, nobody is told */
	char log[8192];
};

static inline const char *short_name(enum pptp_msg_type type)
{
	static const char *const names[] = { "",         "SCCRQ",  "SCCRP",  "STOPCCRQ",
					     "STOPCCRP", "ECHORQ", "ECHORP", "OCRQ",
					     "OCRP",     "ICRQ",   "ICRP",   "ICCN",
					     "CCRQ",     "CDN",    "WEN",    "SLI" };

	return names[type];
}

/* Each message sent goes into the log. */
static inline void side_trace(void *user, enum pptp_trace what, const struct pptp_msg *msg,
			      const char *note)
{
	struct side *side = user;
	char *log = side->pair->log;
	size_t len = strlen(log);

	(void)note;
	if (what == PPTP_TRACE_NOTE)
		side->notes++;
	if (what == PPTP_TRACE_RECEIVED)
		side->received++;
	if (what != PPTP_TRACE_SENT)
		return;
	side->sent++;
	side->last_sent = *msg;
	snprintf(log + len, sizeof(side->pair->log) - len, "%s%s>%s", len ? " " : "", side->name,
		 short_name(msg->type));
}

static inline void pns_config(struct pptp_ctrl_config *cfg)
{
	pptp_ctrl_config_init(cfg, sizeof(*cfg));
	cfg->call_id = PNS_ID;
	cfg->call_serial = 7;
	snprintf(cfg->host_name, sizeof(cfg->host_name), "pns.example");
}

static inline void pac_config(struct pptp_ctrl_config *cfg)
{
	pptp_ctrl_config_init(cfg, sizeof(*cfg));
	cfg->receiver = true;
	cfg->call_id = PAC_ID;
	snprintf(cfg->host_name, sizeof(cfg->host_name), "pac.example");
}

static inline void side_init(struct side *side, struct pair *pair, const char *name,
			     const struct pptp_ctrl_config *cfg)
{
	side->name = name;
	side->pair = pair;
	if (cfg)
		ck_assert_int_eq(pptp_ctrl_new(&side->ctrl, cfg, side_trace, side), 0);
}

/* NULL for the defaults of the PNS; NULL for a PAC that the test plays. */
static inline struct pair *pair_new(const struct pptp_ctrl_config *pns,
				    const struct pptp_ctrl_config *pac)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	struct pptp_ctrl_config cfg;

	pns_config(&cfg);
	pair->now = EPOCH;
	pair->take = SIZE_MAX;
	pair->chunk = SIZE_MAX;
	side_init(&pair->pns, pair, "pns", pns ? pns : &cfg);
	side_init(&pair->pac, pair, "pac", pac);
	return pair;
}

static inline struct pair *pair_free(struct pair *pair)
{
	pptp_ctrl_free(pair->pns.ctrl);
	pptp_ctrl_free(pair->pac.ctrl);
	free(pair);
	return NULL;
}

static inline void side_collect(struct side *side)
{
	struct pptp_ctrl_event event;

	while (pptp_ctrl_pop_event(side->ctrl, &event, sizeof(event))) {
		ck_assert_uint_lt(side->event_count, 64);
		if (side->event_count)
			ck_assert(side->events[side->event_count - 1].type != PPTP_CTRL_CLOSED);
		side->events[side->event_count++] = event;
	}
}

static inline void side_deliver(struct side *side, const uint8_t *data, size_t len)
{
	for (size_t at = 0; at < len;) {
		size_t n = len - at < side->pair->chunk ? len - at : side->pair->chunk;
		uint8_t *copy = malloc(n);

		memcpy(copy, data + at, n);
		pptp_ctrl_input(side->ctrl, copy, n, side->pair->now);
		free(copy);
		at += n;
	}
}

/* One write of `from` and its arrival; false when there was nothing to do. */
static inline bool side_flush(struct side *from, struct side *to)
{
	uint8_t buf[8192];
	size_t len;
	const uint8_t *out = pptp_ctrl_output(from->ctrl, &len);

	ck_assert((out == NULL) == (len == 0));
	ck_assert_uint_le(len, sizeof(buf));
	if (len > from->pair->take)
		len = from->pair->take;
	if (len) {
		memcpy(buf, out, len);
		pptp_ctrl_output_done(from->ctrl, len);
		if (to->ctrl && !from->pair->cut && !from->tcp_closed)
			side_deliver(to, buf, len);
		return true;
	}
	if (!pptp_ctrl_is_closed(from->ctrl) || from->tcp_closed || from->pair->cut)
		return false;
	from->tcp_closed = true;
	if (to->ctrl)
		pptp_ctrl_tcp_closed(to->ctrl, from->pair->now);
	return true;
}

/* Until there is nothing more to do at this time. */
static inline void pair_settle(struct pair *pair)
{
	bool busy;

	do {
		busy = side_flush(&pair->pns, &pair->pac);
		side_collect(&pair->pns);
		if (pair->pac.ctrl) {
			busy |= side_flush(&pair->pac, &pair->pns);
			side_collect(&pair->pac);
		}
	} while (busy);
}

static inline uint64_t pair_deadline(const struct pair *pair)
{
	uint64_t due = pptp_ctrl_deadline(pair->pns.ctrl);
	uint64_t other = pair->pac.ctrl ? pptp_ctrl_deadline(pair->pac.ctrl) : PPTP_TIME_NEVER;

	return due < other ? due : other;
}

/* Let `wait` go by; every deadline on the way is met to the nanosecond. */
static inline void pair_wait(struct pair *pair, uint64_t wait)
{
	uint64_t until = pair->now + wait;
	uint64_t due;

	pair_settle(pair);
	while ((due = pair_deadline(pair)) <= until) {
		ck_assert_uint_gt(due, pair->now);
		pair->now = due;
		pptp_ctrl_expire(pair->pns.ctrl, pair->now);
		if (pair->pac.ctrl)
			pptp_ctrl_expire(pair->pac.ctrl, pair->now);
		pair_settle(pair);
	}
	pair->now = until;
}

static inline void pair_open(struct pair *pair)
{
	pptp_ctrl_tcp_open(pair->pns.ctrl, pair->now);
	if (pair->pac.ctrl)
		pptp_ctrl_tcp_open(pair->pac.ctrl, pair->now);
	pair_settle(pair);
}

/* The test, as the PAC, says something to the PNS, or to another side. */
static inline void say_to(struct side *side, const struct pptp_msg *msg)
{
	uint8_t buf[PPTP_MSG_SIZE_MAX];
	int size = pptp_msg_encode(msg, buf, sizeof(buf));

	ck_assert_int_gt(size, 0);
	side_deliver(side, buf, (size_t)size);
}

static inline void pac_says(struct pair *pair, const struct pptp_msg *msg)
{
	say_to(&pair->pns, msg);
	pair_settle(pair);
}

static inline void pac_says_started(struct pair *pair)
{
	struct pptp_msg msg = { .type = PPTP_MSG_SCCRP,
				.u.start = { .version = PPTP_VERSION_1_0,
					     .result = PPTP_START_OK,
					     .framing_caps = PPTP_FRAMING_ANY,
					     .bearer_caps = PPTP_BEARER_ANY } };

	pac_says(pair, &msg);
}

static inline void pac_says_connected(struct pair *pair)
{
	struct pptp_msg msg = { .type = PPTP_MSG_OCRP,
				.u.call_reply = { .call_id = PAC_ID,
						  .peer_call_id = PNS_ID,
						  .result = PPTP_CALL_CONNECTED,
						  .recv_window = 16,
						  .physical_channel = 31 } };

	pac_says(pair, &msg);
}

/* A PNS alone with its call up. */
static inline struct pair *pair_with_call(const struct pptp_ctrl_config *pns)
{
	struct pair *pair = pair_new(pns, NULL);

	pair_open(pair);
	pac_says_started(pair);
	pac_says_connected(pair);
	ck_assert_str_eq(pptp_ctrl_call_state_name(pair->pns.ctrl), "established");
	pair->log[0] = '\0';
	pair->pns.event_count = 0;
	pair->pns.notes = 0;
	return pair;
}

static inline const struct pptp_ctrl_event *event_of(const struct side *side, unsigned int i,
						     enum pptp_ctrl_event_type type)
{
	ck_assert_uint_lt(i, side->event_count);
	ck_assert_int_eq((int)side->events[i].type, (int)type);
	return &side->events[i];
}

static inline const struct pptp_ctrl_event_down *down_of(const struct side *side, unsigned int i,
							 enum pptp_ctrl_event_type type,
							 enum pptp_reason reason)
{
	const struct pptp_ctrl_event_down *down = &event_of(side, i, type)->u.down;

	ck_assert_str_eq(pptp_reason_text(down->reason), pptp_reason_text(reason));
	return down;
}

#endif
