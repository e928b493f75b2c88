/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_GRE_SOCKET_H
#define PPTP_SESSION_GRE_SOCKET_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <pptp/proto/gre.h>

#include "session/config.h"

/* The raw socket that carries enhanced GRE, read and written in batches. */

#define GRE_BATCH 64
/* After so many failures to read in a row, pause: what cannot be read is not tried all the time. */
#define RECEIVE_FAILURES_MAX 8
#define RECEIVE_REST         (10 * PPTP_NS_PER_MS)

struct gre_rx_batch;
struct gre_tx_batch;

struct gre_socket {
	int fd;
	bool borrowed;           /* the hub's: not to be closed with this */
	bool stamped;            /* packets carry the time of their arrival */
	struct gre_rx_batch *rx; /* allocated with the first packet */
	struct gre_tx_batch *tx; /* allocated with the first frame */
	uint32_t overflow;       /* the kernel's last count of packets dropped at a full queue */
};

/* Open it, or take cfg->gre_fd; it takes nothing in before pptp_gre_socket_connect(). 0 or -errno. */
int pptp_gre_socket_open(struct gre_socket *gre, const struct pptp_config *cfg);

/* Talk to this peer only, from this address. */
int pptp_gre_socket_connect(struct gre_socket *gre, struct in_addr local, struct in_addr remote);

/*
 * Hear only enhanced GRE for this call ID, or for any; no other packet wakes the process. The last
 * step: the filter cannot be changed any more. 0 or -errno.
 */
int pptp_gre_socket_hear_call(struct gre_socket *gre, uint16_t call_id);
int pptp_gre_socket_hear_all(struct gre_socket *gre);

/* Send through a socket that belongs to the hub. */
void pptp_gre_socket_borrow(struct gre_socket *gre, int fd);

/* Path MTU to the peer in octets, 0 when unknown. */
unsigned int pptp_gre_socket_path_mtu(const struct gre_socket *gre);

/*
 * Read a batch. Returns the number of packets, 0 when there is none, or -errno.
 * pptp_gre_socket_packet() shows one, without IP header, until the next one is asked for.
 */
int pptp_gre_socket_receive(struct gre_socket *gre);
uint8_t *pptp_gre_socket_packet(struct gre_socket *gre, unsigned int index, size_t *lenp);

/* From now on have the kernel note when packets arrive: only worth its cost when they wait. */
void pptp_gre_socket_stamp(struct gre_socket *gre);
/* How long packet `index` had waited at `wall_clock` (CLOCK_REALTIME); 0 when not known. */
uint64_t pptp_gre_socket_waited(struct gre_socket *gre, unsigned int index, uint64_t wall_clock);

/* How many packets the kernel dropped at a full receive queue since the last call. */
uint32_t pptp_gre_socket_take_overflow(struct gre_socket *gre);

/* Space for a header in the next place of the send batch; NULL when the batch is full. */
uint8_t *pptp_gre_socket_next_header(struct gre_socket *gre);
/* Fill that place; `payload` must stay until the batch was sent. */
void pptp_gre_socket_queue(struct gre_socket *gre, size_t header_len, uint8_t *payload, size_t len);
/* Frames queued and not yet sent. */
unsigned int pptp_gre_socket_queued(const struct gre_socket *gre);

/* Told for each frame of the batch in turn: payload octets, 0 or -errno. */
typedef void (*gre_sent_fn)(void *user, size_t len, int error);

/* Send what is queued. Returns 0 when the batch is empty, -EAGAIN when the socket is full. */
int pptp_gre_socket_flush(struct gre_socket *gre, gre_sent_fn sent, void *user);

/* Send one packet that is all there; 0, -EAGAIN or another -errno. */
int pptp_gre_socket_send(struct gre_socket *gre, const uint8_t *packet, size_t len);

void pptp_gre_socket_close(struct gre_socket *gre);

#endif
