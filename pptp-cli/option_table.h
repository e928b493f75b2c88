/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_OPTION_TABLE_H
#define PPTP_CLI_OPTION_TABLE_H

#include "options.h"

/* One option of the command: name, usage and parser. */
struct option_row {
	const char *name;
	const char
		*argument; /* as the usage shows it, "[=...]" when it may be missing; NULL: none */
	const char *help;  /* lines of the usage, split by line feeds */
	/* The same option of pppd's plugin; NULL: it has none; "": it has no effect there. */
	const char *plugin;
	/* Check the value and store it: in the session's configuration, or in options. */
	enum options_result (*take)(struct options *options, const struct option_row *row,
				    const char *value, char error[OPTIONS_ERROR_MAX]);
};

extern const struct option_row option_table[];
extern const unsigned int option_count;

/* Write a sentence to `error`. Always OPTIONS_ERROR. */
enum options_result option_error(char error[OPTIONS_ERROR_MAX], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
