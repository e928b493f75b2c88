/* SPDX-License-Identifier: MIT */
#ifndef PPTP_PROTO_CTRL_H
#define PPTP_PROTO_CTRL_H

/**
 * @file ctrl.h
 * One control connection with one call (RFC 2637, 3), without I/O: TCP octets and `now` go in,
 * octets to send, events and the next deadline come out. Both roles: the originator that places
 * outgoing calls as a PNS (3.1.1, 3.2.4.2) and refuses incoming ones (3.2.3), and the receiver that
 * answers as a PAC (3.1.2, 3.2.4.1), which is what a test peer needs.
 *
 * The loop: after every call that takes `now`, pop the events, write what pptp_ctrl_output() returns
 * to TCP, pass the number of octets written to pptp_ctrl_output_done(), and arrange to call
 * pptp_ctrl_expire() at pptp_ctrl_deadline().
 *
 * May change before 2.0, see types.h.
 */

#include <pptp/proto/msg.h>
#include <pptp/reason.h>
#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pptp_ctrl;

/** Default of our Packet Recv. Window Size in packets (2.7). */
#define PPTP_RECV_WINDOW_DEFAULT 256

/** Time-outs in nanoseconds; PPTP_TIME_NEVER turns one off. */
struct pptp_ctrl_timeouts {
	uint64_t start;      /**< wait for SCCRQ or SCCRP (3.1.4): 60 s */
	uint64_t call;       /**< wait for OCRP (3.2.1): 60 s */
	uint64_t echo_idle;  /**< silence before we send an Echo-Request (3.1.4): 60 s */
	uint64_t echo_reply; /**< wait for its Echo-Reply (3.1.4): 60 s */
	uint64_t clear;      /**< wait for Call-Disconnect-Notify after Call-Clear-Request */
	uint64_t stop;       /**< wait for Stop-Control-Connection-Reply, and to flush it */
};

/** Configuration of a control connection. Start from pptp_ctrl_config_init(). */
struct pptp_ctrl_config {
	size_t size;               /**< set by pptp_ctrl_config_init() */
	bool receiver;             /**< answer as a PAC instead of calling as a PNS */
	uint16_t call_id;          /**< ours, not 0; choose at random, unique per server */
	uint16_t call_serial;      /**< ours, for logs */
	uint16_t firmware;         /**< Firmware Revision to send */
	uint16_t max_channels;     /**< 0 for a PNS */
	uint32_t framing_caps;     /**< PPTP_FRAMING_* bits to announce */
	uint32_t bearer_caps;      /**< PPTP_BEARER_* bits to announce */
	uint32_t connect_speed;    /**< PAC: reported in the reply */
	uint16_t recv_window;      /**< Packet Recv. Window Size to announce, packets */
	uint16_t processing_delay; /**< tenths of a second */
	char host_name[PPTP_STRING_MAX + 1];   /**< Host Name to send */
	char vendor_name[PPTP_STRING_MAX + 1]; /**< Vendor String to send */
	char phone[PPTP_STRING_MAX + 1];       /**< Phone Number to call */
	char subaddress[PPTP_STRING_MAX + 1];  /**< Subaddress to call */
	enum pptp_quirk quirk;                 /**< adapt messages to one implementation */
	struct pptp_ctrl_timeouts timeouts;    /**< time-outs by state */
	uint8_t call_result;  /**< PAC: result of each OCRP; PPTP_CALL_CONNECTED accepts the call */
	uint8_t call_error;   /**< PAC: its general error code */
	uint16_t call_cause;  /**< PAC: its cause code */
	uint8_t start_result; /**< receiver: result of the SCCRP; PPTP_START_OK accepts */
};

/** What a trace call reports. */
enum pptp_trace {
	PPTP_TRACE_SENT,     /**< msg was queued for TCP */
	PPTP_TRACE_RECEIVED, /**< msg arrived and decoded */
	PPTP_TRACE_NOTE,     /**< note: something odd that was tolerated */
};

/** For logs only; called from other functions, must not call any. msg or note is NULL. */
typedef void (*pptp_trace_fn)(void *user, enum pptp_trace what, const struct pptp_msg *msg,
			      const char *note);

