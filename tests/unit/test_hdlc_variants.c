/* SPDX-License-Identifier: MIT */
#include "hdlc_variants.h"

#include <stdio.h>
#include <string.h>

#include "hdlc_naive.h"
#include "run_suite.h"

static void compare_escape(hdlc_escape_fn *fn, size_t offset, size_t len, uint32_t accm,
			   int content)
{
	/* Buffers of just the size that is promised, so that a sanitizer sees more. */
	uint8_t *in = malloc(offset + len + 1), *want = malloc(2 * len + 1);
	uint8_t *out = malloc(2 * len + !len);
	size_t n, m;

	fill(in, offset + len, content);
	n = naive_escape(in + offset, len, accm, want);
	m = fn(in + offset, len, accm, out);
	if (n != m || memcmp(want, out, n))
		ck_abort_msg("offset %zu, %zu octets, accm 0x%08x, content %d", offset, len, accm,
			     content);
	free(in);
	free(want);
	free(out);
}

static void compare_escapes(hdlc_escape_fn *fn)
{
	for (int content = 0; content < CONTENTS; content++) {
		for (size_t len = 0; len <= 300; len++) {
			for (size_t offset = 0; offset < 32; offset++) {
				uint32_t accm = accms[(len + offset) % 5];

				compare_escape(fn, offset, len, accm, content);
			}
		}
		for (unsigned int i = 0; i < 5; i++)
			compare_escape(fn, i, 1400, accms[i], content);
	}
}

/* In place with `gap` octets before, as the decoder does. What follows the flag stays as it was. */
static void compare_unescape(hdlc_unescape_fn *fn, size_t gap, size_t len, int content,
			     bool escaped)
{
	uint8_t *buf = malloc(gap + len + !(gap + len)), *before = malloc(len + 1);
	uint8_t *want = malloc(len + 1);
	bool escaped_want = escaped, escaped_got = escaped;
	size_t used_want, used_got, n, m;

	fill(before, len, content);
	/* Mostly without a flag, or there would be no long runs. */
	for (size_t i = 0; i < len && content != FLAGS; i++) {
		if (before[i] == FLAG && random_u32() % 200)
			before[i] = 'f';
	}
	memcpy(buf + gap, before, len);
	n = naive_unescape(before, len, want, &escaped_want, &used_want);
	m = fn(buf + gap, len, buf, &escaped_got, &used_got);
	if (n != m || used_want != used_got || escaped_want != escaped_got || memcmp(want, buf, n))
		ck_abort_msg("gap %zu, %zu octets, content %d", gap, len, content);
	if (memcmp(before + used_got, buf + gap + used_got, len - used_got))
		ck_abort_msg("gap %zu, %zu octets, content %d: wrote too far", gap, len, content);
	free(buf);
	free(before);
	free(want);
}

static void compare_unescapes(hdlc_unescape_fn *fn)
{
	for (int content = 0; content < CONTENTS; content++) {
		for (size_t len = 0; len <= 300; len++) {
			for (size_t gap = 0; gap < 32; gap++)
				compare_unescape(fn, gap, len, content, (len + gap) % 3 == 0);
		}
	}
}

START_TEST(escape_bytes_equals_naive)
{
	compare_escapes(pptp_hdlc_escape_bytes);
}
END_TEST

START_TEST(unescape_bytes_equals_naive)
{
	compare_unescapes(pptp_hdlc_unescape_bytes);
}
END_TEST

#ifdef HDLC_SHUFFLE
START_TEST(escape_shuffle_equals_naive)
{
	compare_escapes(pptp_hdlc_escape_shuffle);
}
END_TEST

START_TEST(unescape_shuffle_equals_naive)
{
	compare_unescapes(pptp_hdlc_unescape_shuffle);
}
END_TEST
#endif

/* Every set of escapes among sixteen octets: every row of the shuffles in both halves. */
START_TEST(every_set_of_escapes)
{
	for (unsigned int set = 0; set <= 0xFFFF; set++) {
		uint8_t in[16], want[32], got[32], back[32];
		size_t n, m, used;
		bool escaped = false;

		for (int i = 0; i < 16; i++)
			in[i] = set >> i & 1 ? (i % 2 ? FLAG : ESCAPE) : 'a' + i;
		n = naive_escape(in, 16, 0, want);
#ifdef HDLC_SHUFFLE
		if (pptp_hdlc_has_shuffle()) {
			m = pptp_hdlc_escape_shuffle(in, 16, 0, got);
			if (n != m || memcmp(want, got, n))
				ck_abort_msg("escape, set 0x%04x", set);
			m = pptp_hdlc_unescape_shuffle(want, n, back, &escaped, &used);
			if (m != 16 || used != n || escaped || memcmp(back, in, 16))
				ck_abort_msg("unescape, set 0x%04x", set);
		}
#endif
		m = pptp_hdlc_escape_bytes(in, 16, 0, got);
		if (n != m || memcmp(want, got, n))
			ck_abort_msg("escape, octets, set 0x%04x", set);
		m = pptp_hdlc_unescape_bytes(want, n, back, &escaped, &used);
		if (m != 16 || used != n || escaped || memcmp(back, in, 16))
			ck_abort_msg("unescape, octets, set 0x%04x", set);
	}
}
END_TEST

static void add_variants(TCase *tc)
{
	tcase_add_test(tc, escape_bytes_equals_naive);
	tcase_add_test(tc, unescape_bytes_equals_naive);
#ifdef HDLC_SHUFFLE
	if (pptp_hdlc_has_shuffle()) {
		tcase_add_test(tc, escape_shuffle_equals_naive);
		tcase_add_test(tc, unescape_shuffle_equals_naive);
	} else {
		puts("# SKIP pptp_hdlc_*_shuffle: this processor has no such instructions");
	}
#endif
	tcase_add_test(tc, every_set_of_escapes);
}

int main(void)
{
	Suite *suite = suite_create("hdlc variants");
	TCase *tc = tcase_create("variants");

	tcase_set_timeout(tc, 60);
	add_variants(tc);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
