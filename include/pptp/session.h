/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_H
#define PPTP_SESSION_H

/**
 * @file session.h
 * A PPTP session: one control connection with one call, with its sockets, timers and PPP link.
 *
 *	pptp_config_new(&cfg);
 *	pptp_config_set_server(cfg, "vpn.example.org");
 *	pptp_session_new(&session, cfg);
 *	pptp_config_free(cfg);
 *	pptp_session_start(session);
 *	for (;;) {
 *		poll pptp_session_get_fd(session) for reading, nothing else;
 *		over = pptp_session_dispatch(session) < 0;
 *		while ((event = pptp_session_pop_event(session))) ...
 *		if (over) break;
 *	}
 *	pptp_session_free(session);
 *
 * Threads: a session belongs to one thread at a time; different sessions may live in different
 * threads. A configuration may be read by many threads while none changes it. During a name lookup
 * the library runs one more thread, with all signals blocked, which may outlive the session; the
 * shared library therefore stays loaded. A plugin that contains the static library must be linked
 * with `-Wl,-z,nodelete`. Where the system permits no thread (EPERM, ENOSYS), pptp_session_start()
 * blocks until the name is looked up.
 *
 * No function blocks, prints, exits, raises SIGPIPE, or changes errno, signal masks, locale, umask
 * or the working directory.
 *
 * After fork() the session belongs to the parent: the child must not call any function on it, not
 * even pptp_session_free(). All descriptors are closed on exec, except those that the caller
 * supplied.
 */

#include <net/if.h>
#include <netinet/in.h>

#include <pptp/config.h>
#include <pptp/reason.h>
#include <pptp/route.h>
#include <pptp/stats.h>
#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pptp_session;

/** Progress of a session, in this order; a session never returns to an earlier phase. */
enum pptp_phase {
	PPTP_PHASE_NEW = 0,    /**< not started */
	PPTP_PHASE_RESOLVING,  /**< looking up the server's name */
	PPTP_PHASE_CONNECTING, /**< TCP to one of the server's addresses */
	PPTP_PHASE_STARTING,   /**< waiting for the Start-Control-Connection-Reply (3.1) */
	PPTP_PHASE_CALLING,    /**< waiting for the Outgoing-Call-Reply (3.2) */
	PPTP_PHASE_UP,         /**< the call is established and carries PPP */
	PPTP_PHASE_ENDING,     /**< clearing the call, stopping the control connection */
	PPTP_PHASE_CLOSED,     /**< over */
};

/** A phase in words, for example "connecting". @return a constant string, never NULL */
PPTP_API const char *pptp_phase_text(enum pptp_phase phase);

/** Event types. Events are returned in the order in which they happened. */
enum pptp_event_type {
	PPTP_EVENT_RESOLVING = 1, /**< looking up the server's name; u.connecting.server */
	PPTP_EVENT_CONNECTING,    /**< connecting to an address of the server; u.connecting */
	PPTP_EVENT_CONTROL_UP,    /**< control connection established; u.control */
	PPTP_EVENT_CALL_UP,       /**< call established, PPP may start; u.call */
	PPTP_EVENT_CALL_FAILED,   /**< the call was not established; u.down. CLOSED follows */
	PPTP_EVENT_CALL_DOWN,     /**< the established call is over; u.down. CLOSED follows */
	PPTP_EVENT_GRE_SILENT,    /**< the call is up, but no GRE packet arrived for some seconds */
	PPTP_EVENT_GRE_HEARD,     /**< the first GRE packet arrived; with or without GRE_SILENT */
	PPTP_EVENT_ROUTE_PINNED,  /**< the host route was added or has moved; u.route */
	PPTP_EVENT_ROUTE_LOST,    /**< no path to the server at present; u.route is the last one */
	PPTP_EVENT_LINK_CLOSED,   /**< pppd closed its end of the link; the session stops */
	PPTP_EVENT_CLOSED,        /**< the session is over, always the last event; u.down */
	PPTP_EVENT_GRE_ONE_WAY,   /**< GRE packets arrive, but none of those sent was acknowledged
				       for some seconds; the session continues */
	PPTP_EVENT_CONNECTED,     /**< the TCP connection is open and both sockets are connected;
				       u.connecting. No octet was read from it: a process that
				       confines itself can do so now. CONTROL_UP follows */
};

/** RESOLVING, CONNECTING, CONNECTED. */
struct pptp_event_connecting {
	const char *server;     /**< as configured */
	struct in_addr address; /**< 0.0.0.0 while RESOLVING */
	unsigned int attempt;   /**< 1 for the first address */
	unsigned int count;     /**< number of addresses; 0 while RESOLVING */
};

