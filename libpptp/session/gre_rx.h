/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_GRE_RX_H
#define PPTP_SESSION_GRE_RX_H

/* Received GRE packets, in batches. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Packets that one system call receives, or sends. */
#define GRE_BATCH 64

/* One packet, without its IP header. */
struct gre_packet {
	uint8_t *data;
	size_t len;
	uint64_t waited; /* ns in the socket's buffer; 0 when unknown */
	bool last;       /* nothing is behind it in the buffer */
};

struct gre_rx_batch;

struct gre_rx {
	struct gre_rx_batch *batch; /* allocated with the first packet */
	bool stamped;               /* packets carry the time of their arrival */
	bool singly;                /* the system refuses recvmmsg() */
	uint64_t drops;             /* packets that the kernel dropped at a full buffer */
	uint32_t drops_seen;        /* the kernel's last count */
};

/* From now on the kernel timestamps packets, which is only needed when they wait. */
void pptp_gre_rx_stamp(struct gre_rx *rx, int fd);

/* Read a batch. Returns the number of packets, 0 when there is none, or -errno. */
int pptp_gre_rx_receive(struct gre_rx *rx, int fd);

/* Packet `index` of the batch, valid until the next is asked for. real_time is CLOCK_REALTIME of the
 * batch, for `waited`; `last` is not set. */
void pptp_gre_rx_packet(struct gre_rx *rx, unsigned int index, uint64_t real_time,
			struct gre_packet *packetp);

void pptp_gre_rx_free(struct gre_rx *rx);

#endif
