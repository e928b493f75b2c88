/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_SEQ_H
#define PPTP_CORE_SEQ_H

/* Serial arithmetic on 32-bit sequence numbers: the only place that compares them. */

#include <stdbool.h>
#include <stdint.h>

/* How far a is ahead of b: negative when behind, correct across the wrap. */
static inline int32_t seq_distance(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static inline bool seq_before(uint32_t a, uint32_t b)
{
	return seq_distance(a, b) < 0;
}

static inline bool seq_after(uint32_t a, uint32_t b)
{
	return seq_distance(a, b) > 0;
}

#endif
