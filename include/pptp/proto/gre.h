/* SPDX-License-Identifier: MIT */
#ifndef PPTP_PROTO_GRE_H
#define PPTP_PROTO_GRE_H

/**
 * @file gre.h
 * The enhanced GRE header of RFC 2637, 4.1. Pure functions, host order.
 *
 * May change before 2.0, see types.h.
 */

#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PPTP_GRE_HEADER_MIN 8      /**< flags, protocol, payload length, call ID */
#define PPTP_GRE_HEADER_MAX 16     /**< and sequence and acknowledgment numbers */
#define PPTP_GRE_PROTOCOL   0x880B /**< Protocol Type: PPP */

/** The fields of the header (4.1). */
struct pptp_gre {
	bool has_seq;         /**< seq is present: the packet carries a frame */
	bool has_ack;         /**< ack is present */
	uint16_t payload_len; /**< octets of PPP after the header */
	uint16_t call_id;     /**< the receiver's */
	uint32_t seq;         /**< Sequence Number */
	uint32_t ack;         /**< Acknowledgment Number: the highest received */
};

/**
 * Encode a header.
 *
 * @param gre  the fields; seq and ack are used only with has_seq and has_ack
 * @param buf  at least PPTP_GRE_HEADER_MAX octets
 * @return octets written: 8, 12 or 16
 */
PPTP_API size_t pptp_gre_encode(const struct pptp_gre *gre, uint8_t *buf);

/**
 * Decode a header. Octets after the payload (padding) are ignored.
 *
 * @param gre  receives the fields
 * @param buf  the packet without its IP header
 * @param len  octets at buf
 * @return octets the header has (the payload follows); PPTP_ERR_TRUNCATED when the packet is
 *         shorter than the header or the payload length implies, PPTP_ERR_FLAGS when C, R, s,
 *         recursion, flags, version or protocol type are not PPTP's, when K is missing, or when a
 *         packet with a payload has no sequence number
 */
PPTP_API int pptp_gre_decode(struct pptp_gre *gre, const uint8_t *buf, size_t len);

#ifdef __cplusplus
}
#endif

#endif