/** CONTROL_UP: what the server reports about itself (2.2). */
struct pptp_event_control {
	struct in_addr address;  /**< the server's address in use */
	uint16_t version;        /**< protocol version: 0x0100 is 1.0 */
	uint16_t firmware;       /**< Firmware Revision */
	const char *host_name;   /**< Host Name, printable */
	const char *vendor_name; /**< Vendor Name, printable */
};

/** CALL_UP. */
struct pptp_event_call {
	struct in_addr local;   /**< local address of the tunnel */
	struct in_addr remote;  /**< the server's address */
	uint16_t call_id;       /**< our Call ID */
	uint16_t peer_call_id;  /**< the server's Call ID */
	uint32_t connect_speed; /**< Connect Speed in bits per second */
	uint16_t peer_window;   /**< Packet Recv. Window Size in packets */
	unsigned int mtu;       /**< suggested MTU and MRU of PPP on this path, octets */
};

/** CALL_FAILED, CALL_DOWN, CLOSED: why. */
struct pptp_event_down {
	enum pptp_reason reason; /**< why */
	uint8_t result;          /**< the peer's Result Code, 0 without one */
	uint8_t error;           /**< the peer's General Error Code, 0 without one */
	uint16_t cause;          /**< the peer's Cause Code, 0 without one */
	int system_error;        /**< -errno or PPTP_ERR_*, 0 without one */
	bool transient;          /**< the same attempt may succeed later */
	bool gre_heard;          /**< at least one GRE packet of the call arrived */
	bool gre_acked;          /**< at least one of those sent was acknowledged */
	const char *result_text; /**< result in words, "" without one */
	const char *error_text;  /**< error in words, "" without one */
	const char *cause_text;  /**< cause in words, "" without one */
	const char *detail;      /**< the peer's Call Statistics (2.13), "" without */
	char text[192];          /**< one sentence for the user, without a full stop */
};

/** What happened. */
struct pptp_event {
	enum pptp_event_type type; /**< what happened */
	enum pptp_phase phase;     /**< the session's phase after it */
	union {
		struct pptp_event_connecting connecting;
		struct pptp_event_control control;
		struct pptp_event_call call;
		struct pptp_event_down down;
		struct pptp_route_info route;
	} u; /**< details, by type */
};

/** Framing of PPP on the descriptors given to pptp_session_attach(). */
enum pptp_link_type {
	PPTP_LINK_ASYNC = 1, /**< octet-stuffed HDLC (RFC 1662), pppd's default */
	PPTP_LINK_SYNC = 2,  /**< bare frames, pppd's `sync`; a pty keeps no frame boundaries */
};

/**
 * Create a session. Copies and checks the configuration and opens the GRE socket, so that a missing
 * privilege is reported at once and the peer's first packets are not lost. (With a hub the GRE socket is
 * opened once the server's address is known.) Where a mark or an interface is set, the TCP socket is
 * opened too: but for a host route, no privilege is needed afterwards.
 *
 * @param sessionp  receives the session; free it with pptp_session_free()
 * @param cfg       copied; the server must be set
 * @return 0; PPTP_ERR_VALUE without a server, for the kernel's data path in a hub, or when the descriptor
 *         of pptp_config_set_gre_fd() is no raw socket of protocol 47, or that of
 *         pptp_config_set_channel_fd() no PPTP socket; -EPERM or -EACCES when the raw socket, the mark or the
 *         interface is not permitted (needs root, or CAP_NET_RAW and for the mark CAP_NET_ADMIN);
 *         -EADDRNOTAVAIL when the local address is not one of this machine; -ENODEV when the
 *         interface does not exist; -EADDRINUSE when the Call ID, or every one, is in use in the
 *         hub; PPTP_ERR_UNSUPPORTED, after a log line that names it, when epoll, timerfd or getrandom
 *         is refused, or the kernel has no PPTP socket for its data path; the error that the socket hook
 *         returned; another -errno
 */
PPTP_API int pptp_session_new(struct pptp_session **sessionp, const struct pptp_config *cfg);

/**
 * End immediately, without a message to the peer, and free. Closes all descriptors that the session
 * opened or owns and removes the host route. For a clean end call pptp_session_stop() before and
 * dispatch until CLOSED.
 * @return NULL
 */
PPTP_API struct pptp_session *pptp_session_free(struct pptp_session *session);

/**
 * Start: resolve the name, connect, place the call. A server that cannot be reached is reported as
 * an event, also when that is known immediately.
 * @return 0; PPTP_ERR_STATE when it was started before or has ended; -errno when the system refuses a
 *         thread or descriptor: free the session then
 */
