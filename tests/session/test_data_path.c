/* SPDX-License-Identifier: MIT */
/*
 * The data path without a session: a datagram socket stands for the GRE socket, the time is the
 * test's own. What happened is what pptp_data_path_settle() returns.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pptp/proto/gre.h>
#include <pptp/proto/hdlc.h>

#include "run_suite.h"
#include "session/data_path.h"

#define PEER_CALL_ID 77
#define IP_HEADER    20
#define MS           PPTP_NS_PER_MS

enum { WATCH_PORT = 1, WATCH_READ, WATCH_WRITE };

static const struct data_path_ids ids = { WATCH_PORT, WATCH_READ, WATCH_WRITE };

struct rig {
	struct pptp_config *cfg;
	struct loop loop;
	struct data_path data;
	int peer; /* the other end of the GRE socket */
	uint64_t now;
	uint32_t seq;
};

static int settle_nothing(void *owner, uint64_t now)
{
	(void)owner;
	(void)now;
	return 0;
}

static void open_socket(struct gre_port *port, int *peerp)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
			 0);
	port->fd = pair[0];
	*peerp = pair[1];
	ck_assert_int_eq(pptp_watch_add(&port->watch, port->fd, 0), 0);
}

static void rig_open(struct rig *rig)
{
	*rig = (struct rig){ .now = 1000 * MS };
	ck_assert_int_eq(pptp_config_new(&rig->cfg), 0);
	pptp_loop_init(&rig->loop);
	ck_assert_int_eq(pptp_loop_open(&rig->loop), 0);
	ck_assert_int_eq(
		pptp_data_path_init(&rig->data, rig->cfg, &rig->loop, &ids, settle_nothing, rig),
		0);
	open_socket(&rig->data.own_port, &rig->peer);
	pptp_gre_port_join(&rig->data.own_port, &rig->data.member);
}

static void call_up(struct rig *rig, struct data_path *data)
{
	struct pptp_ctrl_event_call call = { .call_id = data->member.call_id,
					     .peer_call_id = PEER_CALL_ID };

	ck_assert_int_eq(pptp_data_path_call_up(data, &call, rig->now), 0);
	ck_assert_uint_eq(pptp_data_path_settle(data, rig->now), 0);
}

/* The call is up, and is looked at after 700 ms. */
static void rig_up(struct rig *rig)
{
	rig_open(rig);
	ck_assert_int_eq(pptp_config_set_gre_silent_ms(rig->cfg, 700), 0);
	call_up(rig, &rig->data);
}

static void rig_close(struct rig *rig)
{
	pptp_data_path_free(&rig->data);
	pptp_loop_close(&rig->loop);
	pptp_config_free(rig->cfg);
	close(rig->peer);
}

static void send_packet(struct rig *rig, uint16_t call_id, uint32_t seq, size_t len)
{
	uint8_t packet[IP_HEADER + PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX] = { 0x45 };
	struct pptp_gre gre = {
		.has_seq = true, .payload_len = (uint16_t)len, .call_id = call_id, .seq = seq
	};
	size_t header = pptp_gre_encode(&gre, packet + IP_HEADER);

	memset(packet + IP_HEADER + header, (int)seq, len);
	ck_assert_int_eq(send(rig->peer, packet, IP_HEADER + header + len, 0),
			 (ssize_t)(IP_HEADER + header + len));
}

/* One turn of the loop: the ids of what was ready, as bits; what settling returned. */
static unsigned int turn(struct rig *rig, unsigned int *newsp)
{
	struct epoll_event events[8];
	unsigned int ready = 0;
	int n = pptp_loop_wait(&rig->loop, events, 8, 0);

	ck_assert_int_ge(n, 0);
	for (int i = 0; i < n; i++) {
		const struct watch *watch = events[i].data.ptr;

		if (!watch_is_active(watch))
			continue;
		ready |= 1U << watch->id;
		if (watch->id == WATCH_PORT)
			pptp_data_path_gre_ready(&rig->data, events[i].events, rig->now);
		else if (watch->id == WATCH_READ)
			pptp_data_path_link_readable(&rig->data, events[i].events, rig->now);
		else if (watch->id == WATCH_WRITE)
			pptp_data_path_link_writable(&rig->data, events[i].events, rig->now);
	}
	*newsp = pptp_data_path_settle(&rig->data, rig->now);
	return ready;
}

