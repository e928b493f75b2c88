/* SPDX-License-Identifier: MIT */
#ifndef PPTP_ROUTE_H
#define PPTP_ROUTE_H

/**
 * @file route.h
 * A host route to a VPN server that stays outside of the tunnel. Independent of PPTP.
 *
 * When a default route, or any route that covers the server, goes into the tunnel, the tunnel's own
 * packets would be routed into the tunnel too. A pinned host route keeps them on the path they
 * had before:
 *
 *     pptp_route_pin(&route, &query, log, user);   before the tunnel is made; go on after an error
 *     pptp_route_get_fd(route)                     poll for reading, nothing else
 *     pptp_route_dispatch(route)                   whenever it is readable
 *     route = pptp_route_unpin(route);             removes our route, unless it is the only path
 *
 * Our routes carry routing protocol number PPTP_ROUTE_PROTOCOL in the kernel
 * (`ip route show proto 114`); a route without that mark is never changed.
 *
 * A library built without route support (meson option `route`) returns PPTP_ERR_UNSUPPORTED.
 *
 * All addresses are in network order, as struct in_addr always is. Nothing here blocks, except
 * for the kernel's immediate answer. An object belongs to the network namespace its process was in
 * when it was made, and to one thread at a time.
 */

#include <net/if.h>
#include <netinet/in.h>

#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The routing protocol number (rtm_protocol) of the routes this library adds. */
#define PPTP_ROUTE_PROTOCOL 114

/** How packets reach an address. */
enum pptp_route_kind {
	PPTP_ROUTE_LOCAL = 1, /**< the address is this machine's own */
	PPTP_ROUTE_LINK,      /**< directly, on the interface's own network */
	PPTP_ROUTE_GATEWAY,   /**< through a gateway */
};

/** The packets whose route is wanted: what the kernel considers when it chooses a route. */
struct pptp_route_query {
	struct in_addr dst;   /**< destination */
	struct in_addr src;   /**< source, of a bound socket; 0.0.0.0: not bound */
	uint32_t mark;        /**< their firewall mark (SO_MARK); 0: none */
	unsigned int oif;     /**< interface their socket is bound to, by index; 0: not bound */
	uint32_t reserved[4]; /**< 0, for later versions */
};

/** A route as the kernel would use it. */
struct pptp_route_info {
	enum pptp_route_kind kind; /**< how packets reach the address */
	struct in_addr gateway;    /**< 0.0.0.0 unless kind is PPTP_ROUTE_GATEWAY; 0.0.0.0 there too
				       when the gateway is an IPv6 one */
	struct in_addr src;        /**< source address that the kernel would choose */
	unsigned int oif;          /**< outgoing interface */
	char ifname[IF_NAMESIZE];  /**< its name; empty if it was just removed */
	unsigned int table;        /**< routing table that has the route; 254 is main */
	unsigned int metric;       /**< lower is preferred */
	unsigned int mtu;          /**< octets: the route's own, else the interface's; 0: unknown */
	unsigned int prefix_len;   /**< bits: 0 a default route, 32 a host route */
	unsigned int protocol;     /**< who added it: PPTP_ROUTE_PROTOCOL is this library */
	bool point_to_point;       /**< the interface has no neighbours: a tunnel (ppp, tun,
				       wireguard), or an uplink such as PPPoE */
};

/**
 * Ask which route packets would take now.
 *
 * @param query  the packets
 * @param infop  receives the route
 * @param size   sizeof(*infop)
 * @return 0; PPTP_ERR_NO_ROUTE when there is none, or one of type unreachable, prohibit or
 *         blackhole, or when src is not an address of this machine; PPTP_ERR_VALUE when dst cannot
 *         be the address of one machine, or reserved is not 0; -errno from netlink
 */
PPTP_API int pptp_route_lookup(const struct pptp_route_query *query, struct pptp_route_info *infop,
			       size_t size);

/** A host route that is kept in place. */
struct pptp_route;

/** State of the host route. */
enum pptp_route_state {
	PPTP_ROUTE_PINNED = 1, /**< our host route is in place */
	PPTP_ROUTE_UNNEEDED,   /**< none is needed: the server is this machine, or another
				    program's host route exists */
	PPTP_ROUTE_LOST,       /**< there is no path now; dispatch pins again when one comes */
};

