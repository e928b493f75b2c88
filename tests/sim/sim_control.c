/* SPDX-License-Identifier: MIT */

/* Whole conversations of control connections: a PNS and a PAC in memory, or a PNS and a script. */

#include "memory_peer.h"

/* Start, call, and end by the book from the PNS's side, whatever TCP does to the octets. */
static void converse(size_t take, size_t chunk)
{
	struct pptp_ctrl_config pac;
	struct pair *pair;

	pac_config(&pac);
	pair = pair_new(NULL, &pac);
	pair->take = take;
	pair->chunk = chunk;
	pair_open(pair);
	ck_assert_str_eq(pptp_ctrl_call_state_name(pair->pns.ctrl), "established");
	ck_assert_str_eq(pptp_ctrl_call_state_name(pair->pac.ctrl), "established");
	pptp_ctrl_stop(pair->pns.ctrl, PPTP_REASON_LINK_CLOSED, pair->now);
	pair_settle(pair);
	ck_assert_str_eq(pair->log, "pns>SCCRQ pac>SCCRP pns>OCRQ pac>OCRP "
				    "pns>CCRQ pac>CDN pns>STOPCCRQ pac>STOPCCRP");
	ck_assert_uint_eq(pair->pns.event_count, 4);
	event_of(&pair->pns, 0, PPTP_CTRL_UP);
	event_of(&pair->pns, 1, PPTP_CTRL_CALL_UP);
	ck_assert_uint_eq(
		down_of(&pair->pns, 2, PPTP_CTRL_CALL_DOWN, PPTP_REASON_LINK_CLOSED)->result,
		PPTP_DISCONNECT_REQUEST);
	down_of(&pair->pns, 3, PPTP_CTRL_CLOSED, PPTP_REASON_LINK_CLOSED);
	ck_assert_uint_eq(pair->pac.event_count, 4);
	event_of(&pair->pac, 0, PPTP_CTRL_UP);
	event_of(&pair->pac, 1, PPTP_CTRL_CALL_UP);
	down_of(&pair->pac, 2, PPTP_CTRL_CALL_DOWN, PPTP_REASON_CALL_DISCONNECTED);
	ck_assert_uint_eq(
		down_of(&pair->pac, 3, PPTP_CTRL_CLOSED, PPTP_REASON_PEER_STOPPED)->result,
		PPTP_STOP_NONE);
	ck_assert_uint_eq(pair->now, EPOCH);
	ck_assert_uint_eq(pair_deadline(pair), PPTP_TIME_NEVER);
	ck_assert_uint_eq(pair->pns.notes + pair->pac.notes, 0);
	pair_free(pair);
}

START_TEST(ordinary)
{
	converse(SIZE_MAX, SIZE_MAX);
}
END_TEST

START_TEST(delivered_in_pieces_of_every_size)
{
	for (size_t chunk = 1; chunk <= 2 * PPTP_MSG_SIZE_MAX; chunk++)
		converse(SIZE_MAX, chunk);
}
END_TEST

START_TEST(written_in_pieces_of_every_size)
{
	for (size_t take = 1; take <= 2 * PPTP_MSG_SIZE_MAX; take++) {
		converse(take, SIZE_MAX);
		converse(take, 1 + take / 3);
	}
}
END_TEST

static void check_up_of_the_pac(const struct pptp_ctrl_event_up *up)
{
	ck_assert_uint_eq(up->version, PPTP_VERSION_1_0);
	ck_assert_uint_eq(up->result, PPTP_START_OK);
	ck_assert_uint_eq(up->max_channels, 12);
	ck_assert_uint_eq(up->framing_caps, PPTP_FRAMING_ANY);
	ck_assert_uint_eq(up->bearer_caps, PPTP_BEARER_DIGITAL);
	ck_assert_uint_eq(up->firmware, 0x0405);
	ck_assert_str_eq(up->host_name, "pac?.example");
	ck_assert_str_eq(up->vendor_name, "a?vendor?");
}

static void check_up_of_the_pns(const struct pptp_ctrl_event_up *up)
{
	ck_assert_uint_eq(up->framing_caps, PPTP_FRAMING_ASYNC);
	ck_assert_uint_eq(up->firmware, 0x0203);
	ck_assert_uint_eq(up->max_channels, 34);
	ck_assert_str_eq(up->host_name, "pns.example");
	ck_assert_str_eq(up->vendor_name, "libpptp");
}

