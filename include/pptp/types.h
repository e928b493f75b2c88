/* SPDX-License-Identifier: MIT */
#ifndef PPTP_TYPES_H
#define PPTP_TYPES_H

/**
 * @file types.h
 * Used by all other headers: export marks, time, error codes, frames.
 *
 * Conventions of the whole library:
 * - a return value >= 0 is success, < 0 is an error: -errno for the operating system's, one of
 *   enum pptp_error for ours; pptp_strerror() turns both into words;
 * - what the *peer* refuses is an event, never a return code;
 * - output parameters end in `p` and are written on success only;
 * - every `_free` takes NULL and returns NULL; each object has one owner;
 * - `now` and deadlines are a monotonic uint64_t of nanoseconds; a setting or counter of another
 *   unit has it in its name (`_ms`, `_us`).
 *
 * The headers beside this one are stable from 1.0 on. Those of pptp/proto/ are the protocol without
 * I/O, for tools and test benches, and may change before 2.0.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Marks what the shared library exports. */
#if defined(__GNUC__)
#define PPTP_API __attribute__((visibility("default")))
#else
#define PPTP_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** No deadline. */
#define PPTP_TIME_NEVER 0xFFFFFFFFFFFFFFFFULL
#define PPTP_NS_PER_MS  1000000ULL    /**< nanoseconds in a millisecond */
#define PPTP_NS_PER_SEC 1000000000ULL /**< nanoseconds in a second */

/** TCP port of the control connection (RFC 2637, 1.4). */
#define PPTP_PORT 1723
/** Longest host name, vendor name, phone number and subaddress in octets. */
#define PPTP_STRING_MAX 64

/** Acknowledgment window (4.2): send without one. */
#define PPTP_WINDOW_OFF 0U
/** Acknowledgment window: the Packet Recv. Window Size that the peer sent; none when it is 0. */
#define PPTP_WINDOW_AUTO 0xFFFFFFFFU
/** The largest acknowledgment window in packets. */
#define PPTP_WINDOW_MAX 65535U

#define PPTP_MISSING_WINDOW_MAX     65536 /**< the largest missing window in packets */
#define PPTP_MISSING_WINDOW_DEFAULT 300   /**< pptp(8)'s */

/** The largest PPP frame a tunnel carries: more than the 1532 octets of RFC 2637, 1.4. */
#define PPTP_FRAME_MAX 4096

/** Error codes of the library itself; they never collide with a -errno. */
enum pptp_error {
	PPTP_ERR_TRUNCATED = -10001, /**< fewer octets than the header or length field implies */
	PPTP_ERR_LENGTH = -10002,    /**< a length field that is wrong for this message type */
	PPTP_ERR_MAGIC = -10003,     /**< the cookie is not 0x1A2B3C4D: synchronisation lost */
	PPTP_ERR_TYPE = -10004,      /**< a message type this library does not know */
	PPTP_ERR_VALUE = -10005,     /**< an argument or field is out of its range */
	PPTP_ERR_STATE = -10006,     /**< the call does not fit the object's present state */
	PPTP_ERR_SPACE = -10007,     /**< the caller's buffer is too small, or a queue is full */
	PPTP_ERR_FLAGS = -10008,     /**< a GRE header with flags, version or protocol not PPTP's */
	PPTP_ERR_FCS = -10009,       /**< a PPP frame whose frame check sequence is wrong */
	PPTP_ERR_OVERSIZE = -10010,  /**< a frame larger than PPTP_FRAME_MAX */
	PPTP_ERR_CLOSED = -10011,    /**< the session is over; pop its events, then free it */
	PPTP_ERR_NO_ROUTE = -10012,  /**< the kernel has no route to that address */
	PPTP_ERR_UNSUPPORTED = -10013, /**< not built in, or not in this kernel */
};

/** Changes to messages that one implementation needs. */
enum pptp_quirk {
	PPTP_QUIRK_NONE = 0,
	PPTP_QUIRK_BEZEQ_ISRAEL = 1, /**< Orckit ADSL modems on the BEZEQ network in Israel */
};

/** Find a quirk by its name ("BEZEQ_ISRAEL"). @return 0, or PPTP_ERR_VALUE for an unknown name */
PPTP_API int pptp_quirk_from_name(const char *name, enum pptp_quirk *quirkp);

/** A PPP frame without HDLC framing or FCS. `data` is valid as long as its source documents. */
struct pptp_frame {
	uint8_t *data; /**< address and control field, if any, protocol, information */
	size_t len;    /**< octets at data */
};

/**
 * The meaning of a return value in words.
 *
 * @param err  any value < 0 that a function of this library returned
 * @return a constant string, or strerror's text for a -errno (then valid until the thread's next
 *         strerror call). Never NULL.
 */
PPTP_API const char *pptp_strerror(int err);

/** Version of the library that is linked, "1.0.0" for example. Never NULL. */
PPTP_API const char *pptp_version(void);

#ifdef __cplusplus
}
#endif

#endif
