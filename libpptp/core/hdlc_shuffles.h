/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_HDLC_SHUFFLES_H
#define PPTP_CORE_HDLC_SHUFFLES_H

/*
 * Shuffles that open eight octets up for escapes and close them again: a row for each set of
 * escaped octets (bit n for octet n). With octets 0 and 2 escaped, bits 00000101, they are
 *
 *	opening[5] = { 8, 0, 1, 8, 2, 3, 4, 5, 6, 7 }	an escape (octet 8) before 0 and before 2
 *	closing[5] = { 1, 3, 4, 5, 6, 7 }		octets 0 and 2 left out
 *
 * The preprocessor writes all 256 rows: SHUFFLE_ROWS counts in bits, and ROW makes a row of them.
 */

#include <stdint.h>

#define SHUFFLE_1(...) ROW(__VA_ARGS__, 0), ROW(__VA_ARGS__, 1)
#define SHUFFLE_2(...) SHUFFLE_1(__VA_ARGS__, 0), SHUFFLE_1(__VA_ARGS__, 1)
#define SHUFFLE_3(...) SHUFFLE_2(__VA_ARGS__, 0), SHUFFLE_2(__VA_ARGS__, 1)
#define SHUFFLE_4(...) SHUFFLE_3(__VA_ARGS__, 0), SHUFFLE_3(__VA_ARGS__, 1)
#define SHUFFLE_5(...) SHUFFLE_4(__VA_ARGS__, 0), SHUFFLE_4(__VA_ARGS__, 1)
#define SHUFFLE_6(...) SHUFFLE_5(__VA_ARGS__, 0), SHUFFLE_5(__VA_ARGS__, 1)
#define SHUFFLE_7(...) SHUFFLE_6(__VA_ARGS__, 0), SHUFFLE_6(__VA_ARGS__, 1)
#define SHUFFLE_ROWS   SHUFFLE_7(0), SHUFFLE_7(1)

/* Octet 8 of what is shuffled is an escape; a set bit puts it before octet n. */
#define OPEN_0(n) n,
#define OPEN_1(n) 8, n,
#define ROW(b7, b6, b5, b4, b3, b2, b1, b0)                                                        \
	{                                                                                          \
		OPEN_##b0(0) OPEN_##b1(1) OPEN_##b2(2) OPEN_##b3(3) OPEN_##b4(4) OPEN_##b5(5)      \
			OPEN_##b6(6) OPEN_##b7(7)                                                  \
	}
static const uint8_t opening[256][16] = { SHUFFLE_ROWS };
#undef ROW

/* A set bit leaves octet n out. */
#define CLOSE_0(n) n,
#define CLOSE_1(n)
#define ROW(b7, b6, b5, b4, b3, b2, b1, b0)                                                        \
	{                                                                                          \
		CLOSE_##b0(0) CLOSE_##b1(1) CLOSE_##b2(2) CLOSE_##b3(3) CLOSE_##b4(4)              \
			CLOSE_##b5(5) CLOSE_##b6(6) CLOSE_##b7(7) 0                                \
	}
/* Nine wide: a row is never empty, and only its first eight count. */
static const uint8_t closing[256][9] = { SHUFFLE_ROWS };
#undef ROW

#endif
