/* SPDX-License-Identifier: MIT */

/*
 * One call's data path, GRE packets and time against naive models: what is in a GRE header, what
 * the reorder window does (reorder_model.h), what is owed to the peer. After every step the same
 * frames came out, in order, none twice, and all is counted, each packet just once.
 *
 * Input: six octets of configuration (make_config()), four of the first sequence number, then
 * steps: an octet, then what the step reads.
 */

#include <pptp/proto/tunnel.h>

#include "fuzz.h"
#include "reorder_model.h"
#include "wire.h"

#define MS             PPTP_NS_PER_MS
#define CALL_ID        0x1234
#define PEER_CALL_ID   0x4321
#define STEPS_MAX      1500
#define PACKETS_MAX    4096
#define PACKET_MAX     (PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX + 16)
#define RTT_ROUNDED_US 1

/* A packet that carried a frame and was taken. */
struct taken {
	uint32_t seq;
	size_t len;
	uint8_t *frame; /* a copy, until it is handed out */
};

struct world {
	struct pptp_tunnel *tunnel;
	struct pptp_tunnel_config cfg;
	struct model model;
	struct pptp_stats want; /* what the counters must say */
	uint64_t start, now;
	struct taken taken[PACKETS_MAX];
	uint32_t taken_count;
	uint64_t received, carried; /* packets for us; those of them with a sequence number */
	bool delivered;             /* last_seq holds */
	uint32_t last_seq;
	uint32_t at; /* the number that the sender gives out next */
	uint8_t last[PACKET_MAX];
	size_t last_len;
	/* towards the peer */
	uint32_t tx_next;
	bool any;
	uint32_t highest, owed;
	bool rode; /* the last acknowledgment went with data */
	uint64_t ack_at;
};

/* -- what a GRE header says (RFC 2637, 4.1) -------------------------------------------------- */

static int look(const uint8_t *p, size_t len, struct pptp_gre *gre)
{
	bool seq, ack;
	size_t header;

	memset(gre, 0, sizeof(*gre));
	if (len < 8)
		return PPTP_ERR_TRUNCATED;
	seq = p[0] == 0x30;
	ack = p[1] == 0x81;
	if ((!seq && p[0] != 0x20) || (!ack && p[1] != 0x01) || p[2] != 0x88 || p[3] != 0x0B)
		return PPTP_ERR_FLAGS;
	gre->has_seq = seq;
	gre->has_ack = ack;
	gre->payload_len = (uint16_t)(p[4] << 8 | p[5]);
	gre->call_id = (uint16_t)(p[6] << 8 | p[7]);
	header = 8 + 4 * (size_t)seq + 4 * (size_t)ack;
	if (gre->payload_len && !seq)
		return PPTP_ERR_FLAGS;
	if (len < header + gre->payload_len)
		return PPTP_ERR_TRUNCATED;
	if (seq)
		get_u32(&gre->seq, p + 8);
	if (ack)
		get_u32(&gre->ack, p + header - 4);
	return (int)header;
}

static void check_header(const uint8_t *packet, size_t len, struct pptp_gre *gre, int *headerp)
{
	struct pptp_gre decoded = { 0 };
	uint8_t encoded[PPTP_GRE_HEADER_MAX];
	int header = look(packet, len, gre);

	FUZZ_CHECK(pptp_gre_decode(&decoded, packet, len) == header);
	*headerp = header;
	if (header < 0)
		return;
	FUZZ_CHECK(decoded.has_seq == gre->has_seq && decoded.has_ack == gre->has_ack);
	FUZZ_CHECK(decoded.payload_len == gre->payload_len && decoded.call_id == gre->call_id);
	FUZZ_CHECK(decoded.seq == gre->seq && decoded.ack == gre->ack);
	FUZZ_CHECK(pptp_gre_encode(gre, encoded) == (size_t)header);
	FUZZ_CHECK(memcmp(encoded, packet, (size_t)header) == 0);
}

/* -- what comes out ---------------------------------------------------------------------------- */

