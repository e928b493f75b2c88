/* SPDX-License-Identifier: MIT */
#include <pptp/proto/hdlc.h>

#include <string.h>

#include "hdlc_naive.h"
#include "run_suite.h"

START_TEST(encodes_golden_bytes)
{
	/* An LCP Configure-Request: asyncmap 0, magic number. FCS from the check by hand. */
	static const uint8_t frame[] = {
		0xFF, 0x03, 0xC0, 0x21, 0x01, 0x7E, 0x00, 0x0A, 0x02, 0x06, 0x00, 0x00, 0x7D, 0x00,
	};
	static const uint8_t head[] = {
		0x7E, 0xFF, 0x7D, 0x23, 0xC0, 0x21, 0x7D, 0x21, 0x7D, 0x5E, 0x7D, 0x20, 0x7D,
		0x2A, 0x7D, 0x22, 0x7D, 0x26, 0x7D, 0x20, 0x7D, 0x20, 0x7D, 0x5D, 0x7D, 0x20,
	};
	uint8_t out[PPTP_HDLC_ENCODED_MAX(sizeof(frame))], tail[4];
	uint16_t fcs = (uint16_t)~pptp_fcs16(PPTP_FCS16_INIT, frame, sizeof(frame));
	uint8_t fcs_octets[2] = { fcs & 0xFF, fcs >> 8 };
	size_t tail_len = naive_escape(fcs_octets, 2, PPTP_HDLC_ACCM_ALL, tail);
	int n = pptp_hdlc_encode(frame, sizeof(frame), PPTP_HDLC_ACCM_ALL, out, sizeof(out));

	ck_assert_int_eq(n, (int)(sizeof(head) + tail_len + 1));
	ck_assert_mem_eq(out, head, sizeof(head));
	ck_assert_mem_eq(out + sizeof(head), tail, tail_len);
	ck_assert_uint_eq(out[n - 1], FLAG);
}
END_TEST

/* Every size of the buffer: it fits or it says so, and is never written behind. */
START_TEST(encode_in_every_size)
{
	uint8_t frame[90], full[PPTP_HDLC_ENCODED_MAX(sizeof(frame))];
	int need;

	fill(frame, sizeof(frame), _i);
	need = pptp_hdlc_encode(frame, sizeof(frame), PPTP_HDLC_ACCM_ALL, full, sizeof(full));
	ck_assert_int_gt(need, 0);
	for (size_t size = 0; size <= sizeof(full); size++) {
		uint8_t *out = malloc(size + 1);
		int n;

		out[size] = 0xA5;
		n = pptp_hdlc_encode(frame, sizeof(frame), PPTP_HDLC_ACCM_ALL, out, size);
		if (size < (size_t)need) {
			ck_assert_int_eq(n, PPTP_ERR_SPACE);
		} else {
			ck_assert_int_eq(n, need);
			ck_assert_mem_eq(out, full, need);
		}
		ck_assert_uint_eq(out[size], 0xA5);
		free(out);
	}
}
END_TEST

START_TEST(encode_oversize)
{
	static uint8_t frame[PPTP_FRAME_MAX + 1], out[PPTP_HDLC_ENCODED_MAX(sizeof(frame))];

	ck_assert_int_eq(pptp_hdlc_encode(frame, PPTP_FRAME_MAX + 1, 0, out, sizeof(out)),
			 PPTP_ERR_OVERSIZE);
	ck_assert_int_eq(pptp_hdlc_encode(frame, PPTP_FRAME_MAX, 0, out, sizeof(out)),
			 PPTP_FRAME_MAX + 4);
	ck_assert_int_eq(pptp_hdlc_encode(frame, PPTP_FRAME_MAX, PPTP_HDLC_ACCM_ALL, out,
					  sizeof(out)) > 2 * PPTP_FRAME_MAX,
			 1);
}
END_TEST

/* A decoder with its buffer, and what came out of it. */
struct rig {
	struct pptp_hdlc_decoder dec;
	uint8_t buf[PPTP_FRAME_MAX + 256];
	uint8_t got[64 * 1024];
	size_t got_len;
	size_t lens[512];
	unsigned int frames;
};

static void rig_init(struct rig *b)
{
	pptp_hdlc_decoder_init(&b->dec, b->buf, sizeof(b->buf));
	b->got_len = b->frames = 0;
}

