/* SPDX-License-Identifier: MIT */
#ifndef NET_BYTEWISE_HDLC_H
#define NET_BYTEWISE_HDLC_H

/*
 * Asynchronous HDLC of RFC 1662 one byte at a time: slow, plain, and written without a look at the
 * library, so that it can bear witness against it.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	HDLC_FRAME_MAX = 8192,
};

struct hdlc_decoder {
	uint8_t frame[HDLC_FRAME_MAX];
	size_t length;
	int escaped;
	int overflow;
	uint64_t good;
	uint64_t bad_fcs;
	uint64_t aborted;
};

/* Returns the length of a whole, good frame (without FCS) in dec->frame, else 0. */
size_t hdlc_feed(struct hdlc_decoder *dec, uint8_t byte);

/*
 * Encodes one frame with flags at both ends; `spoil` sends a wrong FCS.
 * out needs 2 * length + 8 bytes. Returns the encoded length.
 */
size_t hdlc_encode(uint8_t *out, const uint8_t *frame, size_t length, uint32_t accm, int spoil);

#endif
