/* SPDX-License-Identifier: MIT */
/*
 * The data path of one call (RFC 2637, 4): sequence and acknowledgment numbers, round-trip time and
 * counters, around the codec (gre.c), the receive window (reorder.c) and the send window
 * (send_window.c). No socket and no clock: <pptp/proto/tunnel.h> is the contract.
 */
#include <pptp/proto/tunnel.h>

#include <errno.h>
#include <stdlib.h>

#include "deadline.h"
#include "reorder.h"
#include "send_window.h"
#include "seq.h"
#include "sized.h"

/* Factor of the acknowledgment delay while acknowledgments are piggybacked on data. */
#define PIGGYBACK_FACTOR 10

/* An acknowledgment waits for data that carries it, for a limited time and number of packets. */
#define ACK_DELAY     (10 * PPTP_NS_PER_MS)
#define ACK_EVERY_MAX 64

/* At most half the number space may be outstanding. */
#define UNACKED_MAX 0x7FFFFFFFU

/* Our side: the numbers we assign and what the peer has acknowledged of them (4.2, 4.4). */
struct tunnel_tx {
	uint32_t next;
	uint32_t unacked; /* numbers before next that no acknowledgment has covered */
	bool timing;      /* a round trip is being measured */
	uint32_t timed_seq;
	uint64_t timed_at;
	uint64_t rtt; /* smoothed, ns; 0: none yet */
};

/* The peer's side: what is to be acknowledged (4.1, 4.3). */
struct tunnel_rx {
	bool any; /* highest is valid */
	uint32_t highest;
	uint32_t unacked;      /* packets that no acknowledgment sent has covered */
	uint64_t ack_deadline; /* when one is sent even without data */
	bool piggybacked;      /* the last one was sent with data */
};

struct pptp_tunnel {
	struct pptp_tunnel_config cfg;
	struct reorder reorder;
	struct tunnel_tx tx;
	struct tunnel_rx rx;
	struct send_window window;
	uint32_t ack_every; /* packets that an acknowledgment waits for at most */
	bool heard;
	bool acked;
	struct pptp_stats stats;
};

static const struct pptp_tunnel_config defaults = {
	.size = sizeof(defaults),
	.reorder_timeout = 300 * PPTP_NS_PER_MS,
	.missing_window = PPTP_MISSING_WINDOW_DEFAULT,
	.reorder = true,
	.adaptive = true,
	.ack_delay = ACK_DELAY,
	.window = PPTP_WINDOW_OFF,
};

void pptp_tunnel_config_init(struct pptp_tunnel_config *cfg, size_t size)
{
	pptp_copy_sized(cfg, size, &defaults, sizeof(defaults));
	cfg->size = size;
}

static uint32_t ack_every(uint32_t recv_window)
{
	if (!recv_window)
		return UINT32_MAX;
	return recv_window / 4 < ACK_EVERY_MAX ? 1 + recv_window / 4 : ACK_EVERY_MAX;
}

int pptp_tunnel_new(struct pptp_tunnel **tunnelp, const struct pptp_tunnel_config *cfg)
{
	struct pptp_tunnel_config known = defaults;
	struct pptp_tunnel *tunnel;

	memcpy(&known, cfg, cfg->size < sizeof(known) ? cfg->size : sizeof(known));
	cfg = &known;
	if (!cfg->missing_window || cfg->missing_window > PPTP_MISSING_WINDOW_MAX ||
	    (cfg->window > PPTP_WINDOW_MAX && cfg->window != PPTP_WINDOW_AUTO))
		return PPTP_ERR_VALUE;
	tunnel = calloc(1, sizeof(*tunnel));
	if (!tunnel)
		return -ENOMEM;
	tunnel->cfg = *cfg;
	tunnel->ack_every = ack_every(cfg->recv_window);
	pptp_reorder_init(&tunnel->reorder, cfg, &tunnel->stats);
	pptp_send_window_init(&tunnel->window, &tunnel->stats);
	*tunnelp = tunnel;
	return 0;
}

struct pptp_tunnel *pptp_tunnel_free(struct pptp_tunnel *tunnel)
{
	if (tunnel)
		pptp_reorder_fini(&tunnel->reorder);
	free(tunnel);
	return NULL;
}

