/* SPDX-License-Identifier: MIT */
/*
 * Tells the kernel's PPTP socket from another descriptor, before pppd gets it as its channel. A file of its
 * own, as the kernel's header has names of <net/if.h> again. Called by plugin.c.
 */
#include "pptp_socket.h"

#include <linux/if_pppox.h>
#include <sys/socket.h>

bool is_pptp_socket(int fd)
{
	struct sockaddr_pppox name = { .sa_family = AF_UNSPEC };
	socklen_t len = sizeof(name);

	return getsockname(fd, (struct sockaddr *)(void *)&name, &len) == 0 &&
	       len == sizeof(name) && name.sa_family == AF_PPPOX &&
	       name.sa_protocol == PX_PROTO_PPTP;
}
