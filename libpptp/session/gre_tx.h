/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_GRE_TX_H
#define PPTP_SESSION_GRE_TX_H

/* GRE packets to send, in batches. */

#include "session/gre_rx.h"

struct gre_tx_batch;

struct gre_tx {
	struct gre_tx_batch *batch; /* allocated with the first frame */
	bool together;              /* sendmmsg() has sent something */
	bool singly;                /* the system refuses sendmmsg() */
};

/* Space for the GRE header of the batch's next packet; NULL when it is full, or without memory. */
uint8_t *pptp_gre_tx_next_header(struct gre_tx *tx);
/* Queue that packet; `payload` must stay valid until the batch was sent. */
void pptp_gre_tx_queue(struct gre_tx *tx, size_t header_len, uint8_t *payload, size_t len);
/* Frames queued and not yet sent. */
unsigned int pptp_gre_tx_queued(const struct gre_tx *tx);

/* Called for each frame of the batch in turn: payload octets; 0 or -errno. */
typedef void (*gre_sent_fn)(void *user, size_t len, int error);

/* Send the batch: 0, or -EAGAIN when the socket is full and some frames are left. */
int pptp_gre_tx_flush(struct gre_tx *tx, int fd, gre_sent_fn sent, void *user);

/* Send one packet now: 0, -EAGAIN when the socket is full, or another -errno. */
int pptp_gre_tx_send(int fd, const uint8_t *packet, size_t len);

void pptp_gre_tx_free(struct gre_tx *tx);

#endif
