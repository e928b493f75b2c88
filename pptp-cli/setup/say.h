/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SETUP_SAY_H
#define PPTP_CLI_SETUP_SAY_H

/* Sentences of pptpsetup, each a line. What they quote may not be printable: it becomes '?'. */

/* To standard output. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* To standard error, with the program's name. Always -1. */
int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What an errno means. */
const char *reason(int error);

#endif