START_TEST(event_details)
{
	struct pptp_ctrl_config pns, pac;
	const struct pptp_ctrl_event_call *call;
	struct pair *pair;

	pns_config(&pns);
	pns.recv_window = 77;
	pns.processing_delay = 3;
	pns.framing_caps = PPTP_FRAMING_ASYNC;
	pns.firmware = 0x0203;
	pns.max_channels = 34;
	pac_config(&pac);
	pac.recv_window = 55;
	pac.processing_delay = 4;
	pac.connect_speed = 10000000;
	pac.max_channels = 12;
	pac.bearer_caps = PPTP_BEARER_DIGITAL;
	pac.firmware = 0x0405;
	strcpy(pac.host_name, "pac\x1b.example");
	strcpy(pac.vendor_name, "a\nvendor\x80");
	pair = pair_new(&pns, &pac);
	pair_open(pair);

	check_up_of_the_pac(&event_of(&pair->pns, 0, PPTP_CTRL_UP)->u.up);
	check_up_of_the_pns(&event_of(&pair->pac, 0, PPTP_CTRL_UP)->u.up);

	call = &event_of(&pair->pns, 1, PPTP_CTRL_CALL_UP)->u.call;
	ck_assert_uint_eq(call->call_id, PNS_ID);
	ck_assert_uint_eq(call->peer_call_id, PAC_ID);
	ck_assert_uint_eq(call->call_serial, 7);
	ck_assert_uint_eq(call->connect_speed, 10000000);
	ck_assert_uint_eq(call->peer_window, 55);
	ck_assert_uint_eq(call->peer_delay, 4);
	call = &event_of(&pair->pac, 1, PPTP_CTRL_CALL_UP)->u.call;
	ck_assert_uint_eq(call->call_id, PAC_ID);
	ck_assert_uint_eq(call->peer_call_id, PNS_ID);
	ck_assert_uint_eq(call->call_serial, 7);
	ck_assert_uint_eq(call->peer_window, 77);
	ck_assert_uint_eq(call->peer_delay, 3);
	pair_free(pair);
}
END_TEST

/* [MS-PTPT]: a window of 64 and a speed, both with their octets swapped. */
static const struct {
	const char *vendor;
	uint16_t window, expected_window;
	uint32_t speed, expected_speed;
} swapped[] = {
	{ "Microsoft", 0x4000, 0, 0x00e1f505, 100000000 },
	{ "Microsoft Windows NT", 64, 64, 100000000, 100000000 },
	{ "Microsoft", 0, 0, 0x80969800, 10000000 },
	{ "linux", 0x4000, 0x4000, 0x00e1f505, 0x00e1f505 },
};

START_TEST(windows_swaps_octets)
{
	const struct pptp_ctrl_event_call *call;
	struct pptp_ctrl_config pns, pac;
	struct pair *pair;

	pns_config(&pns);
	pac_config(&pac);
	strcpy(pac.vendor_name, swapped[_i].vendor);
	pac.recv_window = swapped[_i].window;
	pac.connect_speed = swapped[_i].speed;
	pair = pair_new(&pns, &pac);
	pair_open(pair);
	call = &event_of(&pair->pns, 1, PPTP_CTRL_CALL_UP)->u.call;
	ck_assert_uint_eq(call->peer_window, swapped[_i].expected_window);
	ck_assert_uint_eq(call->connect_speed, swapped[_i].expected_speed);
	pair_free(pair);
}
END_TEST

