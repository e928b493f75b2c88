/* SPDX-License-Identifier: MIT */
#include "frames.h"

#include <stdlib.h>
#include <string.h>

#define FLAG   0x7E
#define ESCAPE 0x7D

#define FCS_INIT 0xFFFF
#define FCS_GOOD 0xF0B8

uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void put_u32(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)(value >> 24);
	p[1] = (uint8_t)(value >> 16);
	p[2] = (uint8_t)(value >> 8);
	p[3] = (uint8_t)value;
}

void put_u16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static uint16_t fcs16(const uint8_t *data, size_t len)
{
	static uint16_t table[256];
	uint16_t fcs = FCS_INIT;

	if (!table[1])
		for (unsigned int i = 0; i < 256; i++) {
			unsigned int v = i;

			for (int bit = 0; bit < 8; bit++)
				v = v & 1 ? v >> 1 ^ 0x8408U : v >> 1;
			table[i] = (uint16_t)v;
		}
	while (len--)
		fcs = (uint16_t)(fcs >> 8 ^ table[(fcs ^ *data++) & 0xFF]);
	return fcs;
}

static size_t escape(uint8_t *out, uint8_t octet)
{
	if (octet >= 0x20 && octet != ESCAPE && octet != FLAG) {
		*out = octet;
		return 1;
	}
	out[0] = ESCAPE;
	out[1] = octet ^ 0x20;
	return 2;
}

size_t frame_encode(const uint8_t *frame, size_t len, uint8_t *out)
{
	unsigned int fcs = fcs16(frame, len) ^ 0xFFFFU;
	size_t n = 0;

	out[n++] = FLAG;
	for (size_t i = 0; i < len; i++)
		n += escape(out + n, frame[i]);
	n += escape(out + n, (uint8_t)fcs);
	n += escape(out + n, (uint8_t)(fcs >> 8));
	out[n++] = FLAG;
	return n;
}

size_t frame_unescape(const uint8_t *in, size_t len, uint8_t *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < size; i++) {
		if (in[i] == ESCAPE && i + 1 < len)
			out[n++] = in[++i] ^ 0x20;
		else
			out[n++] = in[i];
	}
	return n;
}

bool frame_fcs_good(const uint8_t *frame, size_t len)
{
	return len > 2 && fcs16(frame, len) == FCS_GOOD;
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void fill_frame(uint8_t *frame, size_t size, uint32_t number, uint64_t *state)
{
	static const uint8_t head[] = { 0xFF, 0x03, 0x00, 0x21 };

	memcpy(frame, head, sizeof(head));
	put_u32(frame + FRAME_NUMBER_AT, number);
	for (size_t i = FRAME_HEAD; i < size; i++)
		frame[i] = (uint8_t)(next_random(state) >> 32);
}

bool pool_new(struct pool *pool, size_t size)
{
	uint64_t state = UINT64_C(0x9E3779B97F4A7C15) + size;
	size_t at = 0;

	pool->size = size;
	pool->raw = malloc(POOL_FRAMES * size);
	pool->encoded = malloc(POOL_FRAMES * (2 * (size + 2) + 2));
	if (!pool->raw || !pool->encoded) {
		pool_free(pool);
		return false;
	}
	for (uint32_t i = 0; i < POOL_FRAMES; i++) {
		fill_frame(pool->raw + i * size, size, i, &state);
		pool->offset[i] = at;
		at += frame_encode(pool->raw + i * size, size, pool->encoded + at);
	}
	pool->offset[POOL_FRAMES] = at;
	return true;
}

void pool_free(struct pool *pool)
{
	free(pool->raw);
	free(pool->encoded);
	pool->raw = pool->encoded = NULL;
}

static const uint8_t hello_head[] = { 0xFF, 0x03, 0xC0, 0x21 };

void hello_make(uint8_t *frame, uint32_t number)
{
	memset(frame, 0x55, HELLO_SIZE);
	memcpy(frame, hello_head, sizeof(hello_head));
	put_u32(frame + FRAME_NUMBER_AT, number);
}

bool hello_is(const uint8_t *frame, size_t len, uint32_t *numberp)
{
	if (len < HELLO_SIZE || memcmp(frame, hello_head, sizeof(hello_head)) != 0)
		return false;
	*numberp = get_u32(frame + FRAME_NUMBER_AT);
	return true;
}

uint8_t *splitter_space(struct splitter *s, size_t *sizep)
{
	if (s->start > 0) {
		memmove(s->buf, s->buf + s->start, s->end - s->start);
		s->end -= s->start;
		s->next -= s->start;
		s->start = 0;
	}
	/* No flag in a whole buffer: not a frame of ours. */
	if (s->end == sizeof(s->buf))
		s->end = s->next = 0;
	*sizep = sizeof(s->buf) - s->end;
	return s->buf + s->end;
}

void splitter_fill(struct splitter *s, size_t len)
{
	s->end += len;
}

bool splitter_next(struct splitter *s, const uint8_t **framep, size_t *lenp)
{
	while (s->next < s->end) {
		uint8_t *flag = memchr(s->buf + s->next, FLAG, s->end - s->next);
		size_t at, start = s->start;

		if (!flag) {
			s->next = s->end;
			return false;
		}
		at = (size_t)(flag - s->buf);
		s->start = s->next = at + 1;
		if (at == start)
			continue;
		*framep = s->buf + start;
		*lenp = at - start;
		return true;
	}
	return false;
}
