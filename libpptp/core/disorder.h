/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_DISORDER_H
#define PPTP_CORE_DISORDER_H

/*
 * Sends packets in the wrong order on purpose: --test-type and --test-rate of pptp(8), for testing
 * servers. Whole packets go in with pptp_disorder_push(); then pptp_disorder_pop() until it returns
 * false. Packets that a test holds back are held until later packets are pushed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum disorder_type {
	DISORDER_NONE,
	DISORDER_SWAP,    /* 1 2 3 4 6 5 7 8 9 */
	DISORDER_HOLD,    /* 1 2 3 4 16 6 7 8 9 10 11 12 13 14 15 17: number 5 is lost */
	DISORDER_REVERSE, /* 1 2 3 4 16 15 14 13 12 11 10 9 8 7 6 5 17 */
};

struct disorder;

/*
 * rate: packets that pass in order before each test, 4 in the sequences above.
 * Returns 0; PPTP_ERR_VALUE when type is none of the last three; -ENOMEM.
 */
int pptp_disorder_new(struct disorder **disorderp, unsigned int type, unsigned int rate);
struct disorder *pptp_disorder_free(struct disorder *disorder);

/*
 * Add a packet to send; it is copied. One larger than PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX is
 * dropped.
 */
void pptp_disorder_push(struct disorder *disorder, const uint8_t *packet, size_t len);

/* The next packet to send now, valid until the next push; false when there is none. */
bool pptp_disorder_pop(struct disorder *disorder, const uint8_t **packetp, size_t *lenp);

#endif
