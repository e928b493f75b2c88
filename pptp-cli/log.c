/* SPDX-License-Identifier: MIT */
/*
 * The log: every line goes to the system's log (system_log.c) and, until the program leaves it, to
 * standard error (stderr_log.c), printable throughout. The library's lines arrive here too, by the
 * function given to pptp_config_set_log(). No line is repeated. Called by all files of the command.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

#include "printable.h"
#include "stderr_log.h"
#include "system_log.h"

#define LOG_NAME_MAX 200
#define LOG_TEXT_MAX 1200
/* For the system's log, at the end. */
#define LAST_LINES_MS 50

static struct {
	char name[LOG_NAME_MAX + 1];
	enum pptp_log_level least_severe;
	bool errors_only; /* to standard error */
	struct log_warning last;
} state = { .name = "anon", .least_severe = PPTP_LOG_NOTICE };

void log_open(const char *name, enum pptp_log_level least_severe, bool to_stderr)
{
	snprintf(state.name, sizeof(state.name), "%s", name);
	make_printable(state.name);
	state.least_severe = least_severe;
	if (to_stderr)
		stderr_log_open(state.name);
	system_log_open();
}

void log_errors_only_to_file(void)
{
	state.errors_only = stderr_log_is_file();
}

void log_leave_stderr(void)
{
	stderr_log_close();
}

static void log_text(enum pptp_log_level level, char *text)
{
	/* The line may contain names and texts of the peer. */
	make_printable(text);
	if (level <= PPTP_LOG_WARNING) {
		snprintf(state.last.text, sizeof(state.last.text), "%.*s", LOG_WARNING_MAX - 1,
			 text);
		state.last.time = time(NULL);
	}
	system_log_line((int)level, state.name, text);
	if (!state.errors_only || level <= PPTP_LOG_ERROR)
		stderr_log_line(text);
}

const struct log_warning *log_last_warning(void)
{
	return &state.last;
}

bool log_retry(void)
{
	return system_log_retry();
}

void log_close(void)
{
	system_log_close(LAST_LINES_MS);
}

void log_line(enum pptp_log_level level, const char *format, ...)
{
	char text[LOG_TEXT_MAX];
	va_list args;

	if (level > state.least_severe)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_text(level, text);
}

void log_line_always(enum pptp_log_level level, const char *format, ...)
{
	char text[LOG_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_text(level, text);
}

void log_from_library(void *user, enum pptp_log_level level, const char *line)
{
	(void)user;
	log_line(level, "%s", line);
}

enum pptp_log_level log_level_of_option(unsigned int option)
{
	switch (option) {
	case 0:
		return PPTP_LOG_WARNING;
	case 1:
		return PPTP_LOG_NOTICE;
	default:
		return PPTP_LOG_DEBUG;
	}
}
