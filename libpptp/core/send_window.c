/* SPDX-License-Identifier: MIT */
/*
 * The acknowledgment window of what is sent (RFC 2637, 4.2) and its adaptive time-out (4.4), used
 * with --window only. Counts packets and holds none of them: nothing is retransmitted. tunnel.c
 * reports what was sent, acknowledged and timed, and reads how many more may be sent.
 */
#include "send_window.h"

#include "deadline.h"

/* Enough to reach the longest time-out from the shortest. */
#define MAX_BACKOFF 10

static void set_window(struct send_window *w, uint32_t window)
{
	w->window = window;
	w->acked = 0;
	w->stats->tx_window = window;
}

static uint32_t half(uint32_t n)
{
	return n / 2 + n % 2;
}

/*
 * RFC 2637, 4.4.1, with chi 4, and 4.4.2 with delta 2. The doubled RTT lasts until a packet was
 * timed again (Karn's rule, RFC 6298) instead of entering the average, where it would grow without
 * bound when one packet in six is lost.
 */
static void set_timeout(struct send_window *w)
{
	w->ato = (w->rtt << w->backoff) + 4 * w->dev;
	if (w->ato > SEND_WINDOW_MAX_TIMEOUT)
		w->ato = SEND_WINDOW_MAX_TIMEOUT;
	if (w->ato < SEND_WINDOW_MIN_TIMEOUT)
		w->ato = SEND_WINDOW_MIN_TIMEOUT;
}

static void restart_timer(struct send_window *w, uint64_t now)
{
	w->deadline = w->outstanding ? deadline_after(now, w->ato) : PPTP_TIME_NEVER;
}

void pptp_send_window_init(struct send_window *w, struct pptp_stats *stats)
{
	*w = (struct send_window){ .deadline = PPTP_TIME_NEVER, .stats = stats };
}

void pptp_send_window_start(struct send_window *w, uint32_t max, uint64_t delay)
{
	pptp_send_window_init(w, w->stats);
	w->max = max;
	w->rtt = delay ? delay : SEND_WINDOW_FIRST_RTT;
	if (w->rtt > SEND_WINDOW_MAX_TIMEOUT)
		w->rtt = SEND_WINDOW_MAX_TIMEOUT;
	set_timeout(w);
	/* 4.2.1 */
	set_window(w, half(max));
}

uint32_t pptp_send_window_credit(const struct send_window *w)
{
	if (!w->window)
		return UINT32_MAX;
	return w->outstanding < w->window ? w->window - w->outstanding : 0;
}

void pptp_send_window_sent(struct send_window *w, uint64_t now)
{
	if (w->window && !w->outstanding++)
		restart_timer(w, now);
}

/* RFC 2637, 4.4.1, with alpha 1/8 and beta 1/4. */
void pptp_send_window_sample(struct send_window *w, uint64_t sample)
{
	uint64_t diff;

	if (sample > SEND_WINDOW_MAX_TIMEOUT)
		sample = SEND_WINDOW_MAX_TIMEOUT;
	diff = sample > w->rtt ? sample - w->rtt : w->rtt - sample;
	w->dev = w->dev - w->dev / 4 + diff / 4;
	w->rtt = w->rtt - w->rtt / 8 + sample / 8;
	w->backoff = 0;
	set_timeout(w);
}

void pptp_send_window_acked(struct send_window *w, uint32_t left, uint64_t now)
{
	if (!w->max)
		return;
	w->timeouts_in_row = 0;
	if (!w->window)
		set_window(w, half(w->max));
	if (left >= w->outstanding)
		return;
	w->acked += w->outstanding - left;
	w->outstanding = left;
	/* 4.2.3 */
	if (w->acked >= w->window)
		set_window(w, w->window + (w->window < w->max));
	restart_timer(w, now);
}

uint64_t pptp_send_window_deadline(const struct send_window *w)
{
	return w->deadline;
}

bool pptp_send_window_expire(struct send_window *w, uint64_t now)
{
	if (now < w->deadline)
		return false;
	w->stats->tx_window_timeouts++;
	w->outstanding = 0;
	w->deadline = PPTP_TIME_NEVER;
	/* 4.2.2 */
	set_window(w, ++w->timeouts_in_row < SEND_WINDOW_TIMEOUTS_MAX ? half(w->window) : 0);
	if (w->ato < SEND_WINDOW_MAX_TIMEOUT && w->backoff < MAX_BACKOFF)
		w->backoff++;
	set_timeout(w);
	return true;
}
