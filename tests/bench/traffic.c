/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define GRE_KEY_SEQ   0x30
#define GRE_ACK_V1    0x81
#define GRE_V1        0x01
#define GRE_HEADER    16
#define IP_HEADER_MIN 20
#define PACKET_MAX    2048
#define READS_MAX     16

/* Everything of one packet that is not in the pool. */
struct slot {
	uint8_t header[GRE_HEADER];
	uint8_t head[FRAME_HEAD];
	struct iovec iov[3];
};

static struct slot slots[SEND_BATCH];
static struct mmsghdr messages[SEND_BATCH];

void flow_give_up(struct flow *flow)
{
	flow->lost += flow_in_flight(flow);
	flow->expected = flow->sent;
}

/* -- down: GRE to the client ------------------------------------------------------------------- */

/* Returns the octets of the header; an acknowledgment rides along when one is due. */
static size_t gre_header(struct tunnel *tunnel, uint8_t *header, size_t payload, uint32_t seq)
{
	header[0] = payload ? GRE_KEY_SEQ : 0x20;
	header[1] = tunnel->unacked ? GRE_ACK_V1 : GRE_V1;
	put_u16(header + 2, 0x880B);
	put_u16(header + 4, (uint16_t)payload);
	put_u16(header + 6, tunnel->client_call_id);
	if (payload)
		put_u32(header + 8, seq);
	if (!tunnel->unacked)
		return 12;
	put_u32(header + (payload ? 12 : 8), tunnel->gre_heard);
	tunnel->unacked = 0;
	return payload ? 16 : 12;
}

static void fill_slot(struct bench *bench, struct tunnel *tunnel, unsigned int at, uint32_t number,
		      uint32_t seq)
{
	struct slot *slot = &slots[at];
	const uint8_t *frame = pool_frame(&bench->pool, number);

	memcpy(slot->head, frame, FRAME_HEAD);
	if (bench->numbered)
		put_u32(slot->head + FRAME_NUMBER_AT, number);
	slot->iov[0].iov_base = slot->header;
	slot->iov[0].iov_len = gre_header(tunnel, slot->header, bench->pool.size, seq);
	slot->iov[1].iov_base = slot->head;
	slot->iov[1].iov_len = FRAME_HEAD;
	slot->iov[2].iov_base = (uint8_t *)(uintptr_t)frame + FRAME_HEAD;
	slot->iov[2].iov_len = bench->pool.size - FRAME_HEAD;
	messages[at].msg_hdr.msg_iov = slot->iov;
	messages[at].msg_hdr.msg_iovlen = 3;
}

unsigned int bench_send_down(struct bench *bench, struct tunnel *tunnel, unsigned int count)
{
	unsigned int done = 0;

	while (done < count) {
		unsigned int n = count - done < SEND_BATCH ? count - done : SEND_BATCH;
		int sent;

		for (unsigned int i = 0; i < n; i++)
			fill_slot(bench, tunnel, i, tunnel->down.sent + i, tunnel->gre_sent + i);
		sent = sendmmsg(bench->gre, messages, n, MSG_DONTWAIT);
		if (sent <= 0)
			break;
		if (!flow_in_flight(&tunnel->down))
			tunnel->down.progress_at = clock_now();
		tunnel->down.sent += (unsigned int)sent;
		tunnel->gre_sent += (unsigned int)sent;
		done += (unsigned int)sent;
	}
	return done;
}

bool bench_send_one(struct bench *bench, struct tunnel *tunnel, uint32_t number, uint32_t seq)
{
	fill_slot(bench, tunnel, 0, number, seq);
	return sendmmsg(bench->gre, messages, 1, MSG_DONTWAIT) == 1;
}

static void acknowledge(struct bench *bench, struct tunnel *tunnel)
{
	uint8_t header[GRE_HEADER];
	size_t len = gre_header(tunnel, header, 0, 0);

	if (send(bench->gre, header, len, MSG_DONTWAIT) < 0 && errno != EAGAIN)
		perror("an acknowledgment");
}

/* -- what comes out of a client ---------------------------------------------------------------- */

static void count_arrival(struct bench *bench, struct tunnel *tunnel, bool down, uint32_t number)
{
	struct flow *flow = down ? &tunnel->down : &tunnel->up;
	uint32_t mask = down && bench->numbered ? UINT32_MAX : POOL_FRAMES - 1;
	int32_t ahead = (int32_t)((number - flow->expected) & mask);

	if (mask != UINT32_MAX && ahead >= (int32_t)POOL_FRAMES / 2)
		ahead -= (int32_t)POOL_FRAMES;
	number = flow->expected + (uint32_t)ahead;
	if (ahead < 0) {
		flow->disordered++;
		flow->lost--;
	} else if ((uint32_t)ahead < flow_in_flight(flow)) {
		flow->lost += (uint32_t)ahead;
		flow->expected = number + 1;
	}
	flow->done++;
	flow->progress_at = clock_now();
	if (bench->arrived)
		bench->arrived(bench, tunnel, down, number);
}

/* Whether an unescaped frame is the pool's, but for its number. */
static bool same_frame(const struct bench *bench, const uint8_t *frame, size_t len, uint32_t number)
{
	const uint8_t *sent = pool_frame(&bench->pool, number);

	return len == bench->pool.size && memcmp(frame, sent, FRAME_NUMBER_AT) == 0 &&
	       memcmp(frame + FRAME_HEAD, sent + FRAME_HEAD, len - FRAME_HEAD) == 0;
}

