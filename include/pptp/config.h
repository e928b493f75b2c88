/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CONFIG_H
#define PPTP_CONFIG_H

/**
 * @file config.h
 * What a session shall do. Each setter checks its value and returns 0, PPTP_ERR_VALUE (the value
 * is out of range: nothing changed) or -ENOMEM. Strings are copied, and none may be NULL; a hook, a
 * log function or a hub that is NULL is the default, none. One configuration serves any number of
 * sessions, but for pptp_config_set_gre_fd().
 */

#include <netinet/in.h>

#include <pptp/hub.h>
#include <pptp/proto/ctrl.h>
#include <pptp/proto/tunnel.h>
#include <pptp/route.h>
#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pptp_config;

/** Severity of a log line; the numbers are syslog's. */
enum pptp_log_level {
	PPTP_LOG_ERROR = 3,
	PPTP_LOG_WARNING = 4,
	PPTP_LOG_NOTICE = 5,
	PPTP_LOG_INFO = 6,
	PPTP_LOG_DEBUG = 7,
};

/**
 * Receives one log line without newline. Called from inside library calls on the session or its
 * hub; must not call back into either, nor into another session of the hub. `line` is valid during
 * the call only.
 */
typedef void (*pptp_log_fn)(void *user, enum pptp_log_level level, const char *line);

/**
 * Called with every socket before it is connected or bound, so that a VPN manager can protect it
 * from its own routes or bind it to an interface. Not called with what pptp_config_set_gre_fd()
 * handed over; a hub's socket is shown once, to the session for which it is opened. Must not call
 * back into the session.
 * @return 0, or -errno to refuse (positive values count as -EINVAL). For the GRE socket
 *         pptp_session_new() returns it. For a TCP socket the address counts as one that cannot be
 *         connected to; after the last one the session ends, for -EPERM and -EACCES with
 *         PPTP_REASON_NOT_PERMITTED, for connect()'s errors as for those, else with
 *         PPTP_REASON_SYSTEM_ERROR. For the GRE socket of a hub it ends likewise, at once
 */
typedef int (*pptp_socket_fn)(void *user, int fd);

/**
 * Asked before each address of the server is connected to (`needed` true), and told when a route
 * that the caller answers for is needed no more (`needed` false; the return value does not matter).
 * Must not call back into the session.
 * @param user    as given to pptp_config_set_route_hook()
 * @param query   the tunnel's packets: destination, source and mark as configured, oif 0; valid
 *                during the call only. Which interface and gateway they take at present says
 *                pptp_route_lookup(query, ...), which may be called from here
 * @param needed  see above
 * @return PPTP_ROUTE_BY_LIBRARY, PPTP_ROUTE_BY_CALLER, or -errno when the address must not be used
 *         (other positive values count as -EINVAL): the next one is tried, as if it could not be
 *         connected to
 */
typedef int (*pptp_route_fn)(void *user, const struct pptp_route_query *query, bool needed);

/** Pin the host route as pptp_config_set_host_route() says. */
#define PPTP_ROUTE_BY_LIBRARY 0
/** The caller has made a route, or wants none: pin nothing. */
#define PPTP_ROUTE_BY_CALLER 1

/** The longest name of a server, what DNS can carry. */
#define PPTP_SERVER_MAX 253

/** Make a configuration with the defaults of pptp(8). Free with pptp_config_free(). */
PPTP_API int pptp_config_new(struct pptp_config **cfgp);
/** @return NULL */
PPTP_API struct pptp_config *pptp_config_free(struct pptp_config *cfg);

/** Host name or IPv4 address of the server. Required. */
PPTP_API int pptp_config_set_server(struct pptp_config *cfg, const char *server);
/** TCP port of the control connection, default 1723. */
PPTP_API int pptp_config_set_port(struct pptp_config *cfg, uint16_t port);
/** Local IPv4 address of both the TCP and the GRE socket, default any. */
PPTP_API int pptp_config_set_local_address(struct pptp_config *cfg, const char *address);
/** SO_MARK of both sockets; needs CAP_NET_ADMIN, from Linux 5.17 CAP_NET_RAW. Default none. */
PPTP_API int pptp_config_set_mark(struct pptp_config *cfg, uint32_t mark);
/** Phone number in the Outgoing-Call-Request, at most 64 octets (2.7). */
PPTP_API int pptp_config_set_phone(struct pptp_config *cfg, const char *phone);
/** Our Host Name in the Start-Control-Connection-Request (2.1), at most 64 octets; "local". */
PPTP_API int pptp_config_set_host_name(struct pptp_config *cfg, const char *name);
/** Adapt messages to one peer's implementation. */
PPTP_API int pptp_config_set_quirk(struct pptp_config *cfg, enum pptp_quirk quirk);
/**
 * Our call ID; default: random. 0 means random. Two sessions with one server must not have the same,
 * or each gets the other's packets: those of a hub never do, of some hundred without a hub two may.
 */
