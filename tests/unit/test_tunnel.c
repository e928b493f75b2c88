/* SPDX-License-Identifier: MIT */

/* Frames through a tunnel; test_tunnel_acks.c has the acknowledgments. */

#include "tunnel_rig.h"

START_TEST(defaults)
{
	struct pptp_tunnel_config d;

	memset(&d, 0xFF, sizeof(d));
	pptp_tunnel_config_init(&d, sizeof(d));
	ck_assert_uint_eq(d.call_id, 0);
	ck_assert_uint_eq(d.peer_call_id, 0);
	ck_assert(d.reorder);
	ck_assert_uint_eq(d.reorder_timeout, 300 * MS);
	ck_assert_uint_eq(d.missing_window, 300);
	ck_assert_uint_eq(d.ack_delay, 10 * MS);
	ck_assert_uint_eq(d.recv_window, 0);
	ck_assert(d.adaptive);
	ck_assert_uint_eq(d.window, PPTP_WINDOW_OFF);
}
END_TEST

START_TEST(values_out_of_range)
{
	struct pptp_tunnel *t = NULL;

	cfg.missing_window = 0;
	ck_assert_int_eq(pptp_tunnel_new(&t, &cfg), PPTP_ERR_VALUE);
	cfg.missing_window = PPTP_MISSING_WINDOW_MAX + 1;
	ck_assert_int_eq(pptp_tunnel_new(&t, &cfg), PPTP_ERR_VALUE);
	cfg.missing_window = PPTP_MISSING_WINDOW_MAX;
	cfg.window = PPTP_WINDOW_MAX + 1;
	ck_assert_int_eq(pptp_tunnel_new(&t, &cfg), PPTP_ERR_VALUE);
	cfg.window = PPTP_WINDOW_MAX;
	ck_assert_ptr_null(t);
	ck_assert_int_eq(pptp_tunnel_new(&t, &cfg), 0);
	ck_assert_ptr_null(pptp_tunnel_free(t));
	ck_assert_ptr_null(pptp_tunnel_free(NULL));
}
END_TEST

START_TEST(sends_in_sequence)
{
	make();
	for (uint32_t i = 0; i < 1000; i++) {
		struct pptp_gre gre = send_frame(i % 64 + 1);

		ck_assert(gre.has_seq && !gre.has_ack);
		ck_assert_uint_eq(gre.seq, i);
		ck_assert_uint_eq(gre.call_id, PEER);
		ck_assert_uint_eq(gre.payload_len, i % 64 + 1);
	}
	ck_assert_uint_eq(stats->tx_sent, 1000);
}
END_TEST

START_TEST(peer_becomes_known)
{
	pptp_tunnel_set_peer(tunnel, 0xABCD, 0, 0);
	ck_assert_uint_eq(send_frame(1).call_id, 0xABCD);
}
END_TEST

START_TEST(oversize)
{
	uint8_t header[PPTP_GRE_HEADER_MAX];

	ck_assert_int_eq(pptp_tunnel_send(tunnel, PPTP_FRAME_MAX + 1, now, header),
			 PPTP_ERR_OVERSIZE);
	ck_assert_int_eq(pptp_tunnel_send(tunnel, SIZE_MAX, now, header), PPTP_ERR_OVERSIZE);
	ck_assert_uint_eq(stats->tx_oversize, 2);
	ck_assert_int_eq(pptp_tunnel_send(tunnel, PPTP_FRAME_MAX, now, header), 12);
	/* It used no number. */
	ck_assert_uint_eq(send_frame(1).seq, 1);
}
END_TEST

START_TEST(counts_how_sending_went)
{
	pptp_tunnel_sent(tunnel, 100, 0);
	pptp_tunnel_sent(tunnel, 100, -105);
	pptp_tunnel_sent(tunnel, 100, PPTP_ERR_TRUNCATED);
	ck_assert_uint_eq(stats->tx_sent, 1);
	ck_assert_uint_eq(stats->tx_bytes, 100);
	ck_assert_uint_eq(stats->tx_failed, 1);
	ck_assert_uint_eq(stats->tx_short, 1);
}
END_TEST

START_TEST(receives_without_a_copy)
{
	struct pptp_frame frame;

	ck_assert(!pptp_tunnel_heard(tunnel));
	ck_assert_int_eq(receive(7, -1, 1400), 0);
	ck_assert(pptp_tunnel_heard(tunnel));
	ck_assert(pptp_tunnel_next(tunnel, &frame));
	ck_assert_ptr_eq(frame.data, packet + 12);
	ck_assert_uint_eq(frame.len, 1400);
	ck_assert(!pptp_tunnel_next(tunnel, &frame));
	ck_assert_uint_eq(stats->rx_accepted, 1);
	ck_assert_uint_eq(stats->rx_bytes, 1400);
}
END_TEST

