/* SPDX-License-Identifier: MIT */

/*
 * One control connection under arbitrary messages and times, in both roles, or two that talk to
 * each other. After every step: what waits for TCP is whole messages of that role, the deadline
 * moves on, events keep their order and number, what is closed stays closed. At the end each is
 * stopped and has to come to its end in time.
 *
 * Input: five octets of configuration (make_config()), then steps: an octet with the step in its
 * lower bits and the connection in bit 7, then what the step reads.
 */

#include <pptp/proto/ctrl.h>

#include "ctrl_state.h"
#include "fuzz.h"
#include "wire.h"

#define MS           PPTP_NS_PER_MS
#define STEPS_MAX    400
#define STOP_WITHIN  (2 * PPTP_NS_PER_SEC)
#define OUR_CALL_ID  0x1234
#define PEER_CALL_ID 0x4321
/* One time-out of each kind in a row, and a second one of the echo; then all is over. */
#define EXPIRATIONS_MAX 8

/* A connection, and what is known of it from outside. */
struct side {
	struct pptp_ctrl *ctrl;
	struct pptp_ctrl_config cfg;
	uint8_t waiting[OUTPUT_MAX]; /* what was said to be sent and TCP did not take */
	size_t waiting_len;
	struct framer tcp; /* of what TCP took */
	unsigned int sent[PPTP_MSG_SLI + 1];
	uint32_t echo_id; /* of the last Echo-Request sent */
	unsigned int notes;
	bool up, call_up, said_closed; /* by events */
	bool closed;
	uint64_t over_by;             /* after stop */
	enum pptp_reason stopped_for; /* what the first stop said, if it was what began the end */
};

struct world {
	struct side sides[2];
	unsigned int count;
	uint64_t now;
};

static void check_text(const char *text)
{
	for (; *text; text++)
		FUZZ_CHECK(*text >= ' ' && *text <= '~');
}

static void trace(void *user, enum pptp_trace what, const struct pptp_msg *msg, const char *note)
{
	struct side *side = user;
	int n;

	if (what == PPTP_TRACE_NOTE) {
		check_text(note);
		FUZZ_CHECK(++side->notes <= NOTES_MAX + 1);
	} else if (what == PPTP_TRACE_SENT) {
		n = pptp_msg_encode(msg, side->waiting + side->waiting_len,
				    sizeof(side->waiting) - side->waiting_len);
		FUZZ_CHECK(n > 0);
		side->waiting_len += (size_t)n;
	}
}

static bool is_of_role(const struct side *side, unsigned int type)
{
	switch (type) {
	case PPTP_MSG_STOPCCRQ:
	case PPTP_MSG_STOPCCRP:
	case PPTP_MSG_ECHORQ:
	case PPTP_MSG_ECHORP:
	case PPTP_MSG_CDN: /* a PNS answers a Call-Clear-Request, which a server may send */
		return true;
	case PPTP_MSG_SCCRQ:
	case PPTP_MSG_OCRQ:
	case PPTP_MSG_ICRP:
	case PPTP_MSG_CCRQ:
	case PPTP_MSG_SLI:
		return !side->cfg.receiver;
	case PPTP_MSG_SCCRP:
	case PPTP_MSG_OCRP:
		return side->cfg.receiver;
	default:
		return false;
	}
}

static void check_sent(struct side *side, const struct pptp_msg *msg)
{
	bool first = true;

	for (size_t i = 0; i <= PPTP_MSG_SLI; i++)
		first = first && !side->sent[i];
	FUZZ_CHECK(is_of_role(side, msg->type));
	FUZZ_CHECK(side->cfg.receiver || (msg->type == PPTP_MSG_SCCRQ) == first);
	side->sent[msg->type]++;
	/* Each of these is said once, and little is said after the last of them. */
	FUZZ_CHECK(side->sent[PPTP_MSG_SCCRQ] <= 1 && side->sent[PPTP_MSG_SCCRP] <= 1);
	FUZZ_CHECK(side->sent[PPTP_MSG_OCRQ] <= 1 && side->sent[PPTP_MSG_STOPCCRQ] <= 1);
	FUZZ_CHECK(!side->sent[PPTP_MSG_STOPCCRQ] || msg->type == PPTP_MSG_STOPCCRQ ||
		   msg->type == PPTP_MSG_STOPCCRP || msg->type == PPTP_MSG_ECHORP);
	FUZZ_CHECK(side->cfg.receiver || side->sent[PPTP_MSG_CDN] <= 1);
	if (msg->type == PPTP_MSG_OCRQ)
		FUZZ_CHECK(msg->u.call_request.call_id == side->cfg.call_id);
	if (msg->type == PPTP_MSG_CCRQ)
		FUZZ_CHECK(msg->u.clear_request.call_id == side->cfg.call_id);
	if (msg->type == PPTP_MSG_ECHORQ)
		side->echo_id = msg->u.echo.identifier;
}

