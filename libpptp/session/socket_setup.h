/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_SOCKET_SETUP_H
#define PPTP_SESSION_SOCKET_SETUP_H

#include "session/config.h"

/* What all sockets have in common: mark, interface, the embedder's hook. */
int pptp_socket_protect(int fd, const struct pptp_config *cfg);
/* The same, and the local address. */
int pptp_socket_setup(int fd, const struct pptp_config *cfg);

/* Whether an option of SOL_SOCKET has this value: 0, PPTP_ERR_VALUE when it has another, or -errno. */
int pptp_socket_check(int fd, int option, int wanted);

/* Set a socket option of type int; 0 or -errno. */
int pptp_socket_set_int(int fd, int level, int option, int value);

#endif
