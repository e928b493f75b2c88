/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_PRINTABLE_H
#define PPTP_CLI_PRINTABLE_H

/*
 * Text of others for a log or a terminal, where a line feed forges a line and ESC moves the cursor: what
 * is not printable ASCII becomes '?'. Also octets above, which may be control characters too (U+009B).
 */
static inline void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

#endif
