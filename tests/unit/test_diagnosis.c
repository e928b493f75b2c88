/* SPDX-License-Identifier: MIT */
/* What a diagnosis concludes from what it has seen, its sentences, and the LCP that it speaks. */
#include <string.h>

#include <pptp/pptp.h>

#include "run_suite.h"

#include "diagnose/findings.h"
#include "diagnose/lcp_probe.h"

/* -- the verdict ------------------------------------------------------------------------------ */

/* A call that came up; all is well with the rest of this. */
#define UP_UNTIL(why)                                                                              \
	.was_up = true, .has_ppp = true, .taps = true, .reason = (why), .reason_text = "no"
#define UP        UP_UNTIL(PPTP_REASON_STOPPED), .sent = 9
#define BOTH_WAYS .reached = 9, .heard = true, .acked = true, .answered = true

static const struct row {
	const char *what;
	struct findings found;
	enum cause first, second;
	int status;
	const char *words;
} rows[] = {
	{ "all is well",
	  { UP, BOTH_WAYS, .expected = 1440, .largest = 1440 },
	  CAUSE_NONE,
	  CAUSE_NONE,
	  0,
	  "Everything works" },
	{ "no echo: the size is not known",
	  { UP, BOTH_WAYS, .expected = 1440 },
	  CAUSE_NONE,
	  CAUSE_NONE,
	  0,
	  "Everything works" },
	{ "no time for large echoes",
	  { UP, BOTH_WAYS, .largest = 576 },
	  CAUSE_NONE,
	  CAUSE_NONE,
	  0,
	  "Everything works" },
	{ "a black hole",
	  { UP, BOTH_WAYS, .expected = 1440, .largest = 576 },
	  CAUSE_SIZE,
	  CAUSE_NONE,
	  35,
	  "\"mtu 576\"" },
	{ "a server that never acknowledges but answers",
	  { UP, .reached = 3, .heard = true, .answered = true },
	  CAUSE_NONE,
	  CAUSE_NONE,
	  0,
	  "" },
	{ "no packet, nothing acknowledged",
	  { UP, .reached = 0 },
	  CAUSE_NO_GRE,
	  CAUSE_NONE,
	  16,
	  "IP protocol 47" },
	{ "packets before the firewall alone, with acknowledgments",
	  { UP, .reached = 5, .acked = true },
	  CAUSE_FIREWALL_IN,
	  CAUSE_NONE,
	  31,
	  "nft insert rule" },
	{ "packets before the firewall alone, without",
	  { UP, .reached = 5 },
	  CAUSE_FIREWALL_IN,
	  CAUSE_GRE_OUT,
	  31,
	  "ufw prepend allow proto gre" },
	{ "packets, not one acknowledged",
	  { UP, .reached = 5, .heard = true },
	  CAUSE_GRE_OUT,
	  CAUSE_NONE,
	  33,
	  "none of the 9" },
	{ "acknowledged, PPP silent",
	  { UP, .reached = 5, .heard = true, .acked = true },
	  CAUSE_PPP_SILENT,
	  CAUSE_NONE,
	  34,
	  "PPP does not answer" },
	{ "the server ends a call that answered",
	  { UP_UNTIL(PPTP_REASON_CALL_DISCONNECTED), BOTH_WAYS },
	  CAUSE_ENDED,
	  CAUSE_NONE,
	  14,
	  "by itself. The server disconnected the call. The server decides" },
	{ "the server ends one that did not",
	  { UP_UNTIL(PPTP_REASON_PEER_CLOSED), .sent = 1 },
	  CAUSE_ENDED,
	  CAUSE_NONE,
	  14,
	  "log" },
	{ "and a firewall here besides",
	  { UP_UNTIL(PPTP_REASON_PEER_CLOSED), .reached = 1 },
	  CAUSE_ENDED,
	  CAUSE_FIREWALL_IN,
	  14,
	  "" },
	{ "not started",
	  { .reason = PPTP_REASON_CONNECT_REFUSED, .reason_text = "it refused" },
	  CAUSE_BEFORE_THE_CALL,
	  CAUSE_NONE,
	  4,
	  "The server refused the TCP connection. The host is there" },
	{ "no advice: the session's own words",
	  { .reason = PPTP_REASON_SYSTEM_ERROR, .reason_text = "out of sockets" },
	  CAUSE_BEFORE_THE_CALL,
	  CAUSE_NONE,
	  1,
	  "Out of sockets." },
	{ "a point-to-point link is no cause where the server answers",
	  { .reason = PPTP_REASON_NOT_AUTHORIZED, .reason_text = "no", .point_to_point = true },
	  CAUSE_BEFORE_THE_CALL,
	  CAUSE_NONE,
	  9,
	  "" },
	{ "nor where it is busy",
	  { .reason = PPTP_REASON_CALL_BUSY, .reason_text = "no", .point_to_point = true },
	  CAUSE_BEFORE_THE_CALL,
	  CAUSE_NONE,
	  11,
	  "in use" },
	{ "nor where it works",
	  { UP, BOTH_WAYS, .point_to_point = true },
	  CAUSE_NONE,
	  CAUSE_NONE,
	  0,
	  "" },
	{ "a link that leads nowhere",
	  { .reason = PPTP_REASON_CONNECT_TIMEOUT,
	    .reason_text = "",
	    .point_to_point = true,
	    .interface = "ppp3" },
	  CAUSE_TUNNEL,
	  CAUSE_NONE,
	  30,
	  "ppp3. If that is a tunnel" },
};

