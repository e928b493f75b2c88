/* SPDX-License-Identifier: MIT */
/*
 * The command's side of pppd's plugin (plugin/plugin.c): takes the socket at standard input, hands the
 * kernel's channel over, reads the interface's name. No PPP passes here. Called by main.c and run.c.
 */
#include "channel_link.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "null_device.h"

bool channel_link_fits(const char **whyp)
{
	socklen_t len = sizeof(int);
	int type = 0;

	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    type == SOCK_SEQPACKET)
		return true;
	*whyp = "standard input is no socket of the plugin: --channel is for pppd's plugin "
		"pptp.so, "
		"which starts pptp";
	return false;
}

int channel_link_take(void)
{
	int null = null_device_open();
	int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int err = 0;

	if (null < 0 || fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ||
	    dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		err = -errno;
	if (null > STDERR_FILENO)
		close(null);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

int channel_link_offer(int link_fd, int channel_fd)
{
	struct channel_offer offer = { .version = CHANNEL_VERSION };
	struct iovec data = { .iov_base = &offer, .iov_len = sizeof(offer) };
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &channel_fd, sizeof(channel_fd));
	return sendmsg(link_fd, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

bool channel_link_read(int link_fd, struct channel_news *news)
{
	struct channel_news read_news;
	ssize_t n;

	while ((n = read(link_fd, &read_news, sizeof(read_news))) == (ssize_t)sizeof(read_news)) {
		*news = read_news;
		news->interface[sizeof(news->interface) - 1] = '\0';
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}