START_TEST(refuses_what_is_wrong)
{
	struct pptp_gre gre = { .has_seq = true, .payload_len = 4, .call_id = OURS + 1 };
	size_t n = pptp_gre_encode(&gre, packet);

	ck_assert_int_eq(pptp_tunnel_receive(tunnel, packet, n + 4, now), PPTP_ERR_VALUE);
	ck_assert_uint_eq(stats->rx_wrong_call, 1);
	ck_assert_int_eq(pptp_tunnel_receive(tunnel, packet, n + 3, now), PPTP_ERR_TRUNCATED);
	ck_assert_int_eq(pptp_tunnel_receive(tunnel, packet, 0, now), PPTP_ERR_TRUNCATED);
	ck_assert_uint_eq(stats->rx_truncated, 2);
	packet[0] |= 0x80;
	ck_assert_int_eq(pptp_tunnel_receive(tunnel, packet, n + 4, now), PPTP_ERR_FLAGS);
	ck_assert_uint_eq(stats->rx_invalid, 1);
	ck_assert(!pptp_tunnel_heard(tunnel));
	ck_assert_uint_eq(drain(), 0);
	assert_no_ack();
}
END_TEST

START_TEST(refuses_larger_frames)
{
	ck_assert_int_eq(receive(0, -1, PPTP_FRAME_MAX + 1), PPTP_ERR_OVERSIZE);
	ck_assert_uint_eq(stats->rx_invalid, 1);
	ck_assert_int_eq(receive(0, -1, PPTP_FRAME_MAX), 0);
	ck_assert_uint_eq(drain(), 1);
}
END_TEST

START_TEST(sequence_number_without_payload)
{
	receive(5, -1, 0);
	ck_assert_uint_eq(drain(), 0);
	receive(6, -1, 4);
	ck_assert_uint_eq(drain(), 1);
	assert_ack(6);
	ck_assert_uint_eq(stats->rx_accepted, 1);
	ck_assert_uint_eq(stats->rx_lost, 0);
}
END_TEST

START_TEST(holes_are_given_up)
{
	cfg.adaptive = false;
	make();
	receive(1, -1, 4);
	ck_assert_uint_eq(drain(), 1);
	receive(3, -1, 4);
	ck_assert_uint_eq(drain(), 0);
	assert_ack(3);
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), now + 300 * MS);
	now += 300 * MS;
	pptp_tunnel_expire(tunnel, now);
	ck_assert_uint_eq(drain(), 1);
	ck_assert_uint_eq(stats->rx_lost, 1);
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), PPTP_TIME_NEVER);
}
END_TEST

START_TEST(holes_are_given_up_sooner_by_default)
{
	receive(1, -1, 4);
	receive(3, -1, 4);
	drain();
	assert_ack(3);
	ck_assert_uint_eq(stats->reorder_timeout_us, 36000);
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), now + 36 * MS);
}
END_TEST

START_TEST(no_buffer)
{
	cfg.reorder = false;
	make();
	receive(1, -1, 4);
	ck_assert_uint_eq(drain(), 1);
	receive(3, -1, 4);
	ck_assert_uint_eq(drain(), 1);
	receive(2, -1, 4);
	ck_assert_uint_eq(drain(), 0);
	ck_assert_uint_eq(stats->rx_buffered, 1);
	ck_assert_uint_eq(stats->rx_lost, 1);
	ck_assert_uint_eq(stats->rx_under_win, 1);
}
END_TEST

/* Two tunnels back to back: everything arrives, and each knows of the other's. */
START_TEST(back_to_back)
{
	struct pptp_tunnel_config other_cfg = cfg;
	struct pptp_tunnel *other;

	other_cfg.call_id = PEER;
	other_cfg.peer_call_id = OURS;
	ck_assert_int_eq(pptp_tunnel_new(&other, &other_cfg), 0);
	for (unsigned int i = 0; i < 1000; i++) {
		struct pptp_frame frame;
		int n = pptp_tunnel_send(tunnel, 3, now, packet);

		memcpy(packet + n, "abc", 3);
		ck_assert_int_eq(pptp_tunnel_receive(other, packet, (size_t)n + 3, now), 0);
		ck_assert(pptp_tunnel_next(other, &frame));
		ck_assert_uint_eq(frame.len, 3);
		ck_assert_mem_eq(frame.data, "abc", 3);
		now += MS;
		n = (int)pptp_tunnel_ack(other, now, packet);
		ck_assert_int_eq(n, 12);
		ck_assert_int_eq(pptp_tunnel_receive(tunnel, packet, (size_t)n, now), 0);
	}
	ck_assert_uint_eq(stats->rx_acks, 1000);
	ck_assert_uint_eq(stats->rtt_us, 1000);
	pptp_tunnel_free(other);
}
END_TEST

static void add_receiving(TCase *tc)
{
	tcase_add_test(tc, receives_without_a_copy);
	tcase_add_test(tc, refuses_what_is_wrong);
	tcase_add_test(tc, refuses_larger_frames);
	tcase_add_test(tc, sequence_number_without_payload);
	tcase_add_test(tc, holes_are_given_up);
	tcase_add_test(tc, holes_are_given_up_sooner_by_default);
	tcase_add_test(tc, no_buffer);
}

int main(void)
{
	Suite *suite = suite_create("tunnel");
	TCase *tc = tcase_create("tunnel");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, values_out_of_range);
	tcase_add_test(tc, sends_in_sequence);
	tcase_add_test(tc, peer_becomes_known);
	tcase_add_test(tc, oversize);
	tcase_add_test(tc, counts_how_sending_went);
	add_receiving(tc);
	tcase_add_test(tc, back_to_back);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
