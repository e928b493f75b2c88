/* SPDX-License-Identifier: MIT */
/*
 * Opens, binds and connects the kernel's PPTP socket, and notes what a raw socket beside it hears. The
 * kernel does the rest of RFC 2637, 4: sequence numbers, acknowledgments together with data, and no
 * reordering. It moves no octet itself, and makes no PPP unit: that is done by pppd, which receives the
 * socket. Called by data_path.c and data_path_call.c.
 */
#include "session/kernel_channel.h"

#include <errno.h>
#include <linux/if_pppox.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pptp/proto/gre.h>

#include "session/down.h"
#include "session/log.h"
#include "session/socket_setup.h"

/* The structure of the kernel's header is packed, so its address may not be cast. */
union channel_name {
	struct sockaddr any;
	struct sockaddr_pppox pppox;
};

static bool is_missing(int err)
{
	return err == -EAFNOSUPPORT || err == -EPROTONOSUPPORT || err == -ESOCKTNOSUPPORT;
}

static int open_socket(const struct pptp_config *cfg)
{
	int fd = socket(AF_PPPOX, SOCK_STREAM | SOCK_CLOEXEC, PX_PROTO_PPTP);
	int err = fd < 0 ? -errno : 0;

	if (!err)
		return fd;
	if (is_missing(err))
		pptp_session_log(
			cfg, PPTP_LOG_ERROR,
			"the kernel has no PPTP socket: load its module (modprobe pptp), in a "
			"container on its host");
	else
		pptp_session_log(cfg, PPTP_LOG_ERROR,
				 "cannot open the kernel's PPTP socket (socket): %s%s",
				 pptp_strerror(err), pptp_refusal_hint(err));
	return PPTP_ERR_UNSUPPORTED;
}

static int check_channel(int fd)
{
	union channel_name name = { .pppox = { 0 } };
	socklen_t len = sizeof(name.pppox);

	if (getsockname(fd, &name.any, &len) < 0)
		return -errno;
	if (len != sizeof(name.pppox) || name.any.sa_family != AF_PPPOX ||
	    name.pppox.sa_protocol != PX_PROTO_PPTP)
		return PPTP_ERR_VALUE;
	/* Another session's, which owns it: see pptp_kernel_channel_open(). */
	return pptp_socket_check(fd, SO_LOCK_FILTER, 1) == 0 ? -EPERM : 0;
}

static int open_asker(struct kernel_channel *channel, const struct pptp_config *cfg)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	err = pptp_socket_setup(fd, cfg);
	if (err) {
		close(fd);
		return err;
	}
	channel->asker_fd = fd;
	return 0;
}

int pptp_kernel_channel_open(struct kernel_channel *channel, const struct pptp_config *cfg)
{
	int fd = cfg->channel_fd, err;

	if (fd < 0)
		fd = open_socket(cfg);
	if (fd < 0)
		return fd;
	err = fd == cfg->channel_fd ? check_channel(fd) : 0;
	/* Its address is bound with the Call ID. */
	if (!err)
		err = pptp_socket_protect(fd, cfg);
	if (!err)
		err = open_asker(channel, cfg);
	if (err) {
		if (fd != cfg->channel_fd)
			close(fd);
		return err;
	}
	channel->fd = fd;
	return 0;
}

void pptp_kernel_channel_claim(const struct kernel_channel *channel)
{
	/* It has no filter; the lock marks it as used. */
	pptp_socket_set_int(channel->fd, SOL_SOCKET, SO_LOCK_FILTER, 1);
}

void pptp_kernel_channel_abandon(struct kernel_channel *channel, const struct pptp_config *cfg)
{
	if (channel->fd == cfg->channel_fd)
		channel->fd = -1;
	pptp_kernel_channel_close(channel);
}

void pptp_kernel_channel_close(struct kernel_channel *channel)
{
	if (channel->fd >= 0)
		close(channel->fd);
	if (channel->asker_fd >= 0)
		close(channel->asker_fd);
	channel->fd = channel->asker_fd = -1;
}

/* All octets that are not named must be 0. */
static union channel_name name_of(struct in_addr address, uint16_t call_id)
{
	union channel_name name;

	memset(&name, 0, sizeof(name));
	name.pppox.sa_family = AF_PPPOX;
	name.pppox.sa_protocol = PX_PROTO_PPTP;
	name.pppox.sa_addr.pptp.call_id = call_id;
	name.pppox.sa_addr.pptp.sin_addr = address;
	return name;
}

static int connect_asker(int fd, struct in_addr local, struct in_addr remote)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr = local };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = remote };

	to.sin_port = htons(PPTP_PORT);
	if (bind(fd, (const struct sockaddr *)&from, sizeof(from)) < 0 && errno != EINVAL)
		return -errno;
	return connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 ? -errno : 0;
}

int pptp_kernel_channel_bind(struct kernel_channel *channel, struct in_addr local,
			     struct in_addr remote, uint16_t call_id)
{
	const union channel_name name = name_of(local, call_id);

	if (bind(channel->fd, &name.any, sizeof(name.pppox)) < 0)
		return -errno;
	channel->local = local;
	channel->remote = remote;
	channel->call_id = call_id;
	return connect_asker(channel->asker_fd, local, remote);
}

int pptp_kernel_channel_connect(const struct kernel_channel *channel, uint16_t peer_call_id)
{
	const union channel_name name = name_of(channel->remote, peer_call_id);

	return connect(channel->fd, &name.any, sizeof(name.pppox)) < 0 ? -errno : 0;
}

void pptp_kernel_channel_hear(struct kernel_channel *channel, const uint8_t *data, size_t len)
{
	struct pptp_gre gre;

	if (pptp_gre_decode(&gre, data, len) < 0 || gre.call_id != channel->call_id)
		return;
	channel->heard = true;
	if (gre.has_ack)
		channel->acked = true;
}
