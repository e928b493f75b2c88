/* SPDX-License-Identifier: MIT */

/*
 * A month of one call on a virtual clock: control connection with its Echo-Requests, a tunnel at
 * either end, a network that loses, doubles, delays and reorders packets, and outages. Every packet
 * is held against a count of our own: what was sent, lost on the way, came, was delivered. The
 * sequence numbers wrap many times, memory stays what it was after the first day, and no deadline
 * drifts.
 */

#include <inttypes.h>

#include "memory_peer.h"

/* 2^32 packets take minutes, so both ends leap ahead together while nothing is under way. Only the
 * tunnel's own file can do that. */
#include "tunnel.c"

#define DAYS        30
#define DAY         (24 * 3600 * SECOND)
#define BURSTS      8 /* a day */
#define BURST       2000
#define KEEP_ALIVE  (30 * SECOND)
#define OUTAGE      (45 * SECOND)
#define WAY         (10 * MILLISECOND) /* of a packet, at least */
#define LATE_MAX    (3 * MILLISECOND)
#define PAYLOAD     24
#define PACKET_MAX  (PPTP_GRE_HEADER_MAX + PAYLOAD)
#define UNDER_WAY   1024
#define BEFORE_WRAP 1500
#define ACK_WAIT    (10 * MILLISECOND)
#define ACK_LATEST  (10 * ACK_WAIT) /* where the last one rode on data */
#define WRAP        (UINT64_C(1) << 32)

/* -- memory: what is held now, and how often the tunnels asked for some ----------------------- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void __real_free(void *old);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __wrap_free(void *old);

#define HELD_MAX 4096

static void *held[HELD_MAX]; /* what others (Check, libc) allocated is not in it */
static unsigned int held_count, asked;

static void *hold(void *block)
{
	asked++;
	if (held_count == HELD_MAX)
		abort();
	held[held_count++] = block;
	return block;
}

