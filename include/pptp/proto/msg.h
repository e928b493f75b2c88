/* SPDX-License-Identifier: MIT */
#ifndef PPTP_PROTO_MSG_H
#define PPTP_PROTO_MSG_H

/**
 * @file msg.h
 * The 15 control messages of RFC 2637, section 2: encode, decode, print. Pure functions; all
 * fields in host order, all strings NUL-terminated here and NUL-padded on the wire.
 *
 * May change before 2.0, see types.h.
 */

#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PPTP_MAGIC           0x1A2B3C4DU /**< Magic Cookie */
#define PPTP_VERSION_1_0     0x0100      /**< Protocol Version 1, revision 0 */
#define PPTP_CALLSTATS_MAX   128         /**< Call Statistics in a Call-Disconnect-Notify */
#define PPTP_MSG_HEADER_SIZE 12          /**< length, PPTP message type, cookie, type, reserved0 */
#define PPTP_MSG_SIZE_MAX    220         /**< the largest message: Incoming-Call-Request */

/** Control Message Type (RFC 2637, 1.4). */
enum pptp_msg_type {
	PPTP_MSG_SCCRQ = 1,    /**< Start-Control-Connection-Request, 2.1 */
	PPTP_MSG_SCCRP = 2,    /**< Start-Control-Connection-Reply, 2.2 */
	PPTP_MSG_STOPCCRQ = 3, /**< Stop-Control-Connection-Request, 2.3 */
	PPTP_MSG_STOPCCRP = 4, /**< Stop-Control-Connection-Reply, 2.4 */
	PPTP_MSG_ECHORQ = 5,   /**< Echo-Request, 2.5 */
	PPTP_MSG_ECHORP = 6,   /**< Echo-Reply, 2.6 */
	PPTP_MSG_OCRQ = 7,     /**< Outgoing-Call-Request, 2.7 */
	PPTP_MSG_OCRP = 8,     /**< Outgoing-Call-Reply, 2.8 */
	PPTP_MSG_ICRQ = 9,     /**< Incoming-Call-Request, 2.9 */
	PPTP_MSG_ICRP = 10,    /**< Incoming-Call-Reply, 2.10 */
	PPTP_MSG_ICCN = 11,    /**< Incoming-Call-Connected, 2.11 */
	PPTP_MSG_CCRQ = 12,    /**< Call-Clear-Request, 2.12 */
	PPTP_MSG_CDN = 13,     /**< Call-Disconnect-Notify, 2.13 */
	PPTP_MSG_WEN = 14,     /**< WAN-Error-Notify, 2.14 */
	PPTP_MSG_SLI = 15,     /**< Set-Link-Info, 2.15 */
};

#define PPTP_FRAMING_ASYNC  1U /**< asynchronous; a bit of capabilities and type (2.1, 2.7) */
#define PPTP_FRAMING_SYNC   2U /**< synchronous */
#define PPTP_FRAMING_ANY    3U /**< either */
#define PPTP_BEARER_ANALOG  1U /**< analog; a bit of capabilities and type (2.1, 2.7) */
#define PPTP_BEARER_DIGITAL 2U /**< digital */
#define PPTP_BEARER_ANY     3U /**< either */

/** Result codes: Start-Control-Connection-Reply (2.2). */
enum pptp_start_result {
	PPTP_START_OK = 1,
	PPTP_START_GENERAL_ERROR = 2,
	PPTP_START_EXISTS = 3,
	PPTP_START_NOT_AUTHORIZED = 4,
	PPTP_START_VERSION = 5,
};

/** Reason in a Stop-Control-Connection-Request (2.3). */
enum pptp_stop_reason {
	PPTP_STOP_NONE = 1,
	PPTP_STOP_PROTOCOL = 2,
	PPTP_STOP_LOCAL_SHUTDOWN = 3,
};

/** Result in Stop-Control-Connection-Reply (2.4) and Echo-Reply (2.6). */
enum pptp_simple_result {
	PPTP_RESULT_OK = 1,
	PPTP_RESULT_GENERAL_ERROR = 2,
};

