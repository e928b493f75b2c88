/* SPDX-License-Identifier: MIT */
/*
 * Gives PPP frames their GRE header (core/tunnel) and sends them: in batches for a link, one at a
 * time for an embedder, and with a damaged order for --test-type. Counts the results. It reads
 * no frames; data_path.c passes them. RFC 2637, 4.1 and 4.2.
 */
#include "session/sender.h"

#include <errno.h>
#include <string.h>

int pptp_sender_init(struct sender *sender, const struct pptp_config *cfg,
		     struct pptp_tunnel *tunnel, struct gre_member *member)
{
	*sender = (struct sender){ .cfg = cfg, .tunnel = tunnel, .member = member };
	if (!cfg->test_type)
		return 0;
	return pptp_disorder_new(&sender->disorder, cfg->test_type, cfg->test_rate);
}

void pptp_sender_free(struct sender *sender)
{
	sender->disorder = pptp_disorder_free(sender->disorder);
	pptp_gre_tx_free(&sender->tx);
}

static int socket_of(const struct sender *sender)
{
	return sender->member->port ? sender->member->port->fd : -1;
}

static void frame_sent(void *user, size_t len, int err)
{
	struct sender *sender = user;

	pptp_tunnel_sent(sender->tunnel, len, err);
	if (err)
		pptp_socket_errors_log(&sender->errors, sender->cfg, "sending", err, sender->now);
}

bool pptp_sender_may_send(struct sender *sender)
{
	sender->window_closed = pptp_tunnel_credit(sender->tunnel) == 0;
	return !sender->socket_full && !sender->window_closed;
}

/* Whole packets are copied, kept and sent in a damaged order. */
static void send_disordered(struct sender *sender, const uint8_t *frame, size_t len)
{
	uint8_t packet[PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX];
	int header = pptp_tunnel_send(sender->tunnel, len, sender->now, packet);
	struct pptp_gre gre;
	const uint8_t *out;
	size_t out_len;

	if (header < 0)
		return;
	memcpy(packet + header, frame, len);
	pptp_disorder_push(sender->disorder, packet, (size_t)header + len);
	while (pptp_disorder_pop(sender->disorder, &out, &out_len)) {
		/* A packet that was held back may have a header of another size. */
		if (pptp_gre_decode(&gre, out, out_len) >= 0)
			frame_sent(sender, gre.payload_len,
				   pptp_gre_tx_send(socket_of(sender), out, out_len));
	}
}

static void queue_in_order(struct sender *sender, const struct pptp_frame *frame)
{
	uint8_t *header = pptp_gre_tx_next_header(&sender->tx);
	int n;

	if (!header) {
		pptp_tunnel_stats(sender->tunnel)->tx_dropped++;
		return;
	}
	n = pptp_tunnel_send(sender->tunnel, frame->len, sender->now, header);
	if (n >= 0)
		pptp_gre_tx_queue(&sender->tx, (size_t)n, frame->data, frame->len);
}

void pptp_sender_queue(struct sender *sender, const struct pptp_frame *frame, uint64_t now)
{
	sender->now = now;
	if (sender->disorder)
		send_disordered(sender, frame->data, frame->len);
	else
		queue_in_order(sender, frame);
	if (pptp_gre_tx_queued(&sender->tx) == GRE_BATCH)
		pptp_sender_flush(sender, now);
}

void pptp_sender_flush(struct sender *sender, uint64_t now)
{
	int err;

	sender->now = now;
	err = pptp_gre_tx_flush(&sender->tx, socket_of(sender), frame_sent, sender);
	sender->socket_full = err == -EAGAIN;
	if (sender->socket_full)
		pptp_gre_member_wait(sender->member);
}

int pptp_sender_send(struct sender *sender, const uint8_t *frame, size_t len, uint64_t now)
{
	uint8_t packet[PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX];
	int header, err;

	sender->now = now;
	if (!pptp_tunnel_credit(sender->tunnel)) {
		pptp_tunnel_stats(sender->tunnel)->tx_dropped++;
		return -EAGAIN;
	}
	if (sender->disorder) {
		send_disordered(sender, frame, len);
		return 0;
	}
	header = pptp_tunnel_send(sender->tunnel, len, now, packet);
	if (header < 0)
		return header;
	memcpy(packet + header, frame, len);
	err = pptp_gre_tx_send(socket_of(sender), packet, (size_t)header + len);
	if (err == -EAGAIN)
		pptp_tunnel_stats(sender->tunnel)->tx_dropped++;
	else
		frame_sent(sender, len, err);
	return err;
}

void pptp_sender_acknowledge(struct sender *sender, uint64_t now)
{
	uint8_t header[PPTP_GRE_HEADER_MAX];
	size_t len = pptp_tunnel_ack(sender->tunnel, now, header);
	struct pptp_stats *stats = pptp_tunnel_stats(sender->tunnel);
	int err;

	if (!len)
		return;
	err = pptp_gre_tx_send(socket_of(sender), header, len);
	if (!err)
		return;
	/* It was not sent; the next packet received requires a new one. */
	stats->tx_acks--;
	if (err == -EAGAIN) {
		stats->tx_dropped++;
		return;
	}
	stats->tx_failed++;
	pptp_socket_errors_log(&sender->errors, sender->cfg, "sending", err, now);
}