void *__wrap_malloc(size_t size)
{
	return hold(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	unsigned int before = held_count;
	void *block = __real_calloc(count, size);

	/* Linked statically, musl's calloc() comes to __wrap_malloc(): the block is held already. */
	return held_count == before ? hold(block) : block;
}

void __wrap_free(void *old)
{
	for (unsigned int i = held_count; old && i-- > 0;) {
		if (held[i] == old) {
			held[i] = held[--held_count];
			break;
		}
	}
	__real_free(old);
}

/* Check's own assertions write to a file each time. */
#define must(expr)                                                                                 \
	do {                                                                                       \
		if (!(expr))                                                                       \
			ck_abort_msg("not so: %s", #expr);                                         \
	} while (0)

/* -- the network ------------------------------------------------------------------------------ */

struct packet {
	uint64_t at;
	size_t len;
	uint8_t data[PACKET_MAX];
};

/* Probabilities in 1/10000. */
struct weather {
	unsigned int lost, twice, late;
};

static const struct weather fine = { 0, 0, 0 };
static const struct weather bad = { 100, 100, 500 };

/* One end, and the packets on their way to it. */
struct end {
	struct pptp_tunnel *tunnel;
	struct packet way[UNDER_WAY]; /* by time of arrival */
	unsigned int under_way;
	unsigned int asked;  /* for memory, in the tunnel's functions */
	uint64_t owes_since; /* an acknowledgment; PPTP_TIME_NEVER: none */
	uint64_t sent;       /* frames it sent; the first number is 0 */
	uint64_t leapt;      /* numbers that neither end ever saw */
	uint64_t came;       /* data packets */
	uint64_t acks_came;  /* pure acknowledgments */
	uint64_t acks_sent;
	uint64_t delivered;
	uint64_t next;    /* one past the last number delivered */
	uint64_t skipped; /* numbers before a new place in the sequence */
	uint64_t resyncs;
};

struct world {
	struct pair *pair;
	struct end client, server;
	uint64_t now;
	uint64_t random;
	struct weather weather;
	bool outage;
	uint64_t echo_due; /* by our own reckoning */
	bool echo_waits;
	unsigned int echoes;
};

static uint32_t random_below(struct world *w, uint32_t n)
{
	w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((w->random >> 33) % n);
}

static bool happens(struct world *w, unsigned int in_10000)
{
	return in_10000 && random_below(w, 10000) < in_10000;
}

static void carry_one(struct world *w, struct end *to, const uint8_t *data, size_t len)
{
	uint64_t at = w->now + WAY;
	unsigned int i = to->under_way;

	if (happens(w, w->weather.late))
		at += random_below(w, LATE_MAX / 1000) * UINT64_C(1000);
	must(to->under_way++ < UNDER_WAY);
	for (; i && to->way[i - 1].at > at; i--)
		to->way[i] = to->way[i - 1];
	to->way[i].at = at;
	to->way[i].len = len;
	memcpy(to->way[i].data, data, len);
}

static void carry(struct world *w, struct end *to, const uint8_t *data, size_t len)
{
	if (w->outage || happens(w, w->weather.lost))
		return;
	carry_one(w, to, data, len);
	if (happens(w, w->weather.twice))
		carry_one(w, to, data, len);
}

static struct end *other(struct world *w, struct end *end)
{
	return end == &w->client ? &w->server : &w->client;
}

/* -- one end ---------------------------------------------------------------------------------- */

static uint64_t get64(const uint8_t *p)
{
	uint64_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static void send_frame(struct world *w, struct end *end)
{
	uint8_t packet[PACKET_MAX];
	uint64_t number = end->leapt + end->sent++;
	struct pptp_gre gre;
	int header = pptp_tunnel_send(end->tunnel, PAYLOAD, w->now, packet);

	must(header > 0);
	for (int i = 0; i < 3; i++) {
		uint64_t value = i == 0 ? number : i == 1 ? ~number : w->now;

		memcpy(packet + header + 8 * i, &value, sizeof(value));
	}
	pptp_tunnel_sent(end->tunnel, PAYLOAD, 0);
	must(pptp_gre_decode(&gre, packet, (size_t)header + PAYLOAD) == header);
	must(gre.seq == (uint32_t)number);
	if (gre.has_ack)
		end->owes_since = PPTP_TIME_NEVER;
	carry(w, other(w, end), packet, (size_t)header + PAYLOAD);
}

static void acknowledge(struct world *w, struct end *end)
{
	uint8_t packet[PPTP_GRE_HEADER_MAX];
	size_t len = pptp_tunnel_ack(end->tunnel, w->now, packet);

	if (len) {
		end->owes_since = PPTP_TIME_NEVER;
		end->acks_sent++;
		carry(w, other(w, end), packet, len);
	}
	if (end->owes_since != PPTP_TIME_NEVER)
		must(w->now - end->owes_since < ACK_LATEST);
}

static void check_frame(struct world *w, struct end *end, const struct pptp_frame *frame)
{
	uint64_t number = get64(frame->data);
	uint64_t resyncs = pptp_tunnel_stats(end->tunnel)->rx_resyncs;

	must(frame->len == PAYLOAD);
	must(get64(frame->data + 8) == ~number);
	must(number >= end->next);
	if (resyncs != end->resyncs)
		end->skipped += number - end->next;
	end->resyncs = resyncs;
	end->next = number + 1;
	end->delivered++;
	/* As long as it may be on its way, and as long as it may wait for others. */
	must(w->now - get64(frame->data + 16) <= WAY + LATE_MAX + 300 * MILLISECOND);
}

/* Take what there is; then nothing is due any more. */
static void settle(struct world *w, struct end *end)
{
	struct pptp_frame frame;

	while (pptp_tunnel_next(end->tunnel, &frame))
		check_frame(w, end, &frame);
	acknowledge(w, end);
	must(pptp_tunnel_deadline(end->tunnel) > w->now);
}

static void take_packet(struct world *w, struct end *end)
{
	struct packet packet = end->way[0];
	struct pptp_gre gre;
	unsigned int before = asked;

	memmove(end->way, end->way + 1, --end->under_way * sizeof(packet));
	must(pptp_gre_decode(&gre, packet.data, packet.len) > 0);
	if (gre.has_seq)
		end->came++;
	else
		end->acks_came++;
	if (gre.has_seq && end->owes_since == PPTP_TIME_NEVER)
		end->owes_since = w->now;
	must(pptp_tunnel_receive(end->tunnel, packet.data, packet.len, w->now) == 0);
	if (!end->tunnel->rx.unacked)
		end->owes_since = PPTP_TIME_NEVER; /* it was not taken */
	settle(w, end);
	end->asked += asked - before;
}

static uint64_t due_at(const struct end *end)
{
	uint64_t due = pptp_tunnel_deadline(end->tunnel);

	return end->under_way && end->way[0].at < due ? end->way[0].at : due;
}

static void act(struct world *w, struct end *end)
{
	if (pptp_tunnel_deadline(end->tunnel) <= w->now) {
		pptp_tunnel_expire(end->tunnel, w->now);
		settle(w, end);
	}
	while (end->under_way && end->way[0].at <= w->now)
		take_packet(w, end);
}

/* -- both, and the control connection --------------------------------------------------------- */

/* TCP carries nothing during an outage, and all of it afterwards. */
static void control_settle(struct world *w)
{
	w->pair->now = w->now;
	if (w->outage)
		return;
	pair_settle(w->pair);
	if (w->echo_waits)
		w->echo_due = w->now + 60 * SECOND;
	w->echo_waits = false;
}

static void control_expire(struct world *w)
{
	must(w->now == w->echo_due);
	w->pair->now = w->now;
	pptp_ctrl_expire(w->pair->pns.ctrl, w->now);
	pptp_ctrl_expire(w->pair->pac.ctrl, w->now);
	w->echoes++;
	w->echo_waits = true;
	control_settle(w);
	must(pair_deadline(w->pair) > w->now);
}

static void advance(struct world *w, uint64_t until)
{
	for (;;) {
		uint64_t client = due_at(&w->client), server = due_at(&w->server);
		uint64_t control = pair_deadline(w->pair);
		uint64_t due = client < server ? client : server;

		due = control < due ? control : due;
		if (due > until)
			break;
		must(due >= w->now);
		w->now = due;
		if (control <= due)
			control_expire(w);
		act(w, &w->client);
		act(w, &w->server);
	}
	w->now = until;
}

static void both_send(struct world *w)
{
	send_frame(w, &w->client);
	send_frame(w, &w->server);
}

/* PPP's own keep-alive. */
static void quiet(struct world *w, uint64_t until)
{
	while (w->now + KEEP_ALIVE <= until) {
		advance(w, w->now + KEEP_ALIVE);
		both_send(w);
	}
	advance(w, until);
}

static void burst(struct world *w, unsigned int count, uint64_t gap)
{
	for (unsigned int i = 0; i < count; i++) {
		both_send(w);
		advance(w, w->now + gap);
	}
}

/* Until nothing is under way and no packet is missed any more. */
static void calm_down(struct world *w)
{
	w->weather = fine;
	burst(w, 4, 400 * MILLISECOND);
	ck_assert_uint_eq(w->client.under_way + w->server.under_way, 0);
	ck_assert_uint_eq(w->client.tunnel->reorder.held + w->server.tunnel->reorder.held, 0);
}

static void leap_end(struct end *end, uint64_t numbers)
{
	struct pptp_tunnel *tunnel = end->tunnel;

	ck_assert(!tunnel->tx.timing && !tunnel->rx.unacked);
	ck_assert_uint_eq(tunnel->tx.unacked, 0);
	tunnel->tx.next += (uint32_t)numbers;
	tunnel->rx.highest += (uint32_t)numbers;
	tunnel->reorder.next += (uint32_t)numbers;
	tunnel->reorder.top += (uint32_t)numbers;
	tunnel->stats.tx_sent += numbers;
	tunnel->stats.tx_bytes += numbers * PAYLOAD;
	tunnel->stats.rx_accepted += numbers;
	tunnel->stats.rx_bytes += numbers * PAYLOAD;
	end->leapt += numbers;
	end->next += numbers;
}

/* As if so many packets had gone both ways, none lost. */
static void leap(struct world *w, uint64_t numbers)
{
	calm_down(w);
	leap_end(&w->client, numbers);
	leap_end(&w->server, numbers);
}

static void leap_before_wrap(struct world *w)
{
	uint64_t in_the_way = 8; /* of calm_down() here */
	uint64_t client = w->client.leapt + w->client.sent + in_the_way;

	leap(w, WRAP - client % WRAP - BEFORE_WRAP);
}

/* -- a month ---------------------------------------------------------------------------------- */

/* The first of `count` packets is lost: all that can wait do. */
static void fill_the_window(struct world *w)
{
	calm_down(w);
	w->outage = true;
	both_send(w);
	w->outage = false;
	burst(w, 400, 10 * MILLISECOND / 1000);
	calm_down(w);
}

/* The cable is out for a while, with `count` packets sent meanwhile. */
static void outage(struct world *w, unsigned int count)
{
	calm_down(w);
	w->outage = true;
	burst(w, count, MILLISECOND);
	advance(w, w->now + OUTAGE);
	w->outage = false;
	control_settle(w);
	burst(w, 20, MILLISECOND);
}

static void day(struct world *w, unsigned int number)
{
	uint64_t start = w->now;

	if (number % 5 == 0)
		leap_before_wrap(w);
	else
		leap(w, 100000000 + random_below(w, 1000000000));
	for (unsigned int i = 0; i < BURSTS; i++) {
		w->weather = bad;
		burst(w, BURST, MILLISECOND);
		calm_down(w);
		if (i == 3 && number % 3)
			/* Fewer and more than may be missing in a row. */
			outage(w, number % 3 == 1 ? 200 : 1000);
		if (i == 5 && number % 10 == 0)
			fill_the_window(w);
		quiet(w, start + (i + 1) * DAY / BURSTS);
	}
}

static void check_end(const struct world *w, const struct end *end, const struct end *from)
{
	const struct pptp_stats *stats = pptp_tunnel_stats(end->tunnel);

	(void)w;
	/* What went out. */
	ck_assert_uint_eq(stats->tx_sent, end->sent + end->leapt);
	ck_assert_uint_eq(stats->tx_bytes, (end->sent + end->leapt) * PAYLOAD);
	ck_assert_uint_eq(stats->tx_acks, end->acks_sent);
	ck_assert_uint_eq(stats->rx_acks, end->acks_came);
	/* Each packet that came was delivered, or not, for one reason. */
	ck_assert_uint_eq(stats->rx_accepted, end->delivered + end->leapt);
	ck_assert_uint_eq(stats->rx_bytes, (end->delivered + end->leapt) * PAYLOAD);
	ck_assert_uint_eq(end->came, end->delivered + stats->rx_under_win + stats->rx_over_win);
	/* Each number that was sent was delivered, lost, or jumped over. */
	ck_assert_uint_eq(from->sent + from->leapt, end->next);
	ck_assert_uint_eq(from->sent, end->delivered + stats->rx_lost + end->skipped);
	ck_assert_uint_eq(stats->rx_resyncs * (REORDER_RESYNC_RUN - 1), stats->rx_over_win);
	ck_assert_uint_eq(stats->rx_truncated + stats->rx_invalid + stats->rx_wrong_call +
				  stats->tx_failed + stats->tx_oversize,
			  0);
	ck_assert_uint_ge(stats->rtt_us, 2 * WAY / 1000);
	ck_assert_uint_le(stats->rtt_us, (2 * WAY + ACK_LATEST + 2 * LATE_MAX) / 1000);
}

static struct pptp_tunnel *new_tunnel(uint16_t id, uint16_t peer_id)
{
	struct pptp_tunnel_config cfg;
	struct pptp_tunnel *tunnel;

	pptp_tunnel_config_init(&cfg, sizeof(cfg));
	cfg.call_id = id;
	cfg.peer_call_id = peer_id;
	cfg.ack_delay = ACK_WAIT;
	cfg.recv_window = 60;
	ck_assert_int_eq(pptp_tunnel_new(&tunnel, &cfg), 0);
	return tunnel;
}

static struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));
	struct pptp_ctrl_config pns, pac;

	pns_config(&pns);
	pac_config(&pac);
	w->pair = pair_new(&pns, &pac);
	pair_open(w->pair);
	ck_assert_str_eq(pptp_ctrl_call_state_name(w->pair->pns.ctrl), "established");
	w->now = w->pair->now;
	w->echo_due = w->now + 60 * SECOND;
	w->random = 7;
	w->client.tunnel = new_tunnel(PNS_ID, PAC_ID);
	w->server.tunnel = new_tunnel(PAC_ID, PNS_ID);
	w->client.owes_since = w->server.owes_since = PPTP_TIME_NEVER;
	return w;
}