/* TCP takes some octets; they go to `to` if there is one. */
static void take_output(struct side *side, size_t n, struct side *to, uint64_t now)
{
	size_t len;
	const uint8_t *out = pptp_ctrl_output(side->ctrl, &len);
	const uint8_t *p;
	uint8_t *taken;
	struct pptp_msg msg;
	int r;

	n = n < len ? n : len;
	p = taken = fuzz_copy(out, n);
	pptp_ctrl_output_done(side->ctrl, n);
	side->waiting_len -= n;
	memmove(side->waiting, side->waiting + n, side->waiting_len);
	if (to)
		pptp_ctrl_input(to->ctrl, taken, n, now);
	for (size_t left = n; (r = pptp_framer_next(&side->tcp, &p, &left, &msg));) {
		FUZZ_CHECK(r == FRAMER_MESSAGE);
		check_sent(side, &msg);
	}
	free(taken);
}

static void check_event(struct side *side, const struct pptp_ctrl_event *event)
{
	FUZZ_CHECK(!side->said_closed);
	switch (event->type) {
	case PPTP_CTRL_UP:
		FUZZ_CHECK(!side->up);
		side->up = true;
		check_text(event->u.up.host_name);
		check_text(event->u.up.vendor_name);
		return;
	case PPTP_CTRL_CALL_UP:
		FUZZ_CHECK(side->up && !side->call_up);
		FUZZ_CHECK(event->u.call.call_id == side->cfg.call_id);
		side->call_up = true;
		return;
	case PPTP_CTRL_CALL_FAILED:
		FUZZ_CHECK(side->up && !side->call_up);
		break;
	case PPTP_CTRL_CALL_DOWN:
		FUZZ_CHECK(side->call_up);
		side->call_up = false;
		break;
	case PPTP_CTRL_CLOSED:
		FUZZ_CHECK(!side->call_up && side->closed);
		FUZZ_CHECK(!side->stopped_for || event->u.down.reason == side->stopped_for);
		side->said_closed = true;
		break;
	case PPTP_CTRL_WAN_ERROR:
	case PPTP_CTRL_LINK_INFO:
		FUZZ_CHECK(side->up);
		return;
	}
	FUZZ_CHECK(event->u.down.reason != 0);
	check_text(event->u.down.detail);
}

static void pop_events(struct side *side, unsigned int count)
{
	struct pptp_ctrl_event event;

	while (count-- && pptp_ctrl_pop_event(side->ctrl, &event, sizeof(event)))
		check_event(side, &event);
}

/* What holds after every step. */
static void check_side(struct side *side)
{
	bool closed = pptp_ctrl_is_closed(side->ctrl);
	size_t len;
	const uint8_t *out = pptp_ctrl_output(side->ctrl, &len);

	/* An abrupt end drops what waits; nothing else does, and nothing is added after the end. */
	if (closed && !side->closed && !len)
		side->waiting_len = 0;
	FUZZ_CHECK(len == side->waiting_len);
	FUZZ_CHECK(!len == !out && (!len || memcmp(out, side->waiting, len) == 0));
	FUZZ_CHECK(closed || !side->closed);
	FUZZ_CHECK(!closed || pptp_ctrl_deadline(side->ctrl) == PPTP_TIME_NEVER);
	FUZZ_CHECK(side->ctrl->events.ring.count <= CTRL_EVENTS_MAX);
	FUZZ_CHECK(*pptp_ctrl_state_name(side->ctrl) && *pptp_ctrl_call_state_name(side->ctrl));
	side->closed = closed;
}

