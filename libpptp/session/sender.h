/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_SENDER_H
#define PPTP_SESSION_SENDER_H

/* Sending of PPP frames of one call to the GRE socket. */

#include <pptp/proto/tunnel.h>

#include "disorder.h"
#include "session/gre_port.h"
#include "session/gre_tx.h"
#include "session/socket_errors.h"

struct sender {
	const struct pptp_config *cfg;
	struct pptp_tunnel *tunnel; /* header, sequence, window and counters */
	struct gre_member *member;  /* the call on its port */
	struct disorder *disorder;  /* NULL unless --test-type damages the order */
	struct gre_tx tx;
	bool socket_full;            /* frames wait in the batch */
	bool window_closed;          /* the acknowledgment window is full */
	struct socket_errors errors; /* of the port, sending and receiving */
	uint64_t now;                /* of the present call */
};

/* All but `sender` must last as long. 0 or -ENOMEM. */
int pptp_sender_init(struct sender *sender, const struct pptp_config *cfg,
		     struct pptp_tunnel *tunnel, struct gre_member *member);
void pptp_sender_free(struct sender *sender);

/* Whether the socket and the acknowledgment window have room for a frame. */
bool pptp_sender_may_send(struct sender *sender);
/* Queue a frame; it must stay valid until pptp_sender_flush(). A full batch is sent. */
void pptp_sender_queue(struct sender *sender, const struct pptp_frame *frame, uint64_t now);
/* Send what is queued, as far as the socket accepts it. */
void pptp_sender_flush(struct sender *sender, uint64_t now);

/* Send one frame now: 0; -EAGAIN when the window or the socket is full; PPTP_ERR_OVERSIZE; -errno. */
int pptp_sender_send(struct sender *sender, const uint8_t *frame, size_t len, uint64_t now);
/* Send the acknowledgment that is due, if data has not carried it. */
void pptp_sender_acknowledge(struct sender *sender, uint64_t now);

#endif
