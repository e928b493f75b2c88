/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SETUP_ASK_H
#define PPTP_CLI_SETUP_ASK_H

#include <stdbool.h>
#include <stddef.h>

/* Lines of standard input, without their line feed. -1 after a sentence on standard error. */

/* Whether there is a person to ask. */
bool ask_is_possible(void);
int ask_line(const char *question, char *answer, size_t size);
/* What is typed is not shown. */
int ask_password(const char *question, char *answer, size_t size);
/* --password-stdin */
int ask_standard_input(char *answer, size_t size);

#endif
