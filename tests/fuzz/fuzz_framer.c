/* SPDX-License-Identifier: MIT */

/*
 * Cuts a stream of control messages anywhere: however it is cut, the same messages come out at the
 * same places, and they are those that a look at the whole stream finds.
 *
 * Input: an octet that says how to cut, then items: a message type, how many octets follow behind
 * its header, the octets; RAW, how many octets, the octets; UNKNOWN, PPTP message type, control
 * message type (2 octets each), length (2), how many octets, the octets.
 */

#include "framer.h"
#include "fuzz.h"
#include "wire.h"

#define STREAM_MAX  8192
#define RESULTS_MAX (STREAM_MAX / PPTP_MSG_HEADER_SIZE + 2)

enum { RAW = 16, UNKNOWN = 17, ITEMS = 18 };

struct stream {
	uint8_t octets[STREAM_MAX];
	size_t len;
};

/* What came out, and how many octets had gone in by then. */
struct result {
	int what;
	size_t at;
	uint16_t kind, type;
	struct pptp_msg msg;
};

struct results {
	struct result all[RESULTS_MAX];
	size_t count;
};

static void add_message(struct stream *stream, struct fuzz_input *in, uint8_t type)
{
	struct pptp_msg msg = { .type = (enum pptp_msg_type)type };
	uint8_t *p = stream->octets + stream->len;
	size_t size = pptp_msg_size(type);
	size_t given = fuzz_u8(in);

	if (given > size - PPTP_MSG_HEADER_SIZE)
		given = size - PPTP_MSG_HEADER_SIZE;
	FUZZ_CHECK(pptp_msg_encode(&msg, p, size) == (int)size);
	fuzz_octets(in, p + PPTP_MSG_HEADER_SIZE, given);
	stream->len += size;
}

static void add_unknown(struct stream *stream, struct fuzz_input *in)
{
	uint8_t *p = stream->octets + stream->len;
	uint16_t kind = fuzz_u16(in), type = fuzz_u16(in);

	p = put_u16(p, fuzz_u16(in));
	p = put_u16(p, kind);
	p = put_u32(p, PPTP_MAGIC);
	put_u16(p, type);
	stream->len += PPTP_MSG_HEADER_SIZE;
}

static void make_stream(struct stream *stream, struct fuzz_input *in)
{
	while (in->left && stream->len + PPTP_MSG_SIZE_MAX + UINT8_MAX < sizeof(stream->octets)) {
		uint8_t item = fuzz_u8(in) % ITEMS;

		if (pptp_msg_size(item)) {
			add_message(stream, in, item);
			continue;
		}
		if (item == UNKNOWN)
			add_unknown(stream, in);
		stream->len += fuzz_octets(in, stream->octets + stream->len, fuzz_u8(in));
	}
}

/* One message of the whole stream, straight from the RFC (1.4); 0 at its end. */
static int look(const struct stream *stream, size_t *atp, struct result *result)
{
	const uint8_t *p = stream->octets + *atp;
	size_t left = stream->len - *atp;
	uint16_t length, kind, type;
	uint32_t magic;

	if (left < 8)
		return 0;
	get_u32(&magic, get_u16(&kind, get_u16(&length, p)));
	result->at = *atp + 8;
	if (magic != PPTP_MAGIC)
		return PPTP_ERR_MAGIC;
	if (length < PPTP_MSG_HEADER_SIZE || length > FRAMER_SKIP_MAX)
		return PPTP_ERR_LENGTH;
	if (left < PPTP_MSG_HEADER_SIZE)
		return 0;
	get_u16(&type, p + 8);
	result->at = *atp + PPTP_MSG_HEADER_SIZE;
	result->kind = kind;
	result->type = type;
	if (kind == 1 && pptp_msg_size(type) && length != pptp_msg_size(type))
		return PPTP_ERR_LENGTH;
	if (left < length)
		return 0;
	*atp = result->at = *atp + length;
	if (kind != 1 || !pptp_msg_size(type))
		return FRAMER_SKIPPED;
	FUZZ_CHECK(pptp_msg_decode(&result->msg, p, length) == 0);
	return FRAMER_MESSAGE;
}

static void look_at_all(const struct stream *stream, struct results *results)
{
	size_t at = 0;

	do {
		FUZZ_CHECK(results->count < RESULTS_MAX);
		results->all[results->count].what =
			look(stream, &at, &results->all[results->count]);
	} while (results->all[results->count++].what > 0);
	if (results->all[results->count - 1].what == 0)
		results->count--;
}

struct run {
	struct framer framer;
	const struct results *want;
	size_t taken; /* octets of the stream */
	size_t done;  /* results */
};

static void check_result(struct run *run, int what, const struct pptp_msg *msg)
{
	const struct result *want = &run->want->all[run->done++];

	FUZZ_CHECK(run->done <= run->want->count);
	FUZZ_CHECK(what == want->what && run->taken == want->at);
	if (what == FRAMER_MESSAGE)
		FUZZ_CHECK(memcmp(msg, &want->msg, sizeof(*msg)) == 0);
	if (what == FRAMER_SKIPPED)
		FUZZ_CHECK(run->framer.kind == want->kind && run->framer.type == want->type);
}

/* Whether more may follow. */
static bool feed(struct run *run, const uint8_t *octets, size_t len)
{
	uint8_t *copy = fuzz_copy(octets, len);
	const uint8_t *p = copy;
	struct pptp_msg msg;
	size_t left = len;
	int what;

	do {
		size_t before = left;

		what = pptp_framer_next(&run->framer, &p, &left, &msg);
		FUZZ_CHECK(left <= before && p + left == copy + len);
		run->taken += before - left;
		if (what)
			check_result(run, what, &msg);
		else
			FUZZ_CHECK(left == 0);
	} while (what > 0);
	/* An error is for good, and takes nothing more. */
	if (what < 0)
		FUZZ_CHECK(pptp_framer_next(&run->framer, &p, &left, &msg) == what);
	free(copy);
	return what == 0;
}

static void run_cut(const struct stream *stream, const struct results *want, size_t fixed,
		    uint32_t state)
{
	struct run run = { .want = want };
	size_t at = 0, n;
	bool more = true;

	for (; more && at < stream->len; at += n) {
		n = fixed ? fixed : fuzz_piece(&state, stream->len - at);
		if (n > stream->len - at)
			n = stream->len - at;
		more = feed(&run, stream->octets + at, n);
	}
	FUZZ_CHECK(run.done == want->count);
	if (more) {
		size_t end = want->count ? want->all[want->count - 1].at : 0;

		FUZZ_CHECK(run.taken == stream->len);
		FUZZ_CHECK(pptp_framer_is_partial(&run.framer) == (end < stream->len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stream stream;
	static struct results want;
	struct fuzz_input in = { data, size };
	uint32_t state = fuzz_u8(&in);

	stream.len = 0;
	want.count = 0;
	make_stream(&stream, &in);
	look_at_all(&stream, &want);
	run_cut(&stream, &want, stream.len, 0);
	run_cut(&stream, &want, 1, 0);
	run_cut(&stream, &want, 0, state);
	return 0;
}
