/* SPDX-License-Identifier: MIT */
#include <pptp/proto/hdlc.h>

#include <stdio.h>

#include "fcs_variants.h"
#include "run_suite.h"

static uint8_t octets[32 + 2048];
static uint32_t state = 1;

static uint8_t random_octet(void)
{
	state = state * 1664525 + 1013904223;
	return (uint8_t)(state >> 24);
}

/* Bit by bit, as the polynomial says: what all others have to agree with. */
static uint16_t fcs_bitwise(uint16_t fcs, const uint8_t *data, size_t len)
{
	while (len--) {
		fcs ^= *data++;
		for (int i = 0; i < 8; i++)
			fcs = (uint16_t)(fcs & 1 ? fcs >> 1 ^ 0x8408 : fcs >> 1);
	}
	return fcs;
}

typedef uint16_t fcs_fn(uint16_t fcs, const uint8_t *data, size_t len);

static void assert_equal(fcs_fn *fn, size_t offset, size_t len, uint16_t fcs)
{
	/* A copy that ends where the data ends, so that a sanitizer sees a read behind it. */
	uint8_t *copy = malloc(offset + len + 1);
	uint16_t want, got;

	for (size_t i = 0; i < len; i++)
		copy[offset + i] = octets[i];
	want = fcs_bitwise(fcs, copy + offset, len);
	copy = realloc(copy, offset + len ? offset + len : 1);
	got = fn(fcs, copy + offset, len);
	free(copy);
	if (got != want)
		ck_abort_msg("offset %zu, %zu octets: 0x%04x, not 0x%04x", offset, len, got, want);
}

static void compare(fcs_fn *fn)
{
	static const uint8_t fill[] = { 0x00, 0xFF, 0x7D, 0x7E };

	for (int content = -2; content < (int)sizeof(fill); content++) {
		for (size_t i = 0; i < sizeof(octets); i++)
			octets[i] = content < 0 ? random_octet() : fill[content];
		for (size_t offset = 0; offset < 32; offset++) {
			for (size_t len = 0; len <= 300; len++)
				assert_equal(fn, offset, len,
					     content % 2 ? PPTP_FCS16_INIT : 0x1234);
		}
	}
	for (size_t len = 300; len <= 2048; len += 7)
		assert_equal(fn, len % 32, len, PPTP_FCS16_INIT);
}

START_TEST(sliced_equals_bitwise)
{
	compare(pptp_fcs16_sliced);
}
END_TEST

START_TEST(chosen_equals_bitwise)
{
	compare(pptp_fcs16);
}
END_TEST

#ifdef FCS_CLMUL
/* It takes no fewer octets than this. */
static uint16_t clmul(uint16_t fcs, const uint8_t *data, size_t len)
{
	return len < FCS_CLMUL_MIN ? fcs_bitwise(fcs, data, len) : pptp_fcs16_clmul(fcs, data, len);
}

START_TEST(clmul_equals_bitwise)
{
	compare(clmul);
}
END_TEST
#endif

START_TEST(check_value)
{
	/* The check value that CRC catalogues give for CRC-16/X-25. */
	ck_assert_uint_eq(pptp_fcs16(PPTP_FCS16_INIT, (const uint8_t *)"123456789", 9) ^ 0xFFFF,
			  0x906E);
	ck_assert_uint_eq(pptp_fcs16(0xABCD, NULL, 0), 0xABCD);
}
END_TEST

START_TEST(split_anywhere)
{
	uint16_t whole = pptp_fcs16(PPTP_FCS16_INIT, octets, 400);

	for (size_t at = 0; at <= 400; at++) {
		uint16_t fcs = pptp_fcs16(PPTP_FCS16_INIT, octets, at);

		ck_assert_uint_eq(pptp_fcs16(fcs, octets + at, 400 - at), whole);
	}
}
END_TEST

START_TEST(good_frame_leaves_residue)
{
	uint16_t fcs = (uint16_t)~pptp_fcs16(PPTP_FCS16_INIT, octets, 100);

	octets[100] = fcs & 0xFF;
	octets[101] = fcs >> 8;
	ck_assert_uint_eq(pptp_fcs16(PPTP_FCS16_INIT, octets, 102), PPTP_FCS16_GOOD);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fcs");
	TCase *tc = tcase_create("fcs");

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = random_octet();
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, sliced_equals_bitwise);
	tcase_add_test(tc, chosen_equals_bitwise);
#ifdef FCS_CLMUL
	if (pptp_fcs16_has_clmul())
		tcase_add_test(tc, clmul_equals_bitwise);
	else
		puts("# SKIP pptp_fcs16_clmul: this processor has no PCLMULQDQ");
#endif
	tcase_add_test(tc, check_value);
	tcase_add_test(tc, split_anywhere);
	tcase_add_test(tc, good_frame_leaves_residue);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