PPTP_API int pptp_config_set_call_id(struct pptp_config *cfg, uint16_t call_id);
/** Receive window advertised to the peer in packets, 1 to 65535, default 256 (2.7). */
PPTP_API int pptp_config_set_recv_window(struct pptp_config *cfg, unsigned int packets);
/** Take an incoming call instead of placing one (3.2.3.2). Default false. */
PPTP_API int pptp_config_set_accept_incoming(struct pptp_config *cfg, bool accept);

/** Wait for TCP to connect, for each address, default 20 s; 1 to 600000. */
PPTP_API int pptp_config_set_connect_timeout_ms(struct pptp_config *cfg, unsigned int ms);
/** Wait for the Start-Control-Connection-Reply (3.1.4), default 60 s; 1 to 600000. */
PPTP_API int pptp_config_set_start_timeout_ms(struct pptp_config *cfg, unsigned int ms);
/** Wait for the Outgoing-Call-Reply (3.2.1), default 60 s; 1 to 600000. */
PPTP_API int pptp_config_set_call_timeout_ms(struct pptp_config *cfg, unsigned int ms);
/** Silence before an Echo-Request (3.1.4), default 60 s; 0 turns keep-alive off. */
PPTP_API int pptp_config_set_echo_idle_ms(struct pptp_config *cfg, unsigned int ms);
/** Wait for the Echo-Reply before the connection counts as lost (3.1.4), default 60 s; not 0. */
PPTP_API int pptp_config_set_echo_reply_ms(struct pptp_config *cfg, unsigned int ms);
/** Silence on GRE after the call is up before GRE_SILENT is reported, default 5 s; 0: never. */
PPTP_API int pptp_config_set_gre_silent_ms(struct pptp_config *cfg, unsigned int ms);

/**
 * Wait for a missing GRE packet (4.3) so long exactly, 10 to 10000. Default: as long as the path's
 * own reordering makes worthwhile, which is learned, 5 to 300.
 */
PPTP_API int pptp_config_set_reorder_timeout_ms(struct pptp_config *cfg, unsigned int ms);
/** false: no reordering; what is ahead is taken at once. Default true. */
PPTP_API int pptp_config_set_reorder(struct pptp_config *cfg, bool reorder);
/** How far ahead a sequence number may be, 1 to PPTP_MISSING_WINDOW_MAX, default 300. */
PPTP_API int pptp_config_set_missing_window(struct pptp_config *cfg, unsigned int packets);
/**
 * Keep to an acknowledgment window when sending (4.2, 4.4): PPTP_WINDOW_OFF, PPTP_WINDOW_AUTO for
 * the one that the peer asks for, or 1 to PPTP_WINDOW_MAX packets (tunnel.h). Default off.
 */
PPTP_API int pptp_config_set_window(struct pptp_config *cfg, uint32_t packets);
/** Damage the order of sent packets to test servers: type 0 (off) to 3, see pptp(8). */
PPTP_API int pptp_config_set_test_order(struct pptp_config *cfg, unsigned int type,
					unsigned int rate);

/** Pin a host route to the server while the session lives. Default false. */
PPTP_API int pptp_config_set_host_route(struct pptp_config *cfg, bool pin);

/** Where log lines go, default nowhere (NULL), and the least severe level that is wanted. */
PPTP_API int pptp_config_set_log(struct pptp_config *cfg, pptp_log_fn log, void *user,
				 enum pptp_log_level level);
/** Called with each socket before use, default none. */
PPTP_API int pptp_config_set_socket_hook(struct pptp_config *cfg, pptp_socket_fn hook, void *user);
/** Supply or veto routes to the server, default none. */
PPTP_API int pptp_config_set_route_hook(struct pptp_config *cfg, pptp_route_fn hook, void *user);
/** A pointer of the caller's own, for pptp_session_get_user(); never touched. Default NULL. */
PPTP_API int pptp_config_set_user(struct pptp_config *cfg, void *user);
/**
 * A raw IPv4 socket of protocol 47 that the caller opened, for a process without CAP_NET_RAW.
 * The session takes ownership when pptp_session_new() succeeds, and closes it at its end. It serves
 * that session only: set a new one, or -1, before the next. A duplicate does not do, as its filter
 * is locked (-EPERM). Default -1: the session opens one.
 */
PPTP_API int pptp_config_set_gre_fd(struct pptp_config *cfg, int fd);
/**
 * Share GRE sockets with the other sessions of this hub; see hub.h. The hub must outlive the
 * session. The socket is then opened when the server's address is known, and
 * pptp_config_set_gre_fd() has no effect. Default NULL: a socket of the session's own.
 */
PPTP_API int pptp_config_set_hub(struct pptp_config *cfg, struct pptp_hub *hub);

#ifdef __cplusplus
}
#endif

#endif
