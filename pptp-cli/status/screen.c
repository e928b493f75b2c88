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

/* A full line would wrap on some terminals. */
static void print_line(FILE *out, const char *text, size_t length, unsigned int columns)
{
	const size_t most = columns > 1 ? columns - 1 : 0;

	fprintf(out, "%.*s" CLEAR_LINE "\n", (int)(length < most ? length : most), text);
}

void screen_print(FILE *out, const char *text, unsigned int rows, unsigned int columns)
{
	unsigned int lines = count_lines(text), shown = lines;
	char more[40];

	/* The cursor's line, and the one that says how many are left out. */
	if (lines + 1 > rows)
		shown = rows > 2 ? rows - 2 : 0;
	fputs(HOME, out);
	for (unsigned int i = 0; i < shown; i++) {
		size_t length = strcspn(text, "\n");
		print_line(out, text, length, columns);
		text += length + 1;
	}
	if (shown < lines && rows > 1) {
		snprintf(more, sizeof(more), "... %u more lines", lines - shown);
		print_line(out, more, strlen(more), columns);
	}
	fputs(CLEAR_BELOW, out);
}
