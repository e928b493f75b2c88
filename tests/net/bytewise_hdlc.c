/* SPDX-License-Identifier: MIT */
#include "bytewise_hdlc.h"

enum {
	FLAG = 0x7e,
	ESCAPE = 0x7d,
	FCS_GOOD = 0xf0b8,
};

static uint16_t fcs_add(uint16_t fcs, uint8_t byte)
{
	int bit;

	for (bit = 0; bit < 8; bit++) {
		int low = (fcs ^ (byte >> bit)) & 1;

		fcs >>= 1;
		if (low)
			fcs ^= 0x8408;
	}
	return fcs;
}

static size_t frame_end(struct hdlc_decoder *dec)
{
	size_t length = dec->length;
	int whole = !dec->escaped && !dec->overflow;
	uint16_t fcs = 0xffff;
	size_t i;

	dec->length = 0;
	dec->escaped = 0;
	dec->overflow = 0;
	if (length == 0)
		return 0;
	if (!whole || length < 3) {
		dec->aborted++;
		return 0;
	}
	for (i = 0; i < length; i++)
		fcs = fcs_add(fcs, dec->frame[i]);
	if (fcs != FCS_GOOD) {
		dec->bad_fcs++;
		return 0;
	}
	dec->good++;
	return length - 2;
}

size_t hdlc_feed(struct hdlc_decoder *dec, uint8_t byte)
{
	if (byte == FLAG)
		return frame_end(dec);
	if (byte == ESCAPE) {
		dec->escaped = 1;
		return 0;
	}
	if (dec->escaped) {
		byte ^= 0x20;
		dec->escaped = 0;
	}
	if (dec->length == sizeof(dec->frame)) {
		dec->overflow = 1;
		return 0;
	}
	dec->frame[dec->length++] = byte;
	return 0;
}

static size_t put_escaped(uint8_t *out, uint8_t byte, uint32_t accm)
{
	int control = byte < 0x20 && ((accm >> byte) & 1);

	if (byte != FLAG && byte != ESCAPE && !control) {
		out[0] = byte;
		return 1;
	}
	out[0] = ESCAPE;
	out[1] = byte ^ 0x20;
	return 2;
}

size_t hdlc_encode(uint8_t *out, const uint8_t *frame, size_t length, uint32_t accm, int spoil)
{
	uint16_t fcs = 0xffff;
	size_t n = 0;
	size_t i;

	out[n++] = FLAG;
	for (i = 0; i < length; i++) {
		fcs = fcs_add(fcs, frame[i]);
		n += put_escaped(out + n, frame[i], accm);
	}
	fcs ^= 0xffff;
	if (spoil)
		fcs ^= 0x5555;
	n += put_escaped(out + n, fcs & 0xff, accm);
	n += put_escaped(out + n, fcs >> 8, accm);
	out[n++] = FLAG;
	return n;
}
