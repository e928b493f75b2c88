/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CONFIG_H
#define PPTP_CONFIG_H

/**
 * @file config.h
 * The configuration of a session. Every setter checks its value and returns 0; PPTP_ERR_VALUE when
 * the value is out of range, and nothing has changed; or -ENOMEM. Setters that accept every value
 * return an int too, so that all are called alike. Strings are copied and must not be NULL. A hook,
 * log function or hub of NULL restores the default, none. A configuration serves any number of
 * sessions, except for pptp_config_set_gre_fd(). Section numbers are those of RFC 2637.
 */

#include <netinet/in.h>

#include <pptp/route.h>
#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pptp_config;
struct pptp_hub;

/** Longest name of a server in octets. */
#define PPTP_SERVER_MAX 253
/** Most addresses of a server that are tried. */
#define PPTP_ADDRESSES_MAX 16

/** Severity of a log line; the numbers are those of syslog. */
enum pptp_log_level {
	PPTP_LOG_ERROR = 3,
	PPTP_LOG_WARNING = 4,
	PPTP_LOG_NOTICE = 5,
	PPTP_LOG_INFO = 6,
	PPTP_LOG_DEBUG = 7,
};

/**
 * Receives one log line without a newline, valid during the call. Called from calls on the session
 * or its hub; must not call back into the session, its hub or another session of that hub.
 */
typedef void (*pptp_log_fn)(void *user, enum pptp_log_level level, const char *line);

/**
 * Called with every socket before it is bound or connected, so that a VPN manager can protect it
 * from its own routes. Not called for the descriptor of pptp_config_set_gre_fd(); for a hub's socket
 * it is called once, by the session that opens it. Must not call back into the session.
 * @return 0, or -errno to refuse the socket (a positive value counts as -EINVAL). The error of a
 *         session's GRE socket is returned by pptp_session_new(). A refused TCP socket counts as a
 *         failed connection attempt with that error; a hub's GRE socket ends the session
 */
typedef int (*pptp_socket_fn)(void *user, int fd);

/**
 * Called before a connection attempt to each of the server's addresses (`needed` true), and once a
 * route that the caller supplied is no longer needed (`needed` false; the result is ignored). Must
 * not call back into the session.
 * @param user    as given to pptp_config_set_route_hook()
 * @param query   the tunnel's packets: destination, and source, mark and interface as configured;
 *                valid during the call. pptp_route_lookup() finds their present route
 * @param needed  see above
 * @return PPTP_ROUTE_BY_LIBRARY, PPTP_ROUTE_BY_CALLER, or -errno when the address must not be used
 *         (another positive value counts as -EINVAL): a failed connection attempt with that error
 */
typedef int (*pptp_route_fn)(void *user, const struct pptp_route_query *query, bool needed);

/** Result of the route hook: pin the host route if pptp_config_set_host_route() is set. */
#define PPTP_ROUTE_BY_LIBRARY 0
/** Result of the route hook: pin nothing; the caller has made a route, or does not need one. */
#define PPTP_ROUTE_BY_CALLER 1

/** Who carries PPP packets between the network and PPP. */
enum pptp_data_path {
	PPTP_DATA_PATH_USER = 0,   /**< the session: pptp_session_attach() or the frames calls */
	PPTP_DATA_PATH_KERNEL = 1, /**< the kernel: pptp_session_take_channel() */
};

/** Create a configuration with the defaults of pptp(8). Free it with pptp_config_free(). */
PPTP_API int pptp_config_new(struct pptp_config **cfgp);
/** @return NULL */
PPTP_API struct pptp_config *pptp_config_free(struct pptp_config *cfg);

/** Host name or IPv4 address of the server, without control characters. Required. */
PPTP_API int pptp_config_set_server(struct pptp_config *cfg, const char *server);
/**
 * Addresses of the server that the caller has resolved: they are tried in this order and no name is
 * looked up; the server's name is for display. Default: none. PPTP_ERR_VALUE for more than
 * PPTP_ADDRESSES_MAX.
 */
PPTP_API int pptp_config_set_addresses(struct pptp_config *cfg, const struct in_addr *addresses,
				       unsigned int count);
/** TCP port of the control connection, default PPTP_PORT. */
PPTP_API int pptp_config_set_port(struct pptp_config *cfg, uint16_t port);
/** Local IPv4 address of the TCP and the GRE socket, default any. */
PPTP_API int pptp_config_set_local_address(struct pptp_config *cfg, const char *address);
/**
 * Interface that the TCP and the GRE socket are bound to (SO_BINDTODEVICE), default any (""). Before
 * Linux 5.7 this needs CAP_NET_RAW.
 */
PPTP_API int pptp_config_set_interface(struct pptp_config *cfg, const char *name);
/** SO_MARK of both sockets; needs CAP_NET_ADMIN, since Linux 5.17 or CAP_NET_RAW. Default none. */
PPTP_API int pptp_config_set_mark(struct pptp_config *cfg, uint32_t mark);
/** Phone Number in the Outgoing-Call-Request (2.7), at most PPTP_STRING_MAX octets. */
PPTP_API int pptp_config_set_phone(struct pptp_config *cfg, const char *phone);
/** Host Name in the Start-Control-Connection-Request (2.1), default "local"; likewise. */
PPTP_API int pptp_config_set_host_name(struct pptp_config *cfg, const char *name);
/** Adapt messages to one implementation. */
PPTP_API int pptp_config_set_quirk(struct pptp_config *cfg, enum pptp_quirk quirk);
/**
 * Our Call ID, default 0: random. Two sessions with the same server must use different IDs or they
 * receive each other's packets. A hub guarantees this; without a hub, two of some hundred random IDs
 * may be equal.
 */
