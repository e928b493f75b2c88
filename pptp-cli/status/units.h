/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_UNITS_H
#define PPTP_CLI_STATUS_UNITS_H

#include <stdint.h>

/* Numbers for people: "3d 4h", "1.2 MiB", "0.13 %", "845k". */

#define UNIT_TEXT_MAX 32

void unit_duration(char text[UNIT_TEXT_MAX], uint64_t ms);
void unit_octets(char text[UNIT_TEXT_MAX], uint64_t octets);
/* "-" of nothing. */
void unit_percent(char text[UNIT_TEXT_MAX], double part, double whole);
void unit_milliseconds(char text[UNIT_TEXT_MAX], uint64_t us);
/* Of something each second. */
void unit_rate(char text[UNIT_TEXT_MAX], double rate);

#endif