static void world_free(struct world *w)
{
	pptp_tunnel_free(w->client.tunnel);
	pptp_tunnel_free(w->server.tunnel);
	pair_free(w->pair);
	free(w);
}

static void print_sums(const struct world *w)
{
	const struct pptp_stats *s = pptp_tunnel_stats(w->client.tunnel);

	printf("# %d days: %" PRIu64 " packets sent, %" PRIu64 " of them one by one, %" PRIu64
	       " wraps; %" PRIu64 " accepted, %" PRIu64 " lost, %" PRIu64 " late or twice, %" PRIu64
	       " too far, %" PRIu64 " resyncs; %u echoes\n",
	       DAYS, s->tx_sent, w->client.sent, s->tx_sent / WRAP, s->rx_accepted, s->rx_lost,
	       s->rx_under_win, s->rx_over_win, s->rx_resyncs, w->echoes);
}

START_TEST(a_month)
{
	unsigned int before = held_count, after_a_day = 0, asked_for = 0;
	struct world *w = world_new();
	unsigned int sent = w->pair->pns.sent;

	for (unsigned int i = 0; i < DAYS; i++) {
		day(w, i);
		check_end(w, &w->client, &w->server);
		check_end(w, &w->server, &w->client);
		if (!i) {
			after_a_day = held_count;
			asked_for = w->client.asked + w->server.asked;
		}
		ck_assert_uint_eq(held_count, after_a_day);
		ck_assert_uint_eq(w->client.asked + w->server.asked, asked_for);
	}
	print_sums(w);
	/* Each end asked and answered; one a minute, but for what outages put off. */
	ck_assert_uint_eq(w->pair->pns.sent - sent, 2 * w->echoes);
	ck_assert_uint_ge(w->echoes, DAYS * 24 * 60 - DAYS);
	ck_assert_uint_ge(pptp_tunnel_stats(w->client.tunnel)->tx_sent / WRAP, 6);
	ck_assert_str_eq(pptp_ctrl_call_state_name(w->pair->pns.ctrl), "established");
	world_free(w);
	ck_assert_uint_eq(held_count, before);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("month");
	TCase *tc = tcase_create("soak");

	tcase_set_timeout(tc, 110);
	tcase_add_test(tc, a_month);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
