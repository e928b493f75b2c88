/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_SCREEN_H
#define PPTP_CLI_STATUS_SCREEN_H

#include <stdio.h>

/* In place of what the terminal shows: lines of printable ASCII, cut to the window. */
void screen_print(FILE *out, const char *text, unsigned int rows, unsigned int columns);

#endif
