/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_CTRL_STATE_H
#define PPTP_CORE_CTRL_STATE_H

/*
 * What the files of ctrl share: the object, and one function for each stimulus. Calls run one way:
 * ctrl.c -> ctrl_connection.c -> ctrl_call.c, ctrl_pac.c -> ctrl_link.c -> ctrl_out.c.
 */

#include <pptp/proto/ctrl.h>

#include "ctrl_events.h"
#include "deadline.h"
#include "framer.h"

/* Most octets waiting for TCP; the connection to a peer that reads so little is ended. */
#define OUTPUT_MAX 4096
/*
 * Reserved: Echo-Replies that would need it are dropped, so that a flood cannot prevent a clean
 * end.
 */
#define OUTPUT_RESERVED 1024
/* Places reserved for CALL_UP, CALL_DOWN and CLOSED, and one to spare. */
#define EVENTS_RESERVED 4
/* Speeds in a call request, bits per second (2.7): any. */
#define CALL_SPEED_MIN 2400
#define CALL_SPEED_MAX 1000000000
/* Most notes of one connection, so that a peer cannot fill a log. */
#define NOTES_MAX 64

/* RFC 2637, 3.1.1 and 3.1.2. The receiver waits for SCCRQ in idle. */
enum cc_state {
	CC_IDLE,
	CC_WAIT_CTL_REPLY,
	CC_ESTABLISHED,
	CC_WAIT_STOP_REPLY,
};

/* RFC 2637, 3.2.4.1 (PAC) and 3.2.4.2 (PNS). */
enum call_state {
	CALL_IDLE,
	CALL_WAIT_REPLY,
	CALL_WAIT_CS_ANS,
	CALL_ESTABLISHED,
	CALL_WAIT_DISCONNECT,
};

struct call {
	enum call_state state;
	bool up;         /* CALL_UP was queued */
	bool peer_known; /* peer_call_id is valid */
	uint16_t peer_call_id;
	uint16_t serial;
	bool other_reply; /* one for other_call_id came in place of ours */
	uint16_t other_call_id;
	uint64_t deadline; /* the state's time-out */
};

struct pptp_ctrl {
	struct pptp_ctrl_config cfg;
	pptp_trace_fn trace;
	void *user;
	unsigned int notes;

	enum cc_state state;
	bool tcp_open;
	bool peer_is_microsoft; /* by its vendor string */
	bool closed;
	bool stopping;
	bool overflow;                     /* output was lost */
	struct pptp_ctrl_event_down final; /* what CLOSED will report, when stopping */
	uint64_t deadline;                 /* the state's time-out */

	bool stop_wanted; /* by the call: see pptp_cc_want_stop() */
	struct pptp_ctrl_event_down stop_down;

	bool echo_waiting; /* for the Echo-Reply to echo_id */
	uint32_t echo_id;
	uint64_t echo_deadline;
	bool echo_unanswered; /* the peer's latest Echo-Request, for want of room */

	struct call call;
	bool notify_is_late; /* no Call-Disconnect-Notify came in time */
	struct framer framer;
	struct ctrl_events events;
	size_t out_len;
	uint8_t out[OUTPUT_MAX];
};

/* ctrl_out.c: what leaves: messages, events, traces */

/* Apply the quirk and queue the message for TCP; one without room sets `overflow`. */
void pptp_cc_send(struct pptp_ctrl *ctrl, struct pptp_msg *msg);
size_t pptp_cc_output_room(const struct pptp_ctrl *ctrl);
void pptp_cc_push(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event *event);
/* Whether all events of one more call fit. */
bool pptp_cc_has_room_for_call(const struct pptp_ctrl *ctrl);
/* For events that the peer can cause at any rate: dropped when the ring is nearly full. */
void pptp_cc_push_flood(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event *event);
/* Trace something odd that was tolerated. */
__attribute__((format(printf, 2, 3))) void pptp_cc_note(struct pptp_ctrl *ctrl, const char *fmt,
							...);
/* Trace that a message does not fit the present state. */
void pptp_cc_note_ignored(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
/*
 * Request the end of the connection, as `down` reports: ctrl.c carries it out after the stimulus.
 * The first of several requests counts.
 */
void pptp_cc_want_stop(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_down *down);

/* ctrl_connection.c: the control connection, 3.1 */

/* Send the Start-Control-Connection-Request. */
void pptp_cc_start(struct pptp_ctrl *ctrl);
void pptp_cc_recv_start_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now);
void pptp_cc_recv_start_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now);
void pptp_cc_recv_stop_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_cc_recv_stop_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
/* The state's time-out. */
void pptp_cc_expire(struct pptp_ctrl *ctrl);
/* Send Stop-Control-Connection-Request, and end as `down` reports unless already stopping. */
void pptp_cc_stop(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_down *down,
		  enum pptp_stop_reason reason, uint64_t now);
/* The end. `flush` keeps what still waits for TCP. */
void pptp_cc_close(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_down *down, bool flush);
/* The end without a message. */
void pptp_cc_abort(struct pptp_ctrl *ctrl, enum pptp_reason reason);

/* ctrl_echo.c: keep-alive, 3.1.4 */

/* Start the idle time before the next Echo-Request. */
void pptp_cc_echo_arm(struct pptp_ctrl *ctrl, uint64_t now);
/* A control message was received. */
void pptp_cc_echo_postpone(struct pptp_ctrl *ctrl, uint64_t now);
void pptp_cc_recv_echo_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_cc_recv_echo_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg, uint64_t now);
/* Send an Echo-Request; false when the reply to the last one is missing: the peer is gone. */
bool pptp_cc_expire_echo(struct pptp_ctrl *ctrl, uint64_t now);

/* ctrl_call.c: what both roles share, and the outgoing call of a PNS, 3.2.4.2 */

/* Send the Outgoing-Call-Request. */
void pptp_call_place(struct pptp_ctrl *ctrl, uint64_t now);
/* The call is established: report it. */
void pptp_call_up(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_call *call);
/* Back to idle, with CALL_DOWN or CALL_FAILED; nothing if idle already. */
void pptp_call_end(struct pptp_ctrl *ctrl, const struct pptp_ctrl_event_down *down);
/* End the call from this side: with Call-Clear-Request, as a PAC with Call-Disconnect-Notify. */
void pptp_call_clear(struct pptp_ctrl *ctrl, uint64_t now);
/* As a PAC: send the Call-Disconnect-Notify and end the call. */
void pptp_call_disconnect(struct pptp_ctrl *ctrl, enum pptp_disconnect_result result,
			  const struct pptp_ctrl_event_down *down);
void pptp_call_recv_reply(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_call_recv_disconnect(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_call_recv_clear_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_call_recv_incoming(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
/* The state's time-out. */
void pptp_call_expire(struct pptp_ctrl *ctrl);

/* ctrl_link.c: Set-Link-Info and WAN-Error-Notify, 2.14 and 2.15 */

void pptp_call_send_link_info(struct pptp_ctrl *ctrl, uint32_t send_accm, uint32_t receive_accm);
void pptp_call_recv_link_info(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_call_recv_wan_error(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);

/* ctrl_pac.c: the outgoing call of a PAC, 3.2.4.1 */

void pptp_pac_recv_call_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);
void pptp_pac_recv_clear_request(struct pptp_ctrl *ctrl, const struct pptp_msg *msg);

#endif
