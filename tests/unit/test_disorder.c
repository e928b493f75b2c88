/* SPDX-License-Identifier: MIT */
#include "disorder.h"

#include <string.h>

#include <pptp/proto/gre.h>

#include "run_suite.h"

static struct disorder *disorder;

static void teardown(void)
{
	disorder = pptp_disorder_free(disorder);
	ck_assert_ptr_null(disorder);
}

/* The packet with that number, of a length and content of its own. */
static size_t make_packet(uint8_t *packet, uint32_t number)
{
	size_t len = sizeof(number) + number % 60;

	memset(packet, (int)(number & 0xFF), len);
	memcpy(packet, &number, sizeof(number));
	return len;
}

/* Send packets 1 to `count`; `out` receives their numbers as they leave. */
static unsigned int send_all(uint32_t count, uint32_t *out)
{
	unsigned int n = 0;

	for (uint32_t i = 1; i <= count; i++) {
		uint8_t packet[64], want[64];
		const uint8_t *sent;
		size_t len;

		pptp_disorder_push(disorder, packet, make_packet(packet, i));
		memset(packet, 0, sizeof(packet));
		while (pptp_disorder_pop(disorder, &sent, &len)) {
			memcpy(&out[n], sent, sizeof(out[n]));
			ck_assert_uint_eq(len, make_packet(want, out[n]));
			ck_assert_mem_eq(sent, want, len);
			n++;
		}
	}
	return n;
}

static void assert_sequence(unsigned int type, const uint32_t *want, unsigned int count,
			    uint32_t sent)
{
	uint32_t out[64];

	ck_assert_int_eq(pptp_disorder_new(&disorder, type, 4), 0);
	ck_assert_uint_eq(send_all(sent, out), count);
	for (unsigned int i = 0; i < count; i++)
		ck_assert_uint_eq(out[i], want[i]);
}

#define ASSERT_SEQUENCE(type, sent, ...)                                                           \
	do {                                                                                       \
		static const uint32_t want[] = { __VA_ARGS__ };                                    \
		assert_sequence(type, want, sizeof(want) / sizeof(want[0]), sent);                 \
	} while (0)

/* These three as pptp(8) prints them, and on into the next test. */
START_TEST(swap)
{
	ASSERT_SEQUENCE(1, 16, 1, 2, 3, 4, 6, 5, 7, 8, 9, 10, 12, 11, 13, 14, 15, 16);
}
END_TEST

START_TEST(hold)
{
	ASSERT_SEQUENCE(2, 32, 1, 2, 3, 4, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20,
			32, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
}
END_TEST

START_TEST(reverse)
{
	ASSERT_SEQUENCE(3, 32, 1, 2, 3, 4, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 17, 18, 19,
			20, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21);
}
END_TEST

START_TEST(keeps_back_until_the_block_is_full)
{
	ASSERT_SEQUENCE(3, 15, 1, 2, 3, 4);
}
END_TEST

START_TEST(rate_is_obeyed)
{
	uint32_t out[1000];

	ck_assert_int_eq(pptp_disorder_new(&disorder, DISORDER_SWAP, 100), 0);
	ck_assert_uint_eq(send_all(204, out), 204);
	for (uint32_t i = 0; i < 204; i++) {
		uint32_t want = i + 1;

		if (i == 100 || i == 202)
			want++;
		else if (i == 101 || i == 203)
			want--;
		ck_assert_uint_eq(out[i], want);
	}
}
END_TEST

START_TEST(rate_zero_tests_always)
{
	static const uint32_t want[] = { 2, 1, 4, 3, 6, 5 };
	uint32_t out[6];

	ck_assert_int_eq(pptp_disorder_new(&disorder, DISORDER_SWAP, 0), 0);
	ck_assert_uint_eq(send_all(6, out), 6);
	ck_assert_mem_eq(out, want, sizeof(want));
}
END_TEST

START_TEST(largest_packets)
{
	static uint8_t octets[PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX + 1];
	const uint8_t *packet;
	size_t len;

	ck_assert_int_eq(pptp_disorder_new(&disorder, DISORDER_SWAP, 0), 0);
	for (int i = 0; i < 2; i++) {
		pptp_disorder_push(disorder, octets, sizeof(octets)); /* dropped */
		ck_assert(!pptp_disorder_pop(disorder, &packet, &len));
		pptp_disorder_push(disorder, octets, sizeof(octets) - 1);
	}
	ck_assert(pptp_disorder_pop(disorder, &packet, &len));
	ck_assert_uint_eq(len, sizeof(octets) - 1);
}
END_TEST

START_TEST(types_out_of_range)
{
	ck_assert_int_eq(pptp_disorder_new(&disorder, 0, 4), PPTP_ERR_VALUE);
	ck_assert_int_eq(pptp_disorder_new(&disorder, 4, 4), PPTP_ERR_VALUE);
	ck_assert_ptr_null(disorder);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("disorder");
	TCase *tc = tcase_create("disorder");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, swap);
	tcase_add_test(tc, hold);
	tcase_add_test(tc, reverse);
	tcase_add_test(tc, keeps_back_until_the_block_is_full);
	tcase_add_test(tc, rate_is_obeyed);
	tcase_add_test(tc, rate_zero_tests_always);
	tcase_add_test(tc, largest_packets);
	tcase_add_test(tc, types_out_of_range);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
