/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_JSON_H
#define PPTP_CLI_JSON_H

/*
 * Writes JSON (RFC 8259) as it goes. Names are given by the program and not escaped; outside of an object
 * the name is NULL. Octets of a string that are not printable ASCII become '?', as in log lines.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	bool follows; /* a comma comes before the next value */
};

void json_begin(struct json *json, const char *name, char bracket); /* '{' or '[' */
void json_end(struct json *json, char bracket);                     /* '}' or ']' */
void json_string(struct json *json, const char *name, const char *value);
void json_unsigned(struct json *json, const char *name, uint64_t value);
/* With three decimals. */
void json_thousandths(struct json *json, const char *name, uint64_t value);
void json_boolean(struct json *json, const char *name, bool value);

#endif
