/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_PACKET_TAP_H
#define PPTP_CLI_PACKET_TAP_H

/*
 * Sees the GRE packets that reach this machine before its firewall does: what arrives here and not at the
 * session's socket was dropped by this machine.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct packet_tap {
	int fd;               /* -1: none */
	unsigned int packets; /* of the call */
	bool acked;           /* one of them acknowledges what was sent */
};

#define PACKET_TAP_NONE                                                                            \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Needs CAP_NET_RAW. 0 or -errno. */
int packet_tap_open(struct packet_tap *tap);
/* Reads what waits: the packets of this server with this Call ID count. */
void packet_tap_read(struct packet_tap *tap, struct in_addr server, uint16_t call_id);
void packet_tap_close(struct packet_tap *tap);

#endif
