/* SPDX-License-Identifier: MIT */
/*
 * Linked into the command where it is built with sanitizers: a process that changed its user cannot be
 * examined by its own leak checker at the end, unless it allows it.
 */
#include <sys/prctl.h>

__attribute__((destructor)) static void allow_the_leak_check(void)
{
	(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
