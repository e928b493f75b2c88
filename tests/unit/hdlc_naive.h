/* SPDX-License-Identifier: MIT */
#ifndef TESTS_HDLC_NAIVE_H
#define TESTS_HDLC_NAIVE_H

/* The plain loops that all variants have to agree with, and octets to try them on. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pptp/proto/hdlc.h>

#define FLAG   0x7E
#define ESCAPE 0x7D

static inline uint32_t random_u32(void)
{
	static uint32_t state = 1;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* Contents that are hard in different ways. */
enum { RANDOM, FLAGS, ESCAPES, CONTROLS, PLAIN, MIXED, SPARSE, CONTENTS };

static inline void fill(uint8_t *p, size_t len, int content)
{
	static const uint8_t special[] = { FLAG, ESCAPE, 0x00, 0x1F, 0x20, 0x5D, 0x5E, 0x7F, 0xFD };

	for (size_t i = 0; i < len; i++) {
		uint32_t r = random_u32() >> 8;

		switch (content) {
		case RANDOM:
			p[i] = r & 0xFF;
			break;
		case FLAGS:
			p[i] = FLAG;
			break;
		case ESCAPES:
			p[i] = ESCAPE;
			break;
		case CONTROLS:
			p[i] = r & 0x1F;
			break;
		case PLAIN:
			p[i] = 0x80 | (r & 0x7F);
			break;
		case MIXED:
			p[i] = special[r % sizeof(special)];
			break;
		default:
			p[i] = r % 40 ? 'x' : ESCAPE;
			break;
		}
	}
}

/* The plain loops, as RFC 1662, 4.2 says it: what all others have to agree with. */
static inline size_t naive_escape(const uint8_t *in, size_t len, uint32_t accm, uint8_t *out)
{
	uint8_t *p = out;

	for (size_t i = 0; i < len; i++) {
		if (in[i] == FLAG || in[i] == ESCAPE || (in[i] < 32 && (accm & 1U << in[i]))) {
			*p++ = ESCAPE;
			*p++ = in[i] ^ 0x20;
		} else {
			*p++ = in[i];
		}
	}
	return (size_t)(p - out);
}

static inline size_t naive_unescape(const uint8_t *in, size_t len, uint8_t *out, bool *escapedp,
				    size_t *usedp)
{
	size_t n = 0, i;

	for (i = 0; i < len; i++) {
		if (in[i] == FLAG)
			break;
		if (*escapedp) {
			out[n++] = in[i] ^ 0x20;
			*escapedp = false;
		} else if (in[i] == ESCAPE) {
			*escapedp = true;
		} else {
			out[n++] = in[i];
		}
	}
	*usedp = i;
	return n;
}

static const uint32_t accms[] = {
	PPTP_HDLC_ACCM_ALL, PPTP_HDLC_ACCM_NONE, 0x000A0000, 0x80000001, 0x12345678,
};

#endif
