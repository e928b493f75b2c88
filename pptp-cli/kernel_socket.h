/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_KERNEL_SOCKET_H
#define PPTP_CLI_KERNEL_SOCKET_H

/* The kernel's PPTP socket (AF_PPPOX, PX_PROTO_PPTP), new. -errno without the module, which this loads. */
int kernel_socket_open(void);

/* Why there is none and what to do, for a log line. */
const char *kernel_socket_hint(int err);

#endif
