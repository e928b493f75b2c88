/* SPDX-License-Identifier: MIT */
/*
 * Edits of chap-secrets as a text: a line is known by the names of client and server, and only its
 * third word is replaced. No I/O. Called by create.c, delete.c and show.c.
 */
#define _GNU_SOURCE
#include "setup/secrets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setup/checks.h"
#include "setup/words.h"

static bool find_line(const struct secrets *secrets, struct word_reader *reader,
		      struct word_line *line, const char *client, const char *server)
{
	reader->text = secrets->text;
	reader->length = secrets->length;
	while (word_line_next(reader, line))
		if (line->count >= 3 && strcmp(line->word[0], client) == 0 &&
		    strcmp(line->word[1], server) == 0)
			return true;
	return false;
}

bool secrets_find(const struct secrets *secrets, const char *client, const char *server,
		  char *secret)
{
	struct word_reader reader = { 0 };
	struct word_line line;
	bool found = find_line(secrets, &reader, &line, client, server);

	if (found)
		memcpy(secret, line.word[2], sizeof(line.word[2]));
	explicit_bzero(&line, sizeof(line));
	return found;
}

/* `piece` of so many octets in place of those from start to end. */
static enum secrets_result replace(struct secrets *secrets, size_t start, size_t end,
				   const char *piece, size_t added)
{
	struct secrets changed = { malloc(secrets->length - (end - start) + added + 1),
				   secrets->length - (end - start) + added };

	if (!changed.text)
		return SECRETS_MEMORY;
	if (start > 0)
		memcpy(changed.text, secrets->text, start);
	memcpy(changed.text + start, piece, added);
	if (end < secrets->length)
		memcpy(changed.text + start + added, secrets->text + end, secrets->length - end);
	secrets_clear(secrets);
	*secrets = changed;
	return SECRETS_CHANGED;
}

static enum secrets_result append(struct secrets *secrets, const char *client, const char *server,
				  const char *secret)
{
	char line[3 * WORD_QUOTED_SIZE(CHECK_WORD_MAX) + 8], found[WORD_MAX + 1];
	bool whole = secrets->length == 0 || secrets->text[secrets->length - 1] == '\n';
	enum secrets_result result;
	char *end = line;

	if (!whole)
		*end++ = '\n';
	end = word_quote(end, client);
	*end++ = ' ';
	end = word_quote(end, server);
	*end++ = ' ';
	end = word_quote(end, secret);
	memcpy(end, " *\n", 3);
	end += 3;
	result = replace(secrets, secrets->length, secrets->length, line, (size_t)(end - line));
	if (result == SECRETS_CHANGED && !secrets_find(secrets, client, server, found))
		result = SECRETS_BROKEN;
	explicit_bzero(line, sizeof(line));
	explicit_bzero(found, sizeof(found));
	return result;
}

enum secrets_result secrets_set(struct secrets *secrets, const char *client, const char *server,
				const char *secret)
{
	char quoted[WORD_QUOTED_SIZE(CHECK_WORD_MAX)];
	struct word_reader reader = { 0 };
	struct word_line line;
	enum secrets_result result = SECRETS_SAME;
	size_t length;

	if (!find_line(secrets, &reader, &line, client, server)) {
		result = append(secrets, client, server, secret);
	} else if (strcmp(line.word[2], secret) != 0) {
		length = (size_t)(word_quote(quoted, secret) - quoted);
		result = replace(secrets, line.word_start[2], line.word_end[2], quoted, length);
		explicit_bzero(quoted, sizeof(quoted));
	}
	explicit_bzero(&line, sizeof(line));
	return result;
}

enum secrets_result secrets_remove(struct secrets *secrets, const char *client, const char *server)
{
	enum secrets_result result = SECRETS_SAME;
	struct word_reader reader = { 0 };
	struct word_line line;

	while (result != SECRETS_MEMORY && find_line(secrets, &reader, &line, client, server)) {
		reader.at = line.start;
		result = replace(secrets, line.start, line.end, "", 0);
	}
	explicit_bzero(&line, sizeof(line));
	return result;
}

void secrets_clear(struct secrets *secrets)
{
	if (secrets->text)
		explicit_bzero(secrets->text, secrets->length);
	free(secrets->text);
	*secrets = (struct secrets){ 0 };
}