static void attach(struct rig *rig, int *pppp)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(
		pptp_data_path_attach(&rig->data, pair[0], pair[0], PPTP_LINK_ASYNC, rig->now), 0);
	*pppp = pair[1];
}

START_TEST(frames_arrive_in_sequence_and_are_reported_once)
{
	struct rig rig;
	struct pptp_frame frame;
	unsigned int news;

	rig_open(&rig);
	call_up(&rig, &rig.data);
	send_packet(&rig, rig.data.member.call_id, 1, 40);
	send_packet(&rig, rig.data.member.call_id, 2, 50);
	ck_assert_uint_eq(turn(&rig, &news), 1U << WATCH_PORT);
	ck_assert_uint_eq(news, DATA_HEARD);
	ck_assert(pptp_data_path_pop(&rig.data, &frame));
	ck_assert_uint_eq(frame.len, 40);
	ck_assert(pptp_data_path_pop(&rig.data, &frame));
	ck_assert_uint_eq(frame.len, 50);
	ck_assert(!pptp_data_path_pop(&rig.data, &frame));
	send_packet(&rig, rig.data.member.call_id, 3, 60);
	turn(&rig, &news);
	ck_assert_uint_eq(news, 0);
	ck_assert(pptp_data_path_pop(&rig.data, &frame));
	rig_close(&rig);
}
END_TEST

START_TEST(nothing_is_read_before_the_call_is_up)
{
	struct rig rig;
	struct pptp_frame frame;
	unsigned int news;

	rig_open(&rig);
	send_packet(&rig, rig.data.member.call_id, 1, 40);
	ck_assert_uint_eq(turn(&rig, &news), 0);
	ck_assert(!pptp_data_path_pop(&rig.data, &frame));
	call_up(&rig, &rig.data);
	ck_assert_uint_eq(turn(&rig, &news), 1U << WATCH_PORT);
	ck_assert(pptp_data_path_pop(&rig.data, &frame));
	rig_close(&rig);
}
END_TEST

START_TEST(silence_is_reported_once)
{
	struct rig rig;
	unsigned int news;

	rig_up(&rig);
	ck_assert_uint_eq(pptp_data_path_deadline(&rig.data), rig.now + 700 * MS);
	rig.now += 699 * MS;
	turn(&rig, &news);
	ck_assert_uint_eq(news, 0);
	rig.now += 1 * MS;
	turn(&rig, &news);
	ck_assert_uint_eq(news, DATA_SILENT);
	rig.now += 5000 * MS;
	turn(&rig, &news);
	ck_assert_uint_eq(news, 0);
	send_packet(&rig, rig.data.member.call_id, 1, 40);
	turn(&rig, &news);
	ck_assert_uint_eq(news, DATA_HEARD);
	rig_close(&rig);
}
END_TEST

static void send_ack(struct rig *rig, uint32_t ack)
{
	uint8_t packet[IP_HEADER + PPTP_GRE_HEADER_MAX] = { 0x45 };
	struct pptp_gre gre = { .has_ack = true, .call_id = rig->data.member.call_id, .ack = ack };
	size_t len = IP_HEADER + pptp_gre_encode(&gre, packet + IP_HEADER);

	ck_assert_int_eq(send(rig->peer, packet, len, 0), (ssize_t)len);
}

static void send_frames(struct rig *rig, int count)
{
	static const uint8_t lcp[] = { 0xFF, 0x03, 0xC0, 0x21 };

	for (int i = 0; i < count; i++)
		ck_assert_int_eq(pptp_data_path_send(&rig->data, lcp, sizeof(lcp), rig->now), 0);
}

/* Packets arrive here, but those sent do not arrive there: reported once, when some were sent. */
START_TEST(one_way_is_reported_once)
{
	struct rig rig;
	unsigned int news;

	rig_up(&rig);
	send_frames(&rig, 3);
	send_packet(&rig, rig.data.member.call_id, 1, 40);
	turn(&rig, &news);
	ck_assert_uint_eq(news, DATA_HEARD);
	rig.now += 700 * MS;
	turn(&rig, &news);
	ck_assert_uint_eq(news, 0);
	send_frames(&rig, 1);
	rig.now += 700 * MS;
	turn(&rig, &news);
	ck_assert_uint_eq(news, DATA_ONE_WAY);
	send_frames(&rig, 9);
	rig.now += 7000 * MS;
	turn(&rig, &news);
	ck_assert_uint_eq(news, 0);
	rig_close(&rig);
}
END_TEST