void pptp_tunnel_set_peer(struct pptp_tunnel *tunnel, uint16_t peer_call_id, uint16_t window,
			  uint16_t delay)
{
	uint32_t configured = tunnel->cfg.window;

	tunnel->cfg.peer_call_id = peer_call_id;
	pptp_send_window_start(&tunnel->window,
			       configured == PPTP_WINDOW_AUTO ? window : configured,
			       delay * (PPTP_NS_PER_SEC / 10));
}

uint32_t pptp_tunnel_credit(const struct pptp_tunnel *tunnel)
{
	return pptp_send_window_credit(&tunnel->window);
}

/* RFC 2637, 4.4.1, with alpha 1/8; without the doubling of 4.4.2, this is what the user sees. */
static void tunnel_timed(struct pptp_tunnel *tunnel, uint64_t sample)
{
	struct tunnel_tx *tx = &tunnel->tx;

	tx->timing = false;
	if (tx->rtt)
		tx->rtt = tx->rtt - tx->rtt / 8 + sample / 8;
	else
		tx->rtt = sample;
	tunnel->stats.rtt_us = (tx->rtt + 500) / 1000;
	pptp_send_window_sample(&tunnel->window, sample);
}

/* The peer acknowledged everything up to `ack`; numbers that were never sent are ignored. */
static void tunnel_acked(struct pptp_tunnel *tunnel, uint32_t ack, uint64_t now)
{
	struct tunnel_tx *tx = &tunnel->tx;
	uint32_t left = tx->next - 1 - ack;

	if (left >= tx->unacked)
		return;
	tx->unacked = left;
	tunnel->acked = true;
	if (tx->timing && !seq_before(ack, tx->timed_seq))
		tunnel_timed(tunnel, now - tx->timed_at);
	pptp_send_window_acked(&tunnel->window, left, now);
}

static uint64_t ack_deadline(const struct pptp_tunnel *tunnel, uint64_t now)
{
	uint64_t delay = tunnel->cfg.ack_delay;

	if (tunnel->rx.piggybacked && delay <= PPTP_TIME_NEVER / PIGGYBACK_FACTOR)
		delay *= PIGGYBACK_FACTOR;
	return deadline_after(now, delay);
}

/* Data packet `seq` was accepted: the highest one is to be acknowledged. */
static void tunnel_require_ack(struct pptp_tunnel *tunnel, uint32_t seq, bool moved, uint64_t now)
{
	struct tunnel_rx *rx = &tunnel->rx;

	if (!rx->any || moved || seq_after(seq, rx->highest))
		rx->highest = seq;
	rx->any = true;
	if (!rx->unacked)
		rx->ack_deadline = ack_deadline(tunnel, now);
	if (rx->unacked < UINT32_MAX)
		rx->unacked++;
	if (rx->unacked >= tunnel->ack_every)
		rx->ack_deadline = now;
}

/* Count why a packet is dropped. */
static int tunnel_refuse(struct pptp_tunnel *tunnel, int err)
{
	if (err == PPTP_ERR_TRUNCATED)
		tunnel->stats.rx_truncated++;
	else if (err == PPTP_ERR_VALUE)
		tunnel->stats.rx_wrong_call++;
	else
		tunnel->stats.rx_invalid++;
	return err;
}

int pptp_tunnel_receive(struct pptp_tunnel *tunnel, uint8_t *packet, size_t len, uint64_t now)
{
	struct pptp_gre gre;
	uint64_t resyncs = tunnel->stats.rx_resyncs;
	int header = pptp_gre_decode(&gre, packet, len);

	if (header < 0)
		return tunnel_refuse(tunnel, header);
	if (gre.call_id != tunnel->cfg.call_id)
		return tunnel_refuse(tunnel, PPTP_ERR_VALUE);
	if (gre.payload_len > PPTP_FRAME_MAX)
		return tunnel_refuse(tunnel, PPTP_ERR_OVERSIZE);
	tunnel->heard = true;
	if (gre.has_ack) {
		tunnel_acked(tunnel, gre.ack, now);
		if (!gre.payload_len)
			tunnel->stats.rx_acks++;
	}
	if (gre.has_seq &&
	    pptp_reorder_receive(&tunnel->reorder, gre.seq, packet + header, gre.payload_len, now))
		tunnel_require_ack(tunnel, gre.seq, tunnel->stats.rx_resyncs != resyncs, now);
	return 0;
}

