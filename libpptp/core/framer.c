/* SPDX-License-Identifier: MIT */
/*
 * Cuts the octets of a TCP connection, split anywhere, into whole control messages (RFC 2637, 1.4).
 * Checks cookie and length only; the fields are decoded by msg.c, and what a message means is
 * decided in ctrl.c. A wrong cookie or length means lost synchronisation and is final. Called by
 * ctrl.c.
 */
#include "framer.h"

#include "wire.h"

/* Length, PPTP Message Type and Magic Cookie: the header of every message (RFC 2637, 1.4). */
#define FIXED_HEADER_SIZE 8
#define CONTROL_MESSAGE   1

static void fill(struct framer *framer, size_t upto, const uint8_t **datap, size_t *lenp)
{
	size_t n = upto - framer->have;

	if (n > *lenp)
		n = *lenp;
	if (n == 0)
		return;
	memcpy(framer->buf + framer->have, *datap, n);
	framer->have += n;
	*datap += n;
	*lenp -= n;
}

/* The cookie and bounds of the length, as soon as the first 8 octets are there. */
static int check_fixed_header(struct framer *framer)
{
	const uint8_t *p = framer->buf;
	uint16_t length;
	uint32_t magic;

	p = get_u16(&length, p);
	p = get_u16(&framer->kind, p);
	get_u32(&magic, p);
	if (magic != PPTP_MAGIC)
		return PPTP_ERR_MAGIC;
	if (length < PPTP_MSG_HEADER_SIZE || length > FRAMER_SKIP_MAX)
		return PPTP_ERR_LENGTH;
	return 0;
}

/* Check the length against the type; unknown messages are skipped. */
static int check_header(struct framer *framer)
{
	uint16_t length;
	size_t size;

	get_u16(&length, framer->buf);
	get_u16(&framer->type, framer->buf + FIXED_HEADER_SIZE);
	size = framer->kind == CONTROL_MESSAGE ? pptp_msg_size(framer->type) : 0;
	if (size && length != size)
		return PPTP_ERR_LENGTH;
	framer->length = length;
	framer->unknown = !size;
	framer->skip = length - framer->have;
	return 0;
}

static int pass_over(struct framer *framer, const uint8_t **datap, size_t *lenp)
{
	size_t n = framer->skip < *lenp ? framer->skip : *lenp;

	*datap += n;
	*lenp -= n;
	framer->skip -= n;
	if (framer->skip)
		return FRAMER_MORE;
	framer->have = 0;
	framer->length = 0;
	return FRAMER_SKIPPED;
}

/* Take octets of the header; 0 while it is incomplete, or if it is valid. */
static int take_header(struct framer *framer, const uint8_t **datap, size_t *lenp)
{
	int err;

	if (framer->have < FIXED_HEADER_SIZE) {
		fill(framer, FIXED_HEADER_SIZE, datap, lenp);
		if (framer->have < FIXED_HEADER_SIZE)
			return 0;
		err = check_fixed_header(framer);
		if (err < 0)
			return err;
	}
	fill(framer, PPTP_MSG_HEADER_SIZE, datap, lenp);
	if (framer->have < PPTP_MSG_HEADER_SIZE)
		return 0;
	return check_header(framer);
}

int pptp_framer_next(struct framer *framer, const uint8_t **datap, size_t *lenp,
		     struct pptp_msg *msg)
{
	int err;

	if (framer->error)
		return framer->error;
	if (!framer->length) {
		err = take_header(framer, datap, lenp);
		if (err < 0) {
			framer->error = err;
			return err;
		}
		if (!framer->length)
			return FRAMER_MORE;
	}
	if (framer->unknown)
		return pass_over(framer, datap, lenp);
	fill(framer, framer->length, datap, lenp);
	if (framer->have < framer->length)
		return FRAMER_MORE;
	framer->error = pptp_msg_decode(msg, framer->buf, framer->length);
	framer->have = 0;
	framer->length = 0;
	return framer->error < 0 ? framer->error : FRAMER_MESSAGE;
}

bool pptp_framer_is_partial(const struct framer *framer)
{
	return framer->have > 0;
}
