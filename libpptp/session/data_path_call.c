/* SPDX-License-Identifier: MIT */
/*
 * Setup and end of a data path; the traffic is in data_path.c: the Call ID, the port and the tunnel are
 * made with the session, the port and the kernel's channel are connected once the server's address is known, a link is
 * attached at any time, the call comes up and goes down, and the counters are read.
 */
#include <errno.h>

#include "deadline.h"
#include "session/data_path.h"
#include "session/gre_socket.h"
#include "session/hub.h"
#include "session/log.h"
#include "session/random.h"

#define CALL_ID_TRIES 4096
/* IPv4 header, GRE header with both numbers, address and control field, protocol and MPPE. */
#define TUNNEL_OVERHEAD (20 + PPTP_GRE_HEADER_MAX + 2 + 6)
#define MTU_DEFAULT     1500
#define MTU_MIN         576

/* -- beginning and end ------------------------------------------------------------------------ */

/* Random unless configured, and in a hub not another session's. */
static int choose_call_id(struct data_path *data)
{
	const struct pptp_config *cfg = data->cfg;
	int err = 0;

	for (int i = 0; i < CALL_ID_TRIES; i++) {
		data->member.call_id = cfg->call_id;
		if (!cfg->call_id)
			err = pptp_random_u16(&data->member.call_id);
		if (!err && cfg->hub)
			err = pptp_hub_claim(cfg->hub, &data->member);
		if (err != -EADDRINUSE || cfg->call_id)
			return err;
	}
	return err;
}

static int new_tunnel(struct data_path *data)
{
	const struct pptp_config *cfg = data->cfg;
	struct pptp_tunnel_config tunnel;

	pptp_tunnel_config_init(&tunnel, sizeof(tunnel));
	tunnel.call_id = data->member.call_id;
	tunnel.reorder = cfg->reorder;
	tunnel.reorder_timeout = cfg->reorder_timeout;
	tunnel.adaptive = cfg->reorder_adaptive;
	tunnel.missing_window = cfg->missing_window;
	tunnel.window = cfg->window;
	tunnel.recv_window = cfg->recv_window;
	return pptp_tunnel_new(&data->tunnel, &tunnel);
}

int pptp_data_path_init(struct data_path *data, const struct pptp_config *cfg, struct loop *loop,
			const struct data_path_ids *ids, int (*settle)(void *owner, uint64_t now),
			void *owner)
{
	int err;

	*data = (struct data_path){ .cfg = cfg,
				    .silent_at = PPTP_TIME_NEVER,
				    .one_way_at = PPTP_TIME_NEVER,
				    .channel = KERNEL_CHANNEL_NONE };
	data->member = (struct gre_member){ .ops = data_path_is_kernels(data)
							   ? &pptp_data_path_listener_ops
							   : &pptp_data_path_member_ops,
					    .user = data,
					    .settle = settle,
					    .owner = owner };
	pptp_gre_port_init(&data->own_port, loop, ids->gre, NULL, NULL);
	pptp_watch_init(&data->link_read, loop, ids->link_read);
	pptp_watch_init(&data->link_write, loop, ids->link_write);
	err = choose_call_id(data);
	if (!err)
		err = new_tunnel(data);
	if (!err)
		err = pptp_sender_init(&data->sender, cfg, data->tunnel, &data->member);
	return err;
}

/* The call works without, but nobody sees that no packet arrives. */
static int open_listener(struct data_path *data)
{
	int err = pptp_gre_port_open(&data->own_port, data->cfg, data->cfg->gre_fd, 0);

	if (!err) {
		pptp_gre_port_join(&data->own_port, &data->member);
		return 0;
	}
	if (err != -EPERM && err != -EACCES)
		return err;
	pptp_session_log(
		data->cfg, PPTP_LOG_NOTICE,
		"no raw socket beside the kernel's data path (socket: %s): it will not be seen "
		"whether GRE packets arrive",
		pptp_strerror(err));
	data->heard = data->channel.acked = true;
	return 0;
}

static int open_channel(struct data_path *data)
{
	int err = data->cfg->hub ? PPTP_ERR_VALUE
				 : pptp_kernel_channel_open(&data->channel, data->cfg);

	if (err)
		return err;
	err = open_listener(data);
	if (err)
		pptp_kernel_channel_abandon(&data->channel, data->cfg);
	else
		pptp_kernel_channel_claim(&data->channel);
	return err;
}

int pptp_data_path_open(struct data_path *data)
{
	int err;

	if (data_path_is_kernels(data))
		return open_channel(data);
	if (data->cfg->hub)
		return 0;
	err = pptp_gre_port_open(&data->own_port, data->cfg, data->cfg->gre_fd,
				 data->member.call_id);
	if (!err)
		pptp_gre_port_join(&data->own_port, &data->member);
	return err;
}

/* Another Call ID, where a random one is another socket's. */
static int bind_channel(struct data_path *data, struct in_addr local, struct in_addr remote)
{
	int err = pptp_kernel_channel_bind(&data->channel, local, remote, data->member.call_id);

	for (int i = 0; err == -EBUSY && !data->cfg->call_id && i < CALL_ID_TRIES; i++) {
		err = choose_call_id(data);
		if (!err)
			err = pptp_kernel_channel_bind(&data->channel, local, remote,
						       data->member.call_id);
	}
	return err;
}

