/* SPDX-License-Identifier: MIT */
#include <pptp/proto/gre.h>

#include <string.h>

#include "run_suite.h"

static const uint8_t data_ack[] = {
	0x30, 0x81, 0x88, 0x0B, 0x00, 0x03, 0x12, 0x34, 0x01, 0x02,
	0x03, 0x04, 0xFF, 0xFE, 0xFD, 0xFC, 'P',  'P',  'P',
};
static const uint8_t data_only[] = {
	0x30, 0x01, 0x88, 0x0B, 0x00, 0x01, 0xAB, 0xCD, 0x00, 0x00, 0x00, 0x00, 'P',
};
static const uint8_t ack_only[] = {
	0x20, 0x81, 0x88, 0x0B, 0x00, 0x00, 0x00, 0x01, 0x80, 0x00, 0x00, 0x00,
};
static const uint8_t neither[] = { 0x20, 0x01, 0x88, 0x0B, 0x00, 0x00, 0xFF, 0xFF };

static const struct {
	const uint8_t *bytes;
	size_t len;
	int header;
	struct pptp_gre gre;
} golden[] = {
	{ data_ack, sizeof(data_ack), 16, { true, true, 3, 0x1234, 0x01020304, 0xFFFEFDFC } },
	{ data_only, sizeof(data_only), 12, { true, false, 1, 0xABCD, 0, 0 } },
	{ ack_only, sizeof(ack_only), 12, { false, true, 0, 1, 0, 0x80000000 } },
	{ neither, sizeof(neither), 8, { false, false, 0, 0xFFFF, 0, 0 } },
};

#define GOLDEN ((int)(sizeof(golden) / sizeof(golden[0])))

static void assert_gre_eq(const struct pptp_gre *a, const struct pptp_gre *b)
{
	ck_assert_int_eq(a->has_seq, b->has_seq);
	ck_assert_int_eq(a->has_ack, b->has_ack);
	ck_assert_uint_eq(a->payload_len, b->payload_len);
	ck_assert_uint_eq(a->call_id, b->call_id);
	ck_assert_uint_eq(a->seq, b->seq);
	ck_assert_uint_eq(a->ack, b->ack);
}

START_TEST(encodes_golden_bytes)
{
	uint8_t buf[PPTP_GRE_HEADER_MAX];

	ck_assert_uint_eq(pptp_gre_encode(&golden[_i].gre, buf), golden[_i].header);
	ck_assert_mem_eq(buf, golden[_i].bytes, golden[_i].header);
}
END_TEST

START_TEST(decodes_golden_bytes)
{
	struct pptp_gre gre;

	ck_assert_int_eq(pptp_gre_decode(&gre, golden[_i].bytes, golden[_i].len),
			 golden[_i].header);
	assert_gre_eq(&gre, &golden[_i].gre);
}
END_TEST

START_TEST(every_truncation_fails)
{
	for (size_t len = 0; len < golden[_i].len; len++) {
		/* Of that very size, so that a sanitizer sees a read behind it. */
		uint8_t *part = malloc(len ? len : 1);
		struct pptp_gre gre;

		memcpy(part, golden[_i].bytes, len);
		ck_assert_int_eq(pptp_gre_decode(&gre, part, len), PPTP_ERR_TRUNCATED);
		free(part);
	}
}
END_TEST

START_TEST(padding_is_accepted)
{
	uint8_t packet[64] = { 0 };
	struct pptp_gre gre;

	memcpy(packet, golden[_i].bytes, golden[_i].len);
	for (size_t len = golden[_i].len; len <= sizeof(packet); len++)
		ck_assert_int_eq(pptp_gre_decode(&gre, packet, len), golden[_i].header);
	assert_gre_eq(&gre, &golden[_i].gre);
}
END_TEST

/* All 65536 values of the flags: exactly K, with S and A free, is right. */
START_TEST(all_flags)
{
	unsigned int good = 0;

	for (unsigned int flags = 0; flags <= 0xFFFF; flags++) {
		uint8_t packet[PPTP_GRE_HEADER_MAX] = { flags >> 8, flags & 0xFF, 0x88, 0x0B };
		bool right = (flags & ~0x1080U) == 0x2001;
		struct pptp_gre gre;
		int ret = pptp_gre_decode(&gre, packet, sizeof(packet));

		if (right != (ret > 0) || (!right && ret != PPTP_ERR_FLAGS))
			ck_abort_msg("flags 0x%04x: %d", flags, ret);
		if (right && (gre.has_seq != !!(flags & 0x1000) || gre.has_ack != !!(flags & 0x80)))
			ck_abort_msg("flags 0x%04x: wrong fields", flags);
		good += right;
	}
	ck_assert_uint_eq(good, 4);
}
END_TEST

START_TEST(other_protocols_fail)
{
	for (unsigned int protocol = 0; protocol <= 0xFFFF; protocol++) {
		uint8_t packet[] = { 0x20, 0x01, protocol >> 8, protocol & 0xFF, 0, 0, 0, 0 };
		struct pptp_gre gre;
		int ret = pptp_gre_decode(&gre, packet, sizeof(packet));

		if (ret != (protocol == PPTP_GRE_PROTOCOL ? 8 : PPTP_ERR_FLAGS))
			ck_abort_msg("protocol 0x%04x: %d", protocol, ret);
	}
}
END_TEST

START_TEST(payload_needs_sequence_number)
{
	const uint8_t packet[] = { 0x20, 0x81, 0x88, 0x0B, 0, 1, 0, 0, 0, 0, 0, 0, 'P' };
	struct pptp_gre gre;

	ck_assert_int_eq(pptp_gre_decode(&gre, packet, sizeof(packet)), PPTP_ERR_FLAGS);
}
END_TEST

START_TEST(sequence_number_without_payload)
{
	const uint8_t packet[] = { 0x30, 0x01, 0x88, 0x0B, 0, 0, 0, 0, 0, 0, 0, 9 };
	struct pptp_gre gre;

	ck_assert_int_eq(pptp_gre_decode(&gre, packet, sizeof(packet)), 12);
	ck_assert(gre.has_seq);
	ck_assert_uint_eq(gre.seq, 9);
	ck_assert_uint_eq(gre.payload_len, 0);
}
END_TEST

START_TEST(failure_leaves_output_alone)
{
	struct pptp_gre gre = { true, true, 1, 2, 3, 4 };
	const struct pptp_gre before = gre;

	ck_assert_int_lt(pptp_gre_decode(&gre, data_ack, sizeof(data_ack) - 1), 0);
	assert_gre_eq(&gre, &before);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gre");
	TCase *tc = tcase_create("gre");

	tcase_add_loop_test(tc, encodes_golden_bytes, 0, GOLDEN);
	tcase_add_loop_test(tc, decodes_golden_bytes, 0, GOLDEN);
	tcase_add_loop_test(tc, every_truncation_fails, 0, GOLDEN);
	tcase_add_loop_test(tc, padding_is_accepted, 0, GOLDEN);
	tcase_add_test(tc, all_flags);
	tcase_add_test(tc, other_protocols_fail);
	tcase_add_test(tc, payload_needs_sequence_number);
	tcase_add_test(tc, sequence_number_without_payload);
	tcase_add_test(tc, failure_leaves_output_alone);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
