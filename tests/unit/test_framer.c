/* SPDX-License-Identifier: MIT */

/* The framer: messages out of octets that are cut anywhere, and lost synchronisation. */

#include <stdlib.h>
#include <string.h>

#include "framer.h"
#include "run_suite.h"

#define TYPES 15

/* One message of every type, one behind the other, with something to tell them apart. */
static size_t all_messages(uint8_t *buf, size_t size)
{
	struct pptp_msg msg;
	size_t len = 0;

	for (unsigned int type = 1; type <= TYPES; type++) {
		memset(&msg, 0, sizeof(msg));
		msg.type = (enum pptp_msg_type)type;
		len += (size_t)pptp_msg_encode(&msg, buf + len, size - len);
		buf[len - 1] = (uint8_t)type; /* in a string, a number or a reserved field */
	}
	return len;
}

/* A message header with these fields, and zeros up to its length. */
static size_t header(uint8_t *buf, uint16_t length, uint16_t kind, uint16_t type)
{
	memset(buf, 0, length > 12 ? length : 12);
	buf[0] = (uint8_t)(length >> 8);
	buf[1] = (uint8_t)length;
	buf[3] = (uint8_t)kind;
	memcpy(buf + 4, "\x1a\x2b\x3c\x4d", 4);
	buf[8] = (uint8_t)(type >> 8);
	buf[9] = (uint8_t)type;
	return length;
}

/* Feed a copy of its very size; returns how many messages came: `first` and the types behind it. */
static unsigned int feed(struct framer *framer, const uint8_t *data, size_t len, unsigned int first)
{
	uint8_t *copy = malloc(len ? len : 1);
	const uint8_t *p = copy;
	struct pptp_msg msg;
	unsigned int count = 0;

	memcpy(copy, data, len);
	while (pptp_framer_next(framer, &p, &len, &msg) == FRAMER_MESSAGE)
		ck_assert_uint_eq(msg.type, first + count++);
	ck_assert_uint_eq(len, 0);
	free(copy);
	return count;
}

START_TEST(coalesced)
{
	struct framer framer = { 0 };
	uint8_t buf[2048];
	size_t len = all_messages(buf, sizeof(buf));

	ck_assert_uint_eq(feed(&framer, buf, len, 1), TYPES);
	ck_assert(!pptp_framer_is_partial(&framer));
}
END_TEST

START_TEST(split_at_every_octet)
{
	uint8_t buf[2048];
	size_t len = all_messages(buf, sizeof(buf));

	for (size_t cut = 0; cut <= len; cut++) {
		struct framer framer = { 0 };
		unsigned int count = feed(&framer, buf, cut, 1);

		ck_assert_uint_eq(count + feed(&framer, buf + cut, len - cut, count + 1), TYPES);
		ck_assert(!pptp_framer_is_partial(&framer));
	}
}
END_TEST

START_TEST(pieces_of_every_size)
{
	uint8_t buf[2048];
	size_t len = all_messages(buf, sizeof(buf));

	for (size_t size = 1; size < len; size++) {
		struct framer framer = { 0 };
		unsigned int count = 0;

		for (size_t at = 0; at < len; at += size)
			count += feed(&framer, buf + at, at + size < len ? size : len - at,
				      count + 1);
		ck_assert_uint_eq(count, TYPES);
	}
}
END_TEST

START_TEST(partial_is_seen)
{
	struct framer framer = { 0 };
	uint8_t buf[2048];

	all_messages(buf, sizeof(buf));
	ck_assert(!pptp_framer_is_partial(&framer));
	feed(&framer, buf, 1, 1);
	ck_assert(pptp_framer_is_partial(&framer));
	ck_assert_uint_eq(feed(&framer, buf + 1, 155, 1), 1);
	ck_assert(!pptp_framer_is_partial(&framer));
}
END_TEST

/* Octet by octet: no error before `at` octets, error with them, and for good. */
static void lost_after(const uint8_t *octets, size_t at, int error)
{
	struct framer framer = { 0 };
	struct pptp_msg msg;
	uint8_t good[16] = { 0 };
	const uint8_t *p = octets;
	size_t len;

	for (size_t i = 1; i < at; i++) {
		len = 1;
		ck_assert_int_eq(pptp_framer_next(&framer, &p, &len, &msg), FRAMER_MORE);
	}
	len = 1;
	ck_assert_int_eq(pptp_framer_next(&framer, &p, &len, &msg), error);
	header(good, 16, 1, PPTP_MSG_ECHORQ);
	p = good;
	len = sizeof(good);
	ck_assert_int_eq(pptp_framer_next(&framer, &p, &len, &msg), error);
}

