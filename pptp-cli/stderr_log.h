/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STDERR_LOG_H
#define PPTP_CLI_STDERR_LOG_H

#include <stdbool.h>

/*
 * Log lines to standard error, which never block: a line that a pipe, terminal or socket does not
 * accept at once is dropped and counted, and the next one follows a line with the count.
 */

/* name begins each line and must last as long as lines are logged. */
void stderr_log_open(const char *name);

bool stderr_log_is_file(void);

void stderr_log_close(void);

/* Does nothing unless it is open; an error closes it. */
void stderr_log_line(const char *text);

#endif
