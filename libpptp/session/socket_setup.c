/* SPDX-License-Identifier: MIT */
/*
 * Options of all sockets before they are connected: mark, interface, the caller's hook and the local
 * address, in this order. It opens and connects nothing, and a socket that the caller supplied is not
 * passed to the hook. Called by dialer.c, gre_socket.c and kernel_channel.c; gre_rx.c sets single
 * options by it.
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

int pptp_socket_check(int fd, int option, int wanted)
{
	int value = 0;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0)
		return -errno;
	return value == wanted ? 0 : PPTP_ERR_VALUE;
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

static bool is_supplied(int fd, const struct pptp_config *cfg)
{
	return fd == cfg->gre_fd || fd == cfg->channel_fd;
}

int pptp_socket_protect(int fd, const struct pptp_config *cfg)
{
	int err = 0;

	if (cfg->has_mark)
		err = pptp_socket_set_int(fd, SOL_SOCKET, SO_MARK, (int)cfg->mark);
	if (!err && cfg->interface[0])
		err = bind_interface(fd, cfg->interface);
	if (!err && cfg->socket_hook && !is_supplied(fd, cfg))
		err = cfg->socket_hook(cfg->socket_user, fd);
	return err > 0 ? -EINVAL : err;
}

int pptp_socket_setup(int fd, const struct pptp_config *cfg)
{
	int err = pptp_socket_protect(fd, cfg);

	return err ? err : bind_local(fd, cfg);
}
