/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_LCP_PROBE_H
#define PPTP_CLI_LCP_PROBE_H

/*
 * As much of LCP (RFC 1661) as opens it without an option and asks for echoes: whether PPP answers at the
 * other end, and how large a frame comes back. No name or password is ever sent. Pure: frames in, frames out.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LCP_PROBE_FRAME_MAX 2048

struct lcp_probe {
	bool answered;      /* there was a reply to our Configure-Request */
	bool acked_ours;    /* the reply was Configure-Ack */
	bool acked_theirs;  /* we have acknowledged their Configure-Request */
	bool echoed;        /* an Echo-Request was answered */
	unsigned int mru;   /* of the peer, octets */
	size_t echoed_size; /* of the last Echo-Reply: LCP's length, which MRU and MTU limit */
	uint8_t identifier; /* of the next request */
};

#define LCP_PROBE_NEW                                                                              \
	{                                                                                          \
		.mru = 1500, .identifier = 1                                                       \
	}

/* Frames to send, with address and control field. Each returns the frame's length. */
size_t lcp_probe_configure(struct lcp_probe *probe, uint8_t frame[LCP_PROBE_FRAME_MAX]);
/* size: LCP's length, from 8 to 1500. */
size_t lcp_probe_echo(struct lcp_probe *probe, size_t size, uint8_t frame[LCP_PROBE_FRAME_MAX]);
size_t lcp_probe_terminate(struct lcp_probe *probe, uint8_t frame[LCP_PROBE_FRAME_MAX]);

/* A frame was received. Returns the length of the reply to send, 0 for none. */
size_t lcp_probe_take(struct lcp_probe *probe, const uint8_t *data, size_t len,
		      uint8_t reply[LCP_PROBE_FRAME_MAX]);

bool lcp_probe_is_open(const struct lcp_probe *probe);

#endif
