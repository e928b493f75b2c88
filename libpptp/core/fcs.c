/* SPDX-License-Identifier: MIT */
/*
 * The frame check sequence of PPP (FCS-16, RFC 1662, C.2) by tables, eight octets a step, and the
 * choice between that and carry-less multiplication (fcs_clmul.c), by length and processor. It does
 * not frame or check frames; hdlc.c does and calls it for each frame in both directions.
 */
#include <pptp/proto/hdlc.h>

#include "fcs_variants.h"

/*
 * Slicing by 8: table k is what an octet becomes k octets later. The FCS is linear, so an entry is
 * the sum of those of its bits, and the compiler makes the tables out of eight numbers each.
 */
#define BIT(i, n, v) ((i) >> (n)&1 ? (v) : 0)
#define ENTRY(i, a, b, c, d, e, f, g, h)                                                           \
	BIT(i, 0, a) ^ BIT(i, 1, b) ^ BIT(i, 2, c) ^ BIT(i, 3, d) ^ BIT(i, 4, e) ^ BIT(i, 5, f) ^  \
		BIT(i, 6, g) ^ BIT(i, 7, h)
#define ENTRIES_4(i, ...)                                                                          \
	ENTRY(i, __VA_ARGS__), ENTRY(i + 1, __VA_ARGS__), ENTRY(i + 2, __VA_ARGS__),               \
		ENTRY(i + 3, __VA_ARGS__)
#define ENTRIES_16(i, ...)                                                                         \
	ENTRIES_4(i, __VA_ARGS__), ENTRIES_4(i + 4, __VA_ARGS__), ENTRIES_4(i + 8, __VA_ARGS__),   \
		ENTRIES_4(i + 12, __VA_ARGS__)
#define ENTRIES_64(i, ...)                                                                         \
	ENTRIES_16(i, __VA_ARGS__), ENTRIES_16(i + 16, __VA_ARGS__),                               \
		ENTRIES_16(i + 32, __VA_ARGS__), ENTRIES_16(i + 48, __VA_ARGS__)
#define TABLE(...)                                                                                 \
	{                                                                                          \
		ENTRIES_64(0, __VA_ARGS__), ENTRIES_64(64, __VA_ARGS__),                           \
			ENTRIES_64(128, __VA_ARGS__), ENTRIES_64(192, __VA_ARGS__)                 \
	}

static const uint16_t tables[8][256] = {
	TABLE(0x1189, 0x2312, 0x4624, 0x8C48, 0x1081, 0x2102, 0x4204, 0x8408),
	TABLE(0x19D8, 0x33B0, 0x6760, 0xCEC0, 0x9591, 0x2333, 0x4666, 0x8CCC),
	TABLE(0x5ADC, 0xB5B8, 0x6361, 0xC6C2, 0x8595, 0x033B, 0x0676, 0x0CEC),
	TABLE(0x1CBB, 0x3976, 0x72EC, 0xE5D8, 0xC3A1, 0x8F53, 0x16B7, 0x2D6E),
	TABLE(0x0B44, 0x1688, 0x2D10, 0x5A20, 0xB440, 0x6091, 0xC122, 0x8A55),
	TABLE(0x042B, 0x0856, 0x10AC, 0x2158, 0x42B0, 0x8560, 0x02D1, 0x05A2),
	TABLE(0x9FD5, 0x37BB, 0x6F76, 0xDEEC, 0xB5C9, 0x6383, 0xC706, 0x861D),
	TABLE(0x81BF, 0x0B6F, 0x16DE, 0x2DBC, 0x5B78, 0xB6F0, 0x65F1, 0xCBE2),
};

uint16_t pptp_fcs16_sliced(uint16_t fcs, const uint8_t *data, size_t len)
{
	for (; len >= 8; data += 8, len -= 8) {
		fcs = tables[7][data[0] ^ (fcs & 0xFF)] ^ tables[6][data[1] ^ (fcs >> 8)] ^
		      tables[5][data[2]] ^ tables[4][data[3]] ^ tables[3][data[4]] ^
		      tables[2][data[5]] ^ tables[1][data[6]] ^ tables[0][data[7]];
	}
	for (; len; data++, len--)
		fcs = (uint16_t)(fcs >> 8 ^ tables[0][(fcs ^ *data) & 0xFF]);
	return fcs;
}

uint16_t pptp_fcs16(uint16_t fcs, const uint8_t *data, size_t len)
{
#ifdef FCS_CLMUL
	if (len >= FCS_CLMUL_MIN && pptp_fcs16_has_clmul())
		return pptp_fcs16_clmul(fcs, data, len);
#endif
	return pptp_fcs16_sliced(fcs, data, len);
}
