/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_CHANNEL_MESSAGE_H
#define PPTP_CLI_CHANNEL_MESSAGE_H

/*
 * What pppd's plugin pptp.so and the command, which it starts with --channel, send each other over a pair
 * of sockets (SOCK_SEQPACKET), one structure a packet. Each side takes the other's end of file for its end.
 */

#include <net/if.h>
#include <stdint.h>

/* Of another build where it differs. */
#define CHANNEL_VERSION 1

/* From the command, once, with the kernel's PPTP socket (SCM_RIGHTS): the call is up. */
struct channel_offer {
	uint32_t version;
};

/* From the plugin: PPP is up on this interface. */
struct channel_news {
	char interface[IF_NAMESIZE];
};

#endif
