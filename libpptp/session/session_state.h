/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_STATE_H
#define PPTP_SESSION_STATE_H

#include <pptp/proto/ctrl.h>
#include <pptp/proto/tunnel.h>
#include <pptp/session.h>

#include "codel.h"
#include "disorder.h"
#include "session/config.h"
#include "session/event_queue.h"
#include "session/gre_socket.h"
#include "session/hub.h"
#include "session/link.h"
#include "session/resolve.h"

/* One session, and what its parts call of each other. Nothing here decides about the protocol. */

enum session_phase {
	SESSION_NEW,
	SESSION_RESOLVING,
	SESSION_CONNECTING, /* TCP to addresses[address_index] */
	SESSION_CONTROL,    /* TCP is open: core/ctrl has the word */
	SESSION_CLOSED,
};

/* What a descriptor in the epoll set stands for. */
enum session_watch {
	WATCH_TIMER,
	WATCH_RESOLVER,
	WATCH_TCP,
	WATCH_GRE,
	WATCH_LINK_READ,
	WATCH_LINK_WRITE,
	WATCH_ROUTE,
	WATCH_CALLER,
	WATCH_COUNT
};

#define SENT_UNSAID_MAX 2

struct pptp_session {
	struct pptp_config cfg;
	enum session_phase phase;
	uint64_t now; /* when the present call into the session began */

	int epoll_fd;
	int timer_fd;
	uint64_t timer_armed;        /* when timer_fd fires, PPTP_TIME_NEVER for not at all */
	int watched_fd[WATCH_COUNT]; /* -1: not in the epoll set */
	uint32_t watched_events[WATCH_COUNT];
	int wait_error; /* -errno when epoll or the timer refused: nothing would wake us any more */

	struct resolve_request *resolver;
	struct in_addr addresses[RESOLVE_ADDRESSES_MAX];
	unsigned int address_count;
	unsigned int address_index;
	struct in_addr local;
	int tcp_fd;
	int tcp_error; /* -errno that ended the control connection, else 0 */
	uint64_t connect_deadline;

	struct pptp_ctrl *ctrl;
	struct pptp_msg sent[SENT_UNSAID_MAX]; /* logged behind the events that caused them */
	unsigned int sent_count;
	struct pptp_tunnel *tunnel;
	struct disorder *disorder; /* NULL unless the order of what we send is to be damaged */
	struct gre_socket gre;
	struct hub_member hub; /* unused without one */
	struct link *link;
	struct pptp_route *route;
	bool route_by_caller;
	int route_error; /* the last one of following it */

	char call_statistics[PPTP_CALLSTATS_MAX + 1]; /* the peer's, of the last call */

	uint16_t call_id;
	bool control_up;
	uint64_t next_wan_error; /* not logged before */
	bool ending;             /* we or the peer have begun to end it */
	bool call_up;
	bool call_was_up;
	bool gre_heard;
	bool gre_full;      /* frames wait in the send batch: read no more from PPP */
	bool window_full;   /* the peer has to acknowledge first: read no more from PPP */
	bool link_full;     /* octets wait until PPP can take them */
	struct codel codel; /* for packets that wait meanwhile */
	bool mppe_warned;
	uint64_t gre_silent_at;
	unsigned int gre_failures; /* to read, in a row */
	uint64_t gre_rests_until;  /* nothing is read before */
	uint64_t next_socket_warning;
	unsigned int unsaid_socket_errors;

	struct event_queue events;
	struct pptp_event popped;
	char host_name[PPTP_STRING_MAX + 1]; /* the peer's, for CONTROL_UP */
	char vendor_name[PPTP_STRING_MAX + 1];
};

/* session.c: the end, and events */
void pptp_session_settle(struct pptp_session *s);
int pptp_session_wake(struct pptp_session *s);
int pptp_session_end(struct pptp_session *s, enum pptp_reason why);
bool pptp_session_push(struct pptp_session *s, const struct pptp_event *event);
void pptp_session_close(struct pptp_session *s, const struct pptp_event_down *down);
void pptp_session_fail(struct pptp_session *s, enum pptp_reason reason, int system_error,
		       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* session_timer.c: one epoll set, one timer */
int pptp_session_watch_fd(struct pptp_session *s, enum session_watch watch, int fd,
			  uint32_t events);
void pptp_session_watch_events(struct pptp_session *s, enum session_watch watch, uint32_t events);
void pptp_session_unwatch(struct pptp_session *s, enum session_watch watch);
uint64_t pptp_session_clock(void);
uint64_t pptp_session_wall_clock(void); /* what the kernel stamps packets with */
void pptp_session_arm_timer(struct pptp_session *s, uint64_t deadline);
void pptp_session_disarm_timer(struct pptp_session *s);
void pptp_session_timer_fired(struct pptp_session *s);

/* control_io.c: name, TCP, core/ctrl */
int pptp_control_start(struct pptp_session *s);
void pptp_control_resolved(struct pptp_session *s);
void pptp_control_tcp_ready(struct pptp_session *s, uint32_t events);
void pptp_control_expire(struct pptp_session *s);
void pptp_control_pump(struct pptp_session *s);
uint64_t pptp_control_deadline(const struct pptp_session *s);
void pptp_control_close(struct pptp_session *s);

/* control_events.c: what core/ctrl reports */
void pptp_control_event(struct pptp_session *s, const struct pptp_ctrl_event *in);

/* control_trace.c: log lines of control messages */
void pptp_control_trace(void *session, enum pptp_trace what, const struct pptp_msg *msg,
			const char *note);
void pptp_control_log_sent(struct pptp_session *s);

/* data_path.c: PPP between link and GRE socket */
int pptp_data_call_up(struct pptp_session *s, const struct pptp_ctrl_event_call *call);
void pptp_data_call_down(struct pptp_session *s);
int pptp_data_link_attached(struct pptp_session *s);
void pptp_data_receive(struct pptp_session *s, uint8_t *packet, size_t len);
void pptp_data_gre_writable(struct pptp_session *s);
void pptp_data_gre_ready(struct pptp_session *s, uint32_t events);
void pptp_data_link_readable(struct pptp_session *s, uint32_t events);
void pptp_data_link_writable(struct pptp_session *s, uint32_t events);
int pptp_data_send_frame(struct pptp_session *s, const uint8_t *frame, size_t len);
void pptp_data_settle(struct pptp_session *s);
uint64_t pptp_data_deadline(const struct pptp_session *s);

/* host_route.c: the route to the server; pinning fails only when the caller forbids the address */
int pptp_host_route_pin(struct pptp_session *s);
void pptp_host_route_ready(struct pptp_session *s);
void pptp_host_route_unpin(struct pptp_session *s);

#endif
