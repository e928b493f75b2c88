/* SPDX-License-Identifier: MIT */
/*
 * Escaping and unescaping octet by octet: correct on every processor, the reference that the faster
 * variants (hdlc_x86.c, hdlc_neon.c) are tested against, and what they use for the last octets of a
 * frame. No flags or FCS here: hdlc.c frames, and chooses the variant.
 */
#include "hdlc_variants.h"

size_t pptp_hdlc_escape_bytes(const uint8_t *in, size_t len, uint32_t accm, uint8_t *out)
{
	/* A bit for each octet that is escaped. */
	const uint32_t map[8] = { accm, 0, 0, 0x60000000 };
	uint8_t *p = out;

	/*
	 * Without a branch: in encrypted data every eighth octet is escaped, which no predictor can
	 * foresee.
	 */
	for (size_t i = 0; i < len; i++) {
		uint8_t c = in[i];
		uint8_t escape = map[c >> 5] >> (c & 31) & 1;

		*p = HDLC_ESCAPE;
		p += escape;
		*p++ = (uint8_t)(c ^ escape * HDLC_XOR);
	}
	return (size_t)(p - out);
}

size_t pptp_hdlc_unescape_bytes(const uint8_t *in, size_t len, uint8_t *out, bool *escapedp,
				size_t *usedp)
{
	bool escaped = *escapedp;
	uint8_t *p = out;
	size_t i;

	for (i = 0; i < len && in[i] != HDLC_FLAG; i++) {
		bool escape = !escaped && in[i] == HDLC_ESCAPE;

		*p = (uint8_t)(in[i] ^ escaped * HDLC_XOR);
		p += !escape;
		escaped = escape;
	}
	*escapedp = escaped;
	*usedp = i;
	return (size_t)(p - out);
}
