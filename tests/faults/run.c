/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "run.h"

#include "expectations.h"
#include "rig.h"
#include "wraps.h"

#define QUIET_MS 15
/* What goes wrong for ever is given so long and so many chances in a round. */
#define PATIENCE       (40 * PPTP_NS_PER_MS)
#define PATIENCE_TIMES 10
#define REORDER_MS     1000 /* nothing is lost on the way */
#define HIGHEST_LEN    1200
#define NAME           "server.test"

/* Nobody listens on the first. */
const unsigned int fault_name_count = 2;
const uint32_t fault_name_addresses[] = { 0x7f000003, 0x7f000002 };

const char *const way_names[WAY_COUNT] = { "frames", "name", "async",     "sync",  "socket",
					   "pipes",  "hub",  "hub-async", "handed" };

uint64_t run_lost_up(const struct run *run)
{
	return run->stats.tx_failed + run->stats.tx_dropped;
}

uint64_t run_lost_down(const struct run *run)
{
	return run->stats.rx_lost + run->stats.link_tx_dropped;
}

static const size_t frame_lens[FRAMES] = { 40, HIGHEST_LEN, 300 };

struct bed {
	enum way way;
	struct run *run;
	struct peer peer;
	bool peer_over;
	uint32_t peer_seq;
	struct pptp_hub *hub;
	struct pptp_config *cfg;
	struct pptp_session *session;
	int handed;  /* a GRE socket */
	int ours[2]; /* PPP's ends: to read from, to write to; -1 for none */
	int theirs[2];
	struct pptp_hdlc_decoder decoder;
	uint8_t in[PPTP_FRAME_MAX + 8192];
	uint64_t end; /* of the present step */
	unsigned int round;
	bool over;
	const struct fault *fault;
};

/* What the library does is under test; all else is the bed. */
#define LIBRARY(statement)                                                                         \
	do {                                                                                       \
		faults_enter();                                                                    \
		statement;                                                                         \
		faults_leave();                                                                    \
	} while (0)

/* -- frames --------------------------------------------------------------------------------- */

/* An LCP Echo-Request, which carries its length, different for each round, way and index. */
static size_t make_frame(uint8_t frame[HIGHEST_LEN], unsigned int round, bool down,
			 unsigned int index)
{
	size_t len = frame_lens[index];

	memset(frame, (int)(0x40 + index), len);
	memcpy(frame, (const uint8_t[]){ 0xff, 0x03, 0xc0, 0x21, 9 }, 5);
	frame[5] = (uint8_t)(round * 16 + down * 8 + index);
	frame[6] = (uint8_t)((len - 4) >> 8);
	frame[7] = (uint8_t)(len - 4);
	return len;
}

static void note_frame(struct bed *bed, const uint8_t *data, size_t len, bool down)
{
	uint8_t expected[HIGHEST_LEN];
	unsigned int *got;

	for (unsigned int round = 0; round < ROUNDS; round++)
		for (unsigned int i = 0; i < FRAMES; i++) {
			size_t size = make_frame(expected, round, down, i);

			if (len != size || memcmp(data, expected, len) != 0)
				continue;
			got = down ? &bed->run->down_frames[round] : &bed->run->up_frames[round];
			bed->run->late_frames += (*got & 1U << i) != 0;
			*got |= 1U << i;
			return;
		}
	bed->run->late_frames++;
}

/* -- the peer ------------------------------------------------------------------------------- */

static void serve_control(struct bed *bed)
{
	struct peer *peer = &bed->peer;
	char octet;

	if (bed->peer_over)
		return;
	if (peer->tcp >= 0 && recv(peer->tcp, &octet, 1, MSG_PEEK) == 0) {
		bed->peer_over = true;
		pptp_ctrl_tcp_closed(peer->ctrl, clock_now());
		return;
	}
	peer_work(peer);
}

