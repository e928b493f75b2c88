/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_NUMBERS_H
#define PPTP_CLI_NUMBERS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Strict numbers, the same in every locale: nothing but the number, no sign, no blanks.
 * Each returns false and leaves the value unchanged when the text is no number or exceeds max.
 */
bool number_decimal(const char *text, uint64_t max, uint64_t *valuep);
bool number_decimal_or_hex(const char *text, uint64_t max, uint64_t *valuep);

/* Seconds with an optional fraction, "0.3", in microseconds; further digits are checked only. */
bool number_seconds(const char *text, uint64_t max_us, uint64_t *usp);

#endif
