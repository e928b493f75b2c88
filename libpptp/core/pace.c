/* SPDX-License-Identifier: MIT */
#include "pace.h"

/* Enough to reach the longest time-out from the shortest. */
#define MAX_BACKOFF 10

static void set_window(struct pptp_pace *pace, uint32_t window)
{
	pace->window = window;
	pace->digested = 0;
	pace->stats->tx_window = window;
}

static uint32_t half(uint32_t n)
{
	return n / 2 + n % 2;
}

/*
 * RFC 2637, 4.4.1, with chi 4, and 4.4.2 with delta 2. The doubled RTT lasts until a packet was
 * timed again (Karn's rule, RFC 6298) instead of being averaged away: else it grows without end
 * where one packet in six is lost.
 */
static void set_timeout(struct pptp_pace *pace)
{
	pace->ato = (pace->rtt << pace->backoff) + 4 * pace->dev;
	if (pace->ato > PPTP_PACE_MAX_TIMEOUT)
		pace->ato = PPTP_PACE_MAX_TIMEOUT;
	if (pace->ato < PPTP_PACE_MIN_TIMEOUT)
		pace->ato = PPTP_PACE_MIN_TIMEOUT;
}

static void restart_timer(struct pptp_pace *pace, uint64_t now)
{
	if (pace->outstanding && now <= PPTP_TIME_NEVER - pace->ato)
		pace->deadline = now + pace->ato;
	else
		pace->deadline = PPTP_TIME_NEVER;
}

void pptp_pace_init(struct pptp_pace *pace, struct pptp_stats *stats)
{
	*pace = (struct pptp_pace){ .deadline = PPTP_TIME_NEVER, .stats = stats };
}

void pptp_pace_start(struct pptp_pace *pace, uint32_t max, uint64_t delay)
{
	pptp_pace_init(pace, pace->stats);
	pace->max = max;
	pace->rtt = delay ? delay : PPTP_PACE_FIRST_RTT;
	if (pace->rtt > PPTP_PACE_MAX_TIMEOUT)
		pace->rtt = PPTP_PACE_MAX_TIMEOUT;
	set_timeout(pace);
	/* 4.2.1 */
	set_window(pace, half(max));
}

uint32_t pptp_pace_credit(const struct pptp_pace *pace)
{
	if (!pace->window)
		return UINT32_MAX;
	return pace->outstanding < pace->window ? pace->window - pace->outstanding : 0;
}

void pptp_pace_sent(struct pptp_pace *pace, uint64_t now)
{
	if (pace->window && !pace->outstanding++)
		restart_timer(pace, now);
}

/* RFC 2637, 4.4.1, with alpha 1/8 and beta 1/4. */
void pptp_pace_sample(struct pptp_pace *pace, uint64_t sample)
{
	uint64_t diff;

	if (sample > PPTP_PACE_MAX_TIMEOUT)
		sample = PPTP_PACE_MAX_TIMEOUT;
	diff = sample > pace->rtt ? sample - pace->rtt : pace->rtt - sample;
	pace->dev = pace->dev - pace->dev / 4 + diff / 4;
	pace->rtt = pace->rtt - pace->rtt / 8 + sample / 8;
	pace->backoff = 0;
	set_timeout(pace);
}

void pptp_pace_acked(struct pptp_pace *pace, uint32_t left, uint64_t now)
{
	if (!pace->max)
		return;
	pace->deaf = 0;
	if (!pace->window)
		set_window(pace, half(pace->max));
	if (left >= pace->outstanding)
		return;
	pace->digested += pace->outstanding - left;
	pace->outstanding = left;
	/* 4.2.3 */
	if (pace->digested >= pace->window)
		set_window(pace, pace->window + (pace->window < pace->max));
	restart_timer(pace, now);
}

uint64_t pptp_pace_deadline(const struct pptp_pace *pace)
{
	return pace->deadline;
}

bool pptp_pace_expire(struct pptp_pace *pace, uint64_t now)
{
	if (now < pace->deadline)
		return false;
	pace->stats->tx_window_timeouts++;
	pace->outstanding = 0;
	pace->deadline = PPTP_TIME_NEVER;
	/* 4.2.2 */
	set_window(pace, ++pace->deaf < PPTP_PACE_DEAF ? half(pace->window) : 0);
	if (pace->ato < PPTP_PACE_MAX_TIMEOUT && pace->backoff < MAX_BACKOFF)
		pace->backoff++;
	set_timeout(pace);
	return true;
}