static void serve_gre(struct bed *bed)
{
	uint8_t packet[60 + PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX];
	struct pptp_gre gre;
	ssize_t n;

	while ((n = recv(bed->peer.gre, packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
		size_t ip = (size_t)(packet[0] & 15) * 4;
		int header = pptp_gre_decode(&gre, packet + ip, (size_t)n - ip);

		ck_assert_int_gt(header, 0);
		if (gre.payload_len)
			note_frame(bed, packet + ip + header, gre.payload_len, false);
	}
}

/* The last two change places: the library has to keep one. */
static void peer_send(struct bed *bed)
{
	static const unsigned int order[FRAMES] = { 0, 2, 1 };
	uint8_t frame[HIGHEST_LEN];

	for (unsigned int i = 0; i < FRAMES; i++) {
		size_t len = make_frame(frame, bed->round, true, order[i]);

		bed->peer.seq = bed->peer_seq + order[i];
		peer_send_frame(&bed->peer, bed->peer.client_call_id, frame, len);
	}
	bed->peer_seq += FRAMES;
}

/* -- PPP ------------------------------------------------------------------------------------ */

static bool has_link(const struct bed *bed)
{
	return bed->way == WAY_ASYNC || bed->way == WAY_SYNC || bed->way == WAY_SOCKET ||
	       bed->way == WAY_PIPES || bed->way == WAY_HUB_ASYNC;
}

bool way_has_hub(enum way way)
{
	return way == WAY_HUB || way == WAY_HUB_ASYNC;
}

static void open_link(struct bed *bed)
{
	int in[2], out[2];

	if (bed->way == WAY_SOCKET) {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in), 0);
		bed->ours[0] = bed->ours[1] = in[0];
		bed->theirs[0] = bed->theirs[1] = in[1];
	} else if (bed->way == WAY_PIPES) {
		ck_assert(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
		bed->ours[0] = in[0];
		bed->theirs[1] = in[1];
		bed->theirs[0] = out[0];
		bed->ours[1] = out[1];
	} else {
		open_pty(&bed->theirs[0], &bed->ours[0]);
		bed->theirs[1] = bed->theirs[0];
		bed->ours[1] = bed->ours[0];
	}
	fcntl(bed->ours[0], F_SETFL, O_NONBLOCK);
	pptp_hdlc_decoder_init(&bed->decoder, bed->in, sizeof(bed->in));
}

static void close_pair(int fds[2])
{
	if (fds[0] >= 0)
		close(fds[0]);
	if (fds[1] >= 0 && fds[1] != fds[0])
		close(fds[1]);
	fds[0] = fds[1] = -1;
}

static void read_hdlc(struct bed *bed)
{
	struct pptp_frame frame;
	size_t space;
	uint8_t *place = pptp_hdlc_decoder_space(&bed->decoder, &space);
	ssize_t n = read(bed->ours[0], place, space);

	if (n > 0)
		pptp_hdlc_decoder_fill(&bed->decoder, (size_t)n);
	while (pptp_hdlc_decoder_next(&bed->decoder, &frame))
		note_frame(bed, frame.data, frame.len, true);
}

/* The other side of a pty gets each write by itself, as long as it reads at once. */
static void read_bare(struct bed *bed)
{
	ssize_t n = read(bed->ours[0], bed->in, sizeof(bed->in));

	if (n > 0)
		note_frame(bed, bed->in, (size_t)n, true);
}

static void serve_ppp(struct bed *bed)
{
	struct pptp_frame frame;
	bool found;

	if (bed->way == WAY_SYNC) {
		read_bare(bed);
	} else if (has_link(bed)) {
		read_hdlc(bed);
	} else {
		do {
			LIBRARY(found = pptp_session_pop_frame(bed->session, &frame));
			if (found)
				note_frame(bed, frame.data, frame.len, true);
		} while (found);
	}
}

static void ppp_send(struct bed *bed)
{
	uint8_t frame[HIGHEST_LEN], octets[FRAMES * PPTP_HDLC_ENCODED_MAX(HIGHEST_LEN)];
	size_t size = 0;

	for (unsigned int i = 0; i < FRAMES; i++) {
		size_t len = make_frame(frame, bed->round, false, i);

		if (!has_link(bed)) {
			LIBRARY(pptp_session_send_frame(bed->session, frame, len));
		} else if (bed->way == WAY_SYNC) {
			memcpy(octets + size, frame, len);
			size += len;
		} else {
			size += (size_t)pptp_hdlc_encode(frame, len, PPTP_HDLC_ACCM_ALL,
							 octets + size, sizeof(octets) - size);
		}
	}
	if (size) /* fails once the library has closed its end */
		(void)!write(bed->ours[1], octets, size);
}

/* -- the session's loop --------------------------------------------------------------------- */

static void pop_events(struct bed *bed)
{
	const struct pptp_event *event;
	bool found;

	for (;;) {
		LIBRARY(found = (event = pptp_session_pop_event(bed->session)));
		if (!found)
			return;
		bed->run->up |= event->type == PPTP_EVENT_CALL_UP;
		bed->run->link_closed += event->type == PPTP_EVENT_LINK_CLOSED;
		if (event->type == PPTP_EVENT_CLOSED) {
			bed->run->down = event->u.down;
			bed->run->closed++;
		}
	}
}

static void dispatch(struct bed *bed, bool session, bool hub)
{
	int err = 0;

	if (hub)
		LIBRARY(err = pptp_hub_dispatch(bed->hub));
	if (session && !err)
		LIBRARY(err = pptp_session_dispatch(bed->session));
	if (err == PPTP_ERR_CLOSED)
		bed->over = true;
	else if (err < 0)
		bed->run->dispatch_error = err;
	bed->over |= err < 0;
	pop_events(bed);
}

static void require_in_time(const struct bed *bed)
{
	static const struct fault none;
	const struct fault *fault = bed->fault ? bed->fault : &none;
	const struct run *run = bed->run;

	ck_assert_msg(clock_now() < bed->end,
		      "%s: call %u of %s, kind %d, error %d, %u times: the session hangs, or "
		      "frames are lost and not counted: up %x %x down %x %x, %u turns, %u calls",
		      way_names[bed->way], fault->first, call_names[fault->call], fault->kind,
		      fault->error, fault->times, run->up_frames[0], run->up_frames[1],
		      run->down_frames[0], run->down_frames[1], run->turns, faults_calls());
}

/* Wait for anything of the session, the peer or PPP; false when nothing came for a while. */
static bool take_turn(struct bed *bed)
{
	struct pollfd fds[] = {
		{ .fd = pptp_session_get_fd(bed->session), .events = POLLIN },
		{ .fd = bed->hub ? pptp_hub_get_fd(bed->hub) : -1, .events = POLLIN },
		{ .fd = bed->peer.tcp < 0 ? bed->peer.listener : -1, .events = POLLIN },
		{ .fd = bed->peer_over ? -1 : bed->peer.tcp, .events = POLLIN },
		{ .fd = bed->peer.gre, .events = POLLIN },
		{ .fd = bed->run->link_closed ? -1 : bed->ours[0], .events = POLLIN },
	};

	require_in_time(bed);
	if (poll(fds, sizeof(fds) / sizeof(fds[0]), QUIET_MS) == 0)
		return false;
	if (fds[0].revents || fds[1].revents) {
		bed->run->turns++;
		dispatch(bed, fds[0].revents, fds[1].revents);
	}
	serve_control(bed);
	serve_gre(bed);
	serve_ppp(bed);
	return true;
}

static void begin_step(struct bed *bed)
{
	bed->end = clock_now() + STEP_MS * PPTP_NS_PER_MS;
}

static unsigned int sum_up(const unsigned int frames[ROUNDS])
{
	unsigned int n = 0;

	for (unsigned int round = 0; round < ROUNDS; round++)
		n += (unsigned int)__builtin_popcount(frames[round]);
	return n;
}

/* Whether as many frames came, or were counted as lost, as were sent. */
static bool is_accounted(struct bed *bed, bool down)
{
	struct run *run = bed->run;
	uint64_t lost;

	LIBRARY(pptp_session_get_stats(bed->session, &run->stats, sizeof(run->stats)));
	lost = down ? run_lost_down(run) : run_lost_up(run);
	return sum_up(down ? run->down_frames : run->up_frames) + lost >=
	       (uint64_t)FRAMES * (bed->round + 1);
}

/* What cannot be read stays in the socket; enough when that was tried, and not all the time. */
static bool is_given_up(struct bed *bed, uint64_t start)
{
	unsigned int fired = faults_fired() - bed->run->fired_before[bed->round];

	return bed->fault && bed->fault->kind == FAULT_ERROR && fired > PATIENCE_TIMES &&
	       clock_now() - start > PATIENCE && is_accounted(bed, false);
}

/* In synchronous mode a part of a frame passes for a frame, and is not counted. */
static bool is_damaged(const struct bed *bed)
{
	return bed->way == WAY_SYNC && bed->fault && bed->fault->kind == FAULT_SHORT;
}

static void exchange(struct bed *bed)
{
	uint64_t start = clock_now();

	begin_step(bed);
	bed->run->fired_before[bed->round] = faults_fired();
	ppp_send(bed);
	peer_send(bed);
	while (!bed->over && !(is_accounted(bed, false) && is_accounted(bed, true)))
		if ((!take_turn(bed) && is_damaged(bed)) || is_given_up(bed, start))
			return;
}

static void talk(struct bed *bed)
{
	begin_step(bed);
	while (!bed->over && !bed->run->up)
		take_turn(bed);
	for (bed->round = 0; bed->round < ROUNDS && !bed->over; bed->round++)
		exchange(bed);
	if (!bed->over) {
		LIBRARY(bed->run->stop_error = pptp_session_stop(bed->session));
		bed->over = bed->run->stop_error != 0;
	}
	begin_step(bed);
	while (!bed->over)
		take_turn(bed);
	LIBRARY(pptp_session_get_stats(bed->session, &bed->run->stats, sizeof(bed->run->stats)));
}

/* -- beginning and end ---------------------------------------------------------------------- */

static int configure(struct bed *bed)
{
	struct pptp_config *cfg;
	int err;

	LIBRARY(err = pptp_config_new(&cfg));
	if (err)
		return err;
	bed->cfg = cfg;
	err |= pptp_config_set_server(cfg, bed->way == WAY_NAME ? NAME : SERVER);
	err |= pptp_config_set_local_address(cfg, CLIENT);
	err |= pptp_config_set_mark(cfg, 7);
	err |= pptp_config_set_interface(cfg, "lo");
	err |= pptp_config_set_connect_timeout_ms(cfg, 1000);
	err |= pptp_config_set_start_timeout_ms(cfg, 1000);
	err |= pptp_config_set_call_timeout_ms(cfg, 1000);
	err |= pptp_config_set_reorder_timeout_ms(cfg, REORDER_MS);
	if (bed->way == WAY_HANDED) {
		bed->handed = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_GRE);
		err |= pptp_config_set_gre_fd(cfg, bed->handed);
	}
	if (way_has_hub(bed->way))
		err |= pptp_config_set_hub(cfg, bed->hub);
	ck_assert_int_eq(err, 0);
	return 0;
}

