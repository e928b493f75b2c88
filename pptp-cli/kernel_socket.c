/* SPDX-License-Identifier: MIT */
/*
 * Opens the kernel's PPTP socket before the process gives up the right to open sockets; the library binds
 * and connects it. Called by kernel_call.c, and by kernel_launch.c to see whether there is one.
 */
#include "kernel_socket.h"

#include <errno.h>
#include <linux/if_pppox.h>
#include <sys/socket.h>

#include "privilege.h"

int kernel_socket_open(void)
{
	int fd = socket(AF_PPPOX, SOCK_STREAM | SOCK_CLOEXEC, PX_PROTO_PPTP);

	if (fd < 0)
		return -errno;
	return fd;
}

const char *kernel_socket_hint(int err)
{
	if (err == -EAFNOSUPPORT || err == -EPROTONOSUPPORT || err == -ESOCKTNOSUPPORT)
		return "; load the module pptp (modprobe pptp), in a container on its host";
	return privilege_hint(err);
}
