/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SETUP_WORDS_H
#define PPTP_CLI_SETUP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* The words of pppd's files of options and secrets. */

/* pppd cuts longer ones (MAXWORDLEN). */
#define WORD_MAX 1023
/* The words of a line that are kept: client, server, secret, and an address. */
#define WORDS_KEPT 4

/* A place in a text, which need not end in a null. */
struct word_reader {
	const char *text;
	size_t length;
	size_t at;
};

/* A line as pppd sees it: it may span several of the file, by quotes and backslashes. */
struct word_line {
	size_t start; /* in the text */
	size_t end;   /* behind the line feed */
	unsigned int count;
	/* Of the first WORDS_KEPT of them, as they are in the text and what they mean. */
	size_t word_start[WORDS_KEPT], word_end[WORDS_KEPT];
	char word[WORDS_KEPT][WORD_MAX + 1];
};

/* The next line that has a word. It may hold a secret: the caller wipes it. */
bool word_line_next(struct word_reader *reader, struct word_line *line);

/* The octets that word_quote() may need for so many, with the null. */
#define WORD_QUOTED_SIZE(length) (4 * (length) + 3)

/* As pppd reads it back: any word without a line feed. Returns the end, where the null is. */
char *word_quote(char *out, const char *word);

#endif
