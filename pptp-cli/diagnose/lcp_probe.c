/* SPDX-License-Identifier: MIT */
/*
 * LCP as far as a diagnosis needs it. Whatever the peer requests is accepted, and it is asked for nothing:
 * so no implementation has a reason to refuse. What follows LCP (authentication) is not answered. Called by
 * diagnose.c.
 */
#include "lcp_probe.h"

#include <string.h>

enum lcp_code {
	CONFIGURE_REQUEST = 1,
	CONFIGURE_ACK = 2,
	CONFIGURE_NAK = 3,
	CONFIGURE_REJECT = 4,
	TERMINATE_REQUEST = 5,
	TERMINATE_ACK = 6,
	ECHO_REQUEST = 9,
	ECHO_REPLY = 10,
};

#define OPTION_MRU   1
#define FRAME_HEADER 4 /* address, control, protocol */
#define LCP_HEADER   4 /* code, identifier, length */
#define MAGIC_SIZE   4 /* ours is 0: none was negotiated */

static const uint8_t frame_header[FRAME_HEADER] = { 0xff, 0x03, 0xc0, 0x21 };

static size_t build(uint8_t *frame, enum lcp_code code, uint8_t identifier, const uint8_t *data,
		    size_t len)
{
	memcpy(frame, frame_header, FRAME_HEADER);
	frame[4] = (uint8_t)code;
	frame[5] = identifier;
	frame[6] = (uint8_t)((LCP_HEADER + len) >> 8);
	frame[7] = (uint8_t)(LCP_HEADER + len);
	memcpy(frame + FRAME_HEADER + LCP_HEADER, data, len);
	return FRAME_HEADER + LCP_HEADER + len;
}

size_t lcp_probe_configure(struct lcp_probe *probe, uint8_t frame[LCP_PROBE_FRAME_MAX])
{
	return build(frame, CONFIGURE_REQUEST, probe->identifier++, frame_header, 0);
}

size_t lcp_probe_echo(struct lcp_probe *probe, size_t size, uint8_t frame[LCP_PROBE_FRAME_MAX])
{
	static const uint8_t zeros[LCP_PROBE_FRAME_MAX];

	return build(frame, ECHO_REQUEST, probe->identifier++, zeros, size - LCP_HEADER);
}

size_t lcp_probe_terminate(struct lcp_probe *probe, uint8_t frame[LCP_PROBE_FRAME_MAX])
{
	return build(frame, TERMINATE_REQUEST, probe->identifier++, frame_header, 0);
}

bool lcp_probe_is_open(const struct lcp_probe *probe)
{
	return probe->acked_ours && probe->acked_theirs;
}

static void note_mru(struct lcp_probe *probe, const uint8_t *options, size_t len)
{
	while (len >= 2 && options[1] >= 2 && options[1] <= len) {
		if (options[0] == OPTION_MRU && options[1] == 4)
			probe->mru = (unsigned int)options[2] << 8 | options[3];
		len -= options[1];
		options += options[1];
	}
}

/* The code, the identifier and the length of the LCP packet in the frame; false when it has none. */
static bool is_lcp(const uint8_t **datap, size_t *lenp)
{
	const uint8_t *data = *datap;
	size_t len = *lenp, size;

	/* The peer may leave address and control field out. */
	if (len >= 2 && data[0] == 0xff && data[1] == 0x03) {
		data += 2;
		len -= 2;
	}
	if (len < 2 + LCP_HEADER || data[0] != 0xc0 || data[1] != 0x21)
		return false;
	size = (size_t)data[4] << 8 | data[5];
	if (size < LCP_HEADER || size > len - 2 || size > LCP_PROBE_FRAME_MAX - FRAME_HEADER)
		return false;
	*datap = data + 2;
	*lenp = size;
	return true;
}

size_t lcp_probe_take(struct lcp_probe *probe, const uint8_t *data, size_t len,
		      uint8_t reply[LCP_PROBE_FRAME_MAX])
{
	const uint8_t *body;

	if (!is_lcp(&data, &len))
		return 0;
	body = data + LCP_HEADER;
	switch (data[0]) {
	case CONFIGURE_REQUEST:
		note_mru(probe, body, len - LCP_HEADER);
		probe->acked_theirs = true;
		return build(reply, CONFIGURE_ACK, data[1], body, len - LCP_HEADER);
	case CONFIGURE_ACK:
		probe->answered = probe->acked_ours = true;
		return 0;
	case CONFIGURE_NAK:
	case CONFIGURE_REJECT:
		probe->answered = true;
		return 0;
	case TERMINATE_REQUEST:
		return build(reply, TERMINATE_ACK, data[1], body, len - LCP_HEADER);
	case ECHO_REQUEST:
		if (len < LCP_HEADER + MAGIC_SIZE)
			return 0;
		len = build(reply, ECHO_REPLY, data[1], body, len - LCP_HEADER);
		memset(reply + FRAME_HEADER + LCP_HEADER, 0, MAGIC_SIZE);
		return len;
	case ECHO_REPLY:
		probe->echoed = true;
		probe->echoed_size = len;
		return 0;
	default:
		return 0;
	}
}
