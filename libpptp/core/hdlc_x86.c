/* SPDX-License-Identifier: MIT */
/*
 * Escaping and unescaping sixteen octets a step with SSSE3 shuffles (x86-64). The tables are in
 * hdlc_shuffles.h; the same for AArch64 is in hdlc_neon.c, and the rest of a frame is left to
 * hdlc_bytes.c. No flags or FCS here. hdlc.c chooses and calls it.
 */
#include "hdlc_variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "hdlc_shuffles.h"

#define TARGET __attribute__((target("ssse3,popcnt")))

bool pptp_hdlc_has_shuffle(void)
{
	return __builtin_cpu_supports("ssse3") && __builtin_cpu_supports("popcnt");
}

TARGET static inline __m128i load(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

TARGET static inline __m128i load_half(const uint8_t *p)
{
	return _mm_loadl_epi64((const __m128i *)(const void *)p);
}

TARGET static inline void store(uint8_t *p, __m128i v)
{
	_mm_storeu_si128((__m128i *)(void *)p, v);
}

TARGET static inline void store_half(uint8_t *p, __m128i v)
{
	_mm_storel_epi64((__m128i *)(void *)p, v);
}

/* The octets with their escape before those in `set`; returns where the next go. */
TARGET static inline uint8_t *open_up(uint8_t *out, __m128i octets_escape, unsigned int set)
{
	store(out, _mm_shuffle_epi8(octets_escape, load(opening[set])));
	return out + 8 + __builtin_popcount(set);
}

/*
 * Row `c >> 3` of a map of octets, a bit each: rows 0 to 3 are the control characters, row 15 has
 * flag and escape. The sum saturates in bit 7 for rows that the shuffle has no place for.
 */
TARGET static inline __m128i to_escape(__m128i v, __m128i map)
{
	const __m128i bits = _mm_set_epi8(0, 0, 0, 0, 0, 0, 0, 0, -128, 64, 32, 16, 8, 4, 2, 1);
	__m128i row = _mm_and_si128(_mm_srli_epi16(v, 3), _mm_set1_epi8(0x1F));
	__m128i bit = _mm_shuffle_epi8(bits, _mm_and_si128(v, _mm_set1_epi8(7)));

	row = _mm_shuffle_epi8(map, _mm_adds_epu8(row, _mm_set1_epi8(0x70)));
	return _mm_cmpeq_epi8(_mm_and_si128(row, bit), bit);
}

TARGET size_t pptp_hdlc_escape_shuffle(const uint8_t *in, size_t len, uint32_t accm, uint8_t *out)
{
	const __m128i map = _mm_set_epi32(0x60000000, 0, 0, (int)accm);
	const __m128i escape = _mm_set1_epi8(HDLC_ESCAPE);
	uint8_t *p = out;

	for (; len >= 16; in += 16, len -= 16) {
		__m128i v = load(in);
		__m128i hit = to_escape(v, map);
		unsigned int set = (unsigned int)_mm_movemask_epi8(hit);

		v = _mm_xor_si128(v, _mm_and_si128(hit, _mm_set1_epi8(HDLC_XOR)));
		p = open_up(p, _mm_unpacklo_epi64(v, escape), set & 0xFF);
		p = open_up(p, _mm_unpackhi_epi64(v, escape), set >> 8);
	}
	return (size_t)(p - out) + pptp_hdlc_escape_bytes(in, len, accm, p);
}

/* The first n of eight octets without those in `set`; returns where the next go. */
TARGET static inline uint8_t *close_up(uint8_t *out, __m128i octets, unsigned int set)
{
	store_half(out, _mm_shuffle_epi8(octets, load_half(closing[set])));
	return out + 8 - __builtin_popcount(set);
}

TARGET size_t pptp_hdlc_unescape_shuffle(const uint8_t *in, size_t len, uint8_t *out,
					 bool *escapedp, size_t *usedp)
{
	const __m128i escape = _mm_set1_epi8(HDLC_ESCAPE);
	const __m128i flag = _mm_set1_epi8(HDLC_FLAG);
	uint8_t *p = out;
	size_t i, used;

	for (i = 0; len - i >= 16; i += 16) {
		__m128i v = load(in + i);
		__m128i hit = _mm_cmpeq_epi8(v, escape);
		unsigned int set = (unsigned int)_mm_movemask_epi8(hit);
		__m128i after = _mm_or_si128(_mm_slli_si128(hit, 1),
					     _mm_cvtsi32_si128(-(int)*escapedp & 0xFF));

		/* An escaped escape is unusual: octet by octet. */
		if (_mm_movemask_epi8(_mm_cmpeq_epi8(v, flag)) || (set & (set << 1 | *escapedp)))
			break;
		v = _mm_xor_si128(v, _mm_and_si128(after, _mm_set1_epi8(HDLC_XOR)));
		p = close_up(p, v, set & 0xFF);
		p = close_up(p, _mm_srli_si128(v, 8), set >> 8);
		*escapedp = set >> 15;
	}
	p += pptp_hdlc_unescape_bytes(in + i, len - i, p, escapedp, &used);
	*usedp = i + used;
	return (size_t)(p - out);
}

#endif