static bool no_timeout_is_zero(const struct pptp_ctrl_timeouts *t)
{
	return t->start && t->call && t->echo_idle && t->echo_reply && t->clear && t->stop;
}

/* After that nothing is due any more: at once, unless a time-out of 0 follows another. */
static void expire(struct side *side, uint64_t now)
{
	unsigned int turns = 0;

	do {
		pptp_ctrl_expire(side->ctrl, now);
		check_side(side);
		FUZZ_CHECK(++turns <= EXPIRATIONS_MAX);
	} while (pptp_ctrl_deadline(side->ctrl) <= now);
	FUZZ_CHECK(turns == 1 || !no_timeout_is_zero(&side->cfg.timeouts));
	FUZZ_CHECK(side->closed || now < side->over_by);
}

/* As a loop does: expire at each deadline on the way. */
static void advance(struct world *world, uint64_t until)
{
	for (unsigned int i = 0; i < world->count; i++) {
		struct side *side = &world->sides[i];
		uint64_t deadline;

		for (unsigned int n = 0;; n++) {
			deadline = pptp_ctrl_deadline(side->ctrl);
			if (deadline > until)
				break;
			/* Without a word from the peer time-outs come to an end. */
			FUZZ_CHECK(n < EXPIRATIONS_MAX);
			expire(side, deadline > world->now ? deadline : world->now);
		}
	}
	world->now = until;
}

/* The process was asleep: everything expires late. */
static void sleep_until(struct world *world, uint64_t until)
{
	world->now = until;
	for (unsigned int i = 0; i < world->count; i++) {
		struct side *side = &world->sides[i];

		if (side->over_by != PPTP_TIME_NEVER)
			side->over_by = deadline_after(until, STOP_WITHIN);
		expire(side, until);
	}
}

static uint64_t next_deadline(const struct world *world)
{
	uint64_t next = PPTP_TIME_NEVER;

	for (unsigned int i = 0; i < world->count; i++)
		if (pptp_ctrl_deadline(world->sides[i].ctrl) < next)
			next = pptp_ctrl_deadline(world->sides[i].ctrl);
	return next;
}

/* Where a message carries call IDs: the sender's, and the receiver's as it knows it. */
static const struct {
	uint8_t sender, receiver;
} id_places[] = {
	[PPTP_MSG_OCRQ] = { 12, 0 },  [PPTP_MSG_OCRP] = { 12, 14 }, [PPTP_MSG_ICRQ] = { 12, 0 },
	[PPTP_MSG_ICRP] = { 12, 14 }, [PPTP_MSG_ICCN] = { 0, 12 },  [PPTP_MSG_CCRQ] = { 12, 0 },
	[PPTP_MSG_CDN] = { 12, 0 },   [PPTP_MSG_WEN] = { 0, 12 },   [PPTP_MSG_SLI] = { 0, 12 },
};

static void make_fit(const struct side *side, uint8_t *p, unsigned int type)
{
	uint16_t ours = side->cfg.call_id;

	if (id_places[type].sender)
		put_u16(p + id_places[type].sender, ours ^ OUR_CALL_ID ^ PEER_CALL_ID);
	if (id_places[type].receiver)
		put_u16(p + id_places[type].receiver, ours);
	if (type == PPTP_MSG_ECHORP)
		put_u32(p + 12, side->echo_id);
	if (type == PPTP_MSG_SCCRQ || type == PPTP_MSG_SCCRP)
		put_u16(p + 12, PPTP_VERSION_1_0);
	if (type == PPTP_MSG_SCCRP)
		p[14] = PPTP_START_OK;
	if (type == PPTP_MSG_OCRP || type == PPTP_MSG_ECHORP)
		p[16] = 1;
}

enum { FIT = 1, IN_PIECES = 2, HALF = 4, REPEATED = 8 };

