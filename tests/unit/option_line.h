/* SPDX-License-Identifier: MIT */
#ifndef TESTS_OPTION_LINE_H
#define TESTS_OPTION_LINE_H

/* Command lines for the tests of pptp-cli/options.c, written as one string. */

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "options.h"
#include "session/config.h"

#define OPTION_LINE_WORDS_MAX 32

/* One command line, parsed; the words are the test's literals. */
struct line {
	struct options options;
	enum options_result result;
	char error[OPTIONS_ERROR_MAX];
	char text[1024];
	char *argv[OPTION_LINE_WORDS_MAX];
	int argc;
};

/* Splits at single blanks; "''" stands for an empty word. */
static inline void split(struct line *line, const char *words)
{
	char *word;
	char *end;

	ck_assert_uint_lt(strlen(words), sizeof(line->text));
	strcpy(line->text, words);
	line->argc = 0;
	line->argv[line->argc++] = line->text + sizeof(line->text) - 1;
	for (word = line->text; word; word = end ? end + 1 : NULL) {
		end = strchr(word, ' ');
		if (end)
			*end = '\0';
		ck_assert_int_lt(line->argc, OPTION_LINE_WORDS_MAX - 1);
		line->argv[line->argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	line->argv[line->argc] = NULL;
}

static inline void parse(struct line *line, const char *words)
{
	memset(line, 0, sizeof(*line));
	split(line, words);
	line->result = options_parse(&line->options, line->argc, line->argv, line->error);
}

static inline void good(struct line *line, const char *words)
{
	parse(line, words);
	ck_assert_msg(line->result == OPTIONS_RUN, "\"%s\" was refused: %s", words, line->error);
	ck_assert_str_eq(line->error, "");
}

/* Refused, with both texts in the message. */
static inline void bad(const char *words, const char *one, const char *other)
{
	struct line line;

	parse(&line, words);
	ck_assert_msg(line.result == OPTIONS_ERROR, "\"%s\" was taken", words);
	ck_assert_msg(strstr(line.error, one), "\"%s\": no \"%s\" in \"%s\"", words, one,
		      line.error);
	ck_assert_msg(strstr(line.error, other), "\"%s\": no \"%s\" in \"%s\"", words, other,
		      line.error);
	options_clear(&line.options);
}

/* The same for one option with one value. */
static inline const char *option_words(char (*wordsp)[256], const char *option, const char *value)
{
	int len = snprintf(*wordsp, sizeof(*wordsp), "srv %s %s", option, value);

	ck_assert(len > 0 && (size_t)len < sizeof(*wordsp));
	return *wordsp;
}

static inline void good_value(struct line *line, const char *option, const char *value)
{
	char words[256];

	good(line, option_words(&words, option, value));
}

static inline void bad_value(const char *option, const char *value, const char *expected)
{
	char words[256];

	bad(option_words(&words, option, value), option, expected);
}

#endif
