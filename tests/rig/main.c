/* SPDX-License-Identifier: MIT */
/* The main() of a program that has suite_name and add_tests() and needs a network of its own. */
#define _GNU_SOURCE
#include "rig.h"

int main(void)
{
	Suite *suite = suite_create(suite_name);
	TCase *tc = tcase_create(suite_name);

	if (!own_network()) {
		printf("1..0 # SKIP %s: no network namespace may be made here\n", suite_name);
		return EXIT_SUCCESS;
	}
	tcase_set_timeout(tc, 60);
	add_tests(tc);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