/* Reads: message type, flags, how many octets follow behind the header, the octets. */
static void receive_message(struct world *world, struct side *side, struct fuzz_input *in)
{
	struct pptp_msg msg = { .type = (enum pptp_msg_type)(1 + fuzz_u8(in) % PPTP_MSG_SLI) };
	uint8_t flags = fuzz_u8(in), given = fuzz_u8(in);
	uint8_t buf[PPTP_MSG_SIZE_MAX];
	size_t len = (size_t)pptp_msg_encode(&msg, buf, sizeof(buf));
	unsigned int times = flags & REPEATED ? 100 : 1;

	if (given > len - PPTP_MSG_HEADER_SIZE)
		given = (uint8_t)(len - PPTP_MSG_HEADER_SIZE);
	fuzz_octets(in, buf + PPTP_MSG_HEADER_SIZE, given);
	if (flags & FIT)
		make_fit(side, buf, msg.type);
	if (flags & HALF)
		len /= 2;
	for (; times; times--) {
		if (flags & IN_PIECES) {
			for (size_t i = 0; i < len; i++)
				pptp_ctrl_input(side->ctrl, buf + i, 1, world->now);
		} else {
			pptp_ctrl_input(side->ctrl, buf, len, world->now);
		}
		check_side(side);
	}
}

static void receive_octets(struct world *world, struct side *side, struct fuzz_input *in)
{
	uint8_t octets[UINT8_MAX];
	size_t n = fuzz_octets(in, octets, fuzz_u8(in));
	uint8_t *copy = fuzz_copy(octets, n);

	pptp_ctrl_input(side->ctrl, copy, n, world->now);
	free(copy);
}

static void stop(struct world *world, struct side *side, enum pptp_reason reason)
{
	if (!side->ctrl->stopping && !side->closed)
		side->stopped_for = reason;
	pptp_ctrl_stop(side->ctrl, reason, world->now);
	if (side->over_by == PPTP_TIME_NEVER)
		side->over_by = deadline_after(world->now, STOP_WITHIN);
}

enum step {
	MESSAGE,
	OCTETS,
	ADVANCE_MS,
	ADVANCE_TO_DEADLINE,
	ADVANCE_LONG,
	SLEEP,
	TAKE,
	DELIVER,
	POP,
	STOP,
	CLEAR_CALL,
	LINK_INFO,
	TCP_CLOSED,
	TCP_OPEN,
	STEPS,
};

static void pass_time(struct world *world, struct fuzz_input *in, enum step step)
{
	uint64_t deadline;

	if (step == ADVANCE_MS)
		advance(world, world->now + fuzz_u8(in) * MS);
	else if (step == ADVANCE_LONG)
		advance(world, world->now + fuzz_u16(in) * 100 * MS);
	else if (step == SLEEP)
		sleep_until(world, world->now + fuzz_u16(in) * 100 * MS);
	else if ((deadline = next_deadline(world)) != PPTP_TIME_NEVER)
		advance(world, deadline > world->now ? deadline : world->now);
}

static void do_step(struct world *world, struct fuzz_input *in)
{
	uint8_t octet = fuzz_u8(in);
	struct side *side = &world->sides[octet >> 7 & (world->count - 1)];
	struct side *other = world->count == 2 ? &world->sides[side == world->sides] : NULL;
	enum step step = (enum step)((octet & 0x7F) % STEPS);

	switch (step) {
	case MESSAGE:
		receive_message(world, side, in);
		break;
	case OCTETS:
		receive_octets(world, side, in);
		break;
	case ADVANCE_MS:
	case ADVANCE_TO_DEADLINE:
	case ADVANCE_LONG:
	case SLEEP:
		pass_time(world, in, step);
		break;
	case TAKE:
		take_output(side, fuzz_u16(in), NULL, world->now);
		break;
	case DELIVER:
		take_output(side, fuzz_u16(in), other, world->now);
		break;
	case POP:
		pop_events(side, fuzz_u8(in));
		break;
	case STOP:
		stop(world, side, (enum pptp_reason)(1 + fuzz_u8(in) % (PPTP_REASON_COUNT - 1)));
		break;
	case CLEAR_CALL:
		pptp_ctrl_clear_call(side->ctrl, world->now);
		break;
	case LINK_INFO:
		pptp_ctrl_set_link_info(side->ctrl, fuzz_u32(in), 0);
		break;
	case TCP_CLOSED:
		pptp_ctrl_tcp_closed(side->ctrl, world->now);
		break;
	default:
		pptp_ctrl_tcp_open(side->ctrl, world->now);
		break;
	}
}

