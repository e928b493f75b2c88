/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "run_suite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

START_TEST(command_line)
{
	const char *program = getenv("PPTP_WITHOUT_MEMORY");
	char command[4200];
	char said[400] = "", expected[400];
	FILE *output;
	int status;

	ck_assert_ptr_nonnull(program);
	snprintf(command, sizeof(command), "exec '%s' srv call work 2>&1", program);
	output = popen(command, "r");
	ck_assert_ptr_nonnull(output);
	ck_assert_ptr_nonnull(fgets(said, sizeof(said), output));
	ck_assert_int_eq(fgetc(output), EOF);
	status = pclose(output);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	snprintf(expected, sizeof(expected), "pptp: cannot read the command line: %s\n",
		 strerror(ENOMEM));
	ck_assert_str_eq(said, expected);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("command_memory");
	TCase *tcase = tcase_create("command_memory");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, command_line);
	return run_suite(suite);
}
