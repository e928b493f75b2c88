/* SPDX-License-Identifier: MIT */
/*
 * The enhanced GRE header (RFC 2637, 4.1): encode and decode, with every field checked. No state:
 * sequence and acknowledgment numbers are chosen and interpreted in tunnel.c. Called by tunnel.c,
 * by session/sender.c for --test-type, and by tests and tools.
 */
#include <pptp/proto/gre.h>

#include "wire.h"

/* Octet 0: C R K S s Recur; octet 1: A Flags Ver. */
#define GRE_KEY     0x20
#define GRE_SEQ     0x10
#define GRE_ACK     0x80
#define GRE_VERSION 0x01

size_t pptp_gre_encode(const struct pptp_gre *gre, uint8_t *buf)
{
	uint8_t *p = buf;

	p = put_u8(p, GRE_KEY | (gre->has_seq ? GRE_SEQ : 0));
	p = put_u8(p, GRE_VERSION | (gre->has_ack ? GRE_ACK : 0));
	p = put_u16(p, PPTP_GRE_PROTOCOL);
	p = put_u16(p, gre->payload_len);
	p = put_u16(p, gre->call_id);
	if (gre->has_seq)
		p = put_u32(p, gre->seq);
	if (gre->has_ack)
		p = put_u32(p, gre->ack);
	return (size_t)(p - buf);
}

int pptp_gre_decode(struct pptp_gre *gre, const uint8_t *buf, size_t len)
{
	struct pptp_gre g = { 0 };
	const uint8_t *p = buf;
	uint8_t key_seq, ack_version;
	uint16_t protocol;
	size_t header = PPTP_GRE_HEADER_MIN;

	if (len < header)
		return PPTP_ERR_TRUNCATED;
	p = get_u8(&key_seq, p);
	p = get_u8(&ack_version, p);
	p = get_u16(&protocol, p);
	p = get_u16(&g.payload_len, p);
	p = get_u16(&g.call_id, p);
	if ((key_seq & ~GRE_SEQ) != GRE_KEY || (ack_version & ~GRE_ACK) != GRE_VERSION ||
	    protocol != PPTP_GRE_PROTOCOL)
		return PPTP_ERR_FLAGS;
	g.has_seq = key_seq & GRE_SEQ;
	g.has_ack = ack_version & GRE_ACK;
	if (g.payload_len && !g.has_seq)
		return PPTP_ERR_FLAGS;
	header += (g.has_seq ? 4 : 0) + (g.has_ack ? 4 : 0);
	if (len < header + g.payload_len)
		return PPTP_ERR_TRUNCATED;
	if (g.has_seq)
		p = get_u32(&g.seq, p);
	if (g.has_ack)
		get_u32(&g.ack, p);
	*gre = g;
	return (int)header;
}
