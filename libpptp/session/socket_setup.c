/* SPDX-License-Identifier: MIT */
#include "session/socket_setup.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "session/log.h"

int pptp_socket_set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
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
	if (err)
		return err;
	/* The caller has seen what it handed over. */
	if (cfg->socket_hook && fd != cfg->gre_fd)
		err = cfg->socket_hook(cfg->socket_user, fd);
	if (err > 0)
		err = -EINVAL;
	return err ? err : bind_local(fd, cfg);
}