/* Feed octets, at most `step` in one read, and collect the frames. */
static void rig_feed(struct rig *b, const uint8_t *data, size_t len, size_t step)
{
	while (len) {
		struct pptp_frame frame;
		size_t n, space;
		uint8_t *p = pptp_hdlc_decoder_space(&b->dec, &space);

		ck_assert_uint_gt(space, 0);
		n = len < step ? len : step;
		n = n < space ? n : space;
		memcpy(p, data, n);
		data += n;
		len -= n;
		pptp_hdlc_decoder_fill(&b->dec, n);
		while (pptp_hdlc_decoder_next(&b->dec, &frame)) {
			memcpy(b->got + b->got_len, frame.data, frame.len);
			b->got_len += frame.len;
			b->lens[b->frames++] = frame.len;
		}
	}
}

static struct rig rig;

/* Some frames in one stream, with one flag or several between them. */
static size_t make_stream(uint8_t *stream, size_t size, uint8_t *plain, size_t *plain_len)
{
	static const size_t lens[] = { 2, 5, 40, 15, 16, 17, 64, 3, 200, 2 };
	size_t n = 0;

	*plain_len = 0;
	for (int i = 0; i < 10; i++) {
		fill(plain + *plain_len, lens[i], i % CONTENTS);
		/* Every other frame shares its opening flag with the one before. */
		n -= i % 2;
		n += (size_t)pptp_hdlc_encode(plain + *plain_len, lens[i], accms[i % 5], stream + n,
					      size - n);
		*plain_len += lens[i];
	}
	return n;
}

static void assert_stream(const uint8_t *plain, size_t plain_len)
{
	ck_assert_uint_eq(rig.frames, 10);
	ck_assert_uint_eq(rig.got_len, plain_len);
	ck_assert_mem_eq(rig.got, plain, plain_len);
}

START_TEST(split_at_every_octet)
{
	uint8_t stream[2048], plain[1024];
	size_t plain_len, len = make_stream(stream, sizeof(stream), plain, &plain_len);

	for (size_t at = 0; at <= len; at++) {
		rig_init(&rig);
		rig_feed(&rig, stream, at, SIZE_MAX);
		rig_feed(&rig, stream + at, len - at, SIZE_MAX);
		assert_stream(plain, plain_len);
		ck_assert_uint_eq(rig.dec.stats.bad_fcs, 0);
	}
}
END_TEST

START_TEST(reads_of_every_size)
{
	uint8_t stream[2048], plain[1024];
	size_t plain_len, len = make_stream(stream, sizeof(stream), plain, &plain_len);

	for (size_t step = 1; step <= 70; step++) {
		rig_init(&rig);
		rig_feed(&rig, stream, len, step);
		assert_stream(plain, plain_len);
		ck_assert_uint_eq(rig.dec.stats.frames, 10);
	}
}
END_TEST

/* Largest frames, all escaped, in a buffer of the smallest size allowed. */
START_TEST(largest_frames)
{
	static uint8_t frame[PPTP_FRAME_MAX], stream[3 * PPTP_HDLC_ENCODED_MAX(PPTP_FRAME_MAX)];
	size_t len = 0;

	memset(frame, FLAG, sizeof(frame));
	for (int i = 0; i < 3; i++)
		len += (size_t)pptp_hdlc_encode(frame, sizeof(frame), PPTP_HDLC_ACCM_ALL,
						stream + len, sizeof(stream) - len);
	rig_init(&rig);
	rig_feed(&rig, stream, len, SIZE_MAX);
	ck_assert_uint_eq(rig.frames, 3);
	ck_assert_uint_eq(rig.got_len, 3 * PPTP_FRAME_MAX);
	ck_assert_mem_eq(rig.got + 2 * PPTP_FRAME_MAX, frame, PPTP_FRAME_MAX);
}
END_TEST

/* After whatever was fed, a good frame still comes through. */
static void assert_recovers(uint64_t frames)
{
	static const uint8_t good[] = "\xFF\x03\xC0\x21 still alive";
	uint8_t stream[PPTP_HDLC_ENCODED_MAX(sizeof(good))];
	int n = pptp_hdlc_encode(good, sizeof(good), PPTP_HDLC_ACCM_ALL, stream, sizeof(stream));

	rig.got_len = rig.frames = 0;
	rig_feed(&rig, stream, (size_t)n, SIZE_MAX);
	ck_assert_uint_eq(rig.frames, 1);
	ck_assert_uint_eq(rig.got_len, sizeof(good));
	ck_assert_mem_eq(rig.got, good, sizeof(good));
	ck_assert_uint_eq(rig.dec.stats.frames, frames + 1);
}

