/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_LOG_H
#define PPTP_CLI_LOG_H

#include <stdbool.h>
#include <time.h>

#include <pptp/config.h>

/*
 * Log lines go to the system's log, and to standard error as long as the command is in the foreground.
 * The numbers of enum pptp_log_level are syslog's.
 */

/* name, made printable, begins each line. */
void log_open(const char *name, enum pptp_log_level least_severe, bool to_stderr);

/* Of a regular file on standard error, such as pppd's connect-errors, which is never truncated. */
void log_errors_only_to_file(void);

/* The command has left the foreground: no more lines to standard error. */
void log_leave_stderr(void);

/* Tries again the lines that the system's logger did not take; whether to call this again, some time later. */
bool log_retry(void);

/* The last lines; waits for the logger a moment at most. */
void log_close(void);

void log_line(enum pptp_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A line that the user requested: logged at any level. */
void log_line_always(enum pptp_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* For pptp_config_set_log(). */
void log_from_library(void *user, enum pptp_log_level level, const char *line);

#define LOG_WARNING_MAX 256

/* The latest line of a warning or an error, cut to that length; text is "" when there was none. */
struct log_warning {
	char text[LOG_WARNING_MAX];
	time_t time;
};

const struct log_warning *log_last_warning(void);

/* The library's level for --loglevel 0 to 2. */
enum pptp_log_level log_level_of_option(unsigned int option);

#endif