START_TEST(one_acknowledgment_is_a_way_back)
{
	struct rig rig;
	unsigned int news;

	rig_up(&rig);
	send_frames(&rig, 9);
	send_packet(&rig, rig.data.member.call_id, 1, 40);
	send_ack(&rig, 0);
	turn(&rig, &news);
	ck_assert_uint_eq(news, DATA_HEARD);
	rig.now += 7000 * MS;
	turn(&rig, &news);
	ck_assert_uint_eq(news, 0);
	rig_close(&rig);
}
END_TEST

START_TEST(frames_of_the_link_are_sent)
{
	static const uint8_t frame[] = { 0xff, 0x03, 0xc0, 0x21, 9, 1, 0, 4 };
	uint8_t coded[PPTP_HDLC_ENCODED_MAX(sizeof(frame))], packet[256];
	struct rig rig;
	struct pptp_gre gre;
	unsigned int news;
	int ppp, n;
	ssize_t len;

	rig_open(&rig);
	attach(&rig, &ppp);
	n = pptp_hdlc_encode(frame, sizeof(frame), PPTP_HDLC_ACCM_ALL, coded, sizeof(coded));
	ck_assert_int_eq(write(ppp, coded, (size_t)n), n);
	turn(&rig, &news);
	ck_assert_int_lt(recv(rig.peer, packet, sizeof(packet), 0), 0);
	call_up(&rig, &rig.data);
	turn(&rig, &news);
	len = recv(rig.peer, packet, sizeof(packet), 0);
	ck_assert_int_gt(len, 0);
	n = pptp_gre_decode(&gre, packet, (size_t)len);
	ck_assert_int_gt(n, 0);
	ck_assert_uint_eq(gre.call_id, PEER_CALL_ID);
	ck_assert_uint_eq(gre.seq, 0);
	ck_assert_uint_eq(gre.payload_len, sizeof(frame));
	ck_assert_mem_eq(packet + n, frame, sizeof(frame));
	close(ppp);
	rig_close(&rig);
}
END_TEST

START_TEST(a_closed_link_is_reported_once)
{
	struct rig rig;
	unsigned int news;
	int ppp;

	rig_open(&rig);
	attach(&rig, &ppp);
	call_up(&rig, &rig.data);
	close(ppp);
	turn(&rig, &news);
	ck_assert_uint_eq(news, DATA_LINK_CLOSED);
	ck_assert_uint_eq(turn(&rig, &news), 0);
	ck_assert_uint_eq(news, 0);
	/* Nothing is delivered to it any more. */
	send_packet(&rig, rig.data.member.call_id, 1, 40);
	turn(&rig, &news);
	ck_assert_uint_eq(news, DATA_HEARD);
	rig_close(&rig);
}
END_TEST

/* PPP reads nothing: frames go to it until much waits, then the port is left alone until it reads. */
START_TEST(a_link_that_is_not_read_stops_the_port)
{
	struct rig rig;
	uint8_t data[65536];
	unsigned int news, turns = 0;
	uint32_t seq = 1;
	int ppp;

	rig_open(&rig);
	attach(&rig, &ppp);
	call_up(&rig, &rig.data);
	while (rig.data.member.ready) {
		ck_assert_uint_lt(++turns, 2000);
		send_packet(&rig, rig.data.member.call_id, seq++, 1400);
		turn(&rig, &news);
	}
	send_packet(&rig, rig.data.member.call_id, seq++, 1400);
	ck_assert_uint_eq(turn(&rig, &news) & 1U << WATCH_PORT, 0);
	ck_assert_uint_eq(rig.data.own_port.watch.events, 0);
	while (!rig.data.member.ready) {
		ck_assert_uint_lt(++turns, 2000);
		ck_assert_int_gt(recv(ppp, data, sizeof(data), MSG_DONTWAIT), 0);
		turn(&rig, &news);
	}
	ck_assert_uint_eq(turn(&rig, &news) & 1U << WATCH_PORT, 1U << WATCH_PORT);
	close(ppp);
	rig_close(&rig);
}
END_TEST

