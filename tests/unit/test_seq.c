/* SPDX-License-Identifier: MIT */
#include "seq.h"

#include "run_suite.h"

static const uint32_t places[] = {
	0, 1, 2, 1000, 0x7FFFFFFE, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFE, 0xFFFFFFFF,
};

START_TEST(order_is_relative)
{
	uint32_t at = places[_i];

	ck_assert_int_eq(seq_distance(at, at), 0);
	ck_assert(!seq_before(at, at) && !seq_after(at, at));
	for (uint32_t by = 1; by && by < 0x80000000; by *= 2) {
		ck_assert_int_eq(seq_distance(at + by, at), (int32_t)by);
		ck_assert_int_eq(seq_distance(at, at + by), -(int32_t)by);
		ck_assert(seq_after(at + by, at) && !seq_before(at + by, at));
		ck_assert(seq_before(at, at + by) && !seq_after(at, at + by));
	}
	ck_assert(seq_after(at + 0x7FFFFFFF, at));
	ck_assert(seq_before(at + 0x80000001, at));
}
END_TEST

START_TEST(wrap)
{
	ck_assert_int_eq(seq_distance(0, 0xFFFFFFFF), 1);
	ck_assert_int_eq(seq_distance(0xFFFFFFFF, 0), -1);
	ck_assert(seq_after(5, 0xFFFFFFF0));
	ck_assert(seq_before(0xFFFFFFF0, 5));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seq");
	TCase *tc = tcase_create("seq");

	tcase_add_loop_test(tc, order_is_relative, 0, sizeof(places) / sizeof(places[0]));
	tcase_add_test(tc, wrap);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
