/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_SEND_WINDOW_H
#define PPTP_CORE_SEND_WINDOW_H

/*
 * The sending side's sliding window (RFC 2637, 4.2) with the adaptive time-out (4.4): how many
 * packets may be sent before the peer acknowledges some.
 *
 * A time-out frees everything outstanding, so that a lost acknowledgment costs one time-out and
 * sending never stalls for longer. SEND_WINDOW_TIMEOUTS_MAX time-outs in a row without an
 * acknowledgment turn the window off, since some peers never acknowledge; an acknowledgment turns
 * it on again.
 */

#include <pptp/stats.h>
#include <pptp/types.h>

/* 4.4.1's MinTimeOut and MaxTimeOut, and its first RTT when the peer sends no processing delay. */
#define SEND_WINDOW_MIN_TIMEOUT  (100 * PPTP_NS_PER_MS)
#define SEND_WINDOW_MAX_TIMEOUT  (3 * PPTP_NS_PER_SEC)
#define SEND_WINDOW_FIRST_RTT    (250 * PPTP_NS_PER_MS)
#define SEND_WINDOW_TIMEOUTS_MAX 3

struct send_window {
	uint32_t max;                 /* the peer's receive window; 0: sending is not limited */
	uint32_t window;              /* the present one; 0: turned off for now */
	uint32_t outstanding;         /* sent within it, neither acknowledged nor timed out */
	uint32_t acked;               /* acknowledged since the window changed last */
	unsigned int timeouts_in_row; /* time-outs since the last acknowledgment */
	uint64_t rtt;                 /* 4.4.1's RTT, DEV and ATO, ns */
	uint64_t dev;
	uint64_t ato;
	unsigned int backoff; /* how often RTT is doubled, until the next sample */
	uint64_t deadline;    /* of what is outstanding */
	struct pptp_stats *stats;
};

/* Sending is not limited until pptp_send_window_start(). stats must outlive w. */
void pptp_send_window_init(struct send_window *w, struct pptp_stats *stats);

/* Limit it to `max` packets, 0: not; `delay` (ns) is the peer's packet processing delay (PPD). */
void pptp_send_window_start(struct send_window *w, uint32_t max, uint64_t delay);

/* How many packets may be sent now; UINT32_MAX when there is no limit. */
uint32_t pptp_send_window_credit(const struct send_window *w);

/* A packet is sent. */
void pptp_send_window_sent(struct send_window *w, uint64_t now);

/* A round trip was measured: the acknowledgment arrived after this time. */
void pptp_send_window_sample(struct send_window *w, uint64_t sample);

/* The peer acknowledged something new: all packets but the last `left` sent. */
void pptp_send_window_acked(struct send_window *w, uint32_t left, uint64_t now);

/* When to call pptp_send_window_expire(). */
uint64_t pptp_send_window_deadline(const struct send_window *w);

/* Returns whether what was outstanding timed out. */
bool pptp_send_window_expire(struct send_window *w, uint64_t now);

#endif