/** What happened. */
enum pptp_ctrl_event_type {
	PPTP_CTRL_UP = 1,      /**< control connection established; u.up */
	PPTP_CTRL_CALL_UP,     /**< a call is established; u.call */
	PPTP_CTRL_CALL_FAILED, /**< our call was not established; u.down */
	PPTP_CTRL_CALL_DOWN,   /**< an established call is over; u.down */
	PPTP_CTRL_WAN_ERROR,   /**< u.wan_error */
	PPTP_CTRL_LINK_INFO,   /**< u.link_info */
	PPTP_CTRL_CLOSED, /**< flush pptp_ctrl_output(), then close TCP; u.down. The last event */
};

/** UP: what the peer's start message contains (2.1, 2.2). */
struct pptp_ctrl_event_up {
	uint16_t version;                      /**< protocol version: 0x0100 is 1.0 */
	uint8_t result;                        /**< Result Code of the reply */
	uint16_t firmware;                     /**< the sender's Firmware Revision */
	uint16_t max_channels;                 /**< most calls at once, 0 from a PNS */
	uint32_t framing_caps;                 /**< PPTP_FRAMING_* bits */
	uint32_t bearer_caps;                  /**< PPTP_BEARER_* bits */
	char host_name[PPTP_STRING_MAX + 1];   /**< the sender's host name */
	char vendor_name[PPTP_STRING_MAX + 1]; /**< the sender's vendor string */
};

/** CALL_UP. */
struct pptp_ctrl_event_call {
	uint16_t call_id;          /**< ours: in GRE packets to us */
	uint16_t peer_call_id;     /**< the peer's: in GRE packets to it */
	uint16_t call_serial;      /**< Call Serial Number, for logs */
	uint32_t connect_speed;    /**< bits per second */
	uint16_t peer_window;      /**< packets; many servers send a meaningless 0 */
	uint16_t peer_delay;       /**< tenths of a second */
	uint32_t physical_channel; /**< Physical Channel ID, 0 when it means nothing */
};

/** CALL_FAILED, CALL_DOWN, CLOSED: why. */
struct pptp_ctrl_event_down {
	enum pptp_reason reason;             /**< why */
	uint8_t result;                      /**< the peer's codes where it sent some, else 0 */
	uint8_t error;                       /**< General Error Code (2.16) */
	uint16_t cause;                      /**< Cause Code */
	char detail[PPTP_CALLSTATS_MAX + 1]; /**< the peer's Call Statistics, or "" */
};

/** An event with its details. */
struct pptp_ctrl_event {
	enum pptp_ctrl_event_type type; /**< what it is */
	union {
		struct pptp_ctrl_event_up up;
		struct pptp_ctrl_event_call call;
		struct pptp_ctrl_event_down down;
		struct pptp_msg_wan_error wan_error;
		struct pptp_msg_link_info link_info;
	} u; /**< details, by type */
};

/**
 * Fill in the defaults: a PNS, windows and time-outs of the RFC or of docs/design.md, call_id 0.
 * @param cfg   receives them
 * @param size  sizeof(*cfg)
 */
PPTP_API void pptp_ctrl_config_init(struct pptp_ctrl_config *cfg, size_t size);

/**
 * Make a control connection in the idle state.
 *
 * @param ctrlp  receives it; free with pptp_ctrl_free()
 * @param cfg    copied; quirks are applied to the messages, not to cfg
 * @param trace  called with every message and oddity, or NULL
 * @param user   for trace
 * @return 0, PPTP_ERR_VALUE (call_id 0, a string without end), -ENOMEM
 */
PPTP_API int pptp_ctrl_new(struct pptp_ctrl **ctrlp, const struct pptp_ctrl_config *cfg,
			   pptp_trace_fn trace, void *user);

/** Free it; sends nothing. @return NULL */
PPTP_API struct pptp_ctrl *pptp_ctrl_free(struct pptp_ctrl *ctrl);

