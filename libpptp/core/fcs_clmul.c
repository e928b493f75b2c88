/* SPDX-License-Identifier: MIT */
/*
 * FCS-16 by carry-less multiplication (PCLMULQDQ, x86-64), 64 octets a step: the same result as the
 * tables of fcs.c, which are the reference that tests compare it with. Needs a minimum of octets
 * and a processor that has the instruction; fcs.c checks both and is the only caller.
 */
#include "fcs_variants.h"

#ifdef FCS_CLMUL

#include <immintrin.h>
#include <string.h>

/*
 * Folding: the octets are a polynomial whose first bit is the highest power. 128 bits move n bits
 * towards the end when their halves are multiplied by x^(n+64) and x^n modulo the FCS polynomial
 * x^16 + x^12 + x^5 + 1, which leaves the remainder as it was. Bits are reflected, and a product of
 * reflected numbers comes out one bit low, hence powers one less.
 */
#define X_575 0x9822000000000000
#define X_511 0x7F90000000000000
#define X_191 0xA95D000000000000U
#define X_127 0x7EEA000000000000

#define TARGET __attribute__((target("pclmul,sse2")))

bool pptp_fcs16_has_clmul(void)
{
	return __builtin_cpu_supports("pclmul");
}

TARGET static inline __m128i load_block(const uint8_t *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

TARGET static inline __m128i fold(__m128i x, __m128i by, __m128i next)
{
	__m128i high = _mm_clmulepi64_si128(x, by, 0x00);
	__m128i low = _mm_clmulepi64_si128(x, by, 0x11);

	return _mm_xor_si128(_mm_xor_si128(high, low), next);
}

/* The polynomial, reflected, and its inverse modulo x^64: what cancels the lower 64 bits. */
#define POLYNOMIAL 0x10811
#define INVERSE    0x859B040B1C581911U

/* The FCS of eight octets from 0; in the cache of a packet that comes alone no tables are. */
TARGET static inline uint16_t reduce(uint64_t octets)
{
	const __m128i by = _mm_set_epi64x((long long)POLYNOMIAL, (long long)INVERSE);
	__m128i x = _mm_cvtsi64_si128((long long)octets);

	x = _mm_clmulepi64_si128(x, by, 0x00);
	x = _mm_clmulepi64_si128(x, by, 0x10);
	return (uint16_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(x, x));
}

static inline uint64_t load_64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* The last `len` octets, 0 to 15, of data with eight octets before its end or more. */
TARGET static inline uint16_t finish(uint16_t fcs, const uint8_t *data, size_t len)
{
	unsigned int shift;

	if (len >= 8) {
		fcs = reduce(load_64(data) ^ fcs);
		data += 8;
		len -= 8;
	}
	if (!len)
		return fcs;
	shift = 64 - 8 * (unsigned int)len;
	/* Zeros before them change nothing. Of one octet half the FCS so far is left. */
	return reduce((load_64(data + len - 8) >> shift << shift) ^ (uint64_t)fcs << shift) ^
	       (len == 1 ? fcs >> 8 : 0);
}

TARGET uint16_t pptp_fcs16_clmul(uint16_t fcs, const uint8_t *data, size_t len)
{
	const __m128i by_512 = _mm_set_epi64x((long long)X_511, (long long)X_575);
	const __m128i by_128 = _mm_set_epi64x((long long)X_127, (long long)X_191);
	__m128i a, b, c, d;

	a = _mm_xor_si128(load_block(data), _mm_cvtsi32_si128(fcs));
	b = load_block(data + 16);
	c = load_block(data + 32);
	d = load_block(data + 48);
	for (data += 64, len -= 64; len >= 64; data += 64, len -= 64) {
		a = fold(a, by_512, load_block(data));
		b = fold(b, by_512, load_block(data + 16));
		c = fold(c, by_512, load_block(data + 32));
		d = fold(d, by_512, load_block(data + 48));
	}
	a = fold(fold(fold(a, by_128, b), by_128, c), by_128, d);
	for (; len >= 16; data += 16, len -= 16)
		a = fold(a, by_128, load_block(data));
	fcs = reduce((uint64_t)_mm_cvtsi128_si64(a));
	fcs = reduce((uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(a, a)) ^ fcs);
	return finish(fcs, data, len);
}

#endif
