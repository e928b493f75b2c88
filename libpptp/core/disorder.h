/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_DISORDER_H
#define PPTP_CORE_DISORDER_H

/*
 * Damages the order of sent packets on purpose, to test servers: --test-type and --test-rate of
 * pptp(8). Whole packets go in and come out again, copied.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disorder;

/* type 1 to 3; rate: packets to pass before a test, at least 1. 0, PPTP_ERR_VALUE or -ENOMEM. */
int disorder_new(struct disorder **disorderp, unsigned int type, unsigned int rate);
struct disorder *disorder_free(struct disorder *disorder);

/* Give it the next packet (at most PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX octets), then take all. */
void disorder_push(struct disorder *disorder, const uint8_t *packet, size_t len);
/* The next packet to send, valid until the next push; false when there is none now. */
bool disorder_pop(struct disorder *disorder, const uint8_t **packetp, size_t *lenp);

#endif