START_TEST(verdicts)
{
	const struct row *row = &rows[_i];
	struct verdict verdict = verdict_of(&row->found);
	char text[VERDICT_TEXT_MAX];

	ck_assert_msg(verdict.first == row->first && verdict.second == row->second, "%s: %s, %s",
		      row->what, cause_name(verdict.first), cause_name(verdict.second));
	ck_assert_msg((int)cause_exit_status(verdict.first, &row->found) == row->status, "%s: %d",
		      row->what, (int)cause_exit_status(verdict.first, &row->found));
	cause_text(verdict.first, &row->found, text);
	ck_assert_msg(strstr(text, row->words) != NULL, "%s: \"%s\"", row->what, text);
}
END_TEST

START_TEST(refused_here)
{
	struct findings found = { UP, .refused = 9 };
	char text[VERDICT_TEXT_MAX];

	found.sent = 0;
	ck_assert_int_eq(verdict_of(&found).first, CAUSE_FIREWALL_OUT);
	ck_assert_int_eq(verdict_of(&found).second, CAUSE_NONE);
	found.reached = 4;
	ck_assert_int_eq(verdict_of(&found).first, CAUSE_FIREWALL_IN);
	ck_assert_int_eq(verdict_of(&found).second, CAUSE_FIREWALL_OUT);
	found.has_ppp = false;
	found.heard = found.acked = found.answered = true;
	ck_assert_int_eq(verdict_of(&found).first, CAUSE_NO_PPP);
	cause_text(CAUSE_FIREWALL_OUT, &found, text);
	ck_assert_ptr_nonnull(strstr(text, "output"));
}
END_TEST

#define PLACES 9

/* Behind a gateway or not: by the addresses. */
START_TEST(where_no_packet_comes_from)
{
	static const struct {
		uint32_t local, server;
		bool same_network;
		const char *words;
	} places[PLACES] = {
		{ 0xc0a80105, 0xcb007107, false, "192.168.1.5, is behind a NAT gateway" },
		{ 0x0a000001, 0xcb007107, false, "10.0.0.1, is behind a NAT gateway" },
		{ 0xac1fffff, 0xcb007107, false, "172.31.255.255, is behind a NAT gateway" },
		{ 0x647f0000, 0xcb007107, false, "100.127.0.0, is behind a NAT gateway" },
		{ 0xac200000, 0xcb007107, false, "on the way" },
		{ 0x64800000, 0xcb007107, false, "on the way" },
		{ 0xcb007105, 0xcb007107, true, "no router in between" },
		{ 0xc0a80105, 0xc0a80107, true, "no router in between" },
		{ 0xc0a80105, 0x0a000001, false, "on the way" },
	};
	struct findings found = { UP };
	char text[VERDICT_TEXT_MAX];

	found.local.s_addr = htonl(places[_i].local);
	found.server.s_addr = htonl(places[_i].server);
	found.same_network = places[_i].same_network;
	cause_text(CAUSE_NO_GRE, &found, text);
	ck_assert_msg(strstr(text, places[_i].words) != NULL, "\"%s\"", text);
	ck_assert_ptr_null(strstr(text, "could not be checked"));
	found.taps = false;
	cause_text(CAUSE_NO_GRE, &found, text);
	ck_assert_ptr_nonnull(strstr(text, "could not be checked"));
}
END_TEST

/* Each fits, ends in a full stop or a command, and is one of a kind. */
START_TEST(every_cause_has_a_name_and_a_sentence)
{
	const struct findings found = {
		.was_up = true, .reason_text = "no", .reached = UINT32_MAX, .expected = 1500
	};
	char text[VERDICT_TEXT_MAX];

	for (int cause = CAUSE_NONE; cause < CAUSE_COUNT; cause++) {
		cause_text((enum cause)cause, &found, text);
		ck_assert_msg(strlen(text) > 1 && strlen(text) < VERDICT_TEXT_MAX - 1, "%d: %s",
			      cause, text);
		for (int other = CAUSE_NONE; other < cause; other++)
			ck_assert_str_ne(cause_name((enum cause)cause),
					 cause_name((enum cause)other));
	}
}
END_TEST