START_TEST(oversize_is_counted_once)
{
	static uint8_t octets[3 * PPTP_FRAME_MAX];

	memset(octets, 'x', sizeof(octets));
	rig_init(&rig);
	rig_feed(&rig, octets, sizeof(octets), (size_t)_i);
	ck_assert_uint_eq(rig.frames, 0);
	ck_assert_uint_eq(rig.dec.stats.oversize, 1);
	assert_recovers(0);
	ck_assert_uint_eq(rig.dec.stats.oversize, 1);
	ck_assert_uint_eq(rig.dec.stats.bad_fcs, 0);
}
END_TEST

START_TEST(oversize_that_fits_the_buffer)
{
	static uint8_t octets[PPTP_FRAME_MAX + 3];

	memset(octets, 'x', sizeof(octets));
	rig_init(&rig);
	rig_feed(&rig, octets, sizeof(octets), SIZE_MAX);
	ck_assert_uint_eq(rig.dec.stats.oversize, 1);
	assert_recovers(0);
}
END_TEST

START_TEST(bad_fcs)
{
	uint8_t frame[50], stream[PPTP_HDLC_ENCODED_MAX(sizeof(frame))];
	uint64_t bad = 0;
	int n;

	fill(frame, sizeof(frame), PLAIN);
	n = pptp_hdlc_encode(frame, sizeof(frame), 0, stream, sizeof(stream));
	rig_init(&rig);
	for (int i = 1; i < n - 1; i++) {
		for (int bit = 0; bit < 8; bit++) {
			uint8_t damaged = stream[i] ^ (uint8_t)(1 << bit);

			/* That would be another kind of damage. */
			if (damaged == FLAG || damaged == ESCAPE || stream[i] == ESCAPE)
				continue;
			stream[i] ^= (uint8_t)(1 << bit);
			rig_feed(&rig, stream, (size_t)n, SIZE_MAX);
			stream[i] ^= (uint8_t)(1 << bit);
			ck_assert_uint_eq(rig.dec.stats.bad_fcs, ++bad);
		}
	}
	ck_assert_uint_gt(bad, 300);
	ck_assert_uint_eq(rig.frames, 0);
	assert_recovers(0);
}
END_TEST

START_TEST(short_frames)
{
	/* A right FCS of nothing, too. */
	static const uint8_t stream[] = { FLAG, 'a', FLAG, 'a', 'b', FLAG, 0x00, 0x00, FLAG };

	rig_init(&rig);
	rig_feed(&rig, stream, sizeof(stream), SIZE_MAX);
	ck_assert_uint_eq(rig.frames, 0);
	ck_assert_uint_eq(rig.dec.stats.bad_fcs, 3);
	assert_recovers(0);
}
END_TEST

/* RFC 1662, 3.1: fewer than four octets with their FCS, even a right one, are no frame. */
START_TEST(one_octet_is_no_frame)
{
	uint8_t stream[16];
	int len = pptp_hdlc_encode((const uint8_t *)"a", 1, 0, stream, sizeof(stream));

	ck_assert_int_gt(len, 0);
	rig_init(&rig);
	rig_feed(&rig, stream, (size_t)len, SIZE_MAX);
	ck_assert_uint_eq(rig.frames, 0);
	ck_assert_uint_eq(rig.dec.stats.bad_fcs, 1);
	assert_recovers(0);
}
END_TEST

START_TEST(flags_between_frames_count_nothing)
{
	uint8_t flags[100];

	memset(flags, FLAG, sizeof(flags));
	rig_init(&rig);
	rig_feed(&rig, flags, sizeof(flags), 3);
	ck_assert_uint_eq(rig.frames, 0);
	ck_assert_uint_eq(rig.dec.stats.bad_fcs + rig.dec.stats.aborted, 0);
	assert_recovers(0);
}
END_TEST

START_TEST(abort_sequence)
{
	static const uint8_t stream[] = { FLAG, 'a', 'b', 'c', ESCAPE, FLAG, ESCAPE, FLAG };

	for (size_t step = 1; step <= sizeof(stream); step++) {
		rig_init(&rig);
		rig_feed(&rig, stream, sizeof(stream), step);
		ck_assert_uint_eq(rig.frames, 0);
		ck_assert_uint_eq(rig.dec.stats.aborted, 2);
		ck_assert_uint_eq(rig.dec.stats.bad_fcs, 0);
		assert_recovers(0);
	}
}
END_TEST

START_TEST(frame_without_opening_flag)
{
	uint8_t frame[] = "\xFF\x03\xC0\x21 first", stream[64];
	int n = pptp_hdlc_encode(frame, sizeof(frame), PPTP_HDLC_ACCM_ALL, stream, sizeof(stream));

	rig_init(&rig);
	rig_feed(&rig, stream + 1, (size_t)n - 1, SIZE_MAX);
	ck_assert_uint_eq(rig.frames, 1);
	assert_recovers(1);
}
END_TEST

