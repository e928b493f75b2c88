/* SPDX-License-Identifier: MIT */

/*
 * Decodes, prints and encodes one control message. Input: a message type, then the message behind
 * its header (zeros where octets are missing); or 0, then a message with its header. The last octet
 * says where to cut.
 */

#include <pptp/proto/msg.h>

#include "fuzz.h"

#define PRINTED_MAX 2048

static size_t make_message(struct fuzz_input *in, uint8_t *buf, size_t size)
{
	uint8_t type = fuzz_u8(in);
	struct pptp_msg msg = { .type = (enum pptp_msg_type)type };
	int n;

	if (!pptp_msg_size(type))
		return fuzz_octets(in, buf, size);
	n = pptp_msg_encode(&msg, buf, size);
	FUZZ_CHECK(n == (int)pptp_msg_size(type));
	fuzz_octets(in, buf + PPTP_MSG_HEADER_SIZE, (size_t)n - PPTP_MSG_HEADER_SIZE);
	return (size_t)n;
}

/* What is refused has left the message alone. */
static int decode(struct pptp_msg *msg, const uint8_t *data, size_t len)
{
	uint8_t *copy = fuzz_copy(data, len);
	struct pptp_msg before;
	int r;

	memset(msg, 0xA5, sizeof(*msg));
	before = *msg;
	r = pptp_msg_decode(msg, copy, len);
	if (r < 0) {
		FUZZ_CHECK(r == PPTP_ERR_TRUNCATED || r == PPTP_ERR_MAGIC || r == PPTP_ERR_LENGTH ||
			   r == PPTP_ERR_TYPE);
		FUZZ_CHECK(memcmp(&before, msg, sizeof(before)) == 0);
	} else {
		FUZZ_CHECK(r == 0 && len == pptp_msg_size(msg->type));
	}
	free(copy);
	return r;
}

/* Cut to `size`: a beginning of the whole text, ended, in that room. */
static void check_cut_text(const struct pptp_msg *msg, const char *whole, size_t size)
{
	size_t len = strlen(whole);
	char *text = malloc(size ? size : 1);

	FUZZ_CHECK(text);
	FUZZ_CHECK(pptp_msg_print(msg, text, size) == (int)len);
	if (size) {
		size_t kept = len < size ? len : size - 1;

		FUZZ_CHECK(memcmp(text, whole, kept) == 0 && text[kept] == '\0');
	}
	free(text);
}

static void check_text(const struct pptp_msg *msg, size_t cut, char *text)
{
	int n = pptp_msg_print(msg, text, PRINTED_MAX);

	FUZZ_CHECK(n > 0 && n < PRINTED_MAX && strlen(text) == (size_t)n);
	for (const char *p = text; *p; p++)
		FUZZ_CHECK(*p >= ' ' && *p <= '~');
	check_cut_text(msg, text, 0);
	check_cut_text(msg, text, cut);
	check_cut_text(msg, text, (size_t)n);
	check_cut_text(msg, text, (size_t)n + 1);
}

/* Encoded and decoded again it says the same, in octets and in words. */
static void check_round_trip(const struct pptp_msg *msg, const char *text)
{
	size_t size = pptp_msg_size(msg->type);
	uint8_t *first = malloc(size), second[PPTP_MSG_SIZE_MAX];
	struct pptp_msg again;
	char printed[PRINTED_MAX];

	FUZZ_CHECK(first);
	FUZZ_CHECK(pptp_msg_encode(msg, first, size) == (int)size);
	FUZZ_CHECK(decode(&again, first, size) == 0);
	FUZZ_CHECK(again.type == msg->type);
	FUZZ_CHECK(pptp_msg_encode(&again, second, sizeof(second)) == (int)size);
	FUZZ_CHECK(memcmp(first, second, size) == 0);
	pptp_msg_print(&again, printed, sizeof(printed));
	FUZZ_CHECK(strcmp(printed, text) == 0);
	free(first);
}

static void check_lengths(const struct pptp_msg *msg, const uint8_t *data, size_t len, size_t cut)
{
	uint8_t longer[PPTP_MSG_SIZE_MAX + 1] = { 0 };
	uint8_t *small = malloc(cut ? cut : 1);
	struct pptp_msg other;

	FUZZ_CHECK(small);
	cut %= len;
	FUZZ_CHECK(decode(&other, data, cut) == PPTP_ERR_TRUNCATED);
	for (size_t shorter = 0; shorter < len; shorter++)
		FUZZ_CHECK(pptp_msg_decode(&other, data, shorter) == PPTP_ERR_TRUNCATED);
	memcpy(longer, data, len);
	FUZZ_CHECK(decode(&other, longer, len + 1) == PPTP_ERR_LENGTH);
	FUZZ_CHECK(pptp_msg_encode(msg, small, cut) == PPTP_ERR_SPACE);
	free(small);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	size_t cut = size ? data[size - 1] : 0;
	uint8_t buf[PPTP_MSG_SIZE_MAX + 16] = { 0 };
	size_t len = make_message(&in, buf, sizeof(buf));
	char text[PRINTED_MAX];
	struct pptp_msg msg;

	if (decode(&msg, buf, len) == 0) {
		check_text(&msg, cut, text);
		check_round_trip(&msg, text);
		check_lengths(&msg, buf, len, cut);
	}
	/* A type that does not exist can be printed, not encoded. */
	msg.type = (enum pptp_msg_type)(16 + cut);
	FUZZ_CHECK(pptp_msg_encode(&msg, buf, sizeof(buf)) == PPTP_ERR_TYPE);
	check_text(&msg, cut, text);
	return 0;
}
