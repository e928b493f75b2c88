/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_PLUGIN_PPTP_SOCKET_H
#define PPTP_CLI_PLUGIN_PPTP_SOCKET_H

#include <stdbool.h>

/* Whether the descriptor is a socket of the kernel's PPTP. */
bool is_pptp_socket(int fd);

#endif
