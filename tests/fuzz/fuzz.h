/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

/*
 * What all fuzz targets share: a cursor on the input, and the check of what must always hold.
 * A target is one file with LLVMFuzzerTestOneInput(); libFuzzer calls it, or replay.c with seeds.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

__attribute__((noreturn)) static inline void fuzz_fail(const char *file, int line, const char *what)
{
	fflush(stdout);
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* Also with NDEBUG: a target is nothing but its checks. */
#define FUZZ_CHECK(holds)                                                                          \
	do {                                                                                       \
		if (!(holds))                                                                      \
			fuzz_fail(__FILE__, __LINE__, #holds);                                     \
	} while (0)

#define FUZZ_PICK(table, n) ((table)[(n) % (sizeof(table) / sizeof((table)[0]))])

/* What is left of the input. Behind its end there are zeros. */
struct fuzz_input {
	const uint8_t *p;
	size_t left;
};

static inline uint8_t fuzz_u8(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->p++;
}

static inline uint16_t fuzz_u16(struct fuzz_input *in)
{
	uint8_t high = fuzz_u8(in);

	return (uint16_t)(high << 8 | fuzz_u8(in));
}

static inline uint32_t fuzz_u32(struct fuzz_input *in)
{
	uint32_t high = fuzz_u16(in);

	return high << 16 | fuzz_u16(in);
}

/* Up to `len` octets of input; returns how many there were, the rest of `out` stays. */
static inline size_t fuzz_octets(struct fuzz_input *in, uint8_t *out, size_t len)
{
	if (len > in->left)
		len = in->left;
	if (len)
		memcpy(out, in->p, len);
	in->p += len;
	in->left -= len;
	return len;
}

/* Octets in a block of just their size, so that sanitizers see every one read beyond it. */
static inline uint8_t *fuzz_copy(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	FUZZ_CHECK(copy);
	if (len)
		memcpy(copy, data, len);
	return copy;
}

/* Sizes of pieces that depend on the input only: small ones often, large ones at times. */
static inline size_t fuzz_piece(uint32_t *state, size_t left)
{
	size_t n;

	*state = *state * 1664525U + 1013904223U;
	n = *state >> 24;
	n = n & 0x80 ? n : 1 + n % 13;
	return n < left ? n : left;
}

#endif
