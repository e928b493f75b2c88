/* SPDX-License-Identifier: MIT */
#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

/*
 * The PPP frames that are sent: a pool made once from a fixed seed, each frame both bare and
 * already encoded for the terminal, one behind the other, so that many go out with one write.
 *
 * A frame is ff 03 00 21, its number (4 octets), and octets of high entropy.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_FRAMES     256U /* a power of two: numbers count on across it */
#define FRAME_NUMBER_AT 4
#define FRAME_HEAD      8
#define FRAME_SIZE_MAX  2048

struct pool {
	size_t size;  /* of each frame */
	uint8_t *raw; /* POOL_FRAMES * size */
	uint8_t *encoded;
	size_t offset[POOL_FRAMES + 1]; /* of each frame in encoded */
};

/* A frame of a greeting, told from all others: it says which terminal it was written to. */
#define HELLO_SIZE        64
#define HELLO_ENCODED_MAX (2 * (HELLO_SIZE + 2) + 2)

uint32_t get_u32(const uint8_t *p);
void put_u32(uint8_t *p, uint32_t value);
void put_u16(uint8_t *p, uint16_t value);

bool pool_new(struct pool *pool, size_t size);
void pool_free(struct pool *pool);

static inline const uint8_t *pool_frame(const struct pool *pool, uint32_t number)
{
	return pool->raw + (number & (POOL_FRAMES - 1)) * pool->size;
}

/* Encode octet by octet, all control characters escaped. Returns the octets written. */
size_t frame_encode(const uint8_t *frame, size_t len, uint8_t *out);
/* Undo it for the octets between two flags; returns the octets written, at most `size`. */
size_t frame_unescape(const uint8_t *in, size_t len, uint8_t *out, size_t size);
/* Whether the FCS at the end of an unescaped frame is right. */
bool frame_fcs_good(const uint8_t *frame, size_t len);

void hello_make(uint8_t *frame, uint32_t number);
/* Whether it is a greeting; then its number. */
bool hello_is(const uint8_t *frame, size_t len, uint32_t *numberp);

/* Splits what comes out of a terminal into frames, still escaped. */
struct splitter {
	size_t start; /* of the frame not yet complete */
	size_t end;
	size_t next; /* where to look for the next flag */
	uint8_t buf[65536];
};

/* Where to read to, and how much. */
uint8_t *splitter_space(struct splitter *s, size_t *sizep);
void splitter_fill(struct splitter *s, size_t len);
/* The next complete frame; false when there is none. */
bool splitter_next(struct splitter *s, const uint8_t **framep, size_t *lenp);

#endif