static void check_counters(struct world *w)
{
	const struct pptp_stats *s = pptp_tunnel_stats(w->tunnel);
	struct pptp_stats *want = &w->want;

	want->rx_lost = w->model.lost;
	want->rx_under_win = w->model.under;
	want->rx_over_win = w->model.over;
	want->rx_buffered = w->model.buffered;
	want->rx_resyncs = w->model.resyncs;
	want->reorder_timeout_us = w->cfg.reorder ? w->model.wait / 1000 : 0;
	FUZZ_CHECK(s->rtt_us <= (w->now - w->start) / 1000 + RTT_ROUNDED_US);
	want->rtt_us = s->rtt_us;
	FUZZ_CHECK(s->tx_window <= PPTP_WINDOW_MAX);
	FUZZ_CHECK(w->cfg.window || (!s->tx_window && !s->tx_window_timeouts));
	want->tx_window = s->tx_window;
	want->tx_window_timeouts = s->tx_window_timeouts;
	FUZZ_CHECK(memcmp(s, want, sizeof(*s)) == 0);
}

/* Of packets with numbers each is accounted for once; what is held is bounded. */
static void check_sums(const struct world *w)
{
	uint64_t held = 0;

	for (size_t i = 0; i < w->model.count; i++)
		held += w->model.numbers[i].held;
	FUZZ_CHECK(held < PPTP_REORDER_CAPACITY);
	FUZZ_CHECK(w->taken_count + w->want.rx_under_win + w->want.rx_over_win == w->carried);
}

static void check_order(struct world *w, uint32_t packet)
{
	const struct taken *taken = &w->taken[packet];
	bool moved = w->model.resyncs && packet == w->model.moved_by;

	/* Behind all before, unless the peer is believed to have gone elsewhere. */
	FUZZ_CHECK(!w->delivered || moved || (int32_t)(taken->seq - w->last_seq) > 0);
	w->delivered = true;
	w->last_seq = taken->seq;
}

/* All frames that are due, and no more; none of them a second time: it is freed here. */
static void drain(struct world *w)
{
	struct pptp_frame frame;

	for (size_t i = 0; i < w->model.out_count; i++) {
		struct taken *taken = &w->taken[w->model.out[i]];

		FUZZ_CHECK(taken->frame);
		check_order(w, w->model.out[i]);
		if (taken->len) {
			FUZZ_CHECK(pptp_tunnel_next(w->tunnel, &frame));
			FUZZ_CHECK(frame.len == taken->len);
			FUZZ_CHECK(memcmp(frame.data, taken->frame, frame.len) == 0);
			w->want.rx_accepted++;
			w->want.rx_bytes += frame.len;
		}
		free(taken->frame);
		taken->frame = NULL;
	}
	FUZZ_CHECK(!pptp_tunnel_next(w->tunnel, &frame));
	w->model.out_count = 0;
	check_counters(w);
	check_sums(w);
}

static void check_deadline(const struct world *w)
{
	uint64_t deadline = pptp_tunnel_deadline(w->tunnel);
	uint64_t want = model_deadline(&w->model);

	if (w->owed && w->ack_at < want)
		want = w->ack_at;
	/* Only the acknowledgment window may have an earlier one. */
	FUZZ_CHECK(deadline == want || (deadline < want && w->cfg.window));
	/* Who must not send waits for something. */
	FUZZ_CHECK(pptp_tunnel_credit(w->tunnel) || deadline != PPTP_TIME_NEVER);
	FUZZ_CHECK(w->cfg.window || pptp_tunnel_credit(w->tunnel) == UINT32_MAX);
}

/* -- what goes in ------------------------------------------------------------------------------ */

/* While acknowledgments are piggybacked they wait ten times as long for more of it. */
static uint64_t model_ack_at(const struct world *w)
{
	uint64_t delay = w->cfg.ack_delay;

	if (w->rode)
		delay = delay > PPTP_TIME_NEVER / 10 ? PPTP_TIME_NEVER : delay * 10;
	return delay > PPTP_TIME_NEVER - w->now ? PPTP_TIME_NEVER : w->now + delay;
}

static uint32_t model_ack_every(uint32_t recv_window)
{
	uint32_t every = 1 + recv_window / 4;

	return every > 64 ? 64 : every;
}

static void model_owe(struct world *w, uint32_t seq, bool moved)
{
	if (!w->any || moved || (int32_t)(seq - w->highest) > 0)
		w->highest = seq;
	w->any = true;
	if (!w->owed++)
		w->ack_at = model_ack_at(w);
	if (w->cfg.recv_window && w->owed >= model_ack_every(w->cfg.recv_window))
		w->ack_at = w->now;
}

