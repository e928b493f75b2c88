/* SPDX-License-Identifier: MIT */
#include "sync.h"

#include <string.h>

#include "run_suite.h"

static uint8_t chunk[4096];
static size_t chunk_len;

static void setup(void)
{
	chunk_len = 0;
}

static void put(const void *octets, size_t len)
{
	memcpy(chunk + chunk_len, octets, len);
	chunk_len += len;
}

/* A frame of a protocol: `len` octets of packet, with the length field where it belongs. */
static size_t put_frame(bool address, bool compressed, uint16_t protocol, size_t len)
{
	static uint8_t packet[2048];
	uint8_t head[2] = { protocol >> 8, protocol & 0xFF };
	size_t before = chunk_len, field = len;
	unsigned int at = 2;

	memset(packet, 0x5A, sizeof(packet));
	packet[0] = 0x01;
	if (protocol == 0x0021) {
		packet[0] = 0x45;
	} else if (protocol == 0x0057) {
		packet[0] = 0x60;
		at = 4;
		field = len - 40;
	}
	packet[at] = (uint8_t)(field >> 8);
	packet[at + 1] = (uint8_t)field;
	if (address)
		put("\xFF\x03", 2);
	put(head + compressed, 2 - compressed);
	put(packet, len);
	return chunk_len - before;
}

/* The lengths of the frames that the chunk is split into; returns whether one was MPPE. */
static bool split(size_t *lens, unsigned int *countp)
{
	/* A copy of just that size, so that a sanitizer sees a read behind it. */
	uint8_t *copy = malloc(chunk_len ? chunk_len : 1), *at = copy;
	struct sync_splitter splitter;
	struct pptp_frame frame;
	unsigned int n = 0;

	memcpy(copy, chunk, chunk_len);
	pptp_sync_splitter_start(&splitter, copy, chunk_len);
	while (pptp_sync_splitter_next(&splitter, &frame)) {
		/* One after the other, without gaps and never empty. */
		ck_assert_ptr_eq(frame.data, at);
		ck_assert_uint_gt(frame.len, 0);
		at += frame.len;
		lens[n++] = frame.len;
	}
	ck_assert_ptr_eq(at, copy + chunk_len);
	free(copy);
	*countp = n;
	return splitter.saw_mppe;
}

/* It is split into two frames of these lengths, or one for a second of 0. */
static void assert_split(size_t first, size_t second, bool mppe)
{
	size_t lens[sizeof(chunk)];
	unsigned int count;

	ck_assert_int_eq(split(lens, &count), mppe);
	ck_assert_uint_eq(count, second ? 2 : 1);
	ck_assert_uint_eq(lens[0], first);
	if (second)
		ck_assert_uint_eq(lens[1], second);
}

static const struct {
	bool compressible;
	uint16_t protocol;
	size_t len;
} sized[] = {
	{ false, 0xC021, 4 }, { false, 0xC021, 24 },  { false, 0xC023, 10 }, { false, 0xC223, 30 },
	{ false, 0xC227, 9 }, { false, 0x8021, 10 },  { false, 0x8057, 14 }, { false, 0x80FD, 10 },
	{ true, 0x0021, 20 }, { true, 0x0021, 1400 }, { true, 0x0057, 40 },  { true, 0x0057, 1300 },
};

#define SIZED ((int)(sizeof(sized) / sizeof(sized[0])))

/* Each kind, with and without address and control, with its protocol in two octets and in one. */
START_TEST(every_kind_beside_every_other)
{
	for (int i = 0; i < SIZED; i++) {
		for (int form = 0; form < 4; form++) {
			bool address = form & 1, compressed = form & 2;
			size_t first, second;

			setup();
			first = put_frame(address, compressed && sized[_i].compressible,
					  sized[_i].protocol, sized[_i].len);
			second = put_frame(!address, compressed && sized[i].compressible,
					   sized[i].protocol, sized[i].len);
			assert_split(first, second, false);
		}
	}
}
END_TEST

