/* SPDX-License-Identifier: MIT */
/*
 * Splits the octets of a synchronous pty, which keeps no frame boundaries, by the lengths that PPP
 * packets carry. A frame without a length (MPPE, compressed) is taken to reach to the end of the
 * chunk; there is no checksum that would show a wrong split. Called by session/link_sync.c.
 */
#include "sync.h"

#include "wire.h"

/* Protocol numbers of PPP, as IANA lists them. */
#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057
#define PPP_COMP 0x00FD
#define PPP_LCP  0xC021
#define PPP_PAP  0xC023
#define PPP_SPAP 0xC027
#define PPP_BACP 0xC02B
#define PPP_BAP  0xC02D
#define PPP_CHAP 0xC223
#define PPP_EAP  0xC227

#define CONTROL_HEADER 4
#define IPV4_HEADER    20
#define IPV6_HEADER    40

/* Code, identifier, length: all network control protocols, and those of the link. */
static bool is_control(uint16_t protocol)
{
	switch (protocol) {
	case PPP_LCP:
	case PPP_PAP:
	case PPP_SPAP:
	case PPP_BACP:
	case PPP_BAP:
	case PPP_CHAP:
	case PPP_EAP:
		return true;
	default:
		return protocol >= 0x8000 && protocol <= 0xBFFF;
	}
}

/* Skip address and control, if they are there, and read the protocol, in one octet or two. */
static const uint8_t *get_protocol(uint16_t *protocolp, const uint8_t *p, const uint8_t *end)
{
	if (end - p >= 2 && p[0] == 0xFF && p[1] == 0x03)
		p += 2;
	if (p == end)
		return NULL;
	if (*p & 1) {
		*protocolp = *p;
		return p + 1;
	}
	if (end - p < 2 || !(p[1] & 1))
		return NULL;
	return get_u16(protocolp, p);
}

/* The length field of the packet; 0 without one, or when it cannot be right. */
static size_t packet_len(uint16_t protocol, const uint8_t *p, size_t len)
{
	uint16_t field;
	size_t min;

	if (protocol == PPP_IPV6) {
		if (len < IPV6_HEADER || p[0] >> 4 != 6)
			return 0;
		get_u16(&field, p + 4);
		return (size_t)IPV6_HEADER + field;
	}
	if (protocol == PPP_IPV4) {
		min = IPV4_HEADER;
		if (len < min || p[0] >> 4 != 4)
			return 0;
	} else if (is_control(protocol)) {
		min = CONTROL_HEADER;
		if (len < min)
			return 0;
	} else {
		return 0;
	}
	get_u16(&field, p + 2);
	return field < min ? 0 : field;
}

void pptp_sync_splitter_start(struct sync_splitter *splitter, uint8_t *data, size_t len)
{
	*splitter = (struct sync_splitter){ .data = data, .len = len };
}

/* Octets of the chunk that belong to the first frame. */
static size_t frame_len(struct sync_splitter *splitter)
{
	uint16_t protocol;
	const uint8_t *p = get_protocol(&protocol, splitter->data, splitter->data + splitter->len);
	size_t header, packet;

	if (!p)
		return splitter->len;
	splitter->saw_mppe |= protocol == PPP_COMP;
	header = (size_t)(p - splitter->data);
	packet = packet_len(protocol, p, splitter->len - header);
	if (!packet || packet > splitter->len - header)
		return splitter->len;
	return header + packet;
}

bool pptp_sync_splitter_next(struct sync_splitter *splitter, struct pptp_frame *framep)
{
	size_t len;

	if (!splitter->len)
		return false;
	len = frame_len(splitter);
	*framep = (struct pptp_frame){ splitter->data, len };
	splitter->data += len;
	splitter->len -= len;
	return true;
}