START_TEST(after_the_call_nothing_is_delivered_and_counters_stay)
{
	struct rig rig;
	struct pptp_stats stats;
	struct pptp_frame frame;
	unsigned int news;

	rig_open(&rig);
	call_up(&rig, &rig.data);
	send_packet(&rig, rig.data.member.call_id, 1, 40);
	turn(&rig, &news);
	rig.data.own_port.errors = 3;
	rig.data.own_port.rx.drops = 5;
	pptp_data_path_call_down(&rig.data);
	send_packet(&rig, rig.data.member.call_id, 2, 40);
	ck_assert_uint_eq(turn(&rig, &news), 0);
	pptp_data_path_close(&rig.data);
	pptp_data_path_get_stats(&rig.data, &stats);
	ck_assert_uint_eq(stats.rx_accepted, 1);
	ck_assert_uint_eq(stats.rx_os_errors, 3);
	ck_assert_uint_eq(stats.rx_queue_overflow, 5);
	ck_assert(pptp_data_path_pop(&rig.data, &frame));
	ck_assert(!pptp_data_path_pop(&rig.data, &frame));
	ck_assert_int_eq(pptp_data_path_send(&rig.data, (const uint8_t *)"x", 1, rig.now),
			 PPTP_ERR_STATE);
	rig_close(&rig);
}
END_TEST

/* -- a port with two calls, as in a hub ---------------------------------------------------------- */

struct two {
	struct rig rig; /* its own port is not used */
	struct gre_member **by_call;
	struct gre_touched touched;
	struct gre_port port;
	struct data_path data[2];
};

static void two_open(struct two *two)
{
	struct rig *rig = &two->rig;

	rig_open(rig);
	close(rig->peer);
	two->by_call = calloc(65536, sizeof(*two->by_call));
	ck_assert_ptr_nonnull(two->by_call);
	two->touched.first = NULL;
	pptp_gre_port_init(&two->port, &rig->loop, 9, two->by_call, &two->touched);
	open_socket(&two->port, &rig->peer);
	for (uint16_t i = 0; i < 2; i++) {
		ck_assert_int_eq(pptp_config_set_call_id(rig->cfg, (uint16_t)(100 + i)), 0);
		ck_assert_int_eq(pptp_data_path_init(&two->data[i], rig->cfg, &rig->loop, &ids,
						     settle_nothing, two),
				 0);
		two->by_call[100 + i] = &two->data[i].member;
		pptp_gre_port_join(&two->port, &two->data[i].member);
		call_up(rig, &two->data[i]);
	}
}

static void two_close(struct two *two)
{
	for (int i = 0; i < 2; i++) {
		pptp_gre_port_leave(&two->data[i].member);
		pptp_data_path_free(&two->data[i]);
	}
	ck_assert_uint_eq(two->port.ready_count, 0);
	ck_assert_ptr_null(two->touched.first);
	pptp_gre_port_close(&two->port);
	free(two->by_call);
	rig_close(&two->rig);
}

START_TEST(each_call_receives_its_own_packets)
{
	struct two two;
	struct pptp_frame frame;

	two_open(&two);
	send_packet(&two.rig, 101, 1, 40);
	send_packet(&two.rig, 100, 1, 50);
	send_packet(&two.rig, 102, 1, 60);
	pptp_gre_port_ready(&two.port, EPOLLIN, two.rig.now);
	ck_assert_ptr_eq(two.touched.first, &two.data[0].member);
	ck_assert_ptr_eq(two.touched.first->next_touched, &two.data[1].member);
	ck_assert(pptp_data_path_pop(&two.data[0], &frame));
	ck_assert_uint_eq(frame.len, 50);
	ck_assert(!pptp_data_path_pop(&two.data[0], &frame));
	ck_assert(pptp_data_path_pop(&two.data[1], &frame));
	ck_assert_uint_eq(frame.len, 40);
	ck_assert(!pptp_data_path_pop(&two.data[1], &frame));
	two_close(&two);
}
END_TEST

