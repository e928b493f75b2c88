/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RUN_SUITE_H
#define TESTS_RUN_SUITE_H

/* The main() of every Check program: runs the suite and prints TAP. */

#include <check.h>
#include <stdlib.h>

static inline int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
