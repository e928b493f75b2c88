/* SPDX-License-Identifier: MIT */

/* A peer that says too much, reads nothing, or talks at random: bounded memory, one orderly end. */

#include "memory_peer.h"

/* Feed a message `count` times without popping events; drain the output if asked to. */
static void flood(struct side *side, const struct pptp_msg *msg, unsigned int count, bool drain)
{
	size_t len;

	for (unsigned int i = 0; i < count; i++) {
		say_to(side, msg);
		pptp_ctrl_output(side->ctrl, &len);
		ck_assert_uint_le(len, 4096);
		if (drain)
			pptp_ctrl_output_done(side->ctrl, len);
	}
}

/* Echo-Requests beyond what fits are dropped; the end by the book still goes out. */
START_TEST(echo_requests_without_reading)
{
	struct pptp_msg echo = { .type = PPTP_MSG_ECHORQ };
	struct pair *pair = pair_with_call(NULL);
	size_t len;

	flood(&pair->pns, &echo, 10000, false);
	ck_assert(!pptp_ctrl_is_closed(pair->pns.ctrl));
	ck_assert_uint_eq(pair->pns.notes, 1);
	ck_assert_uint_gt(pair->pns.sent, 140);
	pptp_ctrl_output(pair->pns.ctrl, &len);
	ck_assert_uint_eq(len % 20, 0);
	ck_assert_uint_le(len, 3092);
	pptp_ctrl_stop(pair->pns.ctrl, PPTP_REASON_STOPPED, pair->now);
	pair_wait(pair, SECOND);
	ck_assert_str_eq(strstr(pair->log, "pns>CCRQ"), "pns>CCRQ pns>STOPCCRQ");
	down_of(&pair->pns, 1, PPTP_CTRL_CLOSED, PPTP_REASON_STOPPED);
	pair_free(pair);
}
END_TEST

/* When it reads again, it is answered again. */
START_TEST(echo_requests_with_a_pause)
{
	struct pptp_msg echo = { .type = PPTP_MSG_ECHORQ };
	struct pair *pair = pair_with_call(NULL);

	flood(&pair->pns, &echo, 1000, false);
	pair_settle(pair);
	pair->log[0] = '\0';
	echo.u.echo.identifier = 4711;
	pac_says(pair, &echo);
	ck_assert_str_eq(pair->log, "pns>ECHORP");
	ck_assert_uint_eq(pair->pns.last_sent.u.echo.identifier, 4711);
	ck_assert_uint_eq(pair->pns.notes, 1);
	flood(&pair->pns, &echo, 1000, false);
	ck_assert_uint_eq(pair->pns.notes, 2);
	pair_free(pair);
}
END_TEST

/* Other answers cannot be dropped: such a peer is given up. */
START_TEST(call_requests_without_reading)
{
	struct pptp_msg dial = { .type = PPTP_MSG_OCRQ, .u.call_request = { .call_id = PNS_ID } };
	struct pptp_ctrl_config pac;
	struct pair *pair;
	size_t len;

	pac_config(&pac);
	pair = pair_new(NULL, &pac);
	pair_open(pair);
	flood(&pair->pac, &dial, 1000, false);
	ck_assert(pptp_ctrl_is_closed(pair->pac.ctrl));
	ck_assert_uint_eq(pair->pac.notes, 1);
	pptp_ctrl_output(pair->pac.ctrl, &len);
	ck_assert_uint_eq(len, 0);
	side_collect(&pair->pac);
	down_of(&pair->pac, 2, PPTP_CTRL_CALL_DOWN, PPTP_REASON_PROTOCOL_ERROR);
	down_of(&pair->pac, 3, PPTP_CTRL_CLOSED, PPTP_REASON_PROTOCOL_ERROR);
	pair_free(pair);
}
END_TEST

/* The embedder's own messages are refused before they could do that. */
START_TEST(link_info_without_reading)
{
	struct pair *pair = pair_with_call(NULL);
	int r = 0;

	for (int i = 0; i < 1000; i++)
		r = pptp_ctrl_set_link_info(pair->pns.ctrl, 1, 2);
	ck_assert_int_eq(r, PPTP_ERR_SPACE);
	ck_assert(!pptp_ctrl_is_closed(pair->pns.ctrl));
	pair_settle(pair);
	ck_assert_int_eq(pptp_ctrl_set_link_info(pair->pns.ctrl, 1, 2), 0);
	pair_free(pair);
}
END_TEST

/* Events that nobody pops: those of the peer's choice are dropped, the end of the call is not. */
static void flood_of_events(const struct pptp_msg *msg)
{
	struct pair *pair = pair_with_call(NULL);

	flood(&pair->pns, msg, 1000, true);
	pptp_ctrl_tcp_closed(pair->pns.ctrl, pair->now);
	side_collect(&pair->pns);
	ck_assert_uint_ge(pair->pns.event_count, 8);
	down_of(&pair->pns, pair->pns.event_count - 2, PPTP_CTRL_CALL_DOWN,
		PPTP_REASON_PEER_CLOSED);
	down_of(&pair->pns, pair->pns.event_count - 1, PPTP_CTRL_CLOSED, PPTP_REASON_PEER_CLOSED);
	pair_free(pair);
}

