/* SPDX-License-Identifier: MIT */
/* Numbers as people read them. Called by table.c. */
#include "status/units.h"

#include <inttypes.h>
#include <stdio.h>

#define MINUTE UINT64_C(60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

void unit_duration(char text[UNIT_TEXT_MAX], uint64_t ms)
{
	const uint64_t s = ms / 1000;

	if (s < MINUTE)
		snprintf(text, UNIT_TEXT_MAX, "%" PRIu64 "s", s);
	else if (s < HOUR)
		snprintf(text, UNIT_TEXT_MAX, "%" PRIu64 "m %" PRIu64 "s", s / MINUTE, s % MINUTE);
	else if (s < DAY)
		snprintf(text, UNIT_TEXT_MAX, "%" PRIu64 "h %" PRIu64 "m", s / HOUR,
			 s % HOUR / MINUTE);
	else
		snprintf(text, UNIT_TEXT_MAX, "%" PRIu64 "d %" PRIu64 "h", s / DAY, s % DAY / HOUR);
}

/* The largest unit of which there is one; with a decimal, and no "1024.0" of the unit below. */
static void scale(char text[UNIT_TEXT_MAX], double value, double step, const char *const units[])
{
	unsigned int i = 0;

	while (value >= step - (i ? 0.05 : 0.5) && units[i + 1]) {
		value /= step;
		i++;
	}
	snprintf(text, UNIT_TEXT_MAX, "%.*f%s", i ? 1 : 0, value, units[i]);
}

void unit_octets(char text[UNIT_TEXT_MAX], uint64_t octets)
{
	static const char *const units[] = { " B",   " KiB", " MiB", " GiB",
					     " TiB", " PiB", " EiB", NULL };

	scale(text, (double)octets, 1024, units);
}

void unit_rate(char text[UNIT_TEXT_MAX], double rate)
{
	static const char *const units[] = { "", "k", "M", "G", "T", "P", "E", NULL };

	scale(text, rate, 1000, units);
}

void unit_percent(char text[UNIT_TEXT_MAX], double part, double whole)
{
	if (whole <= 0)
		snprintf(text, UNIT_TEXT_MAX, "-");
	else
		snprintf(text, UNIT_TEXT_MAX, "%.2f %%", 100 * part / whole);
}

void unit_milliseconds(char text[UNIT_TEXT_MAX], uint64_t us)
{
	snprintf(text, UNIT_TEXT_MAX, "%.1f ms", (double)us / 1000);
}
