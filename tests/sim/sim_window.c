/* SPDX-License-Identifier: MIT */

/*
 * The acknowledgment window between two tunnels on a virtual clock: a sender that always has
 * something, paths that delay and lose, peers that acknowledge in their own ways. The window is
 * never exceeded, no stall is longer than the time-out, and a peer that is deaf turns it off.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <pptp/proto/tunnel.h>

#include "run_suite.h"
#include "send_window.h"

#define MS       PPTP_NS_PER_MS
#define LENGTH   (60 * PPTP_NS_PER_SEC)
#define BURST    10    /* each millisecond */
#define FLIGHT   65536 /* packets on the way, either way */
#define MAX_WAIT SEND_WINDOW_MAX_TIMEOUT

/* How the peer acknowledges. */
enum manner {
	MANNER_PROMPT,  /* each batch at once */
	MANNER_DELAYED, /* after 200 ms, or never more than 16 late */
	MANNER_NEVER,
	MANNER_STOPS, /* prompt, and from half the time on no more */
};

struct scene {
	const char *name;
	enum manner manner;
	uint32_t window; /* ours */
	uint16_t peer_window;
	unsigned int loss;     /* in 1000, either way */
	unsigned int blackout; /* seconds in the middle in which nothing arrives */
	uint64_t delay;        /* one way */
	uint64_t per_packet;   /* the slowest hop's time for a packet; its queue is endless */
	bool limited;          /* a window is kept to in the end */
};

static const struct scene scenes[] = {
	{ "prompt, LAN", MANNER_PROMPT, PPTP_WINDOW_AUTO, 64, 0, 0, MS / 2, MS / 10, true },
	{ "prompt, 50 ms", MANNER_PROMPT, PPTP_WINDOW_AUTO, 64, 0, 0, 25 * MS, MS / 10, true },
	{ "prompt, slow line", MANNER_PROMPT, PPTP_WINDOW_AUTO, 64, 0, 0, 25 * MS, 12 * MS, true },
	{ "window 1", MANNER_PROMPT, PPTP_WINDOW_AUTO, 1, 0, 0, 10 * MS, MS / 10, true },
	{ "window 3 of ours", MANNER_PROMPT, 3, 64, 0, 0, 10 * MS, MS / 10, true },
	{ "ours, peer says 0", MANNER_PROMPT, 16, 0, 0, 0, 10 * MS, MS / 10, true },
	{ "1 % lost", MANNER_PROMPT, PPTP_WINDOW_AUTO, 64, 10, 0, 25 * MS, MS / 10, true },
	{ "20 % lost", MANNER_PROMPT, PPTP_WINDOW_AUTO, 64, 200, 0, 25 * MS, MS / 10, true },
	{ "window 2, 20 % lost", MANNER_PROMPT, PPTP_WINDOW_AUTO, 2, 200, 0, 25 * MS, MS, true },
	{ "delayed", MANNER_DELAYED, PPTP_WINDOW_AUTO, 64, 10, 0, 25 * MS, MS / 10, true },
	{ "window 4, delayed", MANNER_DELAYED, PPTP_WINDOW_AUTO, 4, 10, 0, 25 * MS, MS, true },
	{ "nothing for 10 s", MANNER_PROMPT, PPTP_WINDOW_AUTO, 64, 0, 10, 25 * MS, MS, true },
	{ "far: 1.6 s", MANNER_PROMPT, PPTP_WINDOW_AUTO, 64, 0, 0, 800 * MS, MS, true },
	{ "peer never acknowledges", MANNER_NEVER, PPTP_WINDOW_AUTO, 64, 0, 0, MS, MS / 20, false },
	{ "peer stops", MANNER_STOPS, PPTP_WINDOW_AUTO, 64, 0, 0, 25 * MS, MS / 20, false },
	{ "peer says 0", MANNER_PROMPT, PPTP_WINDOW_AUTO, 0, 0, 0, 25 * MS, MS / 20, false },
	{ "off", MANNER_PROMPT, PPTP_WINDOW_OFF, 64, 0, 0, 25 * MS, MS / 20, false },
};

