/* SPDX-License-Identifier: MIT */
/* Sessions whose pppd does not read, reads slowly, hangs up, or was never there. */
#define _GNU_SOURCE
#include "rig.h"

static const enum pptp_link_type types[] = { PPTP_LINK_ASYNC, PPTP_LINK_SYNC };

/* Nobody reads the pty while frames come in; then it hangs up, and the peer answers no more. */
START_TEST(unread_link_costs_no_turns)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	int master, slave;

	peer_open(peer);
	client_open(client, new_config());
	open_pty(&master, &slave);
	attach(client, master, types[_i]);
	call(client, peer);
	flood(client, peer, 1000);
	wake_ups(client, 300);
	ck_assert_uint_lt(wake_ups(client, 300), 20);
	peer->mute = true;
	close(slave);
	ck_assert_uint_lt(wake_ups(client, 1900), 60);
	ck_assert(client->over);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_LINK_CLOSED);
	finish(client, peer);
}
END_TEST

/* pppd gives up before the call is up: nobody is called any more. */
START_TEST(hang_up_before_the_call)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	int master, slave;

	peer_open(peer);
	peer->mute = true;
	client_open(client, new_config());
	open_pty(&master, &slave);
	attach(client, master, types[_i % 2]);
	if (_i / 2) {
		ck_assert_int_eq(pptp_session_start(client->session), 0);
		UNTIL(pptp_session_get_phase(client->session) == PPTP_PHASE_STARTING);
	}
	close(slave);
	UNTIL(client->over);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_LINK_CLOSED);
	finish(client, peer);
}
END_TEST

/* pppd says something and hangs up at once: the peer hears it all the same. */
START_TEST(last_frames_before_a_hang_up)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	uint8_t octets[PPTP_HDLC_ENCODED_MAX(sizeof(lcp))];
	struct pptp_stats stats;
	int master, slave, n;

	peer_open(peer);
	client_open(client, new_config());
	open_pty(&master, &slave);
	attach(client, master, PPTP_LINK_ASYNC);
	call(client, peer);
	n = pptp_hdlc_encode(lcp, sizeof(lcp), PPTP_HDLC_ACCM_ALL, octets, sizeof(octets));
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(write(slave, octets, (size_t)n), n);
	close(slave);
	UNTIL(client->over);
	pptp_session_get_stats(client->session, &stats, sizeof(stats));
	ck_assert_uint_eq(stats.tx_sent, 10);
	finish(client, peer);
}
END_TEST

/* A frame that says when it was sent; no octet of it needs an escape but the time's. */
static void send_stamped(struct peer *peer, uint64_t now)
{
	uint8_t frame[1000];

	memset(frame, 0x55, sizeof(frame));
	memcpy(frame, &now, sizeof(now));
	peer_send_frame(peer, peer->client_call_id, frame, sizeof(frame));
}

/* Takes up to `size` octets from the slave; the age of the oldest frame in them, 0 for none. */
static uint64_t read_ages(struct pptp_hdlc_decoder *decoder, int slave, size_t size,
			  uint64_t *lastp)
{
	struct pptp_frame frame;
	uint64_t sent, age = 0, now = clock_now();
	size_t space;
	uint8_t *place = pptp_hdlc_decoder_space(decoder, &space);
	ssize_t n = read(slave, place, size);

	if (n > 0)
		pptp_hdlc_decoder_fill(decoder, (size_t)n);
	while (pptp_hdlc_decoder_next(decoder, &frame)) {
		memcpy(&sent, frame.data, sizeof(sent));
		ck_assert_msg(sent >= *lastp, "a frame overtook another");
		*lastp = sent;
		age = now - sent > age ? now - sent : age;
	}
	return age;
}

/*
 * Three times as much comes as pppd reads, for two seconds. What it reads at the end is not what
 * came at the beginning: the queue is bounded in time.
 */
START_TEST(slow_reader_gets_fresh_frames)
{
	static uint8_t buffer[PPTP_FRAME_MAX + 8192];
	struct pptp_hdlc_decoder decoder;
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_stats stats;
	uint64_t start, tick, last = 0, age, oldest = 0, taken = 0;
	int master, slave;

	peer_open(peer);
	client_open(client, new_config());
	open_pty(&master, &slave);
	fcntl(slave, F_SETFL, O_NONBLOCK);
	attach(client, master, PPTP_LINK_ASYNC);
	call(client, peer);
	pptp_hdlc_decoder_init(&decoder, buffer, sizeof(buffer));
	start = clock_now();
	for (tick = start; tick < start + 2 * PPTP_NS_PER_SEC; tick += PPTP_NS_PER_MS) {
		for (int i = 0; i < 3; i++)
			send_stamped(peer, clock_now());
		do
			client_turn(client, 1);
		while (clock_now() < tick);
		/* A busy machine makes turns long; the reader keeps its pace. */
		for (; taken < (clock_now() - start) / PPTP_NS_PER_MS; taken++) {
			age = read_ages(&decoder, slave, 1020, &last);
			if (tick > start + PPTP_NS_PER_SEC && age > oldest)
				oldest = age;
		}
	}
	pptp_session_get_stats(client->session, &stats, sizeof(stats));
	ck_assert_uint_gt(stats.link_tx_dropped, 500);
	ck_assert_uint_gt(oldest, 0);
	ck_assert_uint_lt(oldest, 800 * PPTP_NS_PER_MS);
	close(slave);
	finish(client, peer);
}
END_TEST