static int begin(struct bed *bed)
{
	struct run *run = bed->run;

	if (way_has_hub(bed->way))
		LIBRARY(run->hub_error = pptp_hub_new(&bed->hub));
	if (run->hub_error)
		return run->hub_error;
	run->config_error = configure(bed);
	if (run->config_error)
		return run->config_error;
	LIBRARY(run->new_error = pptp_session_new(&bed->session, bed->cfg));
	if (run->new_error)
		return run->new_error;
	bed->handed = -1;
	if (has_link(bed)) {
		open_link(bed);
		LIBRARY(run->attach_error = pptp_session_attach(
				bed->session, bed->theirs[0], bed->theirs[1],
				bed->way == WAY_SYNC ? PPTP_LINK_SYNC : PPTP_LINK_ASYNC));
		if (run->attach_error)
			return run->attach_error;
		bed->theirs[0] = bed->theirs[1] = -1;
	}
	LIBRARY(run->start_error = pptp_session_start(bed->session));
	return run->start_error;
}

/* A thread that resolves for nobody ends by itself. */
static void wait_for_threads(void)
{
	uint64_t end = clock_now() + STEP_MS * PPTP_NS_PER_MS;

	while (faults_threads()) {
		ck_assert_msg(clock_now() < end, "a thread goes on for ever");
		sched_yield();
	}
}

static void finish_run(struct bed *bed)
{
	LIBRARY(pptp_session_free(bed->session));
	LIBRARY(pptp_config_free(bed->cfg));
	LIBRARY(pptp_hub_free(bed->hub));
	wait_for_threads();
	bed->run->fired = faults_fired();
	bed->run->calls = faults_calls();
	bed->run->live = faults_live();
	if (bed->handed >= 0)
		close(bed->handed);
	close_pair(bed->ours);
	close_pair(bed->theirs);
	peer_close(&bed->peer);
}

void run_session(struct run *run, enum way way, const struct fault *fault)
{
	struct bed bed = { .way = way,
			   .fault = fault,
			   .run = run,
			   .handed = -1,
			   .ours = { -1, -1 },
			   .theirs = { -1, -1 } };
	int before = count_descriptors();

	*run = (struct run){ 0 };
	peer_open(&bed.peer);
	faults_plan(fault);
	if (begin(&bed) == 0)
		talk(&bed);
	finish_run(&bed);
	run->descriptors = count_descriptors() - before;
}
