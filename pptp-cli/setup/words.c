/* SPDX-License-Identifier: MIT */
/*
 * Words of pppd's files by the rules of pppd(8), OPTIONS FILES: blanks separate them, '#' starts a
 * comment, quotes and backslashes protect. No I/O. Called by secrets.c and peers.c.
 */
#include "setup/words.h"

#include <stdio.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* To the next word, the line feed that ends the line, or the end of the text. */
static void skip_blanks(struct word_reader *reader)
{
	bool comment = false;

	for (; reader->at < reader->length; reader->at++) {
		char c = reader->text[reader->at];

		if (c == '\n')
			return;
		if (comment)
			continue;
		if (c == '\\' && reader->at + 1 < reader->length) {
			if (reader->text[reader->at + 1] != '\n')
				return;
			reader->at++;
		} else if (c == '#') {
			comment = true;
		} else if (c != '\\' && !is_blank(c)) {
			return;
		}
	}
}

/* \nnn and \xnn, of which the first digit or the x is next. */
static char read_number(struct word_reader *reader)
{
	unsigned int value = 0, digits = 0;

	if (reader->text[reader->at] != 'x') {
		for (; digits < 3 && reader->at < reader->length &&
		       is_octal(reader->text[reader->at]);
		     digits++)
			value = value * 8 + (unsigned int)(reader->text[reader->at++] - '0');
		return (char)value;
	}
	for (reader->at++; digits < 2 && reader->at < reader->length; digits++) {
		int digit = hex_value(reader->text[reader->at]);

		if (digit < 0)
			break;
		value = value * 16 + (unsigned int)digit;
		reader->at++;
	}
	return (char)value;
}

/* What stands behind a backslash. */
static char read_escape(struct word_reader *reader)
{
	static const char letters[] = "abfnrst", meanings[] = "\a\b\f\n\r \t";
	char c = reader->text[reader->at];
	const char *letter = c ? strchr(letters, c) : NULL;

	if (is_octal(c) || c == 'x')
		return read_number(reader);
	reader->at++;
	if (letter)
		return meanings[letter - letters];
	return c;
}

/* Only a word at the very end of the text that has no octet is none. */
static bool read_word(struct word_reader *reader, char word[WORD_MAX + 1])
{
	size_t length = 0;
	char quote = '\0';

	while (reader->at < reader->length) {
		char c = reader->text[reader->at];

		if (!quote && (is_blank(c) || c == '#'))
			break;
		reader->at++;
		if (c == '\\') {
			if (reader->at == reader->length)
				break;
			if (reader->text[reader->at] == '\n') {
				reader->at++;
				continue;
			}
			c = read_escape(reader);
		} else if (quote ? c == quote : (c == '"' || c == '\'')) {
			if (quote)
				c = '\0';
			quote = c;
			continue;
		}
		if (length < WORD_MAX)
			word[length++] = c;
	}
	word[length] = '\0';
	return length > 0 || reader->at < reader->length;
}

bool word_line_next(struct word_reader *reader, struct word_line *line)
{
	line->count = 0;
	while (line->count == 0 && reader->at < reader->length) {
		line->start = reader->at;
		for (skip_blanks(reader);
		     reader->at < reader->length && reader->text[reader->at] != '\n';
		     skip_blanks(reader)) {
			char ignored[WORD_MAX + 1] = "";
			bool kept = line->count < WORDS_KEPT;
			size_t start = reader->at;

			if (!read_word(reader, kept ? line->word[line->count] : ignored))
				break;
			if (kept) {
				line->word_start[line->count] = start;
				line->word_end[line->count] = reader->at;
			}
			line->count++;
		}
		if (reader->at < reader->length)
			reader->at++;
		line->end = reader->at;
	}
	return line->count > 0;
}

char *word_quote(char *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789._-@+,:/=%";
	size_t length = strlen(word);

	if (length > 0 && strspn(word, plain) == length) {
		memcpy(out, word, length + 1);
		return out + length;
	}
	*out++ = '"';
	for (; *word; word++) {
		unsigned char c = (unsigned char)*word;

		/* Always three digits, as the next octet may be one. */
		if (c < ' ' || c == 0x7f) {
			out += snprintf(out, 5, "\\%03o", (unsigned int)c);
			continue;
		}
		if (c == '"' || c == '\\')
			*out++ = '\\';
		*out++ = (char)c;
	}
	memcpy(out, "\"", 2);
	return out + 1;
}
