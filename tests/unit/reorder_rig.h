/* SPDX-License-Identifier: MIT */
#ifndef TESTS_REORDER_RIG_H
#define TESTS_REORDER_RIG_H

/*
 * A reorder window with a fixed wait on a clock of the test's, each packet with its number as frame,
 * and what was handed out. For the tests of one window: test_reorder.c, test_resync.c.
 */

#include <stdarg.h>
#include <string.h>

#include "reorder.h"
#include "run_suite.h"

#define MS PPTP_NS_PER_MS

static struct reorder r;
static struct pptp_stats stats;
static struct pptp_tunnel_config cfg;
static uint64_t now;

/* What was handed out, by the number in each frame. */
static uint32_t out[4096];
static unsigned int out_count;

static inline void setup(void)
{
	pptp_tunnel_config_init(&cfg, sizeof(cfg));
	cfg.adaptive = false;
	memset(&stats, 0, sizeof(stats));
	pptp_reorder_init(&r, &cfg, &stats);
	now = 1000 * MS;
	out_count = 0;
}

static inline void restart(void)
{
	pptp_reorder_fini(&r);
	memset(&stats, 0, sizeof(stats));
	pptp_reorder_init(&r, &cfg, &stats);
	out_count = 0;
}

static inline void teardown(void)
{
	pptp_reorder_fini(&r);
}

static inline void drain(void)
{
	struct pptp_frame frame;

	while (pptp_reorder_next(&r, &frame)) {
		ck_assert_uint_eq(frame.len, sizeof(uint32_t));
		memcpy(&out[out_count++], frame.data, sizeof(uint32_t));
	}
}

static inline bool receive(uint32_t seq)
{
	uint8_t frame[sizeof(seq)];
	bool taken;

	memcpy(frame, &seq, sizeof(seq));
	taken = pptp_reorder_receive(&r, seq, frame, sizeof(frame), now);
	drain();
	/* Whoever still points into the packet now sees rubbish. */
	memset(frame, 0xEE, sizeof(frame));
	return taken;
}

static inline void expire_at(uint64_t at)
{
	now = at;
	pptp_reorder_expire(&r, now);
	drain();
}

static inline void assert_out(unsigned int count, ...)
{
	va_list args;

	ck_assert_uint_eq(out_count, count);
	va_start(args, count);
	for (unsigned int i = 0; i < count; i++)
		ck_assert_uint_eq(out[i], va_arg(args, uint32_t));
	va_end(args);
}

static inline void assert_out_run(uint32_t first, unsigned int count)
{
	ck_assert_uint_eq(out_count, count);
	for (unsigned int i = 0; i < count; i++)
		ck_assert_uint_eq(out[i], first + i);
}

#endif
