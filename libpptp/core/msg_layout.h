/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_MSG_LAYOUT_H
#define PPTP_CORE_MSG_LAYOUT_H

/* Where every field of every control message is: the codec and the printer read one table. */

#include <pptp/proto/msg.h>

enum field_style {
	PPTP_FIELD_DECIMAL,
	PPTP_FIELD_HEX,
	PPTP_FIELD_VERSION, /* version in the high octet, revision in the low one */
	PPTP_FIELD_FRAMING,
	PPTP_FIELD_BEARER,
	PPTP_FIELD_CODE, /* decimal, and its meaning in words */
	PPTP_FIELD_STRING,
};

struct msg_field {
	const char *name;
	uint8_t offset;  /* on the wire */
	uint8_t size;    /* of the member: 1, 2, 4, or a string with room for its NUL */
	uint16_t member; /* offset in struct pptp_msg */
	enum field_style style;
	const char *(*text)(unsigned int code); /* for PPTP_FIELD_CODE */
};

struct msg_layout {
	const char *name;
	size_t size;
	const struct msg_field *fields;
	size_t count;
};

/* NULL for a type that RFC 2637 does not define. */
const struct msg_layout *pptp_msg_layout(unsigned int type);

/* The value of an integer member. */
uint32_t pptp_msg_field_value(const struct pptp_msg *msg, const struct msg_field *field);

/* Put '?' in place of everything that is not printable ASCII. */
void pptp_text_make_printable(char *text);

#endif
