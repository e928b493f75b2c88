/* SPDX-License-Identifier: MIT */
/* --status in a build without json-c. Called by main.c. */
#include <stdio.h>

#include "exit_status.h"
#include "status/show.h"

int status_show(const struct options *options)
{
	(void)options;
	fputs("pptp: --status is not in this build, which has no json-c: build with "
	      "-Dstatus=enabled\n",
	      stderr);
	return EXIT_STATUS_SYSTEM;
}
