/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_HDLC_VARIANTS_H
#define PPTP_CORE_HDLC_VARIANTS_H

/* Every way to escape and unescape octets, for hdlc.c to choose from and for tests to compare. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HDLC_FLAG   0x7E
#define HDLC_ESCAPE 0x7D
#define HDLC_XOR    0x20

/*
 * Escape flags, escapes and the control characters in accm. out has room for 2 * len octets, and
 * octets behind the result, in that room, may be overwritten. Returns the octets written.
 */
typedef size_t hdlc_escape_fn(const uint8_t *in, size_t len, uint32_t accm, uint8_t *out);

/*
 * Undo it, up to a flag or the end of the octets. out may be in, or lie before it.
 *
 * escapedp  whether the octet before `in` was an escape; receives the same for what follows
 * usedp     receives the octets taken from `in`, without the flag
 * Returns the octets written.
 */
typedef size_t hdlc_unescape_fn(const uint8_t *in, size_t len, uint8_t *out, bool *escapedp,
				size_t *usedp);

/* Octet by octet, right everywhere; writes nothing behind its result. */
hdlc_escape_fn pptp_hdlc_escape_bytes;
hdlc_unescape_fn pptp_hdlc_unescape_bytes;

#if defined(__x86_64__)
#define HDLC_SHUFFLE 1
#elif defined(__aarch64__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HDLC_SHUFFLE 1
#endif

#ifdef HDLC_SHUFFLE
/* Whether this processor shuffles octets in a vector (SSSE3 with POPCNT, NEON). */
bool pptp_hdlc_has_shuffle(void);

/* Sixteen octets a step, opened and closed up by shuffles. */
hdlc_escape_fn pptp_hdlc_escape_shuffle;
hdlc_unescape_fn pptp_hdlc_unescape_shuffle;
#endif

#endif
