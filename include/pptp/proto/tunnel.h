/* SPDX-License-Identifier: MIT */
#ifndef PPTP_PROTO_TUNNEL_H
#define PPTP_PROTO_TUNNEL_H

/**
 * @file tunnel.h
 * One call's data path (RFC 2637, 4), without I/O: sequence and acknowledgment numbers, reorder
 * window, round-trip time, statistics. GRE packets and `now` go in, PPP frames in sequence come
 * out, and the other way PPP frames get their GRE header. No allocation per packet.
 *
 * May change before 2.0, see types.h.
 */

#include <pptp/proto/gre.h>
#include <pptp/stats.h>
#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pptp_tunnel;

/** Configuration of a data path. Start from pptp_tunnel_config_init(). */
struct pptp_tunnel_config {
	size_t size;              /**< set by pptp_tunnel_config_init() */
	uint16_t call_id;         /**< ours: packets for another are counted and dropped */
	uint16_t peer_call_id;    /**< the peer's: in packets to it */
	bool reorder;             /**< keep packets ahead until the missing ones arrive or are given
				      up; true. false: deliver them at once */
	uint64_t reorder_timeout; /**< ns to wait for a missing packet, at most; 300 ms */
	uint32_t missing_window;  /**< how many numbers may be missing in a row before a packet
				      that is still taken: 1 to PPTP_MISSING_WINDOW_MAX; 300 */
	uint64_t ack_delay;       /**< ns an acknowledgment may wait for data that carries it, ten
				      times as long after one that was piggybacked; 10 ms */
	uint32_t recv_window; /**< window we announced (2.7), packets: acknowledge at once after a
				      quarter of it, or 64; 0: no limit */
	bool adaptive;        /**< adapt the wait for a missing packet to the reordering
				      measured on this path: 5 ms to reorder_timeout, 300 ms at
				      most; true. false: wait reorder_timeout exactly */
	uint32_t window;      /**< acknowledgment window (4.2): PPTP_WINDOW_OFF,
				      PPTP_WINDOW_AUTO, or 1 to PPTP_WINDOW_MAX packets; off */
};

/** Most frames kept while an earlier one is missing; when more arrive the hole is given up. */
#define PPTP_REORDER_CAPACITY 512

/**
 * Fill in the defaults; both call IDs 0.
 * @param cfg   receives them
 * @param size  sizeof(*cfg)
 */
PPTP_API void pptp_tunnel_config_init(struct pptp_tunnel_config *cfg, size_t size);

/**
 * Make the data path of one call.
 * @return 0, PPTP_ERR_VALUE for a field out of range, -ENOMEM
 */
PPTP_API int pptp_tunnel_new(struct pptp_tunnel **tunnelp, const struct pptp_tunnel_config *cfg);

/** @return NULL */
PPTP_API struct pptp_tunnel *pptp_tunnel_free(struct pptp_tunnel *tunnel);

/**
 * The call is established.
 * @param tunnel        the call
 * @param peer_call_id  the peer's call ID (2.7, 2.8)
 * @param window        its receive window in packets; used with PPTP_WINDOW_AUTO only
 * @param delay         its packet processing delay in tenths of a second; used with a window only
 */
PPTP_API void pptp_tunnel_set_peer(struct pptp_tunnel *tunnel, uint16_t peer_call_id,
				   uint16_t window, uint16_t delay);

/**
 * How many frames the acknowledgment window allows to send now. While it is 0, read none from PPP:
 * the next acknowledgment, or the deadline, opens the window. pptp_tunnel_send() does not check it.
 * @return UINT32_MAX when there is no limit
 */
PPTP_API uint32_t pptp_tunnel_credit(const struct pptp_tunnel *tunnel);

/**
 * Process a received GRE packet. Then call pptp_tunnel_next() until it returns false.
 *
 * @param tunnel  the call
 * @param packet  the packet without IP header; a frame in sequence points into it, so keep
 *                it valid until pptp_tunnel_next() returned false
 * @param len     octets at packet
 * @param now     may be the same for a whole batch
 * @return 0; errors are counted and returned: PPTP_ERR_TRUNCATED, _FLAGS,
 *         _VALUE (wrong call ID) or _OVERSIZE (a payload of more than PPTP_FRAME_MAX octets)
 */
PPTP_API int pptp_tunnel_receive(struct pptp_tunnel *tunnel, uint8_t *packet, size_t len,
				 uint64_t now);

/**
 * Take the next PPP frame in sequence.
 * @param tunnel  the call
 * @param framep  receives it, valid until the next call of this, _receive() or _expire()
 * @return false when there is none
 */
PPTP_API bool pptp_tunnel_next(struct pptp_tunnel *tunnel, struct pptp_frame *framep);

/**
 * Prepare to send a frame: gives it the next sequence number, and the acknowledgment that is due.
 *
 * @param tunnel  the call
 * @param len     octets of the frame
 * @param now     the time
 * @param header  receives the GRE header, PPTP_GRE_HEADER_MAX octets; send it, then the frame
 * @return octets of the header; PPTP_ERR_OVERSIZE (counted) for a frame that is too large
 */
PPTP_API int pptp_tunnel_send(struct pptp_tunnel *tunnel, size_t len, uint64_t now,
			      uint8_t *header);

/**
 * Count the result of sending: `len` octets of PPP sent, or a negative error; PPTP_ERR_TRUNCATED if
 * the system accepted only a part.
 */
PPTP_API void pptp_tunnel_sent(struct pptp_tunnel *tunnel, size_t len, int error);

/**
 * Whether a pure acknowledgment is due at `now`; call it after each batch received.
 * @param tunnel  the call
 * @param now     the time
 * @param header  receives the packet, PPTP_GRE_HEADER_MAX octets
 * @return its octets, 0 when none is due
 */
PPTP_API size_t pptp_tunnel_ack(struct pptp_tunnel *tunnel, uint64_t now, uint8_t *header);

/**
 * When to call pptp_tunnel_expire(): a hole is given up, an acknowledgment is due, or the peer's
 * did not come in time.
 */
PPTP_API uint64_t pptp_tunnel_deadline(const struct pptp_tunnel *tunnel);

/**
 * Act on what is due; then take frames and check for an acknowledgment and for credit as after
 * _receive().
 */
PPTP_API void pptp_tunnel_expire(struct pptp_tunnel *tunnel, uint64_t now);

/** Whether a packet for this call has arrived (data or acknowledgment). */
PPTP_API bool pptp_tunnel_heard(const struct pptp_tunnel *tunnel);

/** Whether the peer has acknowledged any packet that was sent. */
PPTP_API bool pptp_tunnel_acked(const struct pptp_tunnel *tunnel);

/** The counters, live; valid as long as the tunnel. The I/O layer adds its own counts. */
PPTP_API struct pptp_stats *pptp_tunnel_stats(struct pptp_tunnel *tunnel);

#ifdef __cplusplus
}
#endif

#endif