/* What the Outgoing-Call-Request says is what the configuration says. */
START_TEST(call_request_details)
{
	const struct pptp_msg_call_request *request;
	struct pptp_ctrl_config cfg;
	struct pair *pair;

	pns_config(&cfg);
	cfg.recv_window = 9;
	memset(cfg.phone, '5', PPTP_STRING_MAX);
	strcpy(cfg.subaddress, "sub");
	pair = pair_new(&cfg, NULL);
	pair_open(pair);
	pac_says_started(pair);
	ck_assert_int_eq((int)pair->pns.last_sent.type, PPTP_MSG_OCRQ);
	request = &pair->pns.last_sent.u.call_request;
	ck_assert_uint_eq(request->call_id, PNS_ID);
	ck_assert_uint_eq(request->call_serial, 7);
	ck_assert_uint_eq(request->min_bps, 2400);
	ck_assert_uint_eq(request->max_bps, 1000000000);
	ck_assert_uint_eq(request->bearer_type, PPTP_BEARER_ANY);
	ck_assert_uint_eq(request->framing_type, PPTP_FRAMING_ANY);
	ck_assert_uint_eq(request->recv_window, 9);
	ck_assert_uint_eq(request->phone_length, PPTP_STRING_MAX);
	ck_assert_uint_eq(strlen(request->phone), PPTP_STRING_MAX);
	ck_assert_str_eq(request->subaddress, "sub");
	pair_free(pair);
}
END_TEST

/* 3.2.4.1: the PAC ends it. The PNS answers, and says that the call was disconnected. */
START_TEST(stopped_by_the_pac)
{
	struct pptp_ctrl_config pac;
	struct pair *pair;

	pac_config(&pac);
	pair = pair_new(NULL, &pac);
	pair_open(pair);
	pair->log[0] = '\0';
	pptp_ctrl_stop(pair->pac.ctrl, PPTP_REASON_LINK_CLOSED, pair->now);
	pair_settle(pair);
	ck_assert(strstr(pair->log, "pac>CDN pac>STOPCCRQ") == pair->log);
	ck_assert_ptr_nonnull(strstr(pair->log, "pns>STOPCCRP"));
	ck_assert_uint_eq(
		down_of(&pair->pns, 2, PPTP_CTRL_CALL_DOWN, PPTP_REASON_CALL_DISCONNECTED)->result,
		PPTP_DISCONNECT_ADMIN_SHUTDOWN);
	down_of(&pair->pns, 3, PPTP_CTRL_CLOSED, PPTP_REASON_CALL_DISCONNECTED);
	down_of(&pair->pac, 2, PPTP_CTRL_CALL_DOWN, PPTP_REASON_LINK_CLOSED);
	down_of(&pair->pac, 3, PPTP_CTRL_CLOSED, PPTP_REASON_LINK_CLOSED);
	pair_free(pair);
}
END_TEST

START_TEST(both_stop_at_once)
{
	struct pptp_ctrl_config pac;
	struct pair *pair;

	pac_config(&pac);
	pair = pair_new(NULL, &pac);
	pair_open(pair);
	pptp_ctrl_stop(pair->pac.ctrl, PPTP_REASON_STOPPED, pair->now);
	pptp_ctrl_stop(pair->pns.ctrl, PPTP_REASON_STOPPED, pair->now);
	pptp_ctrl_stop(pair->pns.ctrl, PPTP_REASON_SYSTEM_ERROR, pair->now);
	pair_settle(pair);
	down_of(&pair->pns, 2, PPTP_CTRL_CALL_DOWN, PPTP_REASON_STOPPED);
	down_of(&pair->pns, 3, PPTP_CTRL_CLOSED, PPTP_REASON_STOPPED);
	down_of(&pair->pac, 3, PPTP_CTRL_CLOSED, PPTP_REASON_STOPPED);
	ck_assert_uint_eq(pair->now, EPOCH);
	pair_free(pair);
}
END_TEST

static const struct {
	uint8_t result;
	uint8_t error;
	enum pptp_reason reason;
} start_results[] = {
	{ PPTP_START_GENERAL_ERROR, PPTP_GENERAL_NO_RESOURCE, PPTP_REASON_START_REJECTED },
	{ PPTP_START_EXISTS, 0, PPTP_REASON_START_REJECTED },
	{ PPTP_START_NOT_AUTHORIZED, 0, PPTP_REASON_NOT_AUTHORIZED },
	{ PPTP_START_VERSION, 0, PPTP_REASON_VERSION },
	{ 200, 0, PPTP_REASON_START_REJECTED },
};

