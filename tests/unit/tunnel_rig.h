/* SPDX-License-Identifier: MIT */
#ifndef TESTS_TUNNEL_RIG_H
#define TESTS_TUNNEL_RIG_H

/* One tunnel for each test, with what the peer says to it and what it answers. */

#include <pptp/proto/tunnel.h>

#include <string.h>

#include "run_suite.h"

#define MS   PPTP_NS_PER_MS
#define OURS 0x1111
#define PEER 0x2222

static struct pptp_tunnel_config cfg;
static struct pptp_tunnel *tunnel;
static struct pptp_stats *stats;
static uint64_t now;
static uint8_t packet[PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX + 2];

static inline void make(void)
{
	pptp_tunnel_free(tunnel);
	ck_assert_int_eq(pptp_tunnel_new(&tunnel, &cfg), 0);
	stats = pptp_tunnel_stats(tunnel);
	now = 5000 * MS;
}

static inline void setup(void)
{
	pptp_tunnel_config_init(&cfg, sizeof(cfg));
	cfg.call_id = OURS;
	cfg.peer_call_id = PEER;
	cfg.ack_delay = 0;
	make();
}

static inline void teardown(void)
{
	tunnel = pptp_tunnel_free(tunnel);
	ck_assert_ptr_null(tunnel);
}

/* A packet of the peer's: has what is >= 0. Its payload is `len` octets of its number. */
static inline int receive(int64_t seq, int64_t ack, size_t len)
{
	struct pptp_gre gre = {
		.has_seq = seq >= 0,
		.has_ack = ack >= 0,
		.payload_len = (uint16_t)len,
		.call_id = OURS,
		.seq = (uint32_t)seq,
		.ack = (uint32_t)ack,
	};
	size_t header = pptp_gre_encode(&gre, packet);

	memset(packet + header, (int)(seq & 0xFF), len);
	return pptp_tunnel_receive(tunnel, packet, header + len, now);
}

/* How many frames come out now. */
static inline unsigned int drain(void)
{
	struct pptp_frame frame;
	unsigned int n = 0;

	while (pptp_tunnel_next(tunnel, &frame))
		n++;
	return n;
}

static inline struct pptp_gre send_frame(size_t len)
{
	uint8_t header[PPTP_GRE_HEADER_MAX + 64] = { 0 };
	struct pptp_gre gre;
	int n = pptp_tunnel_send(tunnel, len, now, header);

	ck_assert_int_gt(n, 0);
	ck_assert_uint_le(len, 64);
	ck_assert_int_eq(pptp_gre_decode(&gre, header, (size_t)n + len), n);
	pptp_tunnel_sent(tunnel, len, 0);
	return gre;
}

static inline bool take_ack(uint32_t *ackp)
{
	uint8_t header[PPTP_GRE_HEADER_MAX];
	struct pptp_gre gre;
	size_t n = pptp_tunnel_ack(tunnel, now, header);

	if (!n)
		return false;
	ck_assert_uint_eq(n, 12);
	ck_assert_int_eq(pptp_gre_decode(&gre, header, n), 12);
	ck_assert(!gre.has_seq && gre.has_ack);
	ck_assert_uint_eq(gre.call_id, PEER);
	ck_assert_uint_eq(gre.payload_len, 0);
	*ackp = gre.ack;
	return true;
}

static inline void assert_ack(uint32_t want)
{
	uint32_t ack;

	ck_assert(take_ack(&ack));
	ck_assert_uint_eq(ack, want);
}

static inline void assert_no_ack(void)
{
	uint32_t ack;

	ck_assert(!take_ack(&ack));
}

#endif