static void expect(struct world *w, const struct pptp_gre *gre, const uint8_t *frame)
{
	uint64_t resyncs = w->model.resyncs;
	uint32_t packet = w->taken_count;

	w->want.rx_acks += gre->has_ack && !gre->payload_len;
	if (!gre->has_seq)
		return;
	w->carried++;
	if (!model_receive(&w->model, gre->seq, packet, w->now))
		return;
	w->taken[w->taken_count++] =
		(struct taken){ gre->seq, gre->payload_len, fuzz_copy(frame, gre->payload_len) };
	model_owe(w, gre->seq, w->model.resyncs != resyncs);
}

static void receive(struct world *w, const uint8_t *octets, size_t len)
{
	uint8_t *packet = fuzz_copy(octets, len);
	struct pptp_gre gre;
	int header, r;

	if (w->taken_count == PACKETS_MAX) {
		free(packet);
		return;
	}
	check_header(packet, len, &gre, &header);
	r = header < 0 ? header : 0;
	if (!r && gre.call_id != CALL_ID)
		r = PPTP_ERR_VALUE;
	else if (!r && gre.payload_len > PPTP_FRAME_MAX)
		r = PPTP_ERR_OVERSIZE;
	w->want.rx_truncated += r == PPTP_ERR_TRUNCATED;
	w->want.rx_invalid += r == PPTP_ERR_FLAGS || r == PPTP_ERR_OVERSIZE;
	w->want.rx_wrong_call += r == PPTP_ERR_VALUE;
	w->received += r == 0;
	if (!r)
		expect(w, &gre, packet + header);
	FUZZ_CHECK(pptp_tunnel_receive(w->tunnel, packet, len, w->now) == r);
	FUZZ_CHECK(pptp_tunnel_heard(w->tunnel) == (w->received > 0));
	drain(w);
	free(packet);
}

/* A packet whose content no other has. */
static void receive_data(struct world *w, uint32_t seq, size_t payload, const uint32_t *ack)
{
	struct pptp_gre gre = { .has_seq = true, .call_id = CALL_ID, .seq = seq };
	size_t header;

	gre.payload_len = (uint16_t)payload;
	gre.has_ack = ack != NULL;
	gre.ack = ack ? *ack : 0;
	header = pptp_gre_encode(&gre, w->last);
	memset(w->last + header, (int)(w->carried & 0xFF), payload);
	if (payload >= 4)
		put_u32(w->last + header, (uint32_t)w->carried);
	w->last_len = header + payload;
	receive(w, w->last, w->last_len);
}

static void receive_ack(struct world *w, uint32_t ack)
{
	struct pptp_gre gre = { .has_ack = true, .call_id = CALL_ID, .ack = ack };
	uint8_t packet[PPTP_GRE_HEADER_MAX];

	receive(w, packet, pptp_gre_encode(&gre, packet));
}

/* -- towards the peer -------------------------------------------------------------------------- */

static void ask_ack(struct world *w)
{
	uint8_t *header = malloc(PPTP_GRE_HEADER_MAX);
	struct pptp_gre gre;
	size_t n;

	FUZZ_CHECK(header);
	n = pptp_tunnel_ack(w->tunnel, w->now, header);
	FUZZ_CHECK((n != 0) == (w->owed && w->now >= w->ack_at));
	if (n) {
		FUZZ_CHECK(look(header, n, &gre) == (int)n && n == 12);
		FUZZ_CHECK(gre.has_ack && !gre.has_seq && !gre.payload_len);
		FUZZ_CHECK(gre.ack == w->highest && gre.call_id == PEER_CALL_ID);
		w->owed = 0;
		w->rode = false;
		w->want.tx_acks++;
	}
	free(header);
}

static void send(struct world *w, size_t len)
{
	uint8_t packet[PACKET_MAX] = { 0 };
	struct pptp_gre gre;
	int n = pptp_tunnel_send(w->tunnel, len, w->now, packet);

	if (len > PPTP_FRAME_MAX) {
		FUZZ_CHECK(n == PPTP_ERR_OVERSIZE);
		w->want.tx_oversize++;
		return;
	}
	FUZZ_CHECK(n == (w->owed ? 16 : 12));
	FUZZ_CHECK(look(packet, (size_t)n + len, &gre) == n);
	FUZZ_CHECK(gre.has_seq && gre.seq == w->tx_next++ && gre.payload_len == len);
	FUZZ_CHECK(gre.has_ack == (w->owed > 0) && (!gre.has_ack || gre.ack == w->highest));
	FUZZ_CHECK(gre.call_id == PEER_CALL_ID);
	w->rode = w->rode || gre.has_ack;
	w->owed = 0;
}

