/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_H
#define PPTP_SESSION_H

/**
 * @file session.h
 * A PPTP session: one control connection with one call, with its sockets, timers and link to PPP.
 *
 *	pptp_config_new(&cfg);
 *	pptp_config_set_server(cfg, "vpn.example.org");
 *	pptp_session_new(&s, cfg);
 *	pptp_config_free(cfg);
 *	pptp_session_start(s);
 *	for (;;) {
 *		poll pptp_session_get_fd(s) for reading, nothing else;
 *		over = pptp_session_dispatch(s) < 0;
 *		while (pptp_session_pop_event(s, &ev, sizeof(ev))) ...
 *		if (over) break;
 *	}
 *	pptp_session_free(s);
 *
 * A session belongs to one thread at a time; different sessions may live in different threads, and
 * a configuration may be used by many threads as long as none changes it. Nothing here blocks,
 * prints, exits, raises SIGPIPE, or changes errno, signal masks, locale, umask or directory. Only
 * while a name is looked up there is a second thread, with all signals blocked. It may outlive the
 * session: the shared library stays loaded for it; a plugin that contains the static library needs
 * `-Wl,-z,nodelete` itself.
 *
 * After fork() a session is its parent's: what both processes have open is the same, so the child
 * must call nothing on it, not even pptp_session_free(). All its descriptors are closed on exec,
 * but for those that were handed over.
 *
 * Structures that may grow are handed over with the caller's sizeof, so that programs built with
 * an older header keep working with a newer library.
 */

#include <net/if.h>
#include <netinet/in.h>

#include <pptp/config.h>
#include <pptp/reason.h>
#include <pptp/stats.h>
#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pptp_session;

/** How far a session is, for display. Phases never go back, except from CONNECTING to itself. */
enum pptp_phase {
	PPTP_PHASE_NEW = 0,    /**< not started */
	PPTP_PHASE_RESOLVING,  /**< looking up the server's name */
	PPTP_PHASE_CONNECTING, /**< TCP to one of its addresses */
	PPTP_PHASE_STARTING,   /**< control connection: wait for its reply (3.1) */
	PPTP_PHASE_CALLING,    /**< placing the call, or waiting for one (3.2) */
	PPTP_PHASE_UP,         /**< the call is up, PPP is carried */
	PPTP_PHASE_ENDING,     /**< clearing the call, stopping the control connection */
	PPTP_PHASE_CLOSED,     /**< over */
};

/** A phase in words, "connecting" for example. @return a constant string, never NULL */
PPTP_API const char *pptp_phase_text(enum pptp_phase phase);

/** What happened. Events are popped in the order in which they happened. */
enum pptp_event_type {
	PPTP_EVENT_RESOLVING = 1, /**< looking up the server's name; u.connecting.server */
	PPTP_EVENT_CONNECTING,    /**< trying an address of the server; u.connecting */
	PPTP_EVENT_CONTROL_UP,    /**< control connection established; u.control */
	PPTP_EVENT_CALL_UP,       /**< the call is up, PPP may start; u.call */
	PPTP_EVENT_CALL_FAILED,   /**< the call was not established; u.down. CLOSED follows, unless
				       it was one that the peer offered and took back */
	PPTP_EVENT_CALL_DOWN,     /**< the call that was up is over; u.down. CLOSED follows */
	PPTP_EVENT_GRE_SILENT,    /**< up, but no GRE packet came for some seconds */
	PPTP_EVENT_GRE_HEARD,     /**< the first GRE packet came, also without GRE_SILENT */
	PPTP_EVENT_LINK_INFO,     /**< the peer sent Set-Link-Info; u.link_info */
	PPTP_EVENT_WAN_ERROR,     /**< the peer sent WAN-Error-Notify; u.wan_error */
	PPTP_EVENT_INCOMING,      /**< the peer offered an incoming call; u.incoming */
	PPTP_EVENT_LINK_CLOSED,   /**< pppd closed its end of the pty; the session stops */
	PPTP_EVENT_CLOSED,        /**< the session is over, the last event; u.down */
};

/** RESOLVING, CONNECTING. */
struct pptp_event_connecting {
	const char *server;     /**< as configured; valid as long as the session */
	struct in_addr address; /**< 0.0.0.0 while RESOLVING */
	unsigned int attempt;   /**< 1 for the first address */
	unsigned int count;     /**< how many addresses the name has; 0 while RESOLVING */
};

/** CONTROL_UP: who the peer says it is. */
struct pptp_event_control {
	struct in_addr address;                /**< the address in use */
	uint16_t version;                      /**< protocol version: 0x0100 is 1.0 */
	uint16_t firmware;                     /**< the server's Firmware Revision */
	char host_name[PPTP_STRING_MAX + 1];   /**< the server's host name */
	char vendor_name[PPTP_STRING_MAX + 1]; /**< the server's vendor string */
};