START_TEST(events_of_the_peers_choice)
{
	struct pptp_msg wen = { .type = PPTP_MSG_WEN, .u.wan_error = { .peer_call_id = PNS_ID } };
	struct pptp_msg sli = { .type = PPTP_MSG_SLI, .u.link_info = { .peer_call_id = PNS_ID } };

	flood_of_events(&wen);
	flood_of_events(&sli);
}
END_TEST

/* Calls that come and go while nobody pops: refused once there is no room to report one. */
START_TEST(calls_that_nobody_looks_at)
{
	struct pptp_msg dial = { .type = PPTP_MSG_OCRQ, .u.call_request = { .call_id = PNS_ID } };
	struct pptp_msg clear = { .type = PPTP_MSG_CCRQ, .u.clear_request = { .call_id = PNS_ID } };
	struct pptp_ctrl_config pac;
	struct pair *pair;
	unsigned int up = 0, down = 0;

	pac_config(&pac);
	pair = pair_new(NULL, &pac);
	pair_open(pair);
	for (int i = 0; i < 100; i++) {
		flood(&pair->pac, &clear, 1, true);
		flood(&pair->pac, &dial, 1, true);
	}
	ck_assert_int_eq((int)pair->pac.last_sent.type, PPTP_MSG_OCRP);
	ck_assert_uint_eq(pair->pac.last_sent.u.call_reply.result, PPTP_CALL_GENERAL_ERROR);
	ck_assert_uint_eq(pair->pac.last_sent.u.call_reply.error, PPTP_GENERAL_NO_RESOURCE);
	pptp_ctrl_stop(pair->pac.ctrl, PPTP_REASON_STOPPED, pair->now);
	pptp_ctrl_tcp_closed(pair->pac.ctrl, pair->now);
	side_collect(&pair->pac);
	for (unsigned int i = 0; i < pair->pac.event_count; i++) {
		up += pair->pac.events[i].type == PPTP_CTRL_CALL_UP;
		down += pair->pac.events[i].type == PPTP_CTRL_CALL_DOWN;
	}
	ck_assert_uint_gt(up, 3);
	ck_assert_uint_eq(up, down);
	down_of(&pair->pac, pair->pac.event_count - 1, PPTP_CTRL_CLOSED, PPTP_REASON_STOPPED);
	pair_free(pair);
}
END_TEST

/* Each is refused; a peer that does not read the refusals is given up. */
START_TEST(incoming_calls_without_end)
{
	struct pptp_msg ring = { .type = PPTP_MSG_ICRQ,
				 .u.incoming_request = { .call_id = PAC_ID } };
	struct pair *pair = pair_with_call(NULL);
	unsigned int events = pair->pns.event_count;

	flood(&pair->pns, &ring, 1000, true);
	ck_assert_int_eq((int)pair->pns.last_sent.type, PPTP_MSG_ICRP);
	ck_assert_uint_eq(pair->pns.last_sent.u.incoming_reply.result, PPTP_INCOMING_DO_NOT_ACCEPT);
	ck_assert_uint_eq(pair->pns.event_count, events);
	flood(&pair->pns, &ring, 1000, false);
	side_collect(&pair->pns);
	down_of(&pair->pns, pair->pns.event_count - 1, PPTP_CTRL_CLOSED,
		PPTP_REASON_PROTOCOL_ERROR);
	pair_free(pair);
}
END_TEST

/* Oddities without end make notes with an end. */
START_TEST(notes_are_bounded)
{
	struct pptp_msg stray = { .type = PPTP_MSG_ICRP };
	struct pair *pair = pair_with_call(NULL);

	flood(&pair->pns, &stray, 10000, true);
	ck_assert_uint_ge(pair->pns.notes, 10);
	ck_assert_uint_le(pair->pns.notes, 100);
	pair_free(pair);
}
END_TEST

static uint32_t random_state;

static uint32_t random_below(uint32_t bound)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % bound;
}

/* A message with small random numbers in every field, often with the IDs that are right. */
static size_t random_message(uint8_t *buf)
{
	static const uint8_t ids[] = { PNS_ID, PAC_ID, 0, 77 };
	struct pptp_msg msg = { .type = (enum pptp_msg_type)(1 + random_below(15)) };
	int size = pptp_msg_encode(&msg, buf, PPTP_MSG_SIZE_MAX);

	for (int i = 12; i < size; i++)
		if (!random_below(3))
			buf[i] = (uint8_t)random_below(random_below(4) ? 4 : 256);
	if (random_below(4)) {
		buf[12] = 0;
		buf[13] = ids[random_below(4)];
		buf[14] = msg.type == PPTP_MSG_OCRP || msg.type == PPTP_MSG_ICRP ? 0 : buf[14];
		buf[15] = msg.type == PPTP_MSG_OCRP || msg.type == PPTP_MSG_ICRP
				  ? ids[random_below(4)]
				  : buf[15];
	}
	if ((msg.type == PPTP_MSG_SCCRQ || msg.type == PPTP_MSG_SCCRP) && random_below(4))
		memcpy(buf + 12, "\x01\x00\x01\x00", 4);
	return (size_t)size;
}