/* 2.2: each result of the start, as the PAC sends and as the PNS reports it. */
START_TEST(start_refused)
{
	const struct pptp_ctrl_event_down *down;
	struct pptp_ctrl_config pac;
	struct pair *pair;

	pac_config(&pac);
	pac.start_result = start_results[_i].result;
	pair = pair_new(NULL, &pac);
	pair_open(pair);
	ck_assert_str_eq(pair->log, "pns>SCCRQ pac>SCCRP");
	ck_assert_uint_eq(pair->pns.event_count, 1);
	down = down_of(&pair->pns, 0, PPTP_CTRL_CLOSED, start_results[_i].reason);
	ck_assert_uint_eq(down->result, start_results[_i].result);
	ck_assert_uint_eq(down->error, start_results[_i].error);
	ck_assert_uint_eq(pair->pac.event_count, 1);
	down_of(&pair->pac, 0, PPTP_CTRL_CLOSED, start_results[_i].reason);
	pair_free(pair);
}
END_TEST

static const struct {
	uint8_t result;
	uint8_t error;
	uint16_t cause;
	enum pptp_reason reason;
} call_results[] = {
	{ PPTP_CALL_GENERAL_ERROR, PPTP_GENERAL_NO_RESOURCE, 0, PPTP_REASON_CALL_REJECTED },
	{ PPTP_CALL_NO_CARRIER, 0, 3, PPTP_REASON_CALL_REJECTED },
	{ PPTP_CALL_BUSY, 0, 17, PPTP_REASON_CALL_BUSY },
	{ PPTP_CALL_NO_DIAL_TONE, 0, 0, PPTP_REASON_CALL_REJECTED },
	{ PPTP_CALL_TIMEOUT, 0, 102, PPTP_REASON_CALL_REJECTED },
	{ PPTP_CALL_DO_NOT_ACCEPT, 0, 21, PPTP_REASON_CALL_REJECTED },
	{ 0, 0, 0, PPTP_REASON_CALL_REJECTED },
	{ 255, 254, 65535, PPTP_REASON_CALL_REJECTED },
};

/* 2.8: each result of the call; the control connection is then stopped by the book. */
START_TEST(call_refused)
{
	const struct pptp_ctrl_event_down *down;
	struct pptp_ctrl_config pac;
	struct pair *pair;

	pac_config(&pac);
	pac.call_result = call_results[_i].result;
	pac.call_error = call_results[_i].error;
	pac.call_cause = call_results[_i].cause;
	pair = pair_new(NULL, &pac);
	pair_open(pair);
	ck_assert_str_eq(pair->log,
			 "pns>SCCRQ pac>SCCRP pns>OCRQ pac>OCRP pns>STOPCCRQ pac>STOPCCRP");
	for (unsigned int i = 1; i <= 2; i++) {
		down = down_of(&pair->pns, i, i == 1 ? PPTP_CTRL_CALL_FAILED : PPTP_CTRL_CLOSED,
			       call_results[_i].reason);
		ck_assert_uint_eq(down->result, call_results[_i].result);
		ck_assert_uint_eq(down->error, call_results[_i].error);
		ck_assert_uint_eq(down->cause, call_results[_i].cause);
	}
	ck_assert_uint_eq(pair->pac.event_count, 2);
	down_of(&pair->pac, 1, PPTP_CTRL_CLOSED, PPTP_REASON_PEER_STOPPED);
	pair_free(pair);
}
END_TEST

/* 2.13: what a Call-Disconnect-Notify says reaches the events, unprintable octets do not. */
START_TEST(disconnected_by_the_peer)
{
	struct pptp_msg msg = { .type = PPTP_MSG_CDN,
				.u.disconnect = { .call_id = PAC_ID,
						  .result = 2,
						  .error = 6,
						  .cause = 31,
						  .statistics = "rx 1\ntx 2\x1b" } };
	struct pair *pair = pair_with_call(NULL);
	const struct pptp_ctrl_event_down *down;

	pac_says(pair, &msg);
	ck_assert_str_eq(pair->log, "pns>STOPCCRQ");
	msg = (struct pptp_msg){ .type = PPTP_MSG_STOPCCRP, .u.stop_reply = { .result = 1 } };
	pac_says(pair, &msg);
	for (unsigned int i = 0; i < 2; i++) {
		down = down_of(&pair->pns, i, i ? PPTP_CTRL_CLOSED : PPTP_CTRL_CALL_DOWN,
			       PPTP_REASON_CALL_DISCONNECTED);
		ck_assert_uint_eq(down->result, 2);
		ck_assert_uint_eq(down->error, 6);
		ck_assert_uint_eq(down->cause, 31);
		ck_assert_str_eq(down->detail, "rx 1?tx 2?");
	}
	pair_free(pair);
}
END_TEST