bool pptp_tunnel_next(struct pptp_tunnel *tunnel, struct pptp_frame *framep)
{
	if (!pptp_reorder_next(&tunnel->reorder, framep))
		return false;
	tunnel->stats.rx_accepted++;
	tunnel->stats.rx_bytes += framep->len;
	return true;
}

int pptp_tunnel_send(struct pptp_tunnel *tunnel, size_t len, uint64_t now, uint8_t *header)
{
	struct tunnel_tx *tx = &tunnel->tx;
	struct pptp_gre gre = {
		.has_seq = true,
		.has_ack = tunnel->rx.unacked > 0,
		.payload_len = (uint16_t)len,
		.call_id = tunnel->cfg.peer_call_id,
		.seq = tx->next,
		.ack = tunnel->rx.highest,
	};

	if (len > PPTP_FRAME_MAX) {
		tunnel->stats.tx_oversize++;
		return PPTP_ERR_OVERSIZE;
	}
	if (!tx->timing) {
		tx->timing = true;
		tx->timed_seq = tx->next;
		tx->timed_at = now;
	}
	tx->next++;
	if (tx->unacked < UNACKED_MAX)
		tx->unacked++;
	pptp_send_window_sent(&tunnel->window, now);
	if (gre.has_ack)
		tunnel->rx.piggybacked = true;
	tunnel->rx.unacked = 0;
	return (int)pptp_gre_encode(&gre, header);
}

void pptp_tunnel_sent(struct pptp_tunnel *tunnel, size_t len, int error)
{
	if (error == PPTP_ERR_TRUNCATED) {
		tunnel->stats.tx_short++;
	} else if (error < 0) {
		tunnel->stats.tx_failed++;
	} else {
		tunnel->stats.tx_sent++;
		tunnel->stats.tx_bytes += len;
		return;
	}
	/* The acknowledgment that it may have carried must be sent again. */
	if (tunnel->rx.any && !tunnel->rx.unacked)
		tunnel->rx.unacked = 1;
}

size_t pptp_tunnel_ack(struct pptp_tunnel *tunnel, uint64_t now, uint8_t *header)
{
	struct pptp_gre gre = {
		.has_ack = true,
		.call_id = tunnel->cfg.peer_call_id,
		.ack = tunnel->rx.highest,
	};

	if (!tunnel->rx.unacked || now < tunnel->rx.ack_deadline)
		return 0;
	tunnel->rx.unacked = 0;
	tunnel->rx.piggybacked = false;
	tunnel->stats.tx_acks++;
	return pptp_gre_encode(&gre, header);
}

uint64_t pptp_tunnel_deadline(const struct pptp_tunnel *tunnel)
{
	uint64_t deadline = deadline_min(pptp_reorder_deadline(&tunnel->reorder),
					 pptp_send_window_deadline(&tunnel->window));

	if (tunnel->rx.unacked)
		deadline = deadline_min(deadline, tunnel->rx.ack_deadline);
	return deadline;
}

void pptp_tunnel_expire(struct pptp_tunnel *tunnel, uint64_t now)
{
	pptp_reorder_expire(&tunnel->reorder, now);
	/*
	 * The packet being timed may be lost: the acknowledgment of a later one would give a wrong
	 * time.
	 */
	if (pptp_send_window_expire(&tunnel->window, now))
		tunnel->tx.timing = false;
}

bool pptp_tunnel_heard(const struct pptp_tunnel *tunnel)
{
	return tunnel->heard;
}

bool pptp_tunnel_acked(const struct pptp_tunnel *tunnel)
{
	return tunnel->acked;
}

struct pptp_stats *pptp_tunnel_stats(struct pptp_tunnel *tunnel)
{
	return &tunnel->stats;
}