static void sent(struct world *w, uint8_t how)
{
	static const int errors[] = { 0, -105, PPTP_ERR_TRUNCATED };
	int error = FUZZ_PICK(errors, how);

	pptp_tunnel_sent(w->tunnel, 100, error);
	w->want.tx_sent += error == 0;
	w->want.tx_bytes += error == 0 ? 100 : 0;
	w->want.tx_failed += error == -105;
	w->want.tx_short += error == PPTP_ERR_TRUNCATED;
	if (error && w->any && !w->owed)
		w->owed = 1;
}

/* -- time -------------------------------------------------------------------------------------- */

/* Once all that is due at `now` is done, nothing is due at `now`. */
static void expire(struct world *w)
{
	model_run(&w->model, w->now);
	pptp_tunnel_expire(w->tunnel, w->now);
	drain(w);
	ask_ack(w);
	FUZZ_CHECK(pptp_tunnel_deadline(w->tunnel) > w->now);
}

static void expire_next(struct world *w)
{
	uint64_t deadline = pptp_tunnel_deadline(w->tunnel);

	if (deadline == PPTP_TIME_NEVER)
		return;
	w->now = deadline > w->now ? deadline : w->now;
	expire(w);
}

/* -- steps ------------------------------------------------------------------------------------- */

enum step {
	IN_ORDER,
	LOSE,
	NEAR,
	FAR,
	ANYWHERE,
	AGAIN,
	BURST,
	WITHOUT_FRAME,
	OCTETS,
	DAMAGED,
	ACK,
	PIGGYBACK,
	WAIT_MS,
	EXPIRE,
	EXPIRE_LATE,
	SEND,
	SENT,
	ASK_ACK,
	PEER_WINDOW,
	BURST_SPREAD,
	STEPS,
};

static size_t payload_of(struct fuzz_input *in)
{
	uint8_t n = fuzz_u8(in);

	return n < 0xF0 ? 4 + (size_t)n : PPTP_FRAME_MAX - 0xFE + (size_t)n;
}

static void receive_octets(struct world *w, struct fuzz_input *in)
{
	uint8_t octets[UINT8_MAX];

	receive(w, octets, fuzz_octets(in, octets, fuzz_u8(in)));
}

/* The packet before, with an octet changed, or cut. */
static void receive_damaged(struct world *w, struct fuzz_input *in)
{
	size_t at = fuzz_u8(in);
	uint8_t change = fuzz_u8(in);

	if (at >= w->last_len)
		return;
	w->last[at] ^= change;
	receive(w, w->last, change ? w->last_len : at);
}

static void receive_burst(struct world *w, unsigned int count, uint64_t apart)
{
	for (; count; count--) {
		receive_data(w, w->at++, 4, NULL);
		w->now += apart;
	}
}

static void receive_step(struct world *w, struct fuzz_input *in, enum step step)
{
	uint32_t ack;

	switch (step) {
	case IN_ORDER:
		receive_data(w, w->at++, payload_of(in), NULL);
		break;
	case LOSE:
		w->at += fuzz_u8(in);
		break;
	case NEAR:
		receive_data(w, w->at + (uint32_t)(int8_t)fuzz_u8(in), payload_of(in), NULL);
		break;
	case FAR:
		receive_data(w, w->at + (uint32_t)(int16_t)fuzz_u16(in), 8, NULL);
		break;
	case ANYWHERE:
		w->at = fuzz_u32(in);
		receive_data(w, w->at++, 8, NULL);
		break;
	case AGAIN:
		receive(w, w->last, w->last_len);
		break;
	case BURST:
		receive_burst(w, fuzz_u8(in), 0);
		break;
	case BURST_SPREAD:
		receive_burst(w, fuzz_u8(in) & 15, 20 * MS);
		break;
	case WITHOUT_FRAME:
		receive_data(w, w->at + (uint32_t)(int8_t)fuzz_u8(in), 0, NULL);
		break;
	case PIGGYBACK:
		ack = w->tx_next - fuzz_u8(in);
		receive_data(w, w->at++, 8, &ack);
		break;
	case ACK:
		receive_ack(w, w->tx_next - fuzz_u8(in));
		break;
	case DAMAGED:
		receive_damaged(w, in);
		break;
	default:
		receive_octets(w, in);
		break;
	}
}