/* A frame cut short is one frame to the end of the chunk, wherever it is cut. */
START_TEST(every_truncation)
{
	size_t whole = put_frame(true, false, sized[_i].protocol, sized[_i].len);

	for (chunk_len = 1; chunk_len < whole; chunk_len++)
		assert_split(chunk_len, 0, false);
}
END_TEST

START_TEST(without_a_length)
{
	static const struct {
		uint16_t protocol;
		bool mppe;
	} kinds[] = {
		{ 0x00FD, true },  { 0x002D, false }, { 0x002F, false },
		{ 0xC025, false }, { 0x0031, false }, { 0x4021, false },
	};

	for (unsigned int i = 0; i < 6; i++) {
		for (int form = 0; form < 4; form++) {
			setup();
			put_frame(form & 1, form & 2 && kinds[i].protocol < 0x100,
				  kinds[i].protocol, 60);
			put_frame(true, false, 0xC021, 10);
			assert_split(chunk_len, 0, kinds[i].mppe);
		}
	}
}
END_TEST

START_TEST(a_known_frame_before_mppe)
{
	size_t first = put_frame(true, false, 0xC021, 8);
	size_t second = put_frame(false, true, 0x00FD, 100);

	assert_split(first, second, true);
}
END_TEST

START_TEST(lengths_that_lie)
{
	static const struct {
		const char *octets;
		size_t len;
	} wrong[] = {
		{ "\xFF\x03\xC0\x21\x01\x01\x00\x00", 8 }, /* shorter than its header */
		{ "\xFF\x03\xC0\x21\x01\x01\x00\x03", 8 },
		{ "\xFF\x03\xC0\x21\x01\x01\x00\x05", 8 }, /* longer than the chunk */
		{ "\xFF\x03\xC0\x21\x01\x01\xFF\xFF", 8 },
		{ "\x21\x45\x00\x00\x13"
		  "0123456789012345",
		  21 },
		{ "\x21\x55\x00\x00\x14"
		  "0123456789012345",
		  21 }, /* not version 4 */
		{ "\x57\x40\x00\x00\x00\x00\x00"
		  "0123456789012345678901234567890123",
		  41 }, /* not version 6 */
		{ "\xFF", 1 },
		{ "\xFF\x03", 2 },
		{ "\x00", 1 },
		{ "\xC0", 1 },
		{ "\xFF\x03\x00\x22\x45\x00\x00\x04", 8 }, /* no protocol is even */
		{ "\xFF\x03\x80\x22\x01\x01\x00\x04junk", 12 },
		{ "\xFF\xFF\xFF\xFF", 4 },
		{ "\x00\x00\x00\x00", 4 },
	};
	for (unsigned int i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		setup();
		put(wrong[i].octets, wrong[i].len);
		assert_split(wrong[i].len, 0, false);
	}
}
END_TEST

/* Whatever comes is taken, in frames that are never empty. */
START_TEST(garbage)
{
	uint32_t state = (uint32_t)_i + 1;
	size_t lens[sizeof(chunk)];
	unsigned int count;

	chunk_len = sizeof(chunk);
	for (size_t i = 0; i < chunk_len; i++) {
		state = state * 1664525 + 1013904223;
		chunk[i] = (uint8_t)(state >> 24);
	}
	memcpy(chunk, "\xFF\x03\x80\x21\x01\x01\x00\x40", 8);
	split(lens, &count);
	ck_assert_uint_ge(count, 2);
	ck_assert_uint_eq(lens[0], 4 + 0x40);
}
END_TEST

START_TEST(empty_chunk)
{
	size_t lens[1];
	unsigned int count;

	ck_assert(!split(lens, &count));
	ck_assert_uint_eq(count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sync");
	TCase *tc = tcase_create("sync");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, every_kind_beside_every_other, 0, SIZED);
	tcase_add_loop_test(tc, every_truncation, 0, SIZED);
	tcase_add_test(tc, without_a_length);
	tcase_add_test(tc, a_known_frame_before_mppe);
	tcase_add_test(tc, lengths_that_lie);
	tcase_add_test(tc, empty_chunk);
	tcase_add_loop_test(tc, garbage, 0, 50);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