/* 3.2.3: incoming calls are refused, whatever our own call does, and change nothing. */
START_TEST(incoming_calls)
{
	struct pptp_msg ring = { .type = PPTP_MSG_ICRQ,
				 .u.incoming_request = { .call_id = PAC_ID } };
	struct pptp_msg connected = { .type = PPTP_MSG_ICCN,
				      .u.incoming_connected = { .peer_call_id = PNS_ID } };
	const struct pptp_msg_incoming_reply *reply;
	struct pair *pair = pair_new(NULL, NULL);

	reply = &pair->pns.last_sent.u.incoming_reply;
	pair_open(pair);
	pac_says_started(pair);
	for (int i = 0; i < 2; i++) {
		pac_says(pair, &ring);
		ck_assert_int_eq((int)pair->pns.last_sent.type, PPTP_MSG_ICRP);
		ck_assert_uint_eq(reply->result, PPTP_INCOMING_DO_NOT_ACCEPT);
		ck_assert_uint_eq(reply->error, PPTP_GENERAL_NONE);
		ck_assert_uint_eq(reply->call_id, 0);
		ck_assert_uint_eq(reply->peer_call_id, PAC_ID);
		pac_says(pair, &connected);
		if (i == 0)
			pac_says_connected(pair);
	}
	ck_assert_str_eq(pair->log, "pns>SCCRQ pns>OCRQ pns>ICRP pns>ICRP");
	ck_assert_uint_eq(pair->pns.event_count, 2);
	event_of(&pair->pns, 1, PPTP_CTRL_CALL_UP);
	pair_free(pair);
}
END_TEST

/* The quirk changes what is sent, not whose call it is, and adds a Set-Link-Info. */
START_TEST(quirk_bezeq)
{
	const struct pptp_msg *last;
	struct pptp_ctrl_config cfg;
	struct pair *pair;

	pns_config(&cfg);
	cfg.quirk = PPTP_QUIRK_BEZEQ_ISRAEL;
	strcpy(cfg.phone, "123");
	pair = pair_new(&cfg, NULL);
	last = &pair->pns.last_sent;
	pair_open(pair);
	ck_assert_uint_eq(last->u.start.firmware, 0x6021);
	ck_assert_str_eq(last->u.start.host_name, "RELAY_PPP1");
	pac_says_started(pair);
	ck_assert_str_eq(last->u.call_request.phone, "RELAY_PPP1");
	ck_assert_uint_eq(last->u.call_request.phone_length, 10);
	ck_assert_uint_eq(last->u.call_request.call_id, PNS_ID);
	ck_assert_uint_eq(last->u.call_request.call_serial, 7);
	pac_says_connected(pair);
	ck_assert_str_eq(pair->log, "pns>SCCRQ pns>OCRQ pns>SLI");
	ck_assert_uint_eq(event_of(&pair->pns, 1, PPTP_CTRL_CALL_UP)->u.call.physical_channel, 31);
	ck_assert_uint_eq(last->u.link_info.peer_call_id, PAC_ID);
	ck_assert_uint_eq(last->u.link_info.send_accm, 0xffffffff);
	ck_assert_uint_eq(last->u.link_info.receive_accm, 0xffffffff);
	pair_free(pair);
}
END_TEST

/* 2.15: from the PNS's PPP to the PAC. */
START_TEST(set_link_info)
{
	const struct pptp_msg_link_info *info;
	struct pptp_ctrl_config pac;
	struct pair *pair;

	pac_config(&pac);
	pair = pair_new(NULL, &pac);
	ck_assert_int_eq(pptp_ctrl_set_link_info(pair->pns.ctrl, 1, 2), PPTP_ERR_STATE);
	pair_open(pair);
	ck_assert_int_eq(pptp_ctrl_set_link_info(pair->pac.ctrl, 1, 2), PPTP_ERR_STATE);
	ck_assert_int_eq(pptp_ctrl_set_link_info(pair->pns.ctrl, 0xa0000, 7), 0);
	pair_settle(pair);
	info = &event_of(&pair->pac, 2, PPTP_CTRL_LINK_INFO)->u.link_info;
	ck_assert_uint_eq(info->peer_call_id, PAC_ID);
	ck_assert_uint_eq(info->send_accm, 0xa0000);
	ck_assert_uint_eq(info->receive_accm, 7);
	pair_free(pair);
}
END_TEST