START_TEST(the_port_is_read_while_one_call_takes_packets)
{
	struct two two;

	two_open(&two);
	ck_assert_uint_eq(two.port.watch.events, EPOLLIN);
	pptp_gre_member_set_ready(&two.data[0].member, false);
	ck_assert_uint_eq(two.port.watch.events, EPOLLIN);
	pptp_gre_member_set_ready(&two.data[1].member, false);
	ck_assert_uint_eq(two.port.watch.events, 0);
	pptp_gre_member_set_ready(&two.data[0].member, true);
	ck_assert_uint_eq(two.port.watch.events, EPOLLIN);
	pptp_data_path_call_down(&two.data[0]);
	ck_assert_uint_eq(two.port.watch.events, 0);
	two_close(&two);
}
END_TEST

/* The counters of a shared socket count from when each call joined. */
START_TEST(counters_of_the_port_belong_to_its_calls)
{
	struct two two;
	struct pptp_stats stats;

	two_open(&two);
	two.port.rx.drops = 7;
	pptp_gre_port_leave(&two.data[1].member);
	pptp_gre_port_join(&two.port, &two.data[1].member);
	two.port.rx.drops = 9;
	two.port.errors = 1;
	pptp_data_path_get_stats(&two.data[0], &stats);
	ck_assert_uint_eq(stats.rx_queue_overflow, 9);
	ck_assert_uint_eq(stats.rx_os_errors, 1);
	pptp_data_path_get_stats(&two.data[1], &stats);
	ck_assert_uint_eq(stats.rx_queue_overflow, 2);
	ck_assert_uint_eq(stats.rx_os_errors, 1);
	two_close(&two);
}
END_TEST

START_TEST(who_found_the_socket_full_is_called_once)
{
	struct two two;

	two_open(&two);
	pptp_gre_member_wait(&two.data[0].member);
	pptp_gre_member_wait(&two.data[1].member);
	pptp_gre_member_wait(&two.data[0].member);
	ck_assert_uint_eq(two.port.watch.events, EPOLLIN | EPOLLOUT);
	pptp_gre_port_ready(&two.port, EPOLLOUT, two.rig.now);
	ck_assert_uint_eq(two.port.watch.events, EPOLLIN);
	ck_assert(!two.data[0].member.waiting && !two.data[1].member.waiting);
	ck_assert_ptr_null(two.port.waiting);
	two_close(&two);
}
END_TEST

START_TEST(errors_in_a_row_pause_reading)
{
	struct two two;

	two_open(&two);
	close(two.port.fd); /* every read fails */
	for (int i = 0; i < 8; i++) {
		ck_assert_uint_eq(two.port.paused_until, PPTP_TIME_NEVER);
		pptp_gre_port_ready(&two.port, EPOLLIN, two.rig.now);
	}
	ck_assert_uint_eq(two.port.errors, 8);
	ck_assert_int_eq(two.port.last_error, -EBADF);
	ck_assert_uint_eq(two.port.paused_until, two.rig.now + 10 * MS);
	pptp_gre_port_expire(&two.port, two.rig.now + 10 * MS - 1);
	ck_assert_uint_ne(two.port.paused_until, PPTP_TIME_NEVER);
	pptp_gre_port_expire(&two.port, two.rig.now + 10 * MS);
	ck_assert_uint_eq(two.port.paused_until, PPTP_TIME_NEVER);
	two.port.fd = -1;
	two_close(&two);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data_path");
	TCase *tc = tcase_create("one call"), *many = tcase_create("two calls");

	tcase_add_test(tc, frames_arrive_in_sequence_and_are_reported_once);
	tcase_add_test(tc, nothing_is_read_before_the_call_is_up);
	tcase_add_test(tc, silence_is_reported_once);
	tcase_add_test(tc, one_way_is_reported_once);
	tcase_add_test(tc, one_acknowledgment_is_a_way_back);
	tcase_add_test(tc, frames_of_the_link_are_sent);
	tcase_add_test(tc, a_closed_link_is_reported_once);
	tcase_add_test(tc, a_link_that_is_not_read_stops_the_port);
	tcase_add_test(tc, after_the_call_nothing_is_delivered_and_counters_stay);
	suite_add_tcase(suite, tc);
	tcase_add_test(many, each_call_receives_its_own_packets);
	tcase_add_test(many, the_port_is_read_while_one_call_takes_packets);
	tcase_add_test(many, counters_of_the_port_belong_to_its_calls);
	tcase_add_test(many, who_found_the_socket_full_is_called_once);
	tcase_add_test(many, errors_in_a_row_pause_reading);
	suite_add_tcase(suite, many);
	return run_suite(suite);
}