/** Result codes: Outgoing-Call-Reply (2.8). */
enum pptp_call_result {
	PPTP_CALL_CONNECTED = 1,
	PPTP_CALL_GENERAL_ERROR = 2,
	PPTP_CALL_NO_CARRIER = 3,
	PPTP_CALL_BUSY = 4,
	PPTP_CALL_NO_DIAL_TONE = 5,
	PPTP_CALL_TIMEOUT = 6,
	PPTP_CALL_DO_NOT_ACCEPT = 7,
};

/** Result codes: Incoming-Call-Reply (2.10). */
enum pptp_incoming_result {
	PPTP_INCOMING_CONNECT = 1,
	PPTP_INCOMING_GENERAL_ERROR = 2,
	PPTP_INCOMING_DO_NOT_ACCEPT = 3,
};

/** Result codes: Call-Disconnect-Notify (2.13). */
enum pptp_disconnect_result {
	PPTP_DISCONNECT_LOST_CARRIER = 1,
	PPTP_DISCONNECT_GENERAL_ERROR = 2,
	PPTP_DISCONNECT_ADMIN_SHUTDOWN = 3,
	PPTP_DISCONNECT_REQUEST = 4,
};

/** General error codes (2.16). */
enum pptp_general_error {
	PPTP_GENERAL_NONE = 0,
	PPTP_GENERAL_NOT_CONNECTED = 1,
	PPTP_GENERAL_BAD_FORMAT = 2,
	PPTP_GENERAL_BAD_VALUE = 3,
	PPTP_GENERAL_NO_RESOURCE = 4,
	PPTP_GENERAL_BAD_CALL_ID = 5,
	PPTP_GENERAL_PAC_ERROR = 6,
};

/** SCCRQ and SCCRP (result and error are of the reply only). */
struct pptp_msg_start {
	uint16_t version;                      /**< protocol version: 0x0100 is 1.0 */
	uint8_t result;                        /**< of a reply: enum pptp_start_result */
	uint8_t error;                         /**< of a reply: General Error Code (2.16) */
	uint32_t framing_caps;                 /**< PPTP_FRAMING_* bits */
	uint32_t bearer_caps;                  /**< PPTP_BEARER_* bits */
	uint16_t max_channels;                 /**< most calls at once, 0 from a PNS */
	uint16_t firmware;                     /**< the sender's Firmware Revision */
	char host_name[PPTP_STRING_MAX + 1];   /**< the sender's host name */
	char vendor_name[PPTP_STRING_MAX + 1]; /**< the sender's vendor string */
};

/** StopCCRQ. */
struct pptp_msg_stop_request {
	uint8_t reason; /**< enum pptp_stop_reason */
};

/** StopCCRP. */
struct pptp_msg_stop_reply {
	uint8_t result; /**< Result Code */
	uint8_t error;  /**< General Error Code (2.16) */
};

/** Echo-Request and Echo-Reply (result and error are of the reply only). */
struct pptp_msg_echo {
	uint32_t identifier; /**< copied from the request into the reply */
	uint8_t result;      /**< Result Code */
	uint8_t error;       /**< General Error Code (2.16) */
};

/** OCRQ. */
struct pptp_msg_call_request {
	uint16_t call_id;          /**< assigned by the sender, the PNS */
	uint16_t call_serial;      /**< Call Serial Number, for logs */
	uint32_t min_bps;          /**< least speed, bits per second */
	uint32_t max_bps;          /**< greatest speed, bits per second */
	uint32_t bearer_type;      /**< PPTP_BEARER_* bits */
	uint32_t framing_type;     /**< PPTP_FRAMING_* bits */
	uint16_t recv_window;      /**< packets */
	uint16_t processing_delay; /**< tenths of a second */
	uint16_t phone_length;     /**< as on the wire; a quirk may differ from strlen(phone) */
	char phone[PPTP_STRING_MAX + 1];      /**< Phone Number */
	char subaddress[PPTP_STRING_MAX + 1]; /**< Subaddress */
};

