/* SPDX-License-Identifier: MIT */
/*
 * Options of both sockets, TCP and GRE, before they are connected: mark, interface, the caller's
 * hook and the local address, in this order. It opens and connects nothing, and a socket that the
 * caller supplied is not passed to the hook. Called by dialer.c and gre_socket.c; gre_rx.c sets
 * single options by it.
 */
#include "session/socket_setup.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

int pptp_socket_set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int bind_interface(int fd, const char *name)
{
	socklen_t len = (socklen_t)strlen(name) + 1;

	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, len) < 0 ? -errno : 0;
}

static int bind_local(int fd, const struct pptp_config *cfg)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = cfg->local };

	if (cfg->local.s_addr == INADDR_ANY)
		return 0;
	return bind(fd, (const struct sockaddr *)&sin, sizeof(sin)) < 0 ? -errno : 0;
}

int pptp_socket_setup(int fd, const struct pptp_config *cfg)
{
	int err = 0;

	if (cfg->has_mark)
		err = pptp_socket_set_int(fd, SOL_SOCKET, SO_MARK, (int)cfg->mark);
	if (!err && cfg->interface[0])
		err = bind_interface(fd, cfg->interface);
	/* Not for a socket that the caller supplied. */
	if (!err && cfg->socket_hook && fd != cfg->gre_fd)
		err = cfg->socket_hook(cfg->socket_user, fd);
	if (err > 0)
		err = -EINVAL;
	return err ? err : bind_local(fd, cfg);
}
