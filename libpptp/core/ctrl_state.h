/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_CTRL_STATE_H
#define PPTP_CORE_CTRL_STATE_H

/* What the parts of ctrl share: the object, and one function for each stimulus. */

#include <pptp/proto/ctrl.h>

#include "events.h"
#include "framer.h"

/* Octets waiting for TCP. A peer that makes us say more than this without reading is given up. */
#define PPTP_OUTPUT_MAX 4096
/* Kept free of Echo-Replies: those beyond are dropped, so that a flood can't stop a clean end. */
#define PPTP_OUTPUT_RESERVED 1024
/* Events that must always find room: CALL_UP, CALL_DOWN, CLOSED, and one to spare. */
#define PPTP_EVENTS_RESERVED 4
/* Notes a connection may trace, so that a peer cannot fill a log. */
#define PPTP_NOTES_MAX 64

/* RFC 2637, 3.1.1 and 3.1.2. The receiver waits for SCCRQ in idle. */
enum pptp_cc_state {
	PPTP_CC_IDLE,
	PPTP_CC_WAIT_CTL_REPLY,
	PPTP_CC_ESTABLISHED,
	PPTP_CC_WAIT_STOP_REPLY,
};

/* RFC 2637, 3.2.3.2 (PNS, incoming), 3.2.4.1 (PAC, outgoing), 3.2.4.2 (PNS, outgoing). */
enum pptp_call_state {
	PPTP_CALL_STATE_IDLE,
	PPTP_CALL_STATE_WAIT_REPLY,
	PPTP_CALL_STATE_WAIT_CONNECT,
	PPTP_CALL_STATE_WAIT_CS_ANS,
	PPTP_CALL_STATE_ESTABLISHED,
	PPTP_CALL_STATE_WAIT_DISCONNECT,
};

struct pptp_call {
	enum pptp_call_state state;
	bool up; /* CALL_UP was queued */
	bool incoming;
	bool peer_known; /* peer_call_id holds */
	uint16_t peer_call_id;
	uint16_t serial;
	uint32_t channel;
	uint64_t due; /* the state's time-out */
};

struct pptp_ctrl {
	struct pptp_ctrl_config cfg;
	pptp_trace_fn trace;
	void *user;
	unsigned int notes;

	enum pptp_cc_state state;
	bool tcp_open;
	bool closed;
	bool stopping;
	bool overflow;                     /* output was lost */
	struct pptp_ctrl_event_down final; /* what CLOSED will say, when stopping */
	uint64_t due;                      /* the state's time-out */

	bool echo_waiting; /* for the Echo-Reply to echo_id */
	uint32_t echo_id;
	uint64_t echo_due;
	bool echo_unanswered; /* the peer's last one, for want of room */

	struct pptp_call call;
	struct pptp_framer framer;
	struct pptp_events events;
	size_t out_len;
	uint8_t out[PPTP_OUTPUT_MAX];
};

static inline uint64_t pptp_time_after(uint64_t now, uint64_t wait)
{
	return wait >= PPTP_TIME_NEVER - now ? PPTP_TIME_NEVER : now + wait;
}

/* ctrl_queue.c: what goes out: messages, events, traces */
void pptp_cc_send(struct pptp_ctrl *ctrl, struct pptp_msg *msg);
size_t pptp_cc_output_room(const struct pptp_ctrl *ctrl);
void pptp_cc_push(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event *event);
bool pptp_cc_has_room_for_call(const struct pptp_ctrl *ctrl);
/* For what the peer may send at will; false and dropped when the ring is nearly full. */
bool pptp_cc_push_flood(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event *event);
__attribute__((format(printf, 2, 3))) void pptp_cc_note(struct pptp_ctrl *ctrl, const char *fmt,
							...);
void pptp_cc_note_ignored(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);

/* ctrl_connection.c: the control connection, 3.1 */
void pptp_cc_recv_start_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now);
void pptp_cc_recv_start_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now);
void pptp_cc_recv_stop_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_cc_recv_stop_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_cc_expire(struct pptp_ctrl *ctrl);
/* Send Stop-Control-Connection-Request, and end as `down` says unless already stopping. */
void pptp_cc_stop(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_down *down,
		  enum pptp_stop_reason reason, uint64_t now);
/* The end. `flush` keeps what still waits for TCP. */
void pptp_cc_close(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_down *down, bool flush);
void pptp_cc_abort(struct pptp_ctrl *ctrl, enum pptp_reason reason);

/* ctrl_echo.c: keep-alive, 3.1.4 */
void pptp_cc_echo_arm(struct pptp_ctrl *ctrl, uint64_t now);
void pptp_cc_heard(struct pptp_ctrl *ctrl, uint64_t now);
void pptp_cc_recv_echo_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_cc_recv_echo_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now);
void pptp_cc_expire_echo(struct pptp_ctrl *ctrl, uint64_t now);

/* ctrl_call.c: what all calls share, and outgoing calls of a PNS, 3.2.4.2 */
void pptp_call_place(struct pptp_ctrl *ctrl, uint64_t now);
void pptp_call_up(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_call *call);
/* Back to idle, with CALL_DOWN or CALL_FAILED; nothing if idle already. */
void pptp_call_end(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_down *down);
void pptp_call_clear(struct pptp_ctrl *ctrl, uint64_t now);
void pptp_call_recv_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now);
void pptp_call_recv_disconnect(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now);
void pptp_call_expire(struct pptp_ctrl *ctrl, uint64_t now);

/* ctrl_link.c: Set-Link-Info and WAN-Error-Notify, 2.14 and 2.15 */
void pptp_call_send_link_info(struct pptp_ctrl *ctrl, uint32_t send_accm, uint32_t receive_accm);
void pptp_call_recv_link_info(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_call_recv_wan_error(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);

/* ctrl_incoming.c: incoming calls of a PNS, 3.2.3.2 */
void pptp_incoming_recv_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now);
void pptp_incoming_recv_connected(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);

/* ctrl_pac.c: outgoing calls of a PAC, 3.2.4.1 */
void pptp_pac_recv_call_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_pac_recv_clear_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_pac_disconnect(struct pptp_ctrl *ctrl, enum pptp_disconnect_result result,
			 const struct pptp_ctrl_event_down *down);

#endif
