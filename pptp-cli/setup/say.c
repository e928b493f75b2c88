/* SPDX-License-Identifier: MIT */
/* The lines that pptpsetup prints. Called by all files of its folder that print. */
#include "setup/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "printable.h"

/* Two paths and a sentence. */
#define LINE_SIZE 10000

static void __attribute__((format(printf, 3, 0)))
print(FILE *out, const char *before, const char *format, va_list args)
{
	char line[LINE_SIZE];

	vsnprintf(line, sizeof(line), format, args);
	make_printable(line);
	fprintf(out, "%s%s\n", before, line);
}

void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print(stdout, "", format, args);
	va_end(args);
}

int complain(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	print(stderr, "pptpsetup: ", format, args);
	va_end(args);
	return -1;
}

const char *reason(int error)
{
	/* There is one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	return strerror(error);
}
