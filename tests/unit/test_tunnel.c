/* SPDX-License-Identifier: MIT */
#include <pptp/tunnel.h>

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

static void make(void)
{
	pptp_tunnel_free(tunnel);
	ck_assert_int_eq(pptp_tunnel_new(&tunnel, &cfg), 0);
	stats = pptp_tunnel_stats(tunnel);
	now = 5000 * MS;
}

static void setup(void)
{
	pptp_tunnel_config_init(&cfg);
	cfg.call_id = OURS;
	cfg.peer_call_id = PEER;
	make();
}

static void teardown(void)
{
	tunnel = pptp_tunnel_free(tunnel);
	ck_assert_ptr_null(tunnel);
}

/* A packet of the peer's: has what is >= 0. Its payload is `len` octets of its number. */
static int receive(int64_t seq, int64_t ack, size_t len)
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
static unsigned int drain(void)
{
	struct pptp_frame frame;
	unsigned int n = 0;

	while (pptp_tunnel_next(tunnel, &frame))
		n++;
	return n;
}

static struct pptp_gre send_frame(size_t len)
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

static bool take_ack(uint32_t *ackp)
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

static void assert_ack(uint32_t want)
{
	uint32_t ack;

	ck_assert(take_ack(&ack));
	ck_assert_uint_eq(ack, want);
}

static void assert_no_ack(void)
{
	uint32_t ack;

	ck_assert(!take_ack(&ack));
}

START_TEST(defaults)
{
	struct pptp_tunnel_config d;

	memset(&d, 0xFF, sizeof(d));
	pptp_tunnel_config_init(&d);
	ck_assert_uint_eq(d.call_id, 0);
	ck_assert_uint_eq(d.peer_call_id, 0);
	ck_assert(!d.no_buffer);
	ck_assert_uint_eq(d.hole_timeout, 300 * MS);
	ck_assert_uint_eq(d.missing_window, 300);
	ck_assert_uint_eq(d.ack_delay, 0);
	ck_assert_uint_eq(d.ack_every, 0);
	ck_assert_uint_eq(d.first_seq, 0);
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
	cfg.first_seq = 2;
	ck_assert_int_eq(pptp_tunnel_new(&t, &cfg), PPTP_ERR_VALUE);
	ck_assert_ptr_null(t);
	cfg.first_seq = 1;
	ck_assert_int_eq(pptp_tunnel_new(&t, &cfg), 0);
	ck_assert_ptr_null(pptp_tunnel_free(t));
	ck_assert_ptr_null(pptp_tunnel_free(NULL));
}
END_TEST

START_TEST(sends_in_sequence)
{
	cfg.first_seq = (uint32_t)_i;
	make();
	for (uint32_t i = 0; i < 1000; i++) {
		struct pptp_gre gre = send_frame(i % 64 + 1);

		ck_assert(gre.has_seq && !gre.has_ack);
		ck_assert_uint_eq(gre.seq, cfg.first_seq + i);
		ck_assert_uint_eq(gre.call_id, PEER);
		ck_assert_uint_eq(gre.payload_len, i % 64 + 1);
	}
	ck_assert_uint_eq(stats->tx_sent, 1000);
}
END_TEST

START_TEST(peer_becomes_known)
{
	pptp_tunnel_set_peer(tunnel, 0xABCD);
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
	cfg.ack_every = 3;
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

	cfg.ack_every = 1;
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
START_TEST(acknowledgment_waits_longer_where_the_last_one_rode)
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
	ck_assert_uint_eq(stats->hole_timeout_us, 36000);
	ck_assert_uint_eq(pptp_tunnel_deadline(tunnel), now + 36 * MS);
}
END_TEST

START_TEST(no_buffer)
{
	cfg.no_buffer = true;
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

static void add_acknowledging(TCase *tc)
{
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
	tcase_add_test(tc, acknowledgment_waits_longer_where_the_last_one_rode);
	tcase_add_test(tc, acknowledgment_alone_is_not_acknowledged);
	tcase_add_test(tc, round_trip_time);
	tcase_add_test(tc, acknowledgments_of_what_was_never_sent);
	tcase_add_test(tc, an_earlier_acknowledgment_ends_no_timing);
}

int main(void)
{
	Suite *suite = suite_create("tunnel");
	TCase *tc = tcase_create("tunnel");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, values_out_of_range);
	tcase_add_loop_test(tc, sends_in_sequence, 0, 2);
	tcase_add_test(tc, peer_becomes_known);
	tcase_add_test(tc, oversize);
	tcase_add_test(tc, counts_how_sending_went);
	add_receiving(tc);
	add_acknowledging(tc);
	tcase_add_test(tc, back_to_back);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