START_TEST(wrong_cookie_shows_at_eight_octets)
{
	uint8_t buf[FRAMER_SKIP_MAX];

	for (unsigned int bit = 0; bit < 32; bit++) {
		header(buf, 16, 1, PPTP_MSG_ECHORQ);
		buf[4 + bit / 8] ^= (uint8_t)(1U << bit % 8);
		lost_after(buf, 8, PPTP_ERR_MAGIC);
	}
}
END_TEST

START_TEST(impossible_length_shows_at_eight_octets)
{
	static const uint16_t lengths[] = { 0, 1, 8, 11, FRAMER_SKIP_MAX + 1, 0x7fff, 0xffff };
	static uint8_t buf[UINT16_MAX + 1];

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		header(buf, lengths[i], 1, PPTP_MSG_ECHORQ);
		lost_after(buf, 8, PPTP_ERR_LENGTH);
		header(buf, lengths[i], 2, 1);
		lost_after(buf, 8, PPTP_ERR_LENGTH);
	}
}
END_TEST

START_TEST(wrong_length_of_every_type_shows_in_the_header)
{
	uint8_t buf[FRAMER_SKIP_MAX];
	unsigned int type = (unsigned int)_i;

	for (uint16_t length = 12; length <= FRAMER_SKIP_MAX; length++) {
		if (length == pptp_msg_size(type))
			continue;
		header(buf, length, 1, (uint16_t)type);
		lost_after(buf, 12, PPTP_ERR_LENGTH);
	}
}
END_TEST

/* An unknown message, then a good one: in pieces of `size` octets. */
static void skip_in_pieces(uint16_t length, uint16_t kind, uint16_t type, size_t size)
{
	uint8_t buf[FRAMER_SKIP_MAX + 16];
	size_t total = header(buf, length, kind, type);
	unsigned int skipped = 0, messages = 0;
	struct framer framer = { 0 };
	struct pptp_msg msg;

	total += header(buf + total, 16, 1, PPTP_MSG_ECHORQ);
	for (size_t at = 0; at < total; at += size) {
		const uint8_t *p = buf + at;
		size_t len = at + size < total ? size : total - at;
		int r;

		while ((r = pptp_framer_next(&framer, &p, &len, &msg)) != FRAMER_MORE) {
			ck_assert_int_gt(r, 0);
			if (r == FRAMER_SKIPPED) {
				ck_assert_uint_eq(messages, 0);
				ck_assert_uint_eq(framer.kind, kind);
				ck_assert_uint_eq(framer.type, type);
				skipped++;
			} else {
				ck_assert_uint_eq(msg.type, PPTP_MSG_ECHORQ);
				messages++;
			}
		}
	}
	ck_assert_uint_eq(skipped, 1);
	ck_assert_uint_eq(messages, 1);
}

START_TEST(unknown_messages_are_passed_over)
{
	for (uint16_t length = 12; length <= FRAMER_SKIP_MAX; length++) {
		skip_in_pieces(length, 1, 16, 1);
		skip_in_pieces(length, 1, 0, 7);
		skip_in_pieces(length, 1, 0xffff, 12);
		skip_in_pieces(length, 1, 99, 1000);
	}
}
END_TEST

/* A management message (1.4) is passed over even if its type and length look like one we know. */
START_TEST(management_messages_are_passed_over)
{
	for (uint16_t length = 12; length <= FRAMER_SKIP_MAX; length++) {
		skip_in_pieces(length, 2, PPTP_MSG_ECHORQ, 1);
		skip_in_pieces(length, 2, PPTP_MSG_ECHORQ, 1000);
		skip_in_pieces(length, 0, 7, 5);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("framer");
	TCase *tcase = tcase_create("framer");

	tcase_add_test(tcase, coalesced);
	tcase_add_test(tcase, split_at_every_octet);
	tcase_add_test(tcase, pieces_of_every_size);
	tcase_add_test(tcase, partial_is_seen);
	tcase_add_test(tcase, wrong_cookie_shows_at_eight_octets);
	tcase_add_test(tcase, impossible_length_shows_at_eight_octets);
	tcase_add_loop_test(tcase, wrong_length_of_every_type_shows_in_the_header, 1, TYPES + 1);
	tcase_add_test(tcase, unknown_messages_are_passed_over);
	tcase_add_test(tcase, management_messages_are_passed_over);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