/** OCRP. */
struct pptp_msg_call_reply {
	uint16_t call_id;          /**< assigned by the sender, the PAC */
	uint16_t peer_call_id;     /**< from the request */
	uint8_t result;            /**< Result Code */
	uint8_t error;             /**< General Error Code (2.16) */
	uint16_t cause;            /**< Cause Code */
	uint32_t connect_speed;    /**< bits per second */
	uint16_t recv_window;      /**< Packet Recv. Window Size, packets */
	uint16_t processing_delay; /**< tenths of a second */
	uint32_t physical_channel; /**< Physical Channel ID, 0 when it means nothing */
};

/** ICRQ. */
struct pptp_msg_incoming_request {
	uint16_t call_id;                     /**< assigned by the sender */
	uint16_t call_serial;                 /**< Call Serial Number, for logs */
	uint32_t bearer_type;                 /**< PPTP_BEARER_* bits */
	uint32_t physical_channel;            /**< Physical Channel ID, 0 when it means nothing */
	uint16_t dialed_length;               /**< octets of dialed that count */
	uint16_t dialing_length;              /**< octets of dialing that count */
	char dialed[PPTP_STRING_MAX + 1];     /**< Dialed Number */
	char dialing[PPTP_STRING_MAX + 1];    /**< Dialing Number */
	char subaddress[PPTP_STRING_MAX + 1]; /**< Subaddress */
};

/** ICRP. */
struct pptp_msg_incoming_reply {
	uint16_t call_id;        /**< assigned by the sender */
	uint16_t peer_call_id;   /**< assigned by the receiver */
	uint8_t result;          /**< Result Code */
	uint8_t error;           /**< General Error Code (2.16) */
	uint16_t recv_window;    /**< Packet Recv. Window Size, packets */
	uint16_t transmit_delay; /**< tenths of a second */
};

/** ICCN. */
struct pptp_msg_incoming_connected {
	uint16_t peer_call_id;   /**< assigned by the receiver */
	uint32_t connect_speed;  /**< bits per second */
	uint16_t recv_window;    /**< Packet Recv. Window Size, packets */
	uint16_t transmit_delay; /**< tenths of a second */
	uint32_t framing_type;   /**< PPTP_FRAMING_* bits */
};

/** Call-Clear-Request. */
struct pptp_msg_clear_request {
	uint16_t call_id; /**< assigned by the sender, the PNS */
};

/** Call-Disconnect-Notify. */
struct pptp_msg_disconnect {
	uint16_t call_id;                        /**< assigned by the sender, the PAC */
	uint8_t result;                          /**< Result Code */
	uint8_t error;                           /**< General Error Code (2.16) */
	uint16_t cause;                          /**< Cause Code */
	char statistics[PPTP_CALLSTATS_MAX + 1]; /**< Call Statistics, as text */
};

/** WAN-Error-Notify. */
struct pptp_msg_wan_error {
	uint16_t peer_call_id;      /**< assigned by the receiver */
	uint32_t crc_errors;        /**< frames with a wrong CRC */
	uint32_t framing_errors;    /**< frames with improper framing */
	uint32_t hardware_overruns; /**< receive buffer overruns */
	uint32_t buffer_overruns;   /**< buffer overruns */
	uint32_t timeout_errors;    /**< time-outs */
	uint32_t alignment_errors;  /**< alignment errors */
};

/** Set-Link-Info. */
struct pptp_msg_link_info {
	uint16_t peer_call_id; /**< assigned by the receiver */
	uint32_t send_accm;    /**< control characters to escape when sending */
	uint32_t receive_accm; /**< those to ignore when receiving */
};