static void random_stimulus(struct pair *pair)
{
	struct pptp_ctrl *ctrl = pair->pns.ctrl;
	uint8_t buf[PPTP_MSG_SIZE_MAX];
	uint64_t due = pptp_ctrl_deadline(ctrl);
	size_t len;

	switch (random_below(60)) {
	case 0:
		pptp_ctrl_stop(ctrl, PPTP_REASON_STOPPED, pair->now);
		break;
	case 1:
		pptp_ctrl_clear_call(ctrl, pair->now);
		break;
	case 2:
		pptp_ctrl_set_link_info(ctrl, 1, 2);
		break;
	case 3:
	case 4:
		if (due != PPTP_TIME_NEVER)
			pair->now = due;
		pptp_ctrl_expire(ctrl, pair->now);
		break;
	case 5:
		if (!random_below(4))
			pptp_ctrl_tcp_closed(ctrl, pair->now);
		break;
	case 6:
		len = random_message(buf);
		buf[random_below(12)] ^= (uint8_t)(1U << random_below(8));
		side_deliver(&pair->pns, buf, len);
		break;
	default:
		side_deliver(&pair->pns, buf, random_message(buf));
		break;
	}
}

/* UP once at most and first; calls up and down by turns; one CLOSED, the last. */
static void check_events(const struct side *side)
{
	bool up = false, call = false;

	for (unsigned int i = 0; i < side->event_count; i++) {
		switch (side->events[i].type) {
		case PPTP_CTRL_UP:
			ck_assert(!up && i == 0);
			up = true;
			break;
		case PPTP_CTRL_CALL_UP:
			ck_assert(up && !call);
			call = true;
			break;
		case PPTP_CTRL_CALL_DOWN:
			ck_assert(call);
			call = false;
			break;
		case PPTP_CTRL_CALL_FAILED:
			ck_assert(up && !call);
			break;
		case PPTP_CTRL_CLOSED:
			ck_assert(!call);
			ck_assert_uint_eq(i, side->event_count - 1);
			ck_assert_int_ne((int)side->events[i].u.down.reason, PPTP_REASON_NONE);
			break;
		case PPTP_CTRL_WAN_ERROR:
		case PPTP_CTRL_LINK_INFO:
			ck_assert(up);
			break;
		}
	}
}

static bool random_talk(uint32_t seed)
{
	struct pptp_ctrl_config cfg;
	struct pair *pair;
	bool closed;

	random_state = seed;
	if (random_below(2))
		pac_config(&cfg);
	else
		pns_config(&cfg);
	cfg.quirk = (enum pptp_quirk)random_below(2);
	pair = pair_new(&cfg, NULL);
	pair->chunk = 1 + random_below(40);
	pair_open(pair);
	for (int i = 0; i < 40 && pair->pns.event_count < 40; i++) {
		random_stimulus(pair);
		if (random_below(3))
			pair_settle(pair);
		ck_assert_uint_ge(pptp_ctrl_deadline(pair->pns.ctrl), pair->now);
	}
	closed = pptp_ctrl_is_closed(pair->pns.ctrl);
	pptp_ctrl_tcp_closed(pair->pns.ctrl, pair->now);
	pair_settle(pair);
	check_events(&pair->pns);
	event_of(&pair->pns, pair->pns.event_count - 1, PPTP_CTRL_CLOSED);
	pair_free(pair);
	return closed;
}

START_TEST(random_talks)
{
	unsigned int closed = 0;

	for (uint32_t seed = 0; seed < 4000; seed++)
		closed += random_talk(seed);
	/* neither all over at once nor all deaf */
	ck_assert_uint_gt(closed, 400);
	ck_assert_uint_lt(closed, 4000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control_floods");
	TCase *tcase = tcase_create("floods");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, echo_requests_without_reading);
	tcase_add_test(tcase, echo_requests_with_a_pause);
	tcase_add_test(tcase, call_requests_without_reading);
	tcase_add_test(tcase, link_info_without_reading);
	tcase_add_test(tcase, events_of_the_peers_choice);
	tcase_add_test(tcase, calls_that_nobody_looks_at);
	tcase_add_test(tcase, incoming_calls_without_end);
	tcase_add_test(tcase, notes_are_bounded);
	tcase_add_test(tcase, random_talks);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