/* Frames come whole, whatever their size; around the size of usual packets each one. */
START_TEST(frames_of_every_size)
{
	static uint8_t sent[PPTP_FRAME_MAX];
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_frame frame = { 0 };

	peer_open(peer);
	client_open(client, new_config());
	call(client, peer);
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t len = 1; len <= sizeof(sent); len += len < 1460 || len > 1560 ? 97 : 1) {
		peer_send_frame(peer, peer->client_call_id, sent, len);
		UNTIL(pptp_session_pop_frame(client->session, &frame));
		ck_assert_uint_eq(frame.len, len);
		ck_assert_mem_eq(frame.data, sent, len);
	}
	finish(client, peer);
}
END_TEST

START_TEST(broken_pipe_raises_no_signal)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	int in[2], out[2];

	signal(SIGPIPE, SIG_DFL);
	peer_open(peer);
	client_open(client, new_config());
	ck_assert(pipe(in) == 0 && pipe(out) == 0);
	ck_assert_int_eq(pptp_session_attach(client->session, in[0], out[1], PPTP_LINK_ASYNC), 0);
	call(client, peer);
	close(out[0]);
	flood(client, peer, 300);
	UNTIL(client->over);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_LINK_CLOSED);
	close(in[1]);
	finish(client, peer);
}
END_TEST

enum sigpipe { UNBLOCKED, BLOCKED, PENDING, SIGPIPES };

/* A pipe that is broken when frames are written to it, and a caller that has SIGPIPE blocked. */
START_TEST(broken_pipe_leaves_signals_as_they_were)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_stats stats = { 0 };
	sigset_t blocked, pending;
	int in[2], out[2];

	signal(SIGPIPE, SIG_DFL);
	peer_open(peer);
	client_open(client, new_config());
	call(client, peer);
	peer_send_frame(peer, peer->client_call_id, lcp, sizeof(lcp));
	UNTIL(pptp_session_get_stats(client->session, &stats, sizeof(stats)) == 0 &&
	      stats.rx_accepted);
	ck_assert(pipe(in) == 0 && pipe(out) == 0);
	close(out[0]);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGPIPE);
	if (_i != UNBLOCKED)
		sigprocmask(SIG_BLOCK, &blocked, NULL);
	if (_i == PENDING)
		raise(SIGPIPE);
	/* The frame that waited is written at once, by us and not when the loop saw the hang-up. */
	ck_assert_int_eq(pptp_session_attach(client->session, in[0], out[1], PPTP_LINK_ASYNC), 0);
	ck_assert_int_eq(pptp_session_get_phase(client->session), PPTP_PHASE_ENDING);
	sigpending(&pending);
	ck_assert_int_eq(sigismember(&pending, SIGPIPE), _i == PENDING);
	sigprocmask(SIG_BLOCK, NULL, &pending);
	ck_assert_int_eq(sigismember(&pending, SIGPIPE), _i != UNBLOCKED);
	signal(SIGPIPE, SIG_IGN);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
	UNTIL(client->over);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_LINK_CLOSED);
	signal(SIGPIPE, SIG_DFL);
	close(in[1]);
	finish(client, peer);
}
END_TEST

START_TEST(refused_links_stay_the_callers)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int master, slave, before;

	peer_open(peer);
	client_open(client, new_config());
	open_pty(&master, &slave);
	before = count_descriptors();
	ck_assert_int_eq(pptp_session_attach(client->session, -1, -1, types[0]), -EBADF);
	ck_assert_int_lt(pptp_session_attach(client->session, file, file, types[0]), 0);
	ck_assert_int_lt(pptp_session_attach(client->session, master, file, types[0]), 0);
	ck_assert_int_eq(pptp_session_attach(client->session, master, master, 7), PPTP_ERR_VALUE);
	ck_assert_int_eq(count_descriptors(), before);
	attach(client, master, types[0]);
	ck_assert_int_eq(pptp_session_attach(client->session, file, file, types[0]),
			 PPTP_ERR_STATE);
	call(client, peer);
	pptp_session_stop(client->session);
	UNTIL(client->over);
	/* The peer's end of TCP came; the pty's master and the GRE socket are closed. */
	ck_assert_int_eq(count_descriptors(), before + 1 - 2);
	close(slave);
	close(file);
	finish(client, peer);
}
END_TEST

const char suite_name[] = "session links";

void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, unread_link_costs_no_turns, 0, 2);
	tcase_add_loop_test(tc, hang_up_before_the_call, 0, 4);
	tcase_add_loop_test(tc, last_frames_before_a_hang_up, 0, 10);
	tcase_add_test(tc, slow_reader_gets_fresh_frames);
	tcase_add_test(tc, frames_of_every_size);
	tcase_add_test(tc, broken_pipe_raises_no_signal);
	tcase_add_loop_test(tc, broken_pipe_leaves_signals_as_they_were, UNBLOCKED, SIGPIPES);
	tcase_add_test(tc, refused_links_stay_the_callers);
}