PPTP_API int pptp_session_start(struct pptp_session *session);

/**
 * The descriptor to poll for reading; the same for the session's whole life. It stays readable while
 * more work is pending than one dispatch does: with edge-triggered polling (EPOLLET) call
 * pptp_session_dispatch() until poll() reports nothing. Once dispatch has returned PPTP_ERR_CLOSED
 * it is not readable any more.
 */
PPTP_API int pptp_session_get_fd(const struct pptp_session *session);

/** The pointer given to pptp_config_set_user(), or NULL. */
PPTP_API void *pptp_session_get_user(const struct pptp_session *session);

/** The session's phase. */
PPTP_API enum pptp_phase pptp_session_get_phase(const struct pptp_session *session);

/**
 * For loops that cannot poll a descriptor: how long pptp_session_dispatch() may wait for its next
 * timer. The value may be too short, never too long. The descriptor becomes readable at that time
 * too, and earlier when something arrives. Ask again after each call on the session or its hub.
 * @return milliseconds, rounded up; -1 when no timer is set: the form that poll() takes
 */
PPTP_API int pptp_session_get_timeout_ms(const struct pptp_session *session);

/**
 * Do what is due, a bounded amount of work, without blocking. Call it when the descriptor is
 * readable, then pop all events.
 * @return 0; PPTP_ERR_CLOSED when the session is over (CLOSED is among the events); -errno when
 *         waiting for events fails: free the session then
 */
PPTP_API int pptp_session_dispatch(struct pptp_session *session);

/**
 * Like pptp_session_dispatch(), but wait until there is something to do: for programs whose loop
 * has no other descriptors. Saves one system call per turn. Does not dispatch the session's hub.
 *
 * @param session     the session
 * @param timeout_ms  maximum wait, -1 for no limit
 * @return as pptp_session_dispatch(); 0 also after the time-out or a signal; 1 when the descriptor
 *         of pptp_session_wake_on() is readable
 */
PPTP_API int pptp_session_wait(struct pptp_session *session, int timeout_ms);

/**
 * Make pptp_session_wait() return when this descriptor, for example a signalfd, is readable. The
 * session never reads it. It stays the caller's and must stay open until it is removed or the
 * session is freed. There is at most one: remove it before setting another.
 * @param session  the session
 * @param fd       the descriptor; negative removes the present one, if any
 * @return 0; PPTP_ERR_STATE when one is set; -EBADF; -EPERM for a file, which cannot be polled;
 *         another -errno
 */
PPTP_API int pptp_session_wake_on(struct pptp_session *session, int fd);

/**
 * Take the oldest event. The queue is bounded: when it is nearly full, route events are dropped first;
 * CLOSED is never dropped.
 * @return the event, valid until the next call of this function, its strings until the session is
 *         freed; NULL when there is none
 */
PPTP_API const struct pptp_event *pptp_session_pop_event(struct pptp_session *session);

/**
 * Transfer PPP between these descriptors and the tunnel. May be called at any time
 * before the end; nothing is read before the call is up.
 *
 * @param session   the session
 * @param read_fd   a pty master, socket or pipe; becomes non-blocking for everyone who shares it.
 *                  Owned by the session after success and closed at its end (so that pppd sees a
 *                  hang-up); after an error it stays the caller's
 * @param write_fd  likewise; the same as read_fd for a pty or socket
 * @param type      framing
 * @return 0; PPTP_ERR_STATE when there is a link already or the session is over; PPTP_ERR_VALUE for
 *         an unknown type; -EBADF for a closed descriptor or one of the wrong direction; -EPERM for
 *         a file, which cannot be polled; another -errno
 */
PPTP_API int pptp_session_attach(struct pptp_session *session, int read_fd, int write_fd,
				 enum pptp_link_type type);

/**
 * Send one PPP frame, for callers with their own PPP.
 * @return 0; PPTP_ERR_STATE unless the call is up, or when a link is attached; PPTP_ERR_VALUE for an
 *         empty frame; PPTP_ERR_OVERSIZE; -EAGAIN when the socket or the acknowledgment window is
 *         full (counted; PPP copes with loss); another -errno
 */
PPTP_API int pptp_session_send_frame(struct pptp_session *session, const uint8_t *frame,
				     size_t len);

/**
 * Take the next received PPP frame, in sequence. Without an attached link frames wait in a bounded
 * queue that holds what one dispatch can receive: pop all of them after each dispatch. A full queue
 * drops its oldest frame, which is counted. The rest may be taken after CLOSED.
 * @param session  the session
 * @param framep   receives the frame, valid until the next call on the session or its hub
 * @return false when there is none
 */