/** Use another Call ID than the configuration's. @return 0; PPTP_ERR_STATE once TCP is open; PPTP_ERR_VALUE for 0 */
PPTP_API int pptp_ctrl_set_call_id(struct pptp_ctrl *ctrl, uint16_t call_id);

/** TCP has opened: the originator queues SCCRQ, the receiver waits for it (3.1.1, 3.1.2). */
PPTP_API void pptp_ctrl_tcp_open(struct pptp_ctrl *ctrl, uint64_t now);

/**
 * Process octets received from TCP, split anywhere.
 *
 * Octets after the end of the connection are ignored; every whole message before it is handled.
 * Protocol errors are events (CLOSED with PPTP_REASON_PROTOCOL_ERROR), not return values.
 */
PPTP_API void pptp_ctrl_input(struct pptp_ctrl *ctrl, const uint8_t *data, size_t len,
			      uint64_t now);

/**
 * TCP was closed by the peer, or failed. Queues CLOSED (and CALL_FAILED or CALL_DOWN before). A
 * peer that answers Call-Clear-Request by closing still gets a Stop-Control-Connection-Request:
 * write pptp_ctrl_output() once more, as far as TCP takes it.
 */
PPTP_API void pptp_ctrl_tcp_closed(struct pptp_ctrl *ctrl, uint64_t now);

/** What to write to TCP. @return octets valid until the next call on ctrl, NULL if *lenp is 0. */
PPTP_API const uint8_t *pptp_ctrl_output(const struct pptp_ctrl *ctrl, size_t *lenp);

/** The first `len` octets of pptp_ctrl_output() were written. */
PPTP_API void pptp_ctrl_output_done(struct pptp_ctrl *ctrl, size_t len);

/** When to call pptp_ctrl_expire(); PPTP_TIME_NEVER when nothing is due. */
PPTP_API uint64_t pptp_ctrl_deadline(const struct pptp_ctrl *ctrl);

/** Act on what is due at `now`; harmless when nothing is. */
PPTP_API void pptp_ctrl_expire(struct pptp_ctrl *ctrl, uint64_t now);

/**
 * End in the order of the RFC: Call-Clear-Request (a PAC: Call-Disconnect-Notify), wait at most
 * timeouts.clear for the answer, Stop-Control-Connection-Request, wait at most timeouts.stop, CLOSED with
 * `reason`. Does nothing when already stopping or closed.
 */
PPTP_API void pptp_ctrl_stop(struct pptp_ctrl *ctrl, enum pptp_reason reason, uint64_t now);

/** Clear the call only, as a PNS with Call-Clear-Request, as a PAC with Call-Disconnect-Notify. */
PPTP_API void pptp_ctrl_clear_call(struct pptp_ctrl *ctrl, uint64_t now);

/**
 * Send the PAC the ACCMs that PPP negotiated (2.15).
 * @return 0; PPTP_ERR_STATE when no call is established or we are the PAC; PPTP_ERR_SPACE when the
 *         output is full because the peer does not read: try again when some was written
 */
PPTP_API int pptp_ctrl_set_link_info(struct pptp_ctrl *ctrl, uint32_t send_accm,
				     uint32_t receive_accm);

/**
 * Take the oldest event.
 * @param ctrl   the control connection
 * @param event  receives it, a copy
 * @param size   sizeof(*event)
 * @return false when there is none
 */
PPTP_API bool pptp_ctrl_pop_event(struct pptp_ctrl *ctrl, struct pptp_ctrl_event *event,
				  size_t size);

/** Whether CLOSED was queued; no further event follows. */
PPTP_API bool pptp_ctrl_is_closed(const struct pptp_ctrl *ctrl);

/** Name of the control connection's state in the RFC's words: "wait_ctl_reply" (3.1.1). */
PPTP_API const char *pptp_ctrl_state_name(const struct pptp_ctrl *ctrl);
/** Name of the call's state in the RFC's words: "wait_reply" (3.2.4.2). */
PPTP_API const char *pptp_ctrl_call_state_name(const struct pptp_ctrl *ctrl);

#ifdef __cplusplus
}
#endif

#endif
