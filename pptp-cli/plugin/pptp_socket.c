/* SPDX-License-Identifier: MIT */
/*
 * Tells the kernel's PPTP socket from another descriptor, before pppd gets it as its channel. A file of its
 * own, as the kernel's header has names of <net/if.h> again. Called by plugin.c.
 */
#include "pptp_socket.h"

#include <linux/if_pppox.h>
#include <sys/socket.h>

/* The kernel's structure is packed, so its address may not be cast. */
union socket_name {
	struct sockaddr any;
	struct sockaddr_pppox pppox;
};

bool is_pptp_socket(int fd)
{
	union socket_name name = { .any = { .sa_family = AF_UNSPEC } };
	socklen_t len = sizeof(name.pppox);

	return getsockname(fd, &name.any, &len) == 0 && len == sizeof(name.pppox) &&
	       name.any.sa_family == AF_PPPOX && name.pppox.sa_protocol == PX_PROTO_PPTP;
}
