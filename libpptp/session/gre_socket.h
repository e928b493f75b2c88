/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_GRE_SOCKET_H
#define PPTP_SESSION_GRE_SOCKET_H

/* The raw socket that carries enhanced GRE: a descriptor, set up. */

#include <netinet/in.h>

#include "session/config.h"

/* In the GRE header: Key's low half (RFC 2637, 4.1). */
#define GRE_CALL_ID_OFFSET 6

/* Open a socket, or set up supplied_fd (-1: none). It receives nothing yet. 0, or an error after
 * which supplied_fd is unchanged property of the caller. */
int pptp_gre_socket_open(int *fdp, const struct pptp_config *cfg, int supplied_fd);

/* Exchange packets with this peer only, from this address. */
int pptp_gre_socket_connect(int fd, struct in_addr local, struct in_addr remote);

/*
 * Receive only enhanced GRE for this Call ID, or for any; no other packet wakes the process. The
 * last step: the filter cannot be changed any more. 0 or -errno.
 */
int pptp_gre_socket_filter_call(int fd, uint16_t call_id);
int pptp_gre_socket_filter_pptp(int fd);

/* Path MTU to the peer in octets, 0 when unknown. */
unsigned int pptp_gre_socket_path_mtu(int fd);

/* Take the pending error, so that epoll does not report it again. */
void pptp_gre_socket_clear_error(int fd);

#endif