PPTP_API int pptp_config_set_call_id(struct pptp_config *cfg, uint16_t call_id);
/** Packet Recv. Window Size sent to the peer (2.7), 1 to 65535 packets, default 256. */
PPTP_API int pptp_config_set_recv_window(struct pptp_config *cfg, unsigned int packets);

/** Time-out of each TCP connection attempt, 1 to 600000, default 20000. */
PPTP_API int pptp_config_set_connect_timeout_ms(struct pptp_config *cfg, unsigned int ms);
/** Wait for the Start-Control-Connection-Reply (3.1.4), 1 to 600000, default 60000. */
PPTP_API int pptp_config_set_start_timeout_ms(struct pptp_config *cfg, unsigned int ms);
/** Wait for the Outgoing-Call-Reply (3.2.1), 1 to 600000, default 60000. */
PPTP_API int pptp_config_set_call_timeout_ms(struct pptp_config *cfg, unsigned int ms);
/** Idle time before an Echo-Request (3.1.4), default 60000; 0 turns keep-alive off. */
PPTP_API int pptp_config_set_echo_idle_ms(struct pptp_config *cfg, unsigned int ms);
/** Wait for the Echo-Reply until the connection is given up (3.1.4), default 60000; 0: for ever. */
PPTP_API int pptp_config_set_echo_reply_ms(struct pptp_config *cfg, unsigned int ms);
/** Time without GRE after the call is up until GRE_SILENT, default 5000; 0: no such event. */
PPTP_API int pptp_config_set_gre_silent_ms(struct pptp_config *cfg, unsigned int ms);

/**
 * Wait for a missing GRE packet (4.3) for exactly this time, 10 to 10000. By default the wait adapts
 * to the reordering of the path, from 5 to 300.
 */
PPTP_API int pptp_config_set_reorder_timeout_ms(struct pptp_config *cfg, unsigned int ms);
/** false: no reordering; a packet ahead of the sequence is delivered at once. Default true. */
PPTP_API int pptp_config_set_reorder(struct pptp_config *cfg, bool reorder);
/** How far ahead a sequence number is accepted, 1 to PPTP_MISSING_WINDOW_MAX, default 300. */
PPTP_API int pptp_config_set_missing_window(struct pptp_config *cfg, unsigned int packets);
/**
 * Obey an acknowledgment window when sending (4.2, 4.4): PPTP_WINDOW_OFF, PPTP_WINDOW_AUTO for the
 * peer's Packet Recv. Window Size, or 1 to PPTP_WINDOW_MAX packets. Default off.
 */
PPTP_API int pptp_config_set_window(struct pptp_config *cfg, uint32_t packets);
/** Damage the order of sent packets, to test servers: type 0 (off) to 3 as in pptp(8). */
PPTP_API int pptp_config_set_test_order(struct pptp_config *cfg, unsigned int type,
					unsigned int rate);

/** Pin a host route to the server while the session lives. Default false. */
PPTP_API int pptp_config_set_host_route(struct pptp_config *cfg, bool pin);

/** Destination of log lines, default none, and the least severe level that is logged. */
PPTP_API int pptp_config_set_log(struct pptp_config *cfg, pptp_log_fn log, void *user,
				 enum pptp_log_level level);
/** Called with each socket before use, default none. */
PPTP_API int pptp_config_set_socket_hook(struct pptp_config *cfg, pptp_socket_fn hook, void *user);
/** Supply or refuse routes to the server, default none. */
PPTP_API int pptp_config_set_route_hook(struct pptp_config *cfg, pptp_route_fn hook, void *user);
/** A pointer for pptp_session_get_user(); never dereferenced. Default NULL. */
PPTP_API int pptp_config_set_user(struct pptp_config *cfg, void *user);
/**
 * A raw IPv4 socket of protocol 47, opened by the caller for a process without CAP_NET_RAW; default
 * -1: the session opens one. Owned by the session, which closes it, once pptp_session_new() succeeds,
 * and still the caller's when that fails. It serves one session: set another, or -1, before the next
 * pptp_session_new(), which otherwise fails with -EPERM; so it does with a duplicate of the descriptor
 * (the socket's filter is locked). A kernel without SO_LOCK_FILTER cannot tell.
 */
PPTP_API int pptp_config_set_gre_fd(struct pptp_config *cfg, int fd);
/**
 * Who carries PPP, default PPTP_DATA_PATH_USER. With PPTP_DATA_PATH_KERNEL the session serves no link and
 * no frames, reorders nothing and keeps no statistics; of the raw socket, which is opened too, it reads
 * only until the first packet and acknowledgment of the server were heard. Where the raw socket is not
 * permitted the call comes up without: then silence of GRE cannot be seen, and pptp_event_down.gre_heard
 * and gre_acked are true. A hub cannot be used.
 */
PPTP_API int pptp_config_set_data_path(struct pptp_config *cfg, enum pptp_data_path path);
/**
 * For PPTP_DATA_PATH_KERNEL, a new PPTP socket (AF_PPPOX, SOCK_STREAM, PX_PROTO_PPTP), opened by the caller
 * for a process that may open none; default -1: the session opens one, which needs no privilege. Owned
 * and single like that of pptp_config_set_gre_fd().
 */
PPTP_API int pptp_config_set_channel_fd(struct pptp_config *cfg, int fd);
/**
 * Share GRE sockets with the other sessions of this hub (hub.h), which must outlive the session.
 * pptp_config_set_gre_fd() then has no effect. Default NULL: the session has its own socket.
 */
PPTP_API int pptp_config_set_hub(struct pptp_config *cfg, struct pptp_hub *hub);

#ifdef __cplusplus
}
#endif

#endif