static void frame_down(struct bench *bench, struct tunnel *tunnel, const uint8_t *in, size_t len)
{
	uint8_t frame[FRAME_SIZE_MAX + 2];
	size_t n = frame_unescape(in, len, frame, FRAME_HEAD);
	uint32_t number = n == FRAME_HEAD ? get_u32(frame + FRAME_NUMBER_AT) : 0;

	if (n == FRAME_HEAD && !(number & bench->verify_mask)) {
		n = frame_unescape(in, len, frame, sizeof(frame));
		if (!frame_fcs_good(frame, n) || !same_frame(bench, frame, n - 2, number))
			n = 0;
	}
	if (n < FRAME_HEAD) {
		tunnel->down.damaged++;
		return;
	}
	count_arrival(bench, tunnel, true, number);
}

bool bench_read_terminal(struct bench *bench, struct tunnel *tunnel)
{
	for (int reads = 0; reads < READS_MAX; reads++) {
		const uint8_t *frame;
		size_t size, len;
		uint8_t *space = splitter_space(tunnel->splitter, &size);
		ssize_t n = read(tunnel->slave, space, size);

		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			return false;
		splitter_fill(tunnel->splitter, (size_t)n);
		while (splitter_next(tunnel->splitter, &frame, &len))
			frame_down(bench, tunnel, frame, len);
		if (n < 1024)
			return true;
	}
	return true;
}

static void frame_up(struct bench *bench, struct tunnel *tunnel, const uint8_t *frame, size_t len)
{
	uint32_t number;

	tunnel->unacked++;
	if (hello_is(frame, len, &number))
		return;
	number = len >= FRAME_HEAD ? get_u32(frame + FRAME_NUMBER_AT) : 0;
	if (!bench->have_pool || len != bench->pool.size ||
	    (!(number & bench->verify_mask) && !same_frame(bench, frame, len, number))) {
		tunnel->up.damaged++;
		return;
	}
	count_arrival(bench, tunnel, false, number);
}

/* The first frame of a client says which terminal it serves. */
static struct tunnel *greet(struct bench *bench, uint16_t call_id, const uint8_t *frame, size_t len)
{
	struct tunnel *tunnel;
	uint32_t number;

	if (!hello_is(frame, len, &number) || number >= bench->count || call_id < CALL_ID_FIRST ||
	    call_id >= CALL_ID_FIRST + bench->control.calls)
		return NULL;
	tunnel = &bench->tunnels[number];
	tunnel->call_id = call_id;
	tunnel->client_call_id = bench->control.client_call_id[call_id - CALL_ID_FIRST];
	tunnel->greeted_at = clock_now();
	return tunnel;
}

static struct tunnel *tunnel_of(struct bench *bench, uint16_t call_id)
{
	for (unsigned int i = 0; i < bench->count; i++)
		if (bench->tunnels[i].call_id == call_id)
			return &bench->tunnels[i];
	return NULL;
}

static void packet_came(struct bench *bench, const uint8_t *packet, size_t len)
{
	size_t ip = (size_t)(packet[0] & 15) * 4, header, payload;
	const uint8_t *gre = packet + ip;
	struct tunnel *tunnel;
	uint16_t call_id;

	if (len < ip + 8)
		return;
	header = 8 + (gre[0] & 0x10 ? 4U : 0U) + (gre[1] & 0x80 ? 4U : 0U);
	payload = (size_t)gre[4] << 8 | gre[5];
	if (!(gre[0] & 0x10) || len < ip + header + payload || !payload)
		return;
	call_id = (uint16_t)(gre[6] << 8 | gre[7]);
	tunnel = tunnel_of(bench, call_id);
	if (!tunnel)
		tunnel = greet(bench, call_id, gre + header, payload);
	if (!tunnel)
		return;
	tunnel->gre_heard = get_u32(gre + 8);
	frame_up(bench, tunnel, gre + header, payload);
}

void bench_receive_gre(struct bench *bench)
{
	static uint8_t data[SEND_BATCH][PACKET_MAX];
	static struct iovec iov[SEND_BATCH];
	static struct mmsghdr batch[SEND_BATCH];
	int n;

	for (unsigned int i = 0; i < SEND_BATCH; i++) {
		iov[i] = (struct iovec){ .iov_base = data[i], .iov_len = PACKET_MAX };
		batch[i].msg_hdr.msg_iov = &iov[i];
		batch[i].msg_hdr.msg_iovlen = 1;
	}
	n = recvmmsg(bench->gre, batch, SEND_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++)
		if (batch[i].msg_len >= IP_HEADER_MIN)
			packet_came(bench, data[i], batch[i].msg_len);
	for (unsigned int i = 0; i < bench->count; i++)
		if (bench->tunnels[i].unacked >= ACK_EVERY)
			acknowledge(bench, &bench->tunnels[i]);
}

/* -- up: the terminal -------------------------------------------------------------------------- */

unsigned int bench_write_up(struct bench *bench, struct tunnel *tunnel, unsigned int count)
{
	const struct pool *pool = &bench->pool;
	uint32_t before = tunnel->up.sent;

	while (tunnel->up.sent - before < count) {
		uint32_t first = tunnel->up.sent & (POOL_FRAMES - 1);
		uint32_t last = first + (count - (tunnel->up.sent - before));
		ssize_t n;

		if (last > POOL_FRAMES)
			last = POOL_FRAMES;
		n = write(tunnel->slave, pool->encoded + tunnel->up_byte,
			  pool->offset[last] - tunnel->up_byte);
		if (n <= 0)
			break;
		if (!flow_in_flight(&tunnel->up))
			tunnel->up.progress_at = clock_now();
		tunnel->up_byte += (size_t)n;
		while (first < POOL_FRAMES && tunnel->up_byte >= pool->offset[first + 1]) {
			first++;
			tunnel->up.sent++;
		}
		if (tunnel->up_byte == pool->offset[POOL_FRAMES])
			tunnel->up_byte = 0;
		else if (first < last)
			break;
	}
	return tunnel->up.sent - before;
}
