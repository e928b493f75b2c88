/* SPDX-License-Identifier: MIT */

/*
 * Encodes a frame and decodes it again. All ways to escape, unescape and check agree;
 * a buffer that is too small is refused and not overrun.
 *
 * Input: ACCM (4 octets), the size of a small buffer (2), how often (2) which octet comes first,
 * then the rest of the frame.
 */

#include "hdlc_model.h"

#define LEN_MAX (PPTP_FRAME_MAX + 64)

static size_t make_frame(struct fuzz_input *in, uint8_t *frame)
{
	size_t count = fuzz_u16(in) % LEN_MAX;

	memset(frame, fuzz_u8(in), count);
	return count + fuzz_octets(in, frame + count, LEN_MAX - count);
}

/* Flag, frame and FCS with escapes, flag. */
static size_t model_encode(const uint8_t *frame, size_t len, uint32_t accm, uint8_t *out)
{
	uint16_t fcs = (uint16_t)~model_fcs(frame, len);
	const uint8_t tail[] = { (uint8_t)fcs, (uint8_t)(fcs >> 8) };
	uint8_t *p = out;

	*p++ = 0x7E;
	p += model_escape(frame, len, accm, p);
	p += model_escape(tail, sizeof(tail), accm, p);
	*p++ = 0x7E;
	return (size_t)(p - out);
}

static void check_encode(const uint8_t *frame, size_t len, uint32_t accm, size_t size,
			 const uint8_t *want, size_t want_len)
{
	uint8_t *out = malloc(size ? size : 1);
	int n;

	FUZZ_CHECK(out);
	n = pptp_hdlc_encode(frame, len, accm, out, size);
	if (len > PPTP_FRAME_MAX)
		FUZZ_CHECK(n == PPTP_ERR_OVERSIZE);
	else if (size < want_len)
		FUZZ_CHECK(n == PPTP_ERR_SPACE);
	else
		FUZZ_CHECK(n == (int)want_len && memcmp(out, want, want_len) == 0);
	free(out);
}

static void check_decode(const uint8_t *frame, size_t len, const uint8_t *line, size_t line_len)
{
	static uint8_t buffer[PPTP_HDLC_ENCODED_MAX(PPTP_FRAME_MAX)];
	struct pptp_hdlc_decoder dec;
	struct pptp_frame got;
	size_t space;
	uint8_t *p;

	pptp_hdlc_decoder_init(&dec, buffer, sizeof(buffer));
	p = pptp_hdlc_decoder_space(&dec, &space);
	FUZZ_CHECK(space >= line_len);
	memcpy(p, line, line_len);
	pptp_hdlc_decoder_fill(&dec, line_len);
	/* Fewer than four octets with their FCS are no frame. */
	if (len > 1) {
		FUZZ_CHECK(pptp_hdlc_decoder_next(&dec, &got));
		FUZZ_CHECK(got.len == len && memcmp(got.data, frame, len) == 0);
	}
	FUZZ_CHECK(!pptp_hdlc_decoder_next(&dec, &got));
	FUZZ_CHECK(dec.stats.frames == (len > 1) && dec.stats.bad_fcs == (len <= 1));
	FUZZ_CHECK(!dec.stats.aborted && !dec.stats.oversize);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t octets[LEN_MAX];
	static uint8_t line[PPTP_HDLC_ENCODED_MAX(LEN_MAX)];
	struct fuzz_input in = { data, size };
	uint32_t accm = fuzz_u32(&in);
	uint16_t small = fuzz_u16(&in);
	size_t len = make_frame(&in, octets);
	uint8_t *frame = fuzz_copy(octets, len);
	size_t line_len = model_encode(frame, len, accm, line);

	check_encode(frame, len, accm, PPTP_HDLC_ENCODED_MAX(len), line, line_len);
	check_encode(frame, len, accm, line_len, line, line_len);
	check_encode(frame, len, accm, line_len - 1, line, line_len);
	check_encode(frame, len, accm, small % (line_len + 1), line, line_len);
	if (len <= PPTP_FRAME_MAX)
		check_decode(frame, len, line, line_len);
	for (size_t at = small % 16; at < len && at < 32; at += 16) {
		check_fcs(frame + at, len - at);
		check_escapes(frame + at, len - at, accm);
		check_unescapes(line + at, line_len - at, false);
	}
	free(frame);
	return 0;
}
