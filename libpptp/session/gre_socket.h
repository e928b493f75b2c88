/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_GRE_SOCKET_H
#define PPTP_SESSION_GRE_SOCKET_H

/* The raw socket that carries enhanced GRE: a descriptor, set up. */

#include <netinet/in.h>

#include "session/config.h"

/* In the GRE header: Key's low half (RFC 2637, 4.1). */
#define GRE_CALL_ID_OFFSET 6

/*
 * Open a socket, or set up supplied_fd (-1: none). It receives only enhanced GRE for this Call ID, 0
 * for any; the filter cannot be changed any more, so that a socket is set up once (-EPERM). 0, or an
 * error after which supplied_fd is still the caller's and may be tried again.
 */
int pptp_gre_socket_open(int *fdp, const struct pptp_config *cfg, int supplied_fd,
			 uint16_t call_id);

/* Exchange packets with this peer only, from this address. What was received before is discarded. */
int pptp_gre_socket_connect(int fd, struct in_addr local, struct in_addr remote);

/* Path MTU to the peer in octets, 0 when unknown. */
unsigned int pptp_gre_socket_path_mtu(int fd);

/* Take the pending error, so that epoll does not report it again. */
void pptp_gre_socket_clear_error(int fd);

#endif
