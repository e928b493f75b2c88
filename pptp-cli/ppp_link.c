/* SPDX-License-Identifier: MIT */
/*
 * The link between the session and pppd, in its three forms: the terminal of a pppd of ours, standard input
 * and output (stdio_link.c), or the socket to pppd's plugin, which carries no PPP (channel_link.c). Called by
 * run.c.
 */
#include "ppp_link.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "channel_link.h"
#include "log.h"
#include "privilege.h"
#include "stdio_link.h"
#include "wake.h"

static int take_socket(int wake_fd)
{
	int fd = channel_link_take();
	int err = fd < 0 ? fd : wake_add(wake_fd, fd);

	return err < 0 ? err : fd;
}

static int attach(const struct options *options, struct pppd *pppd, struct pptp_session *session)
{
	int read_fd = pppd_take_master(pppd), write_fd = read_fd, err = 0, copy;

	if (!options->launch_pppd)
		err = stdio_link_take(&read_fd, &write_fd);
	if (err < 0)
		return err;
	copy = fcntl(read_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (copy < 0)
		return -errno;
	err = pptp_session_attach(session, read_fd, write_fd,
				  options->sync ? PPTP_LINK_SYNC : PPTP_LINK_ASYNC);
	if (err == 0)
		return copy;
	close(copy);
	return err;
}

int ppp_link_attach(const struct options *options, struct pppd *pppd, struct pptp_session *session,
		    int wake_fd)
{
	int fd = options->channel ? take_socket(wake_fd) : attach(options, pppd, session);

	if (fd < 0)
		log_line(PPTP_LOG_ERROR, "%s: %s%s",
			 options->channel ? "cannot use the plugin's socket (fcntl, dup2)"
			 : options->launch_pppd
				 ? "no terminal for pppd (fcntl, epoll_ctl)"
				 : "cannot use standard input and output (fcntl, dup2)",
			 pptp_strerror(fd), privilege_hint(fd));
	return fd;
}
