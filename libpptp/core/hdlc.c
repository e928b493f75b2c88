/* SPDX-License-Identifier: MIT */
/*
 * Octet-stuffed HDLC framing of PPP (RFC 1662, 4): frames to octets, and octets, split anywhere,
 * back to frames, decoded in place. It does not interpret the frames and reads or writes no
 * descriptor. Chooses the fastest way to escape that the processor supports (hdlc_variants.h).
 * Called by session/link_async.c.
 */
#include <pptp/proto/hdlc.h>

#include <string.h>

#include "hdlc_variants.h"

#define FCS_LEN 2
/* With its FCS. */
#define FRAME_MIN (1 + FCS_LEN)
#define FRAME_MAX (PPTP_FRAME_MAX + FCS_LEN)

static hdlc_escape_fn *choose_escape(void)
{
#ifdef HDLC_SHUFFLE
	if (pptp_hdlc_has_shuffle())
		return pptp_hdlc_escape_shuffle;
#endif
	return pptp_hdlc_escape_bytes;
}

static hdlc_unescape_fn *choose_unescape(void)
{
#ifdef HDLC_SHUFFLE
	if (pptp_hdlc_has_shuffle())
		return pptp_hdlc_unescape_shuffle;
#endif
	return pptp_hdlc_unescape_bytes;
}

/* Octets that `len` octets become. */
static size_t escaped_len(const uint8_t *data, size_t len, uint32_t accm)
{
	size_t total = len;

	for (size_t i = 0; i < len; i++) {
		if (data[i] == HDLC_FLAG || data[i] == HDLC_ESCAPE ||
		    (data[i] < 32 && accm >> data[i] & 1))
			total++;
	}
	return total;
}

int pptp_hdlc_encode(const uint8_t *frame, size_t len, uint32_t accm, uint8_t *out, size_t size)
{
	hdlc_escape_fn *escape = choose_escape();
	uint8_t tail[FCS_LEN];
	uint8_t *p = out;
	uint16_t fcs;

	if (len > PPTP_FRAME_MAX)
		return PPTP_ERR_OVERSIZE;
	fcs = (uint16_t)~pptp_fcs16(PPTP_FCS16_INIT, frame, len);
	tail[0] = (uint8_t)fcs;
	tail[1] = (uint8_t)(fcs >> 8);
	if (size < PPTP_HDLC_ENCODED_MAX(len)) {
		if (size < escaped_len(frame, len, accm) + escaped_len(tail, FCS_LEN, accm) + 2)
			return PPTP_ERR_SPACE;
		escape = pptp_hdlc_escape_bytes;
	}
	*p++ = HDLC_FLAG;
	p += escape(frame, len, accm, p);
	p += pptp_hdlc_escape_bytes(tail, FCS_LEN, accm, p);
	*p++ = HDLC_FLAG;
	return (int)(p - out);
}

void pptp_hdlc_decoder_init(struct pptp_hdlc_decoder *dec, uint8_t *buf, size_t size)
{
	*dec = (struct pptp_hdlc_decoder){ .buf = buf, .size = size };
}

uint8_t *pptp_hdlc_decoder_space(struct pptp_hdlc_decoder *dec, size_t *sizep)
{
	size_t partial = dec->write - dec->start;
	size_t unread = dec->end - dec->read;

	if (dec->start)
		memmove(dec->buf, dec->buf + dec->start, partial);
	dec->start = 0;
	dec->write = partial;
	if (unread && dec->read != partial)
		memmove(dec->buf + partial, dec->buf + dec->read, unread);
	dec->read = partial;
	dec->end = partial + unread;
	if (dec->end == dec->size) {
		/* The caller never asked for frames. */
		dec->stats.oversize++;
		dec->skipping = true;
		dec->write = dec->read = dec->end = 0;
	}
	*sizep = dec->size - dec->end;
	return dec->buf + dec->end;
}

void pptp_hdlc_decoder_fill(struct pptp_hdlc_decoder *dec, size_t len)
{
	dec->end += len;
}

/* A flag ends the present frame. Returns whether that frame is valid. */
static bool end_frame(struct pptp_hdlc_decoder *dec, struct pptp_frame *framep)
{
	uint8_t *frame = dec->buf + dec->start;
	size_t len = dec->write - dec->start;
	bool skipped = dec->skipping, aborted = dec->escaped;

	dec->start = dec->write = dec->read;
	dec->skipping = dec->escaped = false;
	if (skipped)
		return false;
	if (aborted) {
		dec->stats.aborted++;
		return false;
	}
	if (!len)
		return false;
	if (len < FRAME_MIN || pptp_fcs16(PPTP_FCS16_INIT, frame, len) != PPTP_FCS16_GOOD) {
		dec->stats.bad_fcs++;
		return false;
	}
	dec->stats.frames++;
	*framep = (struct pptp_frame){ frame, len - FCS_LEN };
	return true;
}

bool pptp_hdlc_decoder_next(struct pptp_hdlc_decoder *dec, struct pptp_frame *framep)
{
	hdlc_unescape_fn *unescape = choose_unescape();

	while (dec->read < dec->end) {
		size_t used;
		size_t written = unescape(dec->buf + dec->read, dec->end - dec->read,
					  dec->buf + dec->write, &dec->escaped, &used);

		dec->read += used;
		if (!dec->skipping)
			dec->write += written;
		if (dec->write - dec->start > FRAME_MAX) {
			dec->stats.oversize++;
			dec->skipping = true;
			dec->write = dec->start;
		}
		if (dec->read == dec->end)
			return false;
		dec->read++;
		if (end_frame(dec, framep))
			return true;
	}
	return false;
}
