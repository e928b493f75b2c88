/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_SESSION_STATE_H
#define PPTP_SESSION_SESSION_STATE_H

/*
 * A session: its parts, each with a structure of its own and no access to the session, and what only
 * the session decides: the phase and the events.
 */

#include <pptp/session.h>

#include "session/config.h"
#include "session/control.h"
#include "session/data_path.h"
#include "session/dialer.h"
#include "session/event_queue.h"
#include "session/host_route.h"
#include "session/loop.h"
#include "session/own_address.h"

/* Events taken from the loop at once. */
#define SESSION_BATCH 8

/* What a watch in the loop belongs to. */
enum session_watch {
	WATCH_RESOLVER = 1,
	WATCH_DIAL,
	WATCH_CONTROL,
	WATCH_GRE,
	WATCH_LINK_READ,
	WATCH_LINK_WRITE,
	WATCH_ROUTE,
	WATCH_CALLER,
};

struct pptp_session {
	struct pptp_config cfg;
	enum pptp_phase phase;
	uint64_t now; /* when the present call into the session began */

	struct loop loop;
	struct dialer dialer;
	struct host_route route;
	struct control control;
	struct data_path data;
	struct own_address own_address;
	struct watch caller; /* pptp_session_wake_on() */

	struct event_queue events;
	struct pptp_ctrl_event_up server;  /* CONTROL_UP points into it */
	struct pptp_event_call call;       /* as reported with CALL_UP */
	uint64_t up_at;                    /* then; 0 before */
	struct pptp_ctrl_event_down ended; /* CALL_DOWN, CALL_FAILED and CLOSED, likewise */
};

/* session.c */

/* Start dialing. 0, or -errno when the system refuses a thread or descriptor. */
int pptp_session_begin(struct pptp_session *session);
/* Call the parts whose descriptors are ready; true when the caller's own is among them. */
bool pptp_session_handle(struct pptp_session *session, const struct epoll_event *events, int count);
/* At the end of a turn: act on deadlines, send pending output, set the timer. */
void pptp_session_settle(struct pptp_session *session);
/* Begin the end, with this reason. */
void pptp_session_end(struct pptp_session *session, enum pptp_reason reason);

#endif
