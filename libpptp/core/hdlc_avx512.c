/* SPDX-License-Identifier: MIT */
#include "hdlc_variants.h"

#ifdef PPTP_HDLC_COMPRESS

#include <immintrin.h>

/* AVX-512 VBMI2 closes up the octets of a vector that a mask leaves out: no tables, any length. */

#define TARGET                                                                                     \
	__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,"         \
			      "popcnt")))
#define EVEN 0x5555555555555555U

bool pptp_hdlc_has_compress(void)
{
	return __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vbmi") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
	       __builtin_cpu_supports("popcnt");
}

/* As in hdlc_x86.c: a bit for each octet whose bit is set in row `c >> 3` of the map. */
TARGET static inline uint32_t to_escape(__m256i v, __m256i map)
{
	const __m256i bits = _mm256_set1_epi64x((long long)0x8040201008040201U);
	__m256i row = _mm256_and_si256(_mm256_srli_epi16(v, 3), _mm256_set1_epi8(0x1F));
	__m256i bit = _mm256_shuffle_epi8(bits, _mm256_and_si256(v, _mm256_set1_epi8(7)));

	row = _mm256_shuffle_epi8(map, _mm256_adds_epu8(row, _mm256_set1_epi8(0x70)));
	return _mm256_test_epi8_mask(row, bit);
}

TARGET size_t pptp_hdlc_escape_compress(const uint8_t *in, size_t len, uint32_t accm, uint8_t *out)
{
	const __m256i map = _mm256_broadcastsi128_si256(_mm_set_epi32(0x60000000, 0, 0, (int)accm));
	uint8_t *p = out;

	for (size_t n; len; in += n, len -= n) {
		__mmask32 present;
		uint32_t set;
		__m256i v;
		__m512i pairs;

		n = len < 32 ? len : 32;
		present = _bzhi_u32(UINT32_MAX, (unsigned int)n);
		v = _mm256_maskz_loadu_epi8(present, in);
		set = to_escape(v, map) & present;
		v = _mm256_mask_blend_epi8(set, v,
					   _mm256_xor_si256(v, _mm256_set1_epi8(PPTP_HDLC_XOR)));
		/* An escape before each octet; those that are not needed are left out. */
		pairs = _mm512_or_si512(_mm512_slli_epi16(_mm512_cvtepu8_epi16(v), 8),
					_mm512_set1_epi16(PPTP_HDLC_ESCAPE));
		pairs = _mm512_maskz_compress_epi8(_pdep_u64(set, EVEN) | EVEN << 1, pairs);
		if (n == 32)
			_mm512_storeu_si512(p, pairs);
		else
			_mm512_mask_storeu_epi8(p, _bzhi_u64(UINT64_MAX, 2 * (uint64_t)n), pairs);
		p += n + (unsigned int)__builtin_popcount(set);
	}
	return (size_t)(p - out);
}

TARGET size_t pptp_hdlc_unescape_compress(const uint8_t *in, size_t len, uint8_t *out,
					  bool *escapedp, size_t *usedp)
{
	const __m512i escape = _mm512_set1_epi8(PPTP_HDLC_ESCAPE);
	const __m512i flag = _mm512_set1_epi8(PPTP_HDLC_FLAG);
	uint64_t escaped = *escapedp, flags = 0;
	uint8_t *p = out;
	size_t i = 0;

	while (i < len && !flags) {
		unsigned int n = len - i < 64 ? (unsigned int)(len - i) : 64;
		uint64_t present = _bzhi_u64(UINT64_MAX, n), set, after, keep;
		__m512i v = _mm512_maskz_loadu_epi8(present, in + i);

		flags = _mm512_cmpeq_epi8_mask(v, flag);
		if (flags) {
			n = (unsigned int)__builtin_ctzll(flags);
			present = _bzhi_u64(UINT64_MAX, n);
		}
		set = _mm512_cmpeq_epi8_mask(v, escape) & present;
		after = set << 1 | escaped;
		/* An escaped escape is unusual: octet by octet. */
		if (set & after) {
			size_t used;

			p += pptp_hdlc_unescape_bytes(in + i, n, p, escapedp, &used);
			escaped = *escapedp;
			i += n;
			continue;
		}
		v = _mm512_mask_blend_epi8(after, v,
					   _mm512_xor_si512(v, _mm512_set1_epi8(PPTP_HDLC_XOR)));
		keep = present & ~set;
		v = _mm512_maskz_compress_epi8(keep, v);
		_mm512_mask_storeu_epi8(
			p, _bzhi_u64(UINT64_MAX, (unsigned int)__builtin_popcountll(keep)), v);
		p += __builtin_popcountll(keep);
		if (n)
			escaped = set >> (n - 1) & 1;
		*escapedp = escaped;
		i += n;
	}
	*usedp = i;
	return (size_t)(p - out);
}

#endif
