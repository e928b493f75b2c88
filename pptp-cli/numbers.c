/* SPDX-License-Identifier: MIT */
/*
 * Reading numbers of the command line: whole, hexadecimal, and seconds with a fraction, within
 * bounds and independent of the locale. No number is accepted in part, and none with a sign or
 * blanks. The bounds belong to the options; option_table.c and pptpsetup's checks.c call this with them.
 */
#include "numbers.h"

#include <stddef.h>
#include <string.h>

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 16;
}

static bool number_base(const char *text, unsigned int base, uint64_t max, uint64_t *valuep)
{
	uint64_t value = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned int digit = (unsigned int)digit_value(*text);

		if (digit >= base || digit > max || value > (max - digit) / base)
			return false;
		value = value * base + digit;
	}
	*valuep = value;
	return true;
}

bool number_decimal(const char *text, uint64_t max, uint64_t *valuep)
{
	return number_base(text, 10, max, valuep);
}

bool number_decimal_or_hex(const char *text, uint64_t max, uint64_t *valuep)
{
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return number_base(text + 2, 16, max, valuep);
	return number_base(text, 10, max, valuep);
}

bool number_seconds(const char *text, uint64_t max_us, uint64_t *usp)
{
	size_t whole = strspn(text, "0123456789");
	size_t fraction = 0;
	uint64_t us = 0;
	uint64_t scale = 100000;
	bool beyond = false;
	size_t i;

	if (text[whole] == '.')
		fraction = strspn(text + whole + 1, "0123456789");
	if (text[whole + (text[whole] == '.') + fraction] || whole + fraction == 0)
		return false;
	for (i = 0; i < whole; i++) {
		us = us * 10 + (uint64_t)(text[i] - '0') * 1000000;
		if (us > max_us)
			return false;
	}
	for (i = 0; i < fraction; i++, scale /= 10) {
		uint64_t digit = (uint64_t)(text[whole + 1 + i] - '0');

		us += digit * scale;
		beyond = beyond || (scale == 0 && digit != 0);
	}
	if (us > max_us || (us == max_us && beyond))
		return false;
	*usp = us;
	return true;
}
