/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_KERNEL_CHANNEL_H
#define PPTP_SESSION_KERNEL_CHANNEL_H

/*
 * The kernel's own end of a call: a PPTP socket (AF_PPPOX, PX_PROTO_PPTP), which is a channel of the kernel's
 * PPP. Packets go from the network to PPP without a process in between.
 */

#include <netinet/in.h>
#include <stdbool.h>

#include "session/config.h"

struct kernel_channel {
	int fd; /* -1: none, or taken by the caller */
	int asker_fd; /* a datagram socket to the server, which sends nothing: for questions of the path */
	bool heard; /* a packet of the call was heard, or none can be */
	bool acked; /* the server has acknowledged one, likewise */
	struct in_addr local;
	struct in_addr remote;
	uint16_t call_id;
};

#define KERNEL_CHANNEL_NONE                                                                        \
	{                                                                                          \
		.fd = -1, .asker_fd = -1                                                           \
	}

/*
 * PPTP_ERR_UNSUPPORTED, after a log line, without the kernel's module; PPTP_ERR_VALUE when the supplied
 * descriptor, cfg->channel_fd, is no PPTP socket; another -errno. After success one of the two next.
 */
int pptp_kernel_channel_open(struct kernel_channel *channel, const struct pptp_config *cfg);
/* Nothing can fail any more: cfg->channel_fd is owned, and no other session takes it. */
void pptp_kernel_channel_claim(const struct kernel_channel *channel);
/* The session is not made: cfg->channel_fd stays the caller's, as it was. */
void pptp_kernel_channel_abandon(struct kernel_channel *channel, const struct pptp_config *cfg);
void pptp_kernel_channel_close(struct kernel_channel *channel);

/*
 * Reserve this Call ID between these addresses. -EBUSY when another socket of the machine has it, also in
 * another network namespace.
 */
int pptp_kernel_channel_bind(struct kernel_channel *channel, struct in_addr local,
			     struct in_addr remote, uint16_t call_id);
/* The call is up: packets go to and come from the peer's Call ID from now on. */
int pptp_kernel_channel_connect(const struct kernel_channel *channel, uint16_t peer_call_id);

/* A copy of a packet of the connection was heard beside the channel. */
void pptp_kernel_channel_hear(struct kernel_channel *channel, const uint8_t *data, size_t len);

#endif
