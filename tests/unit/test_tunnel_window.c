/* SPDX-License-Identifier: MIT */

/* The acknowledgment window of a tunnel; the rules themselves are in test_pace.c. */

#include <pptp/proto/tunnel.h>

#include "run_suite.h"

#define MS     PPTP_NS_PER_MS
#define OURS   0x1111
#define THEIRS 0x2222

static struct pptp_tunnel *tunnel;
static struct pptp_stats *stats;
static uint64_t now = 5000 * MS;

static void make(uint32_t window)
{
	struct pptp_tunnel_config cfg;

	pptp_tunnel_config_init(&cfg, sizeof(cfg));
	cfg.call_id = OURS;
	cfg.ack_delay = 0;
	if (window != PPTP_WINDOW_OFF)
		cfg.window = window;
	ck_assert_int_eq(pptp_tunnel_new(&tunnel, &cfg), 0);
	stats = pptp_tunnel_stats(tunnel);
}

static void teardown(void)
{
	tunnel = pptp_tunnel_free(tunnel);
}

static void send_frame(void)
{
	uint8_t header[PPTP_GRE_HEADER_MAX];

	ck_assert_int_gt(pptp_tunnel_send(tunnel, 1, now, header), 0);
	pptp_tunnel_sent(tunnel, 1, 0);
}

static void acknowledge(uint32_t ack)
{
	struct pptp_gre gre = { .has_ack = true, .call_id = OURS, .ack = ack };
	uint8_t packet[PPTP_GRE_HEADER_MAX];
	size_t len = pptp_gre_encode(&gre, packet);

	ck_assert_int_eq(pptp_tunnel_receive(tunnel, packet, len, now), 0);
}

START_TEST(no_window_by_default)
{
	make(PPTP_WINDOW_OFF);
	pptp_tunnel_set_peer(tunnel, THEIRS, 4, 0);
	for (int i = 0; i < 100; i++)
		send_frame();
	ck_assert_uint_eq(pptp_tunnel_credit(tunnel), UINT32_MAX);
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), PPTP_TIME_NEVER);
	ck_assert_uint_eq(stats->tx_window, 0);
}
END_TEST

START_TEST(window_of_the_peer)
{
	make(PPTP_WINDOW_AUTO);
	ck_assert_uint_eq(pptp_tunnel_credit(tunnel), UINT32_MAX);
	pptp_tunnel_set_peer(tunnel, THEIRS, 8, 3);
	ck_assert_uint_eq(pptp_tunnel_credit(tunnel), 4);
	for (int i = 0; i < 4; i++)
		send_frame();
	ck_assert_uint_eq(pptp_tunnel_credit(tunnel), 0);
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), now + 300 * MS);
	acknowledge(1);
	ck_assert_uint_eq(pptp_tunnel_credit(tunnel), 2);
	/* A time-out frees the rest. */
	now = pptp_tunnel_deadline(tunnel);
	pptp_tunnel_expire(tunnel, now);
	ck_assert_uint_eq(pptp_tunnel_credit(tunnel), 2);
	ck_assert_uint_eq(stats->tx_window, 2);
	ck_assert_uint_eq(stats->tx_window_timeouts, 1);
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), PPTP_TIME_NEVER);
	/* The peer says that it has none. */
	pptp_tunnel_set_peer(tunnel, THEIRS, 0, 0);
	ck_assert_uint_eq(pptp_tunnel_credit(tunnel), UINT32_MAX);
}
END_TEST

START_TEST(window_of_our_own)
{
	make(6);
	pptp_tunnel_set_peer(tunnel, THEIRS, 0, 0);
	ck_assert_uint_eq(pptp_tunnel_credit(tunnel), 3);
	pptp_tunnel_set_peer(tunnel, THEIRS, 2, 0);
	ck_assert_uint_eq(pptp_tunnel_credit(tunnel), 3);
}
END_TEST

/* After a time-out the next packet is timed, not the one that may be lost. */
START_TEST(time_out_ends_timing)
{
	make(PPTP_WINDOW_AUTO);
	pptp_tunnel_set_peer(tunnel, THEIRS, 2, 1);
	send_frame();
	now = pptp_tunnel_deadline(tunnel);
	pptp_tunnel_expire(tunnel, now);
	now += 700 * MS;
	send_frame();
	now += 20 * MS;
	acknowledge(1);
	ck_assert_uint_eq(stats->rtt_us, 20000);
	ck_assert_uint_eq(stats->tx_window, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tunnel window");
	TCase *tc = tcase_create("window");

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, no_window_by_default);
	tcase_add_test(tc, window_of_the_peer);
	tcase_add_test(tc, window_of_our_own);
	tcase_add_test(tc, time_out_ends_timing);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