#define SCENES ((int)(sizeof(scenes) / sizeof(scenes[0])))

struct packet {
	uint64_t at;
	size_t len;
	uint8_t octets[PPTP_GRE_HEADER_MAX + 4];
};

/* One direction; first in, first out. */
struct path {
	struct packet packets[FLIGHT];
	unsigned int head, count;
	uint64_t free_at;
};

static uint64_t random_state;
static uint64_t now;
static struct path there, back;
static struct pptp_tunnel *ours, *peer;
static uint32_t covered; /* packets of ours that were acknowledged or timed out: those before it */

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((random_state >> 33) % n);
}

static bool dark(const struct scene *scene)
{
	return now >= LENGTH / 2 && now < LENGTH / 2 + scene->blackout * PPTP_NS_PER_SEC;
}

static void put(struct path *path, const struct scene *scene, uint64_t per_packet,
		const uint8_t *octets, size_t len)
{
	struct packet *packet;

	if (random_below(1000) < scene->loss || dark(scene))
		return;
	if (path->count == FLIGHT)
		ck_abort_msg("too many packets on the way");
	packet = &path->packets[(path->head + path->count++) % FLIGHT];
	path->free_at = (path->free_at > now ? path->free_at : now) + per_packet;
	packet->at = path->free_at + scene->delay;
	packet->len = len;
	memcpy(packet->octets, octets, len);
}

static uint64_t next_of(const struct path *path)
{
	return path->count ? path->packets[path->head].at : PPTP_TIME_NEVER;
}

static void drain(struct pptp_tunnel *tunnel)
{
	struct pptp_frame frame;

	while (pptp_tunnel_next(tunnel, &frame))
		;
}

/* Hand over what has arrived. */
static void arrive(struct path *path, struct pptp_tunnel *tunnel)
{
	while (next_of(path) <= now) {
		struct packet *packet = &path->packets[path->head];
		struct pptp_gre gre;

		if (pptp_gre_decode(&gre, packet->octets, packet->len) < 0 ||
		    pptp_tunnel_receive(tunnel, packet->octets, packet->len, now) < 0)
			ck_abort_msg("a packet that is none");
		if (gre.has_ack && gre.ack >= covered)
			covered = gre.ack + 1;
		drain(tunnel);
		path->head = (path->head + 1) % FLIGHT;
		path->count--;
	}
}

struct outcome {
	uint64_t longest_stall, stalled_since, send_at;
	uint32_t sent, most_outstanding;
};

/* The peer's side: acknowledge what arrived, in its manner. */
static void peer_turn(const struct scene *scene)
{
	uint8_t header[PPTP_GRE_HEADER_MAX];
	size_t len;

	arrive(&there, peer);
	pptp_tunnel_expire(peer, now);
	drain(peer);
	len = pptp_tunnel_ack(peer, now, header);
	if (len && scene->manner != MANNER_NEVER &&
	    !(scene->manner == MANNER_STOPS && now > LENGTH / 2))
		put(&back, scene, 0, header, len);
}

static void our_turn(const struct scene *scene, struct outcome *outcome)
{
	const struct pptp_stats *stats = pptp_tunnel_stats(ours);
	uint64_t timeouts = stats->tx_window_timeouts;
	unsigned int sent = 0;
	uint8_t packet[PPTP_GRE_HEADER_MAX + 4] = { 0 };

	arrive(&back, ours);
	pptp_tunnel_expire(ours, now);
	if (!stats->tx_window || stats->tx_window_timeouts != timeouts)
		covered = outcome->sent;
	while (now >= outcome->send_at && pptp_tunnel_credit(ours) && sent < BURST) {
		int header = pptp_tunnel_send(ours, 4, now, packet);

		pptp_tunnel_sent(ours, 4, 0);
		put(&there, scene, scene->per_packet, packet, (size_t)header + 4);
		sent++;
	}
	outcome->sent += sent;
	if (!stats->tx_window)
		covered = outcome->sent;
	/* At no time more than the window as it is then. */
	if (sent && stats->tx_window && outcome->sent - covered > stats->tx_window)
		ck_abort_msg("%u outstanding", outcome->sent - covered);
	if (outcome->sent - covered > outcome->most_outstanding)
		outcome->most_outstanding = outcome->sent - covered;
	if (sent)
		outcome->send_at = now + MS;
	if (now > outcome->stalled_since + outcome->longest_stall)
		outcome->longest_stall = now - outcome->stalled_since;
	if (now < outcome->send_at)
		outcome->stalled_since = outcome->send_at;
}