/** CALL_UP. */
struct pptp_event_call {
	struct in_addr local;   /**< our address of the tunnel */
	struct in_addr remote;  /**< the server's */
	uint16_t call_id;       /**< ours */
	uint16_t peer_call_id;  /**< the server's */
	uint32_t connect_speed; /**< bits per second */
	uint16_t peer_window;   /**< packets */
	unsigned int mtu;       /**< suggested MTU and MRU of PPP for this path, octets */
};

/** CALL_FAILED, CALL_DOWN, CLOSED: why. */
struct pptp_event_down {
	enum pptp_reason reason; /**< why */
	uint8_t result;          /**< the peer's result code where it sent one, else 0 */
	uint8_t error;           /**< the peer's general error code */
	uint16_t cause;          /**< the peer's cause code */
	int system_error;        /**< -errno or PPTP_ERR_* where there is one, else 0 */
	bool transient;          /**< trying again later, unchanged, may succeed: reason, or what
				      the system lacked for now, the answer of a name server say */
	bool gre_heard;          /**< some GRE packet of the call had come */
	const char *result_text; /**< result in words, constant; "" without one */
	const char *error_text;  /**< error in words, likewise */
	const char *cause_text;  /**< cause in words, likewise */
	const char *detail;      /**< the peer's Call Statistics (2.13), or ""; valid as long as the
				      session, until its next call ends */
	char text[192];          /**< one sentence for the user, without full stop */
};

/** What happened, with what belongs to it. */
struct pptp_event {
	enum pptp_event_type type; /**< what happened */
	enum pptp_phase phase;     /**< in which the event left the session */
	union {
		struct pptp_event_connecting connecting;
		struct pptp_event_control control;
		struct pptp_event_call call;
		struct pptp_event_down down;
		struct pptp_ctrl_event_incoming incoming;
		struct pptp_msg_link_info link_info;
		struct pptp_msg_wan_error wan_error;
	} u; /**< what belongs to that type */
};

/** How PPP frames look on the descriptor handed to pptp_session_attach_pty(). */
enum pptp_link_type {
	PPTP_LINK_ASYNC = 1, /**< octet-stuffed HDLC (RFC 1662): pppd's default */
	PPTP_LINK_SYNC = 2,  /**< bare frames, pppd's `sync`; a pty keeps no frame boundaries */
};

/**
 * Make a session. Copies and checks cfg and opens the GRE socket, so that missing privilege is
 * known at once and the peer's first packets find a socket (in a hub: when the address is known).
 *
 * @param sessionp  receives it; free with pptp_session_free()
 * @param cfg       copied; the server must be set
 * @return 0; PPTP_ERR_VALUE without a server, or when what pptp_config_set_gre_fd() handed over is
 *         another kind of socket; -EPERM or -EACCES when the raw socket or the mark is not
 *         permitted (needs root, or CAP_NET_RAW and CAP_NET_ADMIN); -EADDRNOTAVAIL when the local
 *         address is not ours; -EADDRINUSE when the hub's sessions have the call ID, or all;
 *         what the socket hook said; another -errno
 */
PPTP_API int pptp_session_new(struct pptp_session **sessionp, const struct pptp_config *cfg);

/**
 * End at once, without a word to the peer, and free. Closes what the session opened and what was
 * handed to it, removes the host route. To end by the book use pptp_session_stop() first.
 * @return NULL
 */
PPTP_API struct pptp_session *pptp_session_free(struct pptp_session *session);

/**
 * Begin: resolve the name, connect, place the call. A server that cannot be reached is an event,
 * also when that is known at once.
 * @return 0; PPTP_ERR_STATE when it was started before, or is over; -errno when the system refuses
 *         a thread or descriptor: free the session then
 */
PPTP_API int pptp_session_start(struct pptp_session *session);

/**
 * The descriptor to poll for reading. The same for the whole life of the session; at rest once
 * pptp_session_dispatch() said that the session is over. It stays readable while there is more to
 * do than one dispatch does: a loop that only hears of changes (EPOLLET, as in some runtimes) must
 * dispatch until poll() finds it readable no more.
 */
PPTP_API int pptp_session_get_fd(const struct pptp_session *session);

/** The pointer given to pptp_config_set_user(), NULL without one. */
PPTP_API void *pptp_session_get_user(const struct pptp_session *session);

/** How far it is. */
PPTP_API enum pptp_phase pptp_session_get_phase(const struct pptp_session *session);

/**
 * When pptp_session_dispatch() next has something to do by itself, for loops that cannot poll a
 * descriptor but call at times: nanoseconds of CLOCK_MONOTONIC, PPTP_TIME_NEVER for not at all. May
 * be early, and in the past. The descriptor becomes readable at that time too, and earlier when
 * something arrives. Ask again after each call on the session or its hub.
 */
PPTP_API uint64_t pptp_session_get_deadline(const struct pptp_session *session);

/**
 * Do what is to be done, a bounded amount, without blocking. Call when the descriptor is readable,
 * then pop the events.
 * @return 0; PPTP_ERR_CLOSED when the session is over (CLOSED is among the events); -errno when
 *         waiting for events itself fails
 */
