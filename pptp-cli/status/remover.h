/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_REMOVER_H
#define PPTP_CLI_STATUS_REMOVER_H

#include "status/socket.h"

/*
 * Makes a process that removes the socket once this one has ended, however it ends; it is root still then.
 * close_fds: descriptors that it may not keep, or -1. confined: it gives up all else. A descriptor that must be closed in every other
 * process, or -errno.
 */
int status_remover_fork(const struct status_socket *sock, bool confined, const int close_fds[2]);

#endif