static void do_step(struct world *w, struct fuzz_input *in)
{
	enum step step = (enum step)(fuzz_u8(in) % STEPS);

	switch (step) {
	case WAIT_MS:
		w->now += fuzz_u8(in) * MS;
		break;
	case EXPIRE:
		expire_next(w);
		break;
	case EXPIRE_LATE:
		w->now += fuzz_u16(in) * MS;
		expire(w);
		break;
	case SEND:
		send(w, fuzz_u16(in) % (PPTP_FRAME_MAX + 2));
		break;
	case SENT:
		sent(w, fuzz_u8(in));
		break;
	case ASK_ACK:
		ask_ack(w);
		break;
	case PEER_WINDOW:
		pptp_tunnel_set_peer(w->tunnel, PEER_CALL_ID, fuzz_u16(in), fuzz_u8(in));
		break;
	default:
		receive_step(w, in, step);
		break;
	}
	check_counters(w);
	check_deadline(w);
}

/* Octets: flags; hole time-out; missing window; acknowledgments; window; when it begins. */
static void make_config(struct pptp_tunnel_config *cfg, struct fuzz_input *in)
{
	static const uint64_t holes[] = { 300 * MS, 10 * MS,         0, 10000 * MS,
					  20 * MS,  PPTP_TIME_NEVER, 1, 5 * MS };
	static const uint32_t missing[] = { 300, 1, 7, 512, 6000, PPTP_MISSING_WINDOW_MAX };
	static const uint64_t delays[] = { 0, 10 * MS, 500 * MS, PPTP_TIME_NEVER };
	static const uint32_t recv_windows[] = { 0, 1, 4, 65535 };
	static const uint32_t windows[] = { PPTP_WINDOW_OFF, PPTP_WINDOW_AUTO, 1, 64, 65535 };
	uint8_t flags = fuzz_u8(in), acks;

	pptp_tunnel_config_init(cfg, sizeof(*cfg));
	cfg->call_id = CALL_ID;
	cfg->reorder = !(flags & 1);
	cfg->adaptive = flags & 2;
	cfg->reorder_timeout = FUZZ_PICK(holes, fuzz_u8(in));
	cfg->missing_window = FUZZ_PICK(missing, fuzz_u8(in));
	acks = fuzz_u8(in);
	cfg->ack_delay = FUZZ_PICK(delays, acks);
	cfg->recv_window = FUZZ_PICK(recv_windows, acks >> 4);
	cfg->window = FUZZ_PICK(windows, fuzz_u8(in));
}

/* In the end everything that was taken has come out. */
static void finish(struct world *w)
{
	if (w->cfg.reorder_timeout != PPTP_TIME_NEVER || w->cfg.adaptive) {
		w->now += PPTP_NS_PER_SEC * 3600;
		expire(w);
		FUZZ_CHECK(!w->model.count);
		for (uint32_t i = 0; i < w->taken_count; i++)
			FUZZ_CHECK(!w->taken[i].frame);
	}
	for (uint32_t i = 0; i < w->taken_count; i++)
		free(w->taken[i].frame);
	FUZZ_CHECK(!pptp_tunnel_free(w->tunnel));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t starts[] = { 1000 * PPTP_NS_PER_SEC, 0, 1, UINT64_C(1) << 62 };
	static struct world w;
	struct fuzz_input in = { data, size };

	memset(&w, 0, offsetof(struct world, taken));
	memset((char *)&w + offsetof(struct world, taken_count), 0,
	       sizeof(w) - offsetof(struct world, taken_count));
	make_config(&w.cfg, &in);
	w.start = w.now = FUZZ_PICK(starts, fuzz_u8(&in));
	w.at = fuzz_u32(&in);
	w.tx_next = 0;
	model_init(&w.model, &w.cfg);
	FUZZ_CHECK(pptp_tunnel_new(&w.tunnel, &w.cfg) == 0);
	pptp_tunnel_set_peer(w.tunnel, PEER_CALL_ID, 0, 0);
	for (unsigned int i = 0; in.left && i < STEPS_MAX; i++)
		do_step(&w, &in);
	finish(&w);
	return 0;
}