/* A second call after the first was cleared on the same control connection, at the PAC. */
START_TEST(pac_takes_call_after_call)
{
	struct pptp_msg dial = { .type = PPTP_MSG_OCRQ, .u.call_request = { .call_id = PNS_ID } };
	struct pptp_ctrl_config pac;
	struct pair *pair;

	pac_config(&pac);
	pair = pair_new(NULL, &pac);
	pair_open(pair);
	pptp_ctrl_clear_call(pair->pns.ctrl, pair->now);
	pair_settle(pair);
	down_of(&pair->pns, 2, PPTP_CTRL_CALL_DOWN, PPTP_REASON_STOPPED);
	ck_assert_str_eq(pptp_ctrl_state_name(pair->pns.ctrl), "established");
	say_to(&pair->pac, &dial);
	side_collect(&pair->pac);
	down_of(&pair->pac, 2, PPTP_CTRL_CALL_DOWN, PPTP_REASON_CALL_DISCONNECTED);
	event_of(&pair->pac, 3, PPTP_CTRL_CALL_UP);
	pair_free(pair);
}
END_TEST

/* 1.4: what comes behind the end of the connection, in the same octets, is not looked at. */
START_TEST(nothing_after_the_end)
{
	struct pptp_msg msg = { .type = PPTP_MSG_STOPCCRQ, .u.stop_request = { .reason = 1 } };
	struct pair *pair = pair_with_call(NULL);
	uint8_t buf[64];
	int len = pptp_msg_encode(&msg, buf, sizeof(buf));

	msg.type = PPTP_MSG_ECHORQ;
	len += pptp_msg_encode(&msg, buf + len, sizeof(buf) - (size_t)len);
	memset(buf + len, 0xff, sizeof(buf) - (size_t)len);
	pptp_ctrl_input(pair->pns.ctrl, buf, sizeof(buf), pair->now);
	pptp_ctrl_input(pair->pns.ctrl, buf, sizeof(buf), pair->now);
	pptp_ctrl_tcp_closed(pair->pns.ctrl, pair->now);
	pptp_ctrl_stop(pair->pns.ctrl, PPTP_REASON_STOPPED, pair->now);
	pptp_ctrl_expire(pair->pns.ctrl, UINT64_MAX - 1);
	pair_settle(pair);
	ck_assert_str_eq(pair->log, "pns>STOPCCRP");
	ck_assert_uint_eq(pair->pns.event_count, 2);
	down_of(&pair->pns, 0, PPTP_CTRL_CALL_DOWN, PPTP_REASON_PEER_STOPPED);
	down_of(&pair->pns, 1, PPTP_CTRL_CLOSED, PPTP_REASON_PEER_STOPPED);
	pair_free(pair);
}
END_TEST

/* An unknown message in the middle of others costs nothing but itself. */
START_TEST(unknown_message_in_between)
{
	static const uint8_t octets[] = {
		0, 16, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 5,  0, 0, 0, 0, 0, 1, /* Echo-Request 1 */
		0, 14, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 16, 0, 0, 9, 9,       /* unknown */
		0, 16, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 5,  0, 0, 0, 0, 0, 2, /* Echo-Request 2 */
	};
	struct pair *pair = pair_with_call(NULL);

	pair->pns.received = 0;
	side_deliver(&pair->pns, octets, sizeof(octets));
	ck_assert_str_eq(pair->log, "pns>ECHORP pns>ECHORP");
	ck_assert_uint_eq(pair->pns.last_sent.u.echo.identifier, 2);
	ck_assert_uint_eq(pair->pns.received, 2);
	ck_assert_uint_eq(pair->pns.notes, 1);
	pair_free(pair);
}
END_TEST

