/* SPDX-License-Identifier: MIT */

/* What a tunnel acknowledges, when, and what it learns of acknowledgments. */

#include "tunnel_rig.h"

START_TEST(one_acknowledgment_for_a_batch)
{
	assert_no_ack();
	for (int i = 0; i < 10; i++) {
		receive(i, -1, 4);
		drain();
	}
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), now);
	assert_ack(9);
	assert_no_ack();
	ck_assert_uint_eq(stats->tx_acks, 1);
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), PPTP_TIME_NEVER);
}
END_TEST

START_TEST(sequence_0_is_acknowledged)
{
	receive(0, -1, 4);
	drain();
	assert_ack(0);
}
END_TEST

START_TEST(acknowledgment_rides_on_data)
{
	struct pptp_gre gre;

	receive(41, -1, 4);
	drain();
	gre = send_frame(10);
	ck_assert(gre.has_ack);
	ck_assert_uint_eq(gre.ack, 41);
	assert_no_ack();
	ck_assert(!send_frame(10).has_ack);
	ck_assert_uint_eq(stats->tx_acks, 0);
}
END_TEST

START_TEST(failed_sending_owes_the_acknowledgment_again)
{
	uint8_t header[PPTP_GRE_HEADER_MAX];

	pptp_tunnel_sent(tunnel, 10, -105);
	assert_no_ack();
	receive(41, -1, 4);
	drain();
	ck_assert_int_eq(pptp_tunnel_send(tunnel, 10, now, header), 16);
	pptp_tunnel_sent(tunnel, 10, -105);
	assert_ack(41);
}
END_TEST

START_TEST(delayed_acknowledgment)
{
	cfg.ack_delay = 5 * MS;
	make();
	receive(1, -1, 4);
	drain();
	assert_no_ack();
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), now + 5 * MS);
	now += 3 * MS;
	receive(2, -1, 4); /* doesn't put it off */
	drain();
	assert_no_ack();
	now += 2 * MS;
	pptp_tunnel_expire(tunnel, now);
	ck_assert_uint_eq(drain(), 0);
	assert_ack(2);
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), PPTP_TIME_NEVER);

	receive(3, -1, 4);
	drain();
	now += MS;
	ck_assert(send_frame(1).has_ack);
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), PPTP_TIME_NEVER);
}
END_TEST

START_TEST(acknowledgment_after_so_many_packets)
{
	cfg.ack_delay = 5 * MS;
	cfg.recv_window = 8;
	make();
	for (uint32_t seq = 1; seq <= 2; seq++) {
		receive(seq, -1, 4);
		drain();
		assert_no_ack();
	}
	now += MS;
	receive(3, -1, 4);
	drain();
	assert_ack(3);
	/* The count and the delay start anew. */
	receive(4, -1, 4);
	drain();
	assert_no_ack();
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), now + 5 * MS);
	now += 5 * MS;
	assert_ack(4);

	cfg.recv_window = 3;
	make();
	receive(1, -1, 4);
	drain();
	assert_ack(1);
}
END_TEST

START_TEST(highest_received_counts)
{
	receive(5, -1, 4);
	drain();
	receive(7, -1, 4);
	drain();
	assert_ack(7);
	receive(6, -1, 4);
	drain();
	assert_ack(7);
	/* Neither strays nor duplicates. */
	receive(5000, -1, 4);
	drain();
	receive(6, -1, 4);
	drain();
	assert_no_ack();
	ck_assert_uint_eq(stats->rx_over_win, 1);
	ck_assert_uint_eq(stats->rx_under_win, 1);
}
END_TEST

START_TEST(highest_across_the_wrap)
{
	receive(0xFFFFFFFF, -1, 4);
	drain();
	assert_ack(0xFFFFFFFF);
	receive(0, -1, 4);
	drain();
	assert_ack(0);
}
END_TEST

START_TEST(peer_that_starts_again_is_acknowledged)
{
	receive(1000, -1, 4);
	drain();
	assert_ack(1000);
	for (int i = 0; i < 10; i++) {
		receive(i, -1, 4);
		drain();
		now += 100 * MS;
	}
	ck_assert_uint_eq(stats->rx_resyncs, 1);
	assert_ack(9);
}
END_TEST

