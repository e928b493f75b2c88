/* SPDX-License-Identifier: MIT */
#ifndef PPTP_PROTO_HDLC_H
#define PPTP_PROTO_HDLC_H

/**
 * @file hdlc.h
 * PPP in HDLC-like framing (RFC 1662): FCS-16, octet-stuffed frames on an asynchronous line such
 * as pppd's pty. Pure functions; the fastest variant for the processor is chosen at run time.
 *
 * May change before 2.0, see types.h.
 */

#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PPTP_HDLC_ACCM_ALL  0xFFFFFFFFU /**< escape every control character: PPP's default */
#define PPTP_HDLC_ACCM_NONE 0U          /**< escape none of them */
/** Octets that suffice for one encoded frame of `len` octets: all escaped, FCS, two flags. */
#define PPTP_HDLC_ENCODED_MAX(len) (2 * ((size_t)(len) + 2) + 2)

#define PPTP_FCS16_INIT 0xFFFFU /**< before the first octet */
#define PPTP_FCS16_GOOD 0xF0B8U /**< after a whole good frame with its FCS */

/**
 * Continue an FCS-16 (RFC 1662, C.2).
 * @param fcs   PPTP_FCS16_INIT, or the result for the octets before
 * @param data  the next octets
 * @param len   how many
 * @return the new value; complement it to send it, compare with PPTP_FCS16_GOOD after a whole frame
 */
PPTP_API uint16_t pptp_fcs16(uint16_t fcs, const uint8_t *data, size_t len);

/**
 * Encode one frame: flag, escaped frame, escaped FCS, flag.
 *
 * @param frame  PPP frame as tunneled (address and control field, if any, are part of it)
 * @param len    octets at frame, at most PPTP_FRAME_MAX
 * @param accm   control characters to escape, bit n for octet n
 * @param out    receives the encoded frame
 * @param size   octets at out
 * @return octets written; PPTP_ERR_SPACE when it does not fit, PPTP_ERR_OVERSIZE
 */
PPTP_API int pptp_hdlc_encode(const uint8_t *frame, size_t len, uint32_t accm, uint8_t *out,
			      size_t size);

/** Counters of a decoder; all 64 bits, never reset. */
struct pptp_hdlc_stats {
	uint64_t frames;   /**< good ones */
	uint64_t bad_fcs;  /**< dropped: wrong FCS, or fewer than 4 octets with it */
	uint64_t aborted;  /**< dropped: escape followed by a flag (RFC 1662, 4.3) */
	uint64_t oversize; /**< dropped: larger than PPTP_FRAME_MAX */
};

/**
 * Decodes in place inside the caller's buffer: frames that come out point into it. A frame cut by
 * the end of a read is kept at its beginning. The members are private.
 */
struct pptp_hdlc_decoder {
	uint8_t *buf;                 /**< caller's */
	size_t size;                  /**< octets at buf */
	size_t read;                  /**< next octet to decode */
	size_t end;                   /**< end of the octets read */
	size_t start;                 /**< where the present frame starts */
	size_t write;                 /**< where its next decoded octet goes */
	bool escaped;                 /**< the last octet was an escape */
	bool skipping;                /**< drop everything up to the next flag */
	struct pptp_hdlc_stats stats; /**< may be read at any time */
	uint64_t reserved[4];         /**< for later versions */
};

/**
 * Prepare a decoder.
 * @param dec   caller's
 * @param buf   owned by the caller; must outlive dec
 * @param size  octets at buf, at least PPTP_FRAME_MAX + 256
 */
PPTP_API void pptp_hdlc_decoder_init(struct pptp_hdlc_decoder *dec, uint8_t *buf, size_t size);

/**
 * Where to read the next octets to. Frames returned before become invalid.
 * @param dec    the decoder
 * @param sizep  receives how many fit, never 0
 */
PPTP_API uint8_t *pptp_hdlc_decoder_space(struct pptp_hdlc_decoder *dec, size_t *sizep);

/** `len` octets were read to the address from pptp_hdlc_decoder_space(). */
PPTP_API void pptp_hdlc_decoder_fill(struct pptp_hdlc_decoder *dec, size_t len);

/**
 * Take the next good frame, without its FCS; bad ones are counted and skipped.
 * @param dec     the decoder
 * @param framep  receives a frame, valid until the next pptp_hdlc_decoder_space()
 * @return false when more octets are needed
 */
PPTP_API bool pptp_hdlc_decoder_next(struct pptp_hdlc_decoder *dec, struct pptp_frame *framep);

#ifdef __cplusplus
}
#endif

#endif