/* However it stands: stopped, it is over in time, has said so last, and left whole messages. */
static void finish(struct world *world, struct side *side)
{
	stop(world, side, PPTP_REASON_STOPPED);
	check_side(side);
	advance(world, side->over_by > world->now ? side->over_by : world->now);
	check_side(side);
	FUZZ_CHECK(side->closed);
	pop_events(side, CTRL_EVENTS_MAX);
	FUZZ_CHECK(side->said_closed && !side->ctrl->events.ring.count);
	if (side->waiting_len) {
		take_output(side, SIZE_MAX, NULL, world->now);
		FUZZ_CHECK(!pptp_framer_is_partial(&side->tcp));
	}
	pptp_ctrl_input(side->ctrl, (const uint8_t *)"\0\20", 2, world->now);
	pptp_ctrl_tcp_open(side->ctrl, world->now);
	pptp_ctrl_tcp_closed(side->ctrl, world->now);
	pptp_ctrl_clear_call(side->ctrl, world->now);
	expire(side, world->now + PPTP_NS_PER_SEC * 3600);
	FUZZ_CHECK(!side->ctrl->events.ring.count && !side->waiting_len);
}

static uint64_t pick_timeout(uint8_t n)
{
	static const uint64_t timeouts[] = { 60000 * MS, 500 * MS,        1,        1000 * MS, 0,
					     1 * MS,     PPTP_TIME_NEVER, 3000 * MS };

	return FUZZ_PICK(timeouts, n);
}

/* Octets: roles and quirk; the waits for start and call; those of the echo; results. */
static void make_config(struct pptp_ctrl_config *cfg, struct fuzz_input *in)
{
	static const uint64_t stops[] = { 500 * MS, 1000 * MS, 1 * MS, 0 };
	uint8_t flags = fuzz_u8(in), waits = fuzz_u8(in), echo = fuzz_u8(in), ends = fuzz_u8(in);

	pptp_ctrl_config_init(cfg, sizeof(*cfg));
	cfg->call_id = OUR_CALL_ID;
	cfg->receiver = flags & 1;
	cfg->quirk = flags & 4 ? PPTP_QUIRK_BEZEQ_ISRAEL : PPTP_QUIRK_NONE;
	cfg->timeouts.start = pick_timeout(waits >> 4);
	cfg->timeouts.call = pick_timeout(waits & 15);
	cfg->timeouts.echo_idle = pick_timeout(echo >> 4);
	cfg->timeouts.echo_reply = pick_timeout(echo & 15);
	cfg->timeouts.clear = FUZZ_PICK(stops, ends & 3);
	cfg->timeouts.stop = FUZZ_PICK(stops, ends >> 2 & 3);
	if (ends & 0x10)
		cfg->call_result = PPTP_CALL_BUSY;
	if (ends & 0x20)
		cfg->start_result = PPTP_START_NOT_AUTHORIZED;
	memset(cfg->phone, '5', ends >> 6);
}

static void open_side(struct side *side, const struct pptp_ctrl_config *cfg)
{
	memset(side, 0, sizeof(*side));
	side->cfg = *cfg;
	side->over_by = PPTP_TIME_NEVER;
	FUZZ_CHECK(pptp_ctrl_new(&side->ctrl, cfg, trace, side) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t starts[] = { 1000 * PPTP_NS_PER_SEC, 0, 1, UINT64_C(1) << 62 };
	static struct world world;
	struct fuzz_input in = { data, size };
	struct pptp_ctrl_config cfg;
	uint8_t flags;

	make_config(&cfg, &in);
	flags = fuzz_u8(&in);
	world.now = FUZZ_PICK(starts, flags >> 1);
	world.count = 1 + (flags & 1);
	open_side(&world.sides[0], &cfg);
	if (world.count == 2) {
		cfg.receiver = !cfg.receiver;
		cfg.call_id = PEER_CALL_ID;
		open_side(&world.sides[1], &cfg);
	}
	for (unsigned int i = 0; in.left && i < STEPS_MAX; i++) {
		do_step(&world, &in);
		for (unsigned int k = 0; k < world.count; k++)
			check_side(&world.sides[k]);
	}
	for (unsigned int i = 0; i < world.count; i++)
		finish(&world, &world.sides[i]);
	for (unsigned int i = 0; i < world.count; i++)
		FUZZ_CHECK(!pptp_ctrl_free(world.sides[i].ctrl));
	return 0;
}
