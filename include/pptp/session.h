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
 *		while (pptp_session_pop_event(s, &ev)) ...
 *		if (over) break;
 *	}
 *	pptp_session_free(s);
 *
 * A session belongs to one thread at a time; different sessions may live in different threads.
 * Nothing here blocks, prints, exits, or touches signals. The calling thread should have SIGPIPE
 * left alone: the library never raises it.
 */

#include <netinet/in.h>
#include <net/if.h>

#include <pptp/config.h>
#include <pptp/reason.h>
#include <pptp/stats.h>
#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pptp_session;

/** What happened. Events are popped in the order in which they happened. */
enum pptp_event_type {
	PPTP_EVENT_CONNECTING = 1, /**< trying an address of the server; u.connecting */
	PPTP_EVENT_CONTROL_UP,     /**< control connection established; u.control */
	PPTP_EVENT_CALL_UP,        /**< the call is up, PPP may start; u.call */
	PPTP_EVENT_CALL_FAILED,    /**< the call was not established; u.down */
	PPTP_EVENT_CALL_DOWN,      /**< the call that was up is over; u.down */
	PPTP_EVENT_GRE_SILENT,     /**< up, but no GRE packet came for some seconds */
	PPTP_EVENT_GRE_HEARD,      /**< the first GRE packet came */
	PPTP_EVENT_LINK_INFO,      /**< the peer sent Set-Link-Info; u.link_info */
	PPTP_EVENT_WAN_ERROR,      /**< the peer sent WAN-Error-Notify; u.wan_error */
	PPTP_EVENT_INCOMING,       /**< the peer offered an incoming call; u.incoming */
	PPTP_EVENT_LINK_CLOSED,    /**< pppd closed its end of the pty; the session stops */
	PPTP_EVENT_CLOSED,         /**< the session is over, the last event; u.down */
};

/** CONNECTING. */
struct pptp_event_connecting {
	struct in_addr address;
	unsigned int attempt; /**< 1 for the first address */
	unsigned int count;   /**< how many addresses the name has */
};

/** CONTROL_UP: who the peer says it is. */
struct pptp_event_control {
	struct in_addr address; /**< the address in use */
	uint16_t version;
	uint16_t firmware;
	char host_name[PPTP_STRING_MAX + 1];
	char vendor_name[PPTP_STRING_MAX + 1];
};

/** CALL_UP. */
struct pptp_event_call {
	struct in_addr local;
	struct in_addr remote;
	uint16_t call_id;
	uint16_t peer_call_id;
	uint32_t connect_speed; /**< bits per second */
	uint16_t peer_window;   /**< packets */
	unsigned int mtu;       /**< suggested MTU and MRU of PPP for this path, octets */
};

/** CALL_FAILED, CALL_DOWN, CLOSED: why. */
struct pptp_event_down {
	enum pptp_reason reason;
	uint8_t result;   /**< the peer's result code where it sent one, else 0 */
	uint8_t error;    /**< the peer's general error code */
	uint16_t cause;   /**< the peer's cause code */
	int system_error; /**< -errno or PPTP_ERR_* where there is one, else 0 */
	bool transient;   /**< trying again later may succeed */
	bool gre_heard;   /**< some GRE packet of the call had come */
	char text[192];   /**< one sentence for the user, without full stop */
};