/**
 * Receives one log line, without a newline: "host route to 192.0.2.1 via 198.51.100.1 dev eth0
 * added". Called from the functions below, must not call them.
 * @param user     as given to pptp_route_pin()
 * @param warning  the tunnel may be affected; else it is for information
 * @param text     valid during the call
 */
typedef void (*pptp_route_log_fn)(void *user, bool warning, const char *text);

/**
 * Pin the present path to query->dst with a host route, in the table that the path is in, and watch it.
 *
 * The path is copied (gateway, interface, preferred source, MTU and other metrics) for this one address
 * with metric 0. Nothing is added when the address is this machine's own or when another program's host
 * route exists; when that one is removed, pptp_route_dispatch() adds ours. A host route of ours that
 * is there already, left by an earlier process or used by another one, is shared when it is right and
 * replaced when it points elsewhere.
 *
 * @param routep  receives the object; free it with pptp_route_unpin()
 * @param query   the tunnel's packets, copied
 * @param log     may be NULL
 * @param user    for log
 * @return 0; -EPERM without CAP_NET_ADMIN (continue; it was logged that routes into the tunnel must not
 *         cover the server); PPTP_ERR_NO_ROUTE and PPTP_ERR_VALUE as pptp_route_lookup(); -ENOMEM;
 *         another -errno from netlink. After an error nothing has changed.
 */
PPTP_API int pptp_route_pin(struct pptp_route **routep, const struct pptp_route_query *query,
			    pptp_route_log_fn log, void *user);

/**
 * The file descriptor to poll for reading. Owned by the object, the same for all its life; closed
 * on exec.
 */
PPTP_API int pptp_route_get_fd(const struct pptp_route *route);

/**
 * Follow changes of this machine's routes, addresses and links. Call it when the descriptor is
 * readable; it never waits for a change, and does nothing when nothing has changed.
 *
 * The interface in use is kept while the routes still lead through it, or until a longer prefix covers
 * the server: a second uplink with a better metric does not move a tunnel, a better gateway on the same
 * interface is taken. Otherwise the best other path is pinned before the old one is removed. Paths
 * through a tunnel are never taken: an interface without neighbours (point-to-point or without ARP:
 * ppp, tun, wireguard, dummy) is used only if it has the name of the one that the first path used, as
 * with an uplink over PPPoE or a modem. When there is no other path, the last one is kept, and
 * restored when its interface, with which the kernel removed it, returns.
 *
 * @return 0, also when there is no path at present (see pptp_route_get_state()); -errno when a query to
 *         the kernel failed or it refused a change: call again when the descriptor is readable again
 */
PPTP_API int pptp_route_dispatch(struct pptp_route *route);

/** The state of the host route. */
PPTP_API enum pptp_route_state pptp_route_get_state(const struct pptp_route *route);

/**
 * Show the host route that is pinned, or was before it was lost.
 * @param route  the host route
 * @param infop  receives it
 * @param size   sizeof(*infop)
 * @return 0; PPTP_ERR_STATE when none is ours
 */
PPTP_API int pptp_route_get_info(const struct pptp_route *route, struct pptp_route_info *infop,
				 size_t size);

/**
 * Whether pptp_route_unpin() would leave the route, as nothing but a tunnel leads to the address without
 * it. After the end of a tunnel another path may be back in a moment: dispatch, and ask again.
 */
PPTP_API bool pptp_route_is_only_way(const struct pptp_route *route);

/**
 * Remove the host route, if it is ours and still there, and free the object.
 *
 * It stays where nothing but a tunnel leads to the address without it: a default route that was replaced
 * by one into the tunnel goes with the tunnel's interface, and the next call could not be placed. The
 * next pptp_route_pin() takes it over, and it is removed once there is another path at the end of that one.
 *
 * Another object with the same address, in this process or another, may share the route. Each of them
 * then has a spare besides, the same path with a metric of its own from 0xf0000000 on, so that the
 * address has a host route until the last of them is freed.
 *
 * @param route  may be NULL
 * @return NULL
 */
PPTP_API struct pptp_route *pptp_route_unpin(struct pptp_route *route);

#ifdef __cplusplus
}
#endif

#endif