/* The next moment something happens; who may send does so again after a millisecond. */
static void advance(const struct outcome *outcome)
{
	uint64_t at = pptp_tunnel_credit(ours) ? outcome->send_at : PPTP_TIME_NEVER;
	uint64_t others[4] = { next_of(&there), next_of(&back), pptp_tunnel_deadline(ours),
			       pptp_tunnel_deadline(peer) };

	for (int i = 0; i < 4; i++) {
		if (others[i] < at)
			at = others[i];
	}
	if (at <= now)
		ck_abort_msg("stuck at %" PRIu64, now);
	now = at;
}

static void make_tunnels(const struct scene *scene)
{
	struct pptp_tunnel_config cfg;

	covered = 0;
	there.count = back.count = 0;
	there.free_at = back.free_at = 0;
	now = MS;
	pptp_tunnel_config_init(&cfg, sizeof(cfg));
	cfg.call_id = 1;
	cfg.peer_call_id = 2;
	cfg.window = scene->window;
	ck_assert_int_eq(pptp_tunnel_new(&ours, &cfg), 0);
	pptp_tunnel_set_peer(ours, 2, scene->peer_window, 0);
	cfg.call_id = 2;
	cfg.peer_call_id = 1;
	cfg.window = PPTP_WINDOW_OFF;
	cfg.ack_delay = scene->manner == MANNER_DELAYED ? 200 * MS : 0;
	ck_assert_int_eq(pptp_tunnel_new(&peer, &cfg), 0);
}

static void check_outcome(const struct scene *scene, const struct outcome *outcome)
{
	const struct pptp_stats *stats = pptp_tunnel_stats(ours);
	uint32_t most = scene->window == PPTP_WINDOW_AUTO ? scene->peer_window : scene->window;

	ck_assert_uint_eq(stats->tx_window != 0, scene->limited);
	ck_assert_uint_le(stats->tx_window, most);
	ck_assert_uint_le(outcome->longest_stall, MAX_WAIT);
	if (most)
		ck_assert_uint_le(outcome->most_outstanding, most);
	else
		ck_assert_uint_eq(stats->tx_window_timeouts, 0);
}

START_TEST(keeps_the_window_and_never_hangs)
{
	const struct scene *scene = &scenes[_i];
	struct outcome outcome = { .stalled_since = MS };
	const struct pptp_stats *stats;

	random_state = (uint64_t)_i + 1;
	make_tunnels(scene);
	stats = pptp_tunnel_stats(ours);
	while (now < LENGTH) {
		peer_turn(scene);
		our_turn(scene, &outcome);
		advance(&outcome);
	}
	printf("# %-26s sent %6u  window %2" PRIu64 "  outstanding at most %2u  time-outs %4" PRIu64
	       "  longest stall %4" PRIu64 " ms\n",
	       scene->name, outcome.sent, stats->tx_window, outcome.most_outstanding,
	       stats->tx_window_timeouts, (uint64_t)(outcome.longest_stall / MS));
	check_outcome(scene, &outcome);
	pptp_tunnel_free(ours);
	pptp_tunnel_free(peer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("window");
	TCase *tc = tcase_create("scenes");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, keeps_the_window_and_never_hangs, 0, SCENES);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
