/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_SOCKET_SETUP_H
#define PPTP_SESSION_SOCKET_SETUP_H

#include "session/config.h"

/* What TCP and GRE sockets have in common: mark, local address, the embedder's hook. */
int pptp_socket_setup(int fd, const struct pptp_config *cfg);

/* Set a socket option of type int; 0 or -errno. */
int pptp_socket_set_int(int fd, int level, int option, int value);

#endif