PPTP_API int pptp_session_dispatch(struct pptp_session *session);

/**
 * As pptp_session_dispatch(), but wait for something to do: for programs whose loop has nothing
 * else in it. Saves them a poll() for each turn. Does not dispatch the session's hub.
 *
 * @param session     as there
 * @param timeout_ms  wait so long at most, -1 without limit
 * @return as pptp_session_dispatch(), also 0 when the time is over or a signal came; 1 when the
 *         descriptor of pptp_session_wake_on() is ready
 */
PPTP_API int pptp_session_wait(struct pptp_session *session, int timeout_ms);

/**
 * Let pptp_session_wait() return, and the session's own descriptor be readable, also when this one
 * is: a signalfd, for example. It stays the caller's, is never read, and must stay open until it is
 * removed or the session is freed. There is one at most: to move to another, remove it first.
 * @param session  whose
 * @param fd       the descriptor; negative removes the one there is, also when there is none
 * @return 0; PPTP_ERR_STATE when there is one already; -EBADF; -EPERM for a file, which cannot be
 *         polled; another -errno
 */
PPTP_API int pptp_session_wake_on(struct pptp_session *session, int fd);

/**
 * Take the oldest event. The queue is bounded: when nobody pops, what a peer may repeat without end
 * (LINK_INFO, WAN_ERROR, INCOMING) is left out first, CLOSED never. The CALL_FAILED of an offer
 * whose INCOMING was left out is left out too.
 * @param session  whose
 * @param event    receives it, a copy
 * @param size     sizeof(*event)
 * @return false when there is none
 */
PPTP_API bool pptp_session_pop_event(struct pptp_session *session, struct pptp_event *event,
				     size_t size);

/**
 * Let the library carry PPP between this descriptor and the tunnel. May be called at any time,
 * also before the call is up: nothing is read from it before.
 *
 * @param session  whose
 * @param fd       a pty master or socket; the session makes it non-blocking (for everybody who
 *              shares it), owns it from success on and closes it at its end (so that pppd sees a
 *              hang-up); on an error it stays the caller's
 * @param type     how frames look on it
 * @return 0; PPTP_ERR_STATE when there is a link already or the session is over; PPTP_ERR_VALUE
 *         for a type that is none of the two; -EBADF, also for one that is not open for reading
 *         and writing; -EPERM for a file, which cannot be polled; another -errno
 */
PPTP_API int pptp_session_attach_pty(struct pptp_session *session, int fd,
				     enum pptp_link_type type);

/** As pptp_session_attach_pty(), with one descriptor to read and another to write: two pipes. */
PPTP_API int pptp_session_attach_fds(struct pptp_session *session, int read_fd, int write_fd,
				     enum pptp_link_type type);

/**
 * Send one PPP frame, for callers with their own PPP.
 * @return 0; PPTP_ERR_STATE unless the call is up, or with a pty attached; PPTP_ERR_VALUE for a
 *         frame without octets; PPTP_ERR_OVERSIZE; -EAGAIN when the socket or the acknowledgment
 *         window is full (counted; PPP copes with loss); -errno
 */
PPTP_API int pptp_session_send_frame(struct pptp_session *session, const uint8_t *frame,
				     size_t len);

/**
 * Take the next PPP frame that came, in sequence. Without a pty attached frames wait in a bounded
 * queue; when it is full the oldest is dropped and counted. It holds what one dispatch can bring:
 * pop until there is none after each. What is left may be taken after CLOSED, too.
 * @param session  whose
 * @param framep   receives it, valid until the next call on the session or its hub
 * @return false when there is none
 */
PPTP_API bool pptp_session_pop_frame(struct pptp_session *session, struct pptp_frame *framep);

/**
 * Copy the counters.
 * @param session  whose
 * @param stats    receives them
 * @param size     sizeof(*stats), so that older callers keep working with newer libraries
 * @return 0, PPTP_ERR_VALUE for a size of 0
 */
PPTP_API int pptp_session_get_stats(const struct pptp_session *session, struct pptp_stats *stats,
				    size_t size);

/**
 * Whether the session looks after a host route to the server (pptp_config_set_host_route() and
 * pinning succeeded), which it needs CAP_NET_ADMIN for until its end. Without one it needs no
 * privilege any more from CONTROL_UP on.
 */
PPTP_API bool pptp_session_has_host_route(const struct pptp_session *session);

/**
 * End by the book: clear the call, stop the control connection, CLOSED. Takes under 2 seconds of
 * dispatching. Calling it again, or on a closed session, does nothing.
 * @param session  which
 * @param why      PPTP_REASON_STOPPED or PPTP_REASON_LINK_CLOSED
 * @return 0; PPTP_ERR_VALUE for another reason; -errno when the timer refuses to wake the loop:
 *         free the session then
 */
PPTP_API int pptp_session_stop(struct pptp_session *session, enum pptp_reason why);

#ifdef __cplusplus
}
#endif

#endif
