/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STDERR_LOG_H
#define PPTP_CLI_STDERR_LOG_H

/*
 * Log lines to standard error. They never make the tunnel wait for who reads them: a line that a
 * pipe or terminal does not take at once is left out, and counted, and the next one that it takes
 * comes after a line that says how many.
 */

/* name stands before each line and must live as long as lines are logged. */
void stderr_log_open(const char *name);

void stderr_log_close(void);

/* Does nothing unless it is open; closed by an error, as there is nobody to tell. */
void stderr_log_line(const char *text);

#endif
