/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_WIRE_H
#define PPTP_CORE_WIRE_H

/* Big-endian cursors: each returns the address after the octets it read or wrote. */

#include <stdint.h>
#include <string.h>

static inline const uint8_t *get_u8(uint8_t *vp, const uint8_t *p)
{
	*vp = p[0];
	return p + 1;
}

static inline const uint8_t *get_u16(uint16_t *vp, const uint8_t *p)
{
	*vp = (uint16_t)(p[0] << 8 | p[1]);
	return p + 2;
}

static inline const uint8_t *get_u32(uint32_t *vp, const uint8_t *p)
{
	*vp = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	return p + 4;
}

static inline uint8_t *put_u8(uint8_t *p, uint8_t v)
{
	p[0] = v;
	return p + 1;
}

static inline uint8_t *put_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static inline uint8_t *put_u32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
	return p + 4;
}

#endif