int pptp_data_path_connect(struct data_path *data, struct in_addr local, struct in_addr remote)
{
	int err = data_path_is_kernels(data) ? bind_channel(data, local, remote) : 0;

	if (err || (data_path_is_kernels(data) && !data->member.port))
		return err;
	if (data->cfg->hub)
		return pptp_hub_connect(data->cfg->hub, data->cfg, &data->member, local, remote);
	return pptp_gre_port_connect(&data->own_port, local, remote);
}

static void free_link(struct data_path *data)
{
	pptp_watch_remove(&data->link_read);
	pptp_watch_remove(&data->link_write);
	data->link = pptp_link_free(data->link);
}

/* What the port and the link have counted; both may be gone before the statistics are read. */
static void add_counters(const struct data_path *data, struct pptp_stats *stats)
{
	const struct gre_port *port = data->member.port;
	const struct link *link = data->link;

	if (port) {
		stats->rx_queue_overflow = port->rx.drops - data->member.drops_before;
		stats->rx_os_errors = port->errors - data->member.errors_before;
	}
	if (link) {
		stats->link_rx_frames = link->rx_frames;
		stats->link_rx_errors = link->rx_errors;
		stats->link_tx_dropped = link->tx_dropped;
	}
}

void pptp_data_path_close(struct data_path *data)
{
	if (data->tunnel)
		add_counters(data, pptp_tunnel_stats(data->tunnel));
	pptp_data_path_call_down(data);
	/* pppd detects the closed pty. Frames received may still be popped. */
	if (data_path_is_attached(data))
		free_link(data);
	if (data->cfg->hub)
		pptp_hub_release(data->cfg->hub, &data->member);
	pptp_gre_port_leave(&data->member);
	pptp_gre_port_close(&data->own_port);
	pptp_kernel_channel_close(&data->channel);
}

int pptp_data_path_asker(const struct data_path *data)
{
	return data_path_is_kernels(data) ? data->channel.asker_fd : data->member.port->fd;
}

int pptp_data_path_take(struct data_path *data, int *fdp)
{
	if (data->state != DATA_UP || data->channel.fd < 0)
		return PPTP_ERR_STATE;
	*fdp = data->channel.fd;
	data->channel.fd = -1;
	return 0;
}

void pptp_data_path_free(struct data_path *data)
{
	pptp_data_path_close(data);
	free_link(data);
	pptp_sender_free(&data->sender);
	data->tunnel = pptp_tunnel_free(data->tunnel);
}

/* -- the link --------------------------------------------------------------------------------- */

static int watch_link(struct data_path *data, const struct link *link)
{
	int err = pptp_watch_add(&data->link_read, link->read_fd, 0);

	if (!err)
		err = pptp_watch_add(&data->link_write, link->write_fd, 0);
	if (err)
		pptp_watch_remove(&data->link_read);
	return err;
}

int pptp_data_path_attach(struct data_path *data, int read_fd, int write_fd,
			  enum pptp_link_type type, uint64_t now)
{
	struct link *before = data->link, *link;
	struct pptp_frame frame;
	int err;

	if (data_path_is_attached(data) || data_path_is_kernels(data))
		return PPTP_ERR_STATE;
	if (type != PPTP_LINK_ASYNC && type != PPTP_LINK_SYNC)
		return PPTP_ERR_VALUE;
	err = pptp_link_new_pty(&link, read_fd, write_fd, type);
	if (err)
		return err;
	err = watch_link(data, link);
	if (err) {
		pptp_link_disown(link);
		pptp_link_free(link);
		return err;
	}
	data->link = link;
	if (!before)
		return 0;
	/* Frames that arrived before are not lost. */
	while (link_pop(before, &frame))
		link->ops->deliver(link, &frame, now);
	link->tx_dropped += before->tx_dropped;
	pptp_link_free(before);
	return 0;
}

/* -- the call --------------------------------------------------------------------------------- */

int pptp_data_path_call_up(struct data_path *data, const struct pptp_ctrl_event_call *call,
			   uint64_t now)
{
	int err = 0;

	if (data_path_is_kernels(data))
		err = pptp_kernel_channel_connect(&data->channel, call->peer_call_id);
	else if (!data->link)
		err = pptp_link_new_frames(&data->link);
	if (err)
		return err;
	pptp_tunnel_set_peer(data->tunnel, call->peer_call_id, call->peer_window, call->peer_delay);
	pptp_codel_init(&data->codel);
	data->state = DATA_UP;
	if (!data->heard)
		data->silent_at = data->one_way_at = deadline_after(now, data->cfg->gre_silent);
	return 0;
}

void pptp_data_path_call_down(struct data_path *data)
{
	if (data->state == DATA_UP)
		data->state = DATA_OVER;
	data->sender.socket_full = data->sender.window_closed = false;
	data->silent_at = data->one_way_at = PPTP_TIME_NEVER;
	pptp_gre_member_set_ready(&data->member, false);
}

unsigned int pptp_data_path_mtu(const struct data_path *data)
{
	unsigned int mtu = 0;

	if (data_path_is_kernels(data) || data->member.port)
		mtu = pptp_gre_socket_path_mtu(pptp_data_path_asker(data));
	if (mtu < MTU_MIN)
		mtu = mtu ? MTU_MIN : MTU_DEFAULT;
	if (mtu > MTU_DEFAULT)
		mtu = MTU_DEFAULT;
	return mtu - TUNNEL_OVERHEAD;
}

void pptp_data_path_get_stats(const struct data_path *data, struct pptp_stats *stats)
{
	*stats = *pptp_tunnel_stats(data->tunnel);
	add_counters(data, stats);
}