/** Any control message; `type` selects the member. */
struct pptp_msg {
	enum pptp_msg_type type; /**< type of message */
	union {
		struct pptp_msg_start start;                           /**< SCCRQ, SCCRP */
		struct pptp_msg_stop_request stop_request;             /**< STOPCCRQ */
		struct pptp_msg_stop_reply stop_reply;                 /**< STOPCCRP */
		struct pptp_msg_echo echo;                             /**< ECHORQ, ECHORP */
		struct pptp_msg_call_request call_request;             /**< OCRQ */
		struct pptp_msg_call_reply call_reply;                 /**< OCRP */
		struct pptp_msg_incoming_request incoming_request;     /**< ICRQ */
		struct pptp_msg_incoming_reply incoming_reply;         /**< ICRP */
		struct pptp_msg_incoming_connected incoming_connected; /**< ICCN */
		struct pptp_msg_clear_request clear_request;           /**< CCRQ */
		struct pptp_msg_disconnect disconnect;                 /**< CDN */
		struct pptp_msg_wan_error wan_error;                   /**< WEN */
		struct pptp_msg_link_info link_info;                   /**< SLI */
	} u;                                                           /**< fields, by type */
};

/**
 * Octets of a message of this type on the wire, header included; 0 for a type that RFC 2637 does
 * not define.
 */
PPTP_API size_t pptp_msg_size(unsigned int type);

/** The RFC's name of a message type, "Outgoing-Call-Request"; else "unknown message". */
PPTP_API const char *pptp_msg_name(unsigned int type);

/**
 * Encode a message; reserved fields are sent as 0 (RFC 2637, 2).
 *
 * @param msg   the message; strings must be NUL-terminated
 * @param buf   where to write
 * @param size  octets at buf; PPTP_MSG_SIZE_MAX always suffices
 * @return octets written; PPTP_ERR_TYPE for an unknown type, PPTP_ERR_SPACE if it does not fit
 */
PPTP_API int pptp_msg_encode(const struct pptp_msg *msg, uint8_t *buf, size_t size);

/**
 * Decode one whole message. Reserved fields are ignored (real peers set them).
 *
 * @param msg  receives the message
 * @param buf  the message from its length field on
 * @param len  octets at buf, exactly one message
 * @return 0; PPTP_ERR_TRUNCATED when fewer octets than a message of this type has,
 *         PPTP_ERR_MAGIC for a wrong cookie, PPTP_ERR_LENGTH when the length field or len is not
 *         the type's size, PPTP_ERR_TYPE for a type the RFC does not define. After MAGIC or LENGTH
 *         the stream has lost synchronisation: close it (RFC 2637, 1.4).
 */
PPTP_API int pptp_msg_decode(struct pptp_msg *msg, const uint8_t *buf, size_t len);

/**
 * Print a message on one line: its name and every field, codes with their meaning in words.
 * Octets of the peer's strings that are not printable ASCII become '?'.
 *
 * @param msg   the message
 * @param buf   receives the NUL-terminated text, cut to fit
 * @param size  octets at buf
 * @return octets the whole text has, as snprintf
 */
PPTP_API int pptp_msg_print(const struct pptp_msg *msg, char *buf, size_t size);

/** The result code of an SCCRP in words (2.2). Like all of these: constant, never NULL. */
PPTP_API const char *pptp_start_result_text(unsigned int result);
/** The reason of a StopCCRQ in words (2.3). */
PPTP_API const char *pptp_stop_reason_text(unsigned int reason);
/** The result of a StopCCRP or an Echo-Reply in words (2.4, 2.6). */
PPTP_API const char *pptp_simple_result_text(unsigned int result);
/** The result code of an OCRP in words (2.8). */
PPTP_API const char *pptp_call_result_text(unsigned int result);
/** The result code of an ICRP in words (2.10). */
PPTP_API const char *pptp_incoming_result_text(unsigned int result);
/** The result code of a Call-Disconnect-Notify in words (2.13). */
PPTP_API const char *pptp_disconnect_result_text(unsigned int result);
/** A general error code in words (2.16). */
PPTP_API const char *pptp_general_error_text(unsigned int error);
/** A Q.931 cause code in words (2.8, 2.13). "" for 0, "unknown cause" for one not in the table. */
PPTP_API const char *pptp_cause_text(unsigned int cause);

#ifdef __cplusplus
}
#endif

#endif