PPTP_API bool pptp_session_pop_frame(struct pptp_session *session, struct pptp_frame *framep);

/**
 * With PPTP_DATA_PATH_KERNEL, take the PPTP socket of the call: a channel of the kernel's PPP, whose number
 * PPPIOCGCHAN returns and to which pppd attaches a PPP unit. It carries packets until it is closed.
 * @param session  the session
 * @param fdp      receives the descriptor, close-on-exec and owned by the caller from now on. Close it, and
 *                 every copy of it, after CALL_DOWN or CLOSED: the session does not
 * @return 0; PPTP_ERR_STATE with the other data path, unless the call is up, or when it was taken
 *         before. A channel that is not taken is closed at the end
 */
PPTP_API int pptp_session_take_channel(struct pptp_session *session, int *fdp);

/**
 * Copy the counters. With PPTP_DATA_PATH_KERNEL they stay 0: the PPP unit has counters of its own.
 * @param session  the session
 * @param stats    receives them
 * @param size     sizeof(*stats); a program built with an older header gets the counters of that header
 * @return 0; PPTP_ERR_VALUE for a size of 0
 */
PPTP_API int pptp_session_get_stats(const struct pptp_session *session, struct pptp_stats *stats,
				    size_t size);

/**
 * What a session knows of itself and of its peer, for status pages. Grows at its end in later versions;
 * functions take its size.
 */
struct pptp_session_info {
	enum pptp_phase phase;         /**< as pptp_session_get_phase() */
	enum pptp_data_path data_path; /**< as configured: who moves PPP */
	const char *server;            /**< as configured */
	struct in_addr local;          /**< local address of the tunnel; 0.0.0.0 until CONNECTED */
	struct in_addr remote;         /**< the server's address in use, or the last one that was
					    tried; 0.0.0.0 before the first */
	const char *host_name;   /**< the server's Host Name, printable; "" before CONTROL_UP */
	const char *vendor_name; /**< its Vendor Name, likewise */
	uint16_t version;        /**< its protocol version, 0x0100 is 1.0; 0 before CONTROL_UP */
	uint16_t firmware;       /**< its Firmware Revision, likewise */
	uint16_t call_id;        /**< our Call ID; 0 before CALL_UP, like all that follows */
	uint16_t peer_call_id;   /**< the server's Call ID */
	uint16_t peer_window;    /**< its Packet Recv. Window Size in packets */
	bool gre_heard;          /**< at least one GRE packet of the call arrived; true also where
				      the kernel's data path has no raw socket that could tell */
	bool gre_acked;          /**< at least one of those sent was acknowledged; likewise */
	uint32_t connect_speed;  /**< Connect Speed in bits per second */
	unsigned int mtu;        /**< MTU and MRU of PPP as suggested with CALL_UP, octets */
	uint64_t up_at;          /**< when the call came up, nanoseconds of CLOCK_MONOTONIC */
};

/**
 * Copy what the session knows of itself and of its peer, in any phase. What was known stays when the
 * session is over.
 * @param session  the session
 * @param infop    receives it; its strings are valid until the session is freed
 * @param size     sizeof(*infop); a program built with an older header gets the members of that header
 * @return 0; PPTP_ERR_VALUE for a size of 0
 */
PPTP_API int pptp_session_get_info(const struct pptp_session *session,
				   struct pptp_session_info *infop, size_t size);

/**
 * Whether the session maintains a host route (pptp_config_set_host_route() and pinning succeeded),
 * for which it needs CAP_NET_ADMIN until its end.
 */
PPTP_API bool pptp_session_has_host_route(const struct pptp_session *session);

/**
 * This machine's addresses may have changed: look whether the one that the call was placed from is still
 * there, at most once a second. For callers whose route hook returns PPTP_ROUTE_BY_CALLER and who are told
 * of such changes; a host route of the library's own is told by the kernel. When the address stays away
 * for 5 seconds, the session ends with PPTP_REASON_ADDRESS_GONE.
 */
PPTP_API void pptp_session_check_address(struct pptp_session *session);

/**
 * Start a clean end: clear the call, stop the control connection, CLOSED with PPTP_REASON_STOPPED.
 * Takes less than 2 seconds of dispatching. Does nothing when called again or on a session that is
 * over.
 * @return 0; -errno when the timer cannot be set: free the session then
 */
PPTP_API int pptp_session_stop(struct pptp_session *session);

#ifdef __cplusplus
}
#endif

#endif