START_TEST(control_characters_are_kept)
{
	uint8_t frame[32], stream[PPTP_HDLC_ENCODED_MAX(32)];
	int n;

	for (int i = 0; i < 32; i++)
		frame[i] = (uint8_t)i;
	n = pptp_hdlc_encode(frame, 32, PPTP_HDLC_ACCM_NONE, stream, sizeof(stream));
	rig_init(&rig);
	rig_feed(&rig, stream, (size_t)n, SIZE_MAX);
	ck_assert_uint_eq(rig.got_len, 32);
	ck_assert_mem_eq(rig.got, frame, 32);
}
END_TEST

/* A caller that never takes frames: still room, still bounded. */
START_TEST(space_is_never_zero)
{
	rig_init(&rig);
	for (int i = 0; i < 100; i++) {
		size_t size;
		uint8_t *p = pptp_hdlc_decoder_space(&rig.dec, &size);

		ck_assert_uint_gt(size, 0);
		ck_assert(p >= rig.buf && p + size <= rig.buf + sizeof(rig.buf));
		memset(p, 'x', size);
		pptp_hdlc_decoder_fill(&rig.dec, size);
	}
	assert_recovers(0);
}
END_TEST

START_TEST(untaken_octets_are_kept)
{
	uint8_t stream[2048], plain[1024];
	size_t plain_len, size, len = make_stream(stream, sizeof(stream), plain, &plain_len);
	struct pptp_frame frame;

	rig_init(&rig);
	memcpy(pptp_hdlc_decoder_space(&rig.dec, &size), stream, len / 2);
	pptp_hdlc_decoder_fill(&rig.dec, len / 2);
	ck_assert(pptp_hdlc_decoder_next(&rig.dec, &frame));
	rig_feed(&rig, stream + len / 2, len - len / 2, SIZE_MAX);
	ck_assert_uint_eq(rig.frames, 9);
	ck_assert_uint_eq(rig.dec.stats.frames, 10);
	ck_assert_mem_eq(rig.got, plain + 2, plain_len - 2);
}
END_TEST

/* Any octets whatsoever, in reads of any size: as the naive loop and the FCS say. */
START_TEST(garbage)
{
	static uint8_t octets[20000], plain[20000];
	uint64_t frames = 0;
	size_t n = 0;

	fill(octets, sizeof(octets), _i);
	for (size_t i = 0; i < sizeof(octets); i++) {
		bool escaped = false;
		size_t used, len = naive_unescape(octets + i, sizeof(octets) - i, plain, &escaped,
						  &used);

		i += used;
		if (i < sizeof(octets) && !escaped && len >= 4 && len <= PPTP_FRAME_MAX + 2 &&
		    pptp_fcs16(PPTP_FCS16_INIT, plain, len) == PPTP_FCS16_GOOD)
			frames++;
	}
	rig_init(&rig);
	while (n < sizeof(octets)) {
		size_t step = 1 + random_u32() % 500;

		if (step > sizeof(octets) - n)
			step = sizeof(octets) - n;
		rig_feed(&rig, octets + n, step, SIZE_MAX);
		n += step;
	}
	ck_assert_uint_eq(rig.dec.stats.frames, frames);
	rig_feed(&rig, (const uint8_t *)"x\x7E", 2, SIZE_MAX);
	assert_recovers(frames);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hdlc");
	TCase *tc = tcase_create("hdlc");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, encodes_golden_bytes);
	tcase_add_loop_test(tc, encode_in_every_size, 0, CONTENTS);
	tcase_add_test(tc, encode_oversize);
	tcase_add_test(tc, split_at_every_octet);
	tcase_add_test(tc, reads_of_every_size);
	tcase_add_test(tc, largest_frames);
	tcase_add_loop_test(tc, oversize_is_counted_once, 1, 5);
	tcase_add_test(tc, oversize_that_fits_the_buffer);
	tcase_add_test(tc, bad_fcs);
	tcase_add_test(tc, short_frames);
	tcase_add_test(tc, one_octet_is_no_frame);
	tcase_add_test(tc, flags_between_frames_count_nothing);
	tcase_add_test(tc, abort_sequence);
	tcase_add_test(tc, frame_without_opening_flag);
	tcase_add_test(tc, control_characters_are_kept);
	tcase_add_test(tc, space_is_never_zero);
	tcase_add_test(tc, untaken_octets_are_kept);
	tcase_add_loop_test(tc, garbage, 0, CONTENTS);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
