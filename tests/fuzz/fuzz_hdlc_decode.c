/* SPDX-License-Identifier: MIT */

/*
 * Octets from an asynchronous line, read in pieces: the frames and counts are those that a decoder
 * octet by octet finds, wherever reads end and however large the buffer is.
 *
 * Input: how to cut; octets the buffer has beyond the least; how often (14 bits in 2 octets)
 * which octet comes first; then the line.
 */

#include "hdlc_model.h"

#define LINE_MAX     65536
#define FRAMES_MAX   (LINE_MAX / 2)
#define BUFFER_LEAST (PPTP_FRAME_MAX + 256)
#define WITH_FCS_MAX (PPTP_FRAME_MAX + 2)
#define WITH_FCS_MIN 4

/* All that the line carries, one good frame behind the other. */
struct decoded {
	uint8_t octets[LINE_MAX];
	size_t ends[FRAMES_MAX];
	struct pptp_hdlc_stats stats;
};

struct line {
	uint8_t octets[LINE_MAX];
	size_t len;
};

static void make_line(struct line *line, struct fuzz_input *in)
{
	size_t count = fuzz_u16(in) & 0x3FFF;

	memset(line->octets, fuzz_u8(in), count);
	FUZZ_CHECK(in->left <= sizeof(line->octets) - count);
	if (in->left)
		memcpy(line->octets + count, in->p, in->left);
	line->len = count + in->left;
}

/* A flag came: `len` octets, decoded, at `frame`. */
static void model_end(struct decoded *decoded, size_t start, size_t len, bool escaped)
{
	const uint8_t *frame = decoded->octets + start;

	if (len > WITH_FCS_MAX)
		return;
	if (escaped)
		decoded->stats.aborted++;
	else if (len && (len < WITH_FCS_MIN || model_fcs(frame, len) != PPTP_FCS16_GOOD))
		decoded->stats.bad_fcs++;
	else if (len)
		decoded->ends[decoded->stats.frames++] = start + len - 2;
}

static void model_decode(const struct line *line, struct decoded *decoded)
{
	size_t start = 0, len = 0;
	bool escaped = false;

	memset(&decoded->stats, 0, sizeof(decoded->stats));
	for (size_t i = 0; i < line->len; i++) {
		uint8_t c = line->octets[i];

		if (c == 0x7E) {
			uint64_t frames = decoded->stats.frames;

			model_end(decoded, start, len, escaped);
			if (decoded->stats.frames != frames)
				start = decoded->ends[frames];
			len = 0;
			escaped = false;
		} else if (!escaped && c == 0x7D) {
			escaped = true;
		} else {
			if (len <= WITH_FCS_MAX)
				decoded->octets[start + len] = escaped ? c ^ 0x20 : c;
			decoded->stats.oversize += ++len == WITH_FCS_MAX + 1;
			escaped = false;
		}
	}
}

static void check_frame(const struct decoded *want, uint64_t number, const struct pptp_frame *frame)
{
	size_t start = number ? want->ends[number - 1] : 0;

	FUZZ_CHECK(number < want->stats.frames);
	FUZZ_CHECK(frame->len == want->ends[number] - start);
	FUZZ_CHECK(frame->len > 0 && frame->len <= PPTP_FRAME_MAX);
	FUZZ_CHECK(memcmp(frame->data, want->octets + start, frame->len) == 0);
}

/* piece 0: as large as the decoder has room for; 1: octet by octet; else as `state` says. */
static void decode(const struct line *line, const struct decoded *want, size_t size, size_t piece,
		   uint32_t state)
{
	uint8_t *buffer = malloc(size);
	struct pptp_hdlc_decoder dec;
	struct pptp_frame frame;
	uint64_t frames = 0;
	size_t n, space;

	FUZZ_CHECK(buffer);
	pptp_hdlc_decoder_init(&dec, buffer, size);
	for (size_t at = 0; at < line->len; at += n) {
		uint8_t *p = pptp_hdlc_decoder_space(&dec, &space);

		FUZZ_CHECK(space && p >= buffer && p + space <= buffer + size);
		n = piece < 2 ? line->len - at : fuzz_piece(&state, line->len - at);
		n = piece == 1 ? 1 : n < space ? n : space;
		memcpy(p, line->octets + at, n);
		pptp_hdlc_decoder_fill(&dec, n);
		while (pptp_hdlc_decoder_next(&dec, &frame))
			check_frame(want, frames++, &frame);
	}
	FUZZ_CHECK(memcmp(&dec.stats, &want->stats, sizeof(dec.stats)) == 0);
	FUZZ_CHECK(frames == want->stats.frames);
	free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct line line;
	static struct decoded want;
	struct fuzz_input in = { data, size };
	uint32_t state = fuzz_u8(&in);
	size_t buffer = BUFFER_LEAST + fuzz_u8(&in) * 16U;

	make_line(&line, &in);
	model_decode(&line, &want);
	decode(&line, &want, buffer, 0, 0);
	decode(&line, &want, buffer, 2, state);
	if (line.len <= 2 * WITH_FCS_MAX)
		decode(&line, &want, BUFFER_LEAST, 1, 0);
	/* Behind what was repeated, at every alignment, before and after an escape. */
	for (size_t i = 0; i < 16 && i < in.left; i++)
		check_unescapes(in.p + i, in.left - i, i & 1);
	return 0;
}
