/* SPDX-License-Identifier: MIT */
#ifndef TESTS_HDLC_MODEL_H
#define TESTS_HDLC_MODEL_H

/* RFC 1662 octet by octet, and every way that core/ has to do the same. */

#include <pptp/proto/hdlc.h>

#include "fcs_variants.h"
#include "fuzz.h"
#include "hdlc_variants.h"

/* C.2, bit by bit. */
static inline uint16_t model_fcs(const uint8_t *data, size_t len)
{
	uint16_t fcs = PPTP_FCS16_INIT;

	for (size_t i = 0; i < len; i++) {
		fcs ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			fcs = (uint16_t)(fcs >> 1 ^ (fcs & 1 ? 0x8408 : 0));
	}
	return fcs;
}

static inline void check_fcs(const uint8_t *data, size_t len)
{
	uint16_t fcs = model_fcs(data, len);
	size_t half = len / 2;

	FUZZ_CHECK(pptp_fcs16(PPTP_FCS16_INIT, data, len) == fcs);
	FUZZ_CHECK(pptp_fcs16(pptp_fcs16(PPTP_FCS16_INIT, data, half), data + half, len - half) ==
		   fcs);
	FUZZ_CHECK(pptp_fcs16_sliced(PPTP_FCS16_INIT, data, len) == fcs);
#ifdef FCS_CLMUL
	if (pptp_fcs16_has_clmul() && len >= FCS_CLMUL_MIN)
		FUZZ_CHECK(pptp_fcs16_clmul(PPTP_FCS16_INIT, data, len) == fcs);
#endif
}

/* 4.2; returns the octets written, at most 2 * len. */
static inline size_t model_escape(const uint8_t *in, size_t len, uint32_t accm, uint8_t *out)
{
	uint8_t *p = out;

	for (size_t i = 0; i < len; i++) {
		bool escape = in[i] == 0x7E || in[i] == 0x7D ||
			      (in[i] < 32 && (accm & UINT32_C(1) << in[i]));

		if (escape)
			*p++ = 0x7D;
		*p++ = escape ? in[i] ^ 0x20 : in[i];
	}
	return (size_t)(p - out);
}

/* Up to a flag; returns the octets written, at most len. */
static inline size_t model_unescape(const uint8_t *in, size_t len, uint8_t *out, bool *escapedp,
				    size_t *usedp)
{
	size_t n = 0, i;

	for (i = 0; i < len && in[i] != 0x7E; i++) {
		if (!*escapedp && in[i] == 0x7D) {
			*escapedp = true;
			continue;
		}
		out[n++] = *escapedp ? in[i] ^ 0x20 : in[i];
		*escapedp = false;
	}
	*usedp = i;
	return n;
}

static inline void check_escape(hdlc_escape_fn *escape, const uint8_t *in, size_t len,
				uint32_t accm, const uint8_t *want, size_t want_len)
{
	uint8_t *out = malloc(2 * len + 1);

	FUZZ_CHECK(out);
	FUZZ_CHECK(escape(in, len, accm, out) == want_len);
	FUZZ_CHECK(memcmp(out, want, want_len) == 0);
	free(out);
}

static inline void check_escapes(const uint8_t *in, size_t len, uint32_t accm)
{
	uint8_t *want = malloc(2 * len + 1);
	size_t want_len;

	FUZZ_CHECK(want);
	want_len = model_escape(in, len, accm, want);
	check_escape(pptp_hdlc_escape_bytes, in, len, accm, want, want_len);
#ifdef HDLC_SHUFFLE
	if (pptp_hdlc_has_shuffle())
		check_escape(pptp_hdlc_escape_shuffle, in, len, accm, want, want_len);
#endif
	free(want);
}

struct unescaped {
	const uint8_t *octets;
	size_t len, used;
	bool escaped;
};

/* In place, as the decoder does it. */
static inline void check_unescape(hdlc_unescape_fn *unescape, const uint8_t *in, size_t len,
				  bool escaped, const struct unescaped *want)
{
	uint8_t *out = fuzz_copy(in, len);
	size_t used = SIZE_MAX;

	FUZZ_CHECK(unescape(out, len, out, &escaped, &used) == want->len);
	FUZZ_CHECK(used == want->used && escaped == want->escaped);
	FUZZ_CHECK(memcmp(out, want->octets, want->len) == 0);
	/* What lies behind is not touched: it is decoded next. */
	FUZZ_CHECK(memcmp(out + used, in + used, len - used) == 0);
	free(out);
}

static inline void check_unescapes(const uint8_t *in, size_t len, bool escaped)
{
	uint8_t *octets = malloc(len + 1);
	struct unescaped want = { .octets = octets, .escaped = escaped };

	FUZZ_CHECK(octets);
	want.len = model_unescape(in, len, octets, &want.escaped, &want.used);
	check_unescape(pptp_hdlc_unescape_bytes, in, len, escaped, &want);
#ifdef HDLC_SHUFFLE
	if (pptp_hdlc_has_shuffle())
		check_unescape(pptp_hdlc_unescape_shuffle, in, len, escaped, &want);
#endif
	free(octets);
}

#endif
