/* SPDX-License-Identifier: MIT */
/*
 * One line of text for a control message, from the same table of fields as the codec (msg.c): for
 * logs, tests and tools. It prints values and does not judge them; characters of the peer that are
 * not printable ASCII become '?'. Called by session/control.c, which logs every message, and by
 * examples.
 */
#include <pptp/proto/msg.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "msg_layout.h"

struct printer {
	char *buf;
	size_t size;
	size_t len; /* of the whole text, also of what did not fit */
};

__attribute__((format(printf, 2, 3))) static void print(struct printer *out, const char *fmt, ...)
{
	size_t room = out->len < out->size ? out->size - out->len : 0;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(room ? out->buf + out->len : NULL, room, fmt, args);
	va_end(args);
	if (n > 0)
		out->len += (size_t)n;
}

void pptp_text_make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static void print_string(struct printer *out, const char *member, size_t size)
{
	char text[PPTP_CALLSTATS_MAX + 1];
	size_t len = strnlen(member, size - 1);

	memcpy(text, member, len);
	text[len] = '\0';
	pptp_text_make_printable(text);
	print(out, "\"%s\"", text);
}

static void print_bits(struct printer *out, uint32_t value, const char *bit0, const char *bit1)
{
	switch (value) {
	case 0:
		print(out, "0 (none)");
		break;
	case 1:
		print(out, "1 (%s)", bit0);
		break;
	case 2:
		print(out, "2 (%s)", bit1);
		break;
	case 3:
		print(out, "3 (%s, %s)", bit0, bit1);
		break;
	default:
		print(out, "0x%x (unknown bits)", (unsigned int)value);
		break;
	}
}

static void print_code(struct printer *out, uint32_t value, const char *words)
{
	print(out, "%u", (unsigned int)value);
	if (words[0])
		print(out, " (%s)", words);
}

static void print_field(struct printer *out, const struct pptp_msg *msg,
			const struct msg_field *field)
{
	uint32_t value;

	print(out, "%s ", field->name);
	if (field->style == PPTP_FIELD_STRING) {
		print_string(out, (const char *)msg + field->member, field->size);
		return;
	}
	value = pptp_msg_field_value(msg, field);
	switch (field->style) {
	case PPTP_FIELD_DECIMAL:
	case PPTP_FIELD_STRING:
		print(out, "%u", (unsigned int)value);
		break;
	case PPTP_FIELD_HEX:
		print(out, "0x%0*x", field->size * 2, (unsigned int)value);
		break;
	case PPTP_FIELD_VERSION:
		print(out, "%u.%u", (unsigned int)value >> 8, (unsigned int)value & 0xff);
		break;
	case PPTP_FIELD_FRAMING:
		print_bits(out, value, "async", "sync");
		break;
	case PPTP_FIELD_BEARER:
		print_bits(out, value, "analog", "digital");
		break;
	case PPTP_FIELD_CODE:
		print_code(out, value, field->text(value));
		break;
	}
}

int pptp_msg_print(const struct pptp_msg *msg, char *buf, size_t size)
{
	const struct msg_layout *layout = pptp_msg_layout(msg->type);
	struct printer out = { .buf = buf, .size = size };

	if (!layout) {
		print(&out, "%s %u", pptp_msg_name(msg->type), (unsigned int)msg->type);
		return (int)out.len;
	}
	print(&out, "%s: ", layout->name);
	for (size_t i = 0; i < layout->count; i++) {
		if (i)
			print(&out, ", ");
		print_field(&out, msg, &layout->fields[i]);
	}
	return (int)out.len;
}
