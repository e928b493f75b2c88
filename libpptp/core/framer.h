/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_FRAMER_H
#define PPTP_CORE_FRAMER_H

/* TCP octets, split anywhere, to whole control messages (RFC 2637, 1.4). */

#include <pptp/proto/msg.h>

/* The longest message of an unknown kind that is skipped; a longer one is lost synchronisation. */
#define FRAMER_SKIP_MAX 512

enum framer_result {
	FRAMER_MORE = 0,    /* all octets taken, no message complete */
	FRAMER_MESSAGE = 1, /* *msg holds the next message */
	FRAMER_SKIPPED = 2, /* a message of unknown kind was skipped: see kind, type */
};

/* All zero is its initial state. */
struct framer {
	uint8_t buf[PPTP_MSG_SIZE_MAX];
	size_t have;   /* octets in buf */
	size_t length; /* of the present message, 0 before its header is complete */
	size_t skip;   /* octets still to skip */
	bool unknown;  /* the present message is to be skipped */
	uint16_t kind; /* PPTP Message Type of the last header */
	uint16_t type; /* Control Message Type of the last header */
	int error;     /* for good */
};

/*
 * Take octets until a message is complete; *datap and *lenp move past what was taken. Call again
 * until it returns FRAMER_MORE.
 * Returns an enum framer_result, or PPTP_ERR_MAGIC or PPTP_ERR_LENGTH when synchronisation is
 * lost, as soon as the header shows it; from then on always the same.
 */
int pptp_framer_next(struct framer *framer, const uint8_t **datap, size_t *lenp,
		     struct pptp_msg *msg);

/* Whether the octets so far end in the middle of a message. */
bool pptp_framer_is_partial(const struct framer *framer);

#endif