/* -- LCP -------------------------------------------------------------------------------------- */

static size_t answer(struct lcp_probe *probe, const char *octets, size_t len, uint8_t *reply)
{
	return lcp_probe_take(probe, (const uint8_t *)octets, len, reply);
}

#define ANSWER(octets) answer(&probe, octets, sizeof(octets) - 1, reply)

START_TEST(opens_and_echoes)
{
	struct lcp_probe probe = LCP_PROBE_NEW;
	uint8_t frame[LCP_PROBE_FRAME_MAX], reply[LCP_PROBE_FRAME_MAX];

	ck_assert_uint_eq(lcp_probe_configure(&probe, frame), 8);
	ck_assert_mem_eq(frame, "\xff\x03\xc0\x21\x01\x01\x00\x04", 8);
	/* MRU 1400, magic number: accepted as it is */
	ck_assert_uint_eq(ANSWER("\xff\x03\xc0\x21\x01\x05\x00\x0e\x01\x04\x05\x78\x05\x06"
				 "abcd"),
			  18);
	ck_assert_mem_eq(reply,
			 "\xff\x03\xc0\x21\x02\x05\x00\x0e\x01\x04\x05\x78\x05\x06"
			 "abcd",
			 18);
	ck_assert_uint_eq(probe.mru, 1400);
	ck_assert(!probe.answered && !lcp_probe_is_open(&probe));
	ck_assert_uint_eq(ANSWER("\xff\x03\xc0\x21\x02\x01\x00\x04"), 0);
	ck_assert(probe.answered && lcp_probe_is_open(&probe));
	ck_assert_uint_eq(lcp_probe_echo(&probe, 100, frame), 104);
	ck_assert_mem_eq(frame + 4, "\x09\x02\x00\x64", 4);
	/* Without address and control field, which LCP may have compressed. */
	frame[4] = 10;
	ck_assert_uint_eq(lcp_probe_take(&probe, frame + 2, 102, reply), 0);
	ck_assert(probe.echoed);
	ck_assert_uint_eq(probe.echoed_size, 100);
	ck_assert_uint_eq(ANSWER("\xff\x03\xc0\x21\x09\x09\x00\x08wxyz"), 12);
	ck_assert_mem_eq(reply, "\xff\x03\xc0\x21\x0a\x09\x00\x08\0\0\0\0", 12);
	ck_assert_uint_eq(ANSWER("\xff\x03\xc0\x21\x05\x0b\x00\x04"), 8);
	ck_assert_uint_eq(reply[4], 6);
	ck_assert_uint_eq(lcp_probe_terminate(&probe, frame), 8);
}
END_TEST

START_TEST(takes_nothing_of_what_is_no_lcp)
{
	struct lcp_probe probe = LCP_PROBE_NEW;
	uint8_t reply[LCP_PROBE_FRAME_MAX];

	ck_assert_uint_eq(ANSWER(""), 0);
	ck_assert_uint_eq(ANSWER("\xff\x03"), 0);
	ck_assert_uint_eq(ANSWER("\xff\x03\xc0\x21\x02\x01\x00"), 0);
	ck_assert_uint_eq(ANSWER("\xff\x03\xc0\x21\x02\x01\x00\x03"),
			  0); /* shorter than its header */
	ck_assert_uint_eq(ANSWER("\xff\x03\xc0\x21\x01\x01\x00\x05"),
			  0); /* longer than the frame */
	ck_assert_uint_eq(ANSWER("\xff\x03\xc2\x23\x02\x01\x00\x04"), 0); /* CHAP */
	ck_assert_uint_eq(ANSWER("\xff\x03\xc0\x21\x09\x01\x00\x06"
				 "ab"),
			  0); /* no magic number */
	/* Options that do not fit the packet are passed back, and not read. */
	ck_assert_uint_eq(ANSWER("\xff\x03\xc0\x21\x01\x01\x00\x07\x01\x04\x05"), 11);
	ck_assert_uint_eq(ANSWER("\xff\x03\xc0\x21\x01\x01\x00\x06\x01\x00"), 10);
	ck_assert_uint_eq(probe.mru, 1500);
	ck_assert(!probe.answered && !probe.echoed);
	ck_assert_uint_eq(ANSWER("\xff\x03\xc0\x21\x04\x01\x00\x04"), 0);
	ck_assert(probe.answered && !lcp_probe_is_open(&probe));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diagnosis");
	TCase *tc = tcase_create("diagnosis");

	tcase_add_loop_test(tc, verdicts, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, refused_here);
	tcase_add_loop_test(tc, where_no_packet_comes_from, 0, PLACES);
	tcase_add_test(tc, every_cause_has_a_name_and_a_sentence);
	tcase_add_test(tc, opens_and_echoes);
	tcase_add_test(tc, takes_nothing_of_what_is_no_lcp);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