START_TEST(configurations)
{
	struct pptp_ctrl_config good, cfg;
	struct pptp_ctrl *ctrl = NULL;
	char *const strings[] = { cfg.host_name, cfg.vendor_name, cfg.phone, cfg.subaddress };

	pptp_ctrl_config_init(&good, sizeof(good));
	ck_assert(!good.receiver);
	ck_assert_uint_eq(good.firmware, 0x0100);
	ck_assert_uint_eq(good.max_channels, 0);
	ck_assert_uint_eq(good.framing_caps, PPTP_FRAMING_ANY);
	ck_assert_uint_eq(good.bearer_caps, PPTP_BEARER_ANY);
	ck_assert_uint_eq(good.connect_speed, 1000000000);
	ck_assert_uint_eq(good.recv_window, 256);
	ck_assert_uint_eq(good.timeouts.start, 60 * SECOND);
	ck_assert_uint_eq(good.timeouts.call, 60 * SECOND);
	ck_assert_uint_eq(good.timeouts.echo_idle, 60 * SECOND);
	ck_assert_uint_eq(good.timeouts.echo_reply, 60 * SECOND);
	ck_assert_uint_lt(good.timeouts.clear + good.timeouts.stop, 2 * SECOND);
	ck_assert_int_eq(pptp_ctrl_new(&ctrl, &good, NULL, NULL), PPTP_ERR_VALUE);
	good.call_id = 1;
	for (size_t i = 0; i < 4; i++) {
		cfg = good;
		memset(strings[i], 'x', PPTP_STRING_MAX + 1);
		ck_assert_int_eq(pptp_ctrl_new(&ctrl, &cfg, NULL, NULL), PPTP_ERR_VALUE);
	}
	cfg = good;
	cfg.quirk = (enum pptp_quirk)9;
	ck_assert_int_eq(pptp_ctrl_new(&ctrl, &cfg, NULL, NULL), PPTP_ERR_VALUE);
	ck_assert_ptr_null(ctrl);
	ck_assert_int_eq(pptp_ctrl_new(&ctrl, &good, NULL, NULL), 0);
	ck_assert_ptr_null(pptp_ctrl_free(ctrl));
	ck_assert_ptr_null(pptp_ctrl_free(NULL));
}
END_TEST

/* All of it without a trace function. */
START_TEST(without_trace)
{
	struct pptp_msg stray = { .type = PPTP_MSG_ICRP };
	uint8_t buf[PPTP_MSG_SIZE_MAX];
	struct pptp_ctrl_config cfg;
	struct pptp_ctrl *ctrl;
	size_t len;

	pns_config(&cfg);
	ck_assert_int_eq(pptp_ctrl_new(&ctrl, &cfg, NULL, NULL), 0);
	pptp_ctrl_tcp_open(ctrl, EPOCH);
	pptp_ctrl_input(ctrl, buf, (size_t)pptp_msg_encode(&stray, buf, sizeof(buf)), EPOCH);
	ck_assert_ptr_nonnull(pptp_ctrl_output(ctrl, &len));
	ck_assert_uint_eq(len, 156);
	pptp_ctrl_output_done(ctrl, len + 1);
	ck_assert_ptr_null(pptp_ctrl_output(ctrl, &len));
	pptp_ctrl_free(ctrl);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("control");
	TCase *tcase = tcase_create("conversations");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, ordinary);
	tcase_add_test(tcase, delivered_in_pieces_of_every_size);
	tcase_add_test(tcase, written_in_pieces_of_every_size);
	tcase_add_test(tcase, event_details);
	tcase_add_loop_test(tcase, windows_swaps_octets, 0,
			    (int)(sizeof(swapped) / sizeof(swapped[0])));
	tcase_add_test(tcase, call_request_details);
	tcase_add_test(tcase, stopped_by_the_pac);
	tcase_add_test(tcase, both_stop_at_once);
	tcase_add_loop_test(tcase, start_refused, 0,
			    sizeof(start_results) / sizeof(start_results[0]));
	tcase_add_loop_test(tcase, call_refused, 0, sizeof(call_results) / sizeof(call_results[0]));
	tcase_add_test(tcase, disconnected_by_the_peer);
	tcase_add_test(tcase, incoming_calls);
	tcase_add_test(tcase, quirk_bezeq);
	tcase_add_test(tcase, set_link_info);
	tcase_add_test(tcase, pac_takes_call_after_call);
	tcase_add_test(tcase, nothing_after_the_end);
	tcase_add_test(tcase, unknown_message_in_between);
	tcase_add_test(tcase, configurations);
	tcase_add_test(tcase, without_trace);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
