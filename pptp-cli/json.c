/* SPDX-License-Identifier: MIT */
/*
 * The few kinds of JSON that the command prints. Called by diagnose/report.c, status/object.c and
 * status/tunnels_json.c.
 */
#include "json.h"

#include <inttypes.h>

static void begin_value(struct json *json, const char *name)
{
	if (json->follows)
		fputs(", ", json->out);
	json->follows = true;
	if (name)
		fprintf(json->out, "\"%s\": ", name);
}

void json_begin(struct json *json, const char *name, char bracket)
{
	begin_value(json, name);
	fputc(bracket, json->out);
	json->follows = false;
}

void json_end(struct json *json, char bracket)
{
	fputc(bracket, json->out);
	json->follows = true;
}

void json_string(struct json *json, const char *name, const char *value)
{
	begin_value(json, name);
	fputc('"', json->out);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fprintf(json->out, "\\%c", *value);
		else if (*value == '\n')
			fputs("\\n", json->out);
		else
			fputc(*value < ' ' || *value > '~' ? '?' : *value, json->out);
	}
	fputc('"', json->out);
}

void json_unsigned(struct json *json, const char *name, uint64_t value)
{
	begin_value(json, name);
	fprintf(json->out, "%" PRIu64, value);
}

void json_thousandths(struct json *json, const char *name, uint64_t value)
{
	begin_value(json, name);
	fprintf(json->out, "%" PRIu64 ".%03u", value / 1000, (unsigned int)(value % 1000));
}

void json_boolean(struct json *json, const char *name, bool value)
{
	begin_value(json, name);
	fputs(value ? "true" : "false", json->out);
}
