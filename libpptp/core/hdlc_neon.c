/* SPDX-License-Identifier: MIT */
/*
 * Escaping and unescaping sixteen octets a step with NEON shuffles (AArch64). The tables are in
 * hdlc_shuffles.h; the same for x86-64 is in hdlc_x86.c, and the rest of a frame is left to
 * hdlc_bytes.c. No flags or FCS here. hdlc.c chooses and calls it.
 */
#include "hdlc_variants.h"

#if defined(HDLC_SHUFFLE) && defined(__aarch64__)

#include <arm_neon.h>

#include "hdlc_shuffles.h"

bool pptp_hdlc_has_shuffle(void)
{
	return true;
}

/* A bit for each of eight octets that is all ones. */
static inline unsigned int to_set(uint8x8_t hit)
{
	const uint8x8_t bits = { 1, 2, 4, 8, 16, 32, 64, 128 };

	return vaddv_u8(vand_u8(hit, bits));
}

/* Eight octets with their escape before those in `set`; returns where the next go. */
static inline uint8_t *open_up(uint8_t *out, uint8x8_t octets, unsigned int set)
{
	uint8x16_t octets_escape = vcombine_u8(octets, vdup_n_u8(HDLC_ESCAPE));

	vst1q_u8(out, vqtbl1q_u8(octets_escape, vld1q_u8(opening[set])));
	return out + 8 + __builtin_popcount(set);
}

/*
 * Row `c >> 3` of a map of octets, a bit each: rows 0 to 3 are the control characters, row 15 has
 * flag and escape, those past the end are empty.
 */
static inline uint8x16_t to_escape(uint8x16_t v, uint8x16_t map)
{
	uint8x16_t bit = vshlq_u8(vdupq_n_u8(1), vreinterpretq_s8_u8(vandq_u8(v, vdupq_n_u8(7))));

	return vtstq_u8(vqtbl1q_u8(map, vshrq_n_u8(v, 3)), bit);
}

size_t pptp_hdlc_escape_shuffle(const uint8_t *in, size_t len, uint32_t accm, uint8_t *out)
{
	const uint32x4_t words = { accm, 0, 0, 0x60000000 };
	const uint8x16_t map = vreinterpretq_u8_u32(words);
	uint8_t *p = out;

	for (; len >= 16; in += 16, len -= 16) {
		uint8x16_t v = vld1q_u8(in);
		uint8x16_t hit = to_escape(v, map);

		v = veorq_u8(v, vandq_u8(hit, vdupq_n_u8(HDLC_XOR)));
		p = open_up(p, vget_low_u8(v), to_set(vget_low_u8(hit)));
		p = open_up(p, vget_high_u8(v), to_set(vget_high_u8(hit)));
	}
	return (size_t)(p - out) + pptp_hdlc_escape_bytes(in, len, accm, p);
}

/* Eight octets without those in `set`; returns where the next go. */
static inline uint8_t *close_up(uint8_t *out, uint8x8_t octets, unsigned int set)
{
	vst1_u8(out, vtbl1_u8(octets, vld1_u8(closing[set])));
	return out + 8 - __builtin_popcount(set);
}

size_t pptp_hdlc_unescape_shuffle(const uint8_t *in, size_t len, uint8_t *out, bool *escapedp,
				  size_t *usedp)
{
	uint8_t *p = out;
	size_t i, used;

	for (i = 0; len - i >= 16; i += 16) {
		uint8x16_t v = vld1q_u8(in + i);
		uint8x16_t flag = vceqq_u8(v, vdupq_n_u8(HDLC_FLAG));
		uint8x16_t hit = vceqq_u8(v, vdupq_n_u8(HDLC_ESCAPE));
		uint8x16_t after = vextq_u8(vdupq_n_u8(*escapedp ? 0xFF : 0), hit, 15);

		/* An escaped escape is unusual: octet by octet. */
		if (vmaxvq_u8(vorrq_u8(flag, vandq_u8(hit, after))))
			break;
		v = veorq_u8(v, vandq_u8(after, vdupq_n_u8(HDLC_XOR)));
		p = close_up(p, vget_low_u8(v), to_set(vget_low_u8(hit)));
		p = close_up(p, vget_high_u8(v), to_set(vget_high_u8(hit)));
		*escapedp = vgetq_lane_u8(hit, 15);
	}
	p += pptp_hdlc_unescape_bytes(in + i, len - i, p, escapedp, &used);
	*usedp = i + used;
	return (size_t)(p - out);
}

#endif
