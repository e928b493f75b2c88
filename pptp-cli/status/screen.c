/* SPDX-License-Identifier: MIT */
/*
 * Draws lines over the previous ones. No line is wrapped, and the window does not scroll. The cursor is left
 * on the line below, so that nothing needs to be restored. Called by watch.c.
 */
#include "status/screen.h"

#include <string.h>

/* ECMA-48: to the first column of the first line, clear what is left of the line, clear all below. */
#define HOME        "\033[H"
#define CLEAR_LINE  "\033[K"
#define CLEAR_BELOW "\033[J"

static unsigned int count_lines(const char *text)
{
	unsigned int lines = 0;

	for (; (text = strchr(text, '\n')); text++)
		lines++;
	return lines;
}

void screen_print(FILE *out, const char *text, unsigned int rows, unsigned int columns)
{
	unsigned int lines = count_lines(text), shown = lines;

	/* The cursor's line, and the one that says how many are left out. */
	if (rows > 2 && lines > rows - 1)
		shown = rows - 2;
	fputs(HOME, out);
	for (unsigned int i = 0; i < shown; i++) {
		size_t length = strcspn(text, "\n");
		/* A full line would wrap on some terminals. */
		size_t width = columns > 1 && length > columns - 1 ? columns - 1 : length;

		fprintf(out, "%.*s" CLEAR_LINE "\n", (int)width, text);
		text += length + 1;
	}
	if (shown < lines)
		fprintf(out, "... %u more lines" CLEAR_LINE "\n", lines - shown);
	fputs(CLEAR_BELOW, out);
}