START_TEST(pure_acknowledgments_are_counted)
{
	receive(-1, 0, 0);
	receive(-1, 0x7FFFFFFF, 0);
	receive(0, 0, 4);
	drain();
	ck_assert_uint_eq(stats->rx_acks, 2);
	receive(1, 0, 0);
	drain();
	ck_assert_uint_eq(stats->rx_acks, 3);
	ck_assert(pptp_tunnel_heard(tunnel));
	ck_assert_uint_eq(stats->rtt_us, 0);
}
END_TEST

/* In a conversation the next frame takes it along: no timer runs out meanwhile. */
START_TEST(acknowledgment_waits_longer_after_a_piggybacked_one)
{
	cfg.ack_delay = 10 * MS;
	make();
	receive(1, -1, 4);
	drain();
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), now + 10 * MS);
	ck_assert(send_frame(1).has_ack);
	receive(2, -1, 4);
	drain();
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), now + 100 * MS);
	now += 100 * MS - 1;
	assert_no_ack();
	now++;
	assert_ack(2);
	/* That one went alone. */
	receive(3, -1, 4);
	drain();
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), now + 10 * MS);
}
END_TEST

START_TEST(acknowledgment_alone_is_not_acknowledged)
{
	receive(-1, 0, 0);
	assert_no_ack();
	ck_assert_uint_eq(drain(), 0);
}
END_TEST

START_TEST(round_trip_time)
{
	ck_assert_uint_eq(send_frame(1).seq, 0);
	now += 20 * MS;
	receive(-1, 0, 0);
	ck_assert_uint_eq(stats->rtt_us, 20000);
	/* Smoothed by an eighth; one packet is timed at a time. */
	send_frame(1);
	now += 10 * MS;
	send_frame(1);
	now += 50 * MS;
	receive(0, 2, 4);
	drain();
	ck_assert_uint_eq(stats->rtt_us, 25000);
	ck_assert_uint_eq(stats->rx_acks, 1);
}
END_TEST

START_TEST(acknowledgments_of_what_was_never_sent)
{
	static const uint32_t wrong[] = { 3, 4, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF };

	for (int i = 0; i < 3; i++)
		send_frame(1);
	now += 30 * MS;
	for (unsigned int i = 0; i < 5; i++)
		receive(-1, wrong[i], 0);
	ck_assert_uint_eq(stats->rtt_us, 0);
	receive(-1, 2, 0);
	ck_assert_uint_eq(stats->rtt_us, 30000);
	/* Nor those that come late. */
	send_frame(1);
	now += 500 * MS;
	receive(-1, 1, 0);
	receive(-1, 2, 0);
	ck_assert_uint_eq(stats->rtt_us, 30000);
}
END_TEST

START_TEST(an_earlier_acknowledgment_ends_no_timing)
{
	send_frame(1);
	now += 10 * MS;
	receive(-1, 0, 0);
	send_frame(1); /* timed */
	send_frame(1);
	now += 10 * MS;
	receive(-1, 0, 0);
	now += 80 * MS;
	receive(-1, 1, 0);
	ck_assert_uint_eq(stats->rtt_us, 20000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tunnel_acks");
	TCase *tc = tcase_create("tunnel_acks");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, one_acknowledgment_for_a_batch);
	tcase_add_test(tc, sequence_0_is_acknowledged);
	tcase_add_test(tc, acknowledgment_rides_on_data);
	tcase_add_test(tc, failed_sending_owes_the_acknowledgment_again);
	tcase_add_test(tc, delayed_acknowledgment);
	tcase_add_test(tc, acknowledgment_after_so_many_packets);
	tcase_add_test(tc, highest_received_counts);
	tcase_add_test(tc, highest_across_the_wrap);
	tcase_add_test(tc, peer_that_starts_again_is_acknowledged);
	tcase_add_test(tc, pure_acknowledgments_are_counted);
	tcase_add_test(tc, acknowledgment_waits_longer_after_a_piggybacked_one);
	tcase_add_test(tc, acknowledgment_alone_is_not_acknowledged);
	tcase_add_test(tc, round_trip_time);
	tcase_add_test(tc, acknowledgments_of_what_was_never_sent);
	tcase_add_test(tc, an_earlier_acknowledgment_ends_no_timing);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
