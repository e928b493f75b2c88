/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STDIO_LINK_H
#define PPTP_CLI_STDIO_LINK_H

#include <stdbool.h>

/* --nolaunchpppd: standard input and output as the PPP link. */

/* Whether they can be one; else *whyp receives the reason. */
bool stdio_link_fits(const char **whyp);

/*
 * Takes the link: new descriptors, the same one twice if it carries both directions, and /dev/null
 * in the old places, so that closing the new ones hangs up. 0 or -errno.
 */
int stdio_link_take(int *read_fdp, int *write_fdp);

#endif