struct pptp_event {
	enum pptp_event_type type;
	union {
		struct pptp_event_connecting connecting;
		struct pptp_event_control control;
		struct pptp_event_call call;
		struct pptp_event_down down;
		struct pptp_ctrl_event_incoming incoming;
		struct pptp_msg_link_info link_info;
		struct pptp_msg_wan_error wan_error;
	} u;
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
 * @return 0; PPTP_ERR_VALUE without a server; -EPERM or -EACCES when the raw socket or the mark is
 *         not permitted (needs root, or CAP_NET_RAW and CAP_NET_ADMIN); -EADDRNOTAVAIL when the
 *         local address is not ours; another -errno
 */
PPTP_API int pptp_session_new(struct pptp_session **sessionp, const struct pptp_config *cfg);

/**
 * End at once, without a word to the peer, and free. Closes what the session opened and what was
 * handed to it, removes the host route. To end by the book use pptp_session_stop() first.
 * @return NULL
 */
PPTP_API struct pptp_session *pptp_session_free(struct pptp_session *session);

/** Begin: resolve the name, connect, place the call. @return 0, PPTP_ERR_STATE, -errno */
PPTP_API int pptp_session_start(struct pptp_session *session);

/** The descriptor to poll for reading. The same for the whole life of the session. */
PPTP_API int pptp_session_get_fd(const struct pptp_session *session);

/**
 * Do what is to be done, a bounded amount, without blocking. Call when the descriptor is readable,
 * then pop the events.
 * @return 0; PPTP_ERR_CLOSED when the session is over (CLOSED is among the events); -errno when
 *         waiting for events itself fails
 */
PPTP_API int pptp_session_dispatch(struct pptp_session *session);

/**
 * As pptp_session_dispatch(), but wait for something to do: for programs whose loop has nothing
 * else in it. Saves them a poll() for each turn.
 *
 * @param timeout_ms  wait so long at most, -1 without limit
 * @return as pptp_session_dispatch(), and 1 when the descriptor of pptp_session_wake_on() is ready
 */
PPTP_API int pptp_session_wait(struct pptp_session *session, int timeout_ms);

/**
 * Let pptp_session_wait() return, and the session's own descriptor be readable, also when this one
 * is: a signalfd, for example. It stays the caller's, is never read, and must stay open as long as
 * the session.
 * @return 0, PPTP_ERR_STATE when there is one already, -errno
 */
PPTP_API int pptp_session_wake_on(struct pptp_session *session, int fd);

/** Take the oldest event. @return false when there is none */
PPTP_API bool pptp_session_pop_event(struct pptp_session *session, struct pptp_event *event);

/**
 * Let the library carry PPP between this descriptor and the tunnel. May be called at any time,
 * also before the call is up: nothing is read from it before.
 *
 * @param fd    a pty master, socket or pipe pair end; the session makes it non-blocking, owns it
 *              from success on and closes it at its end (so that pppd sees a hang-up)
 * @param type  how frames look on it
 * @return 0; PPTP_ERR_STATE when there is a link already or the session is over; PPTP_ERR_VALUE
 *         for a type that is none of the two; -errno
 */
PPTP_API int pptp_session_attach_pty(struct pptp_session *session, int fd,
				     enum pptp_link_type type);

/** As pptp_session_attach_pty(), with one descriptor to read and another to write. */
PPTP_API int pptp_session_attach_fds(struct pptp_session *session, int read_fd, int write_fd,
				     enum pptp_link_type type);

/**
 * Send one PPP frame, for callers with their own PPP.
 * @return 0; PPTP_ERR_STATE before the call is up or with a pty attached; PPTP_ERR_OVERSIZE;
 *         -EAGAIN when the socket or the acknowledgment window is full (counted; PPP copes with
 *         loss); -errno
 */
PPTP_API int pptp_session_send_frame(struct pptp_session *session, const uint8_t *frame,
				     size_t len);

/**
 * Take the next PPP frame that came, in sequence. Without a pty attached frames wait in a bounded
 * queue; when it is full the oldest is dropped and counted.
 * @param framep  receives it, valid until the next call on the session
 * @return false when there is none
 */
PPTP_API bool pptp_session_pop_frame(struct pptp_session *session, struct pptp_frame *framep);

/**
 * Copy the counters.
 * @param size  sizeof *stats, so that older callers keep working with newer libraries
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
 * @param why  PPTP_REASON_STOPPED or PPTP_REASON_LINK_CLOSED
 * @return 0, PPTP_ERR_VALUE for another reason
 */
PPTP_API int pptp_session_stop(struct pptp_session *session, enum pptp_reason why);

#ifdef __cplusplus
}
#endif

#endif
