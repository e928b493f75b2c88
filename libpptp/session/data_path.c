/* SPDX-License-Identifier: MIT */
/*
 * Moves PPP frames between the link (link.h) and the GRE port (gre_port.h) through core/tunnel, and
 * applies back-pressure: the link is not read while the socket or the acknowledgment window is full,
 * the port is not ready while PPP reads too slowly, and CoDel drops what has waited too long then.
 * With the kernel's data path it only listens. Reports what happened as the result of
 * pptp_data_path_settle(); it uses neither session nor control connection. Beginning, end and addresses
 * are in data_path_call.c. RFC 2637, 4.
 */
#include "session/data_path.h"

#include <errno.h>

#include "deadline.h"
#include "session/log.h"

/* While this many octets wait for PPP, the port is not ready: packets wait in the socket. */
#define LINK_WAITING_MAX ((size_t)32 * 1024)
/* After this many packets without an acknowledgment they are taken not to reach the server. */
#define ONE_WAY_SENT_MIN 4

static bool link_is_congested(const struct data_path *data)
{
	return data->link && data->link->waiting > LINK_WAITING_MAX;
}

static bool link_is_open(const struct data_path *data)
{
	return data->link && !data->link->closed;
}

static void close_link(struct data_path *data)
{
	if (!watch_is_active(&data->link_read))
		return;
	pptp_watch_remove(&data->link_read);
	pptp_watch_remove(&data->link_write);
	data->link->closed = true;
	data->link_full = false;
	data->news |= DATA_LINK_CLOSED;
}

/* -- from GRE to PPP -------------------------------------------------------------------------- */

static void flush_link(struct data_path *data, uint64_t now)
{
	int err;

	if (!link_is_open(data) || data->link_full)
		return;
	err = link_flush(data->link, now);
	data->link_full = err == -EAGAIN;
	/* PPP does not keep up: from now on the time that packets wait in the socket is measured. */
	if (link_is_congested(data) && data->member.port)
		pptp_gre_rx_stamp(&data->member.port->rx, data->member.port->fd);
	if (err < 0 && err != -EAGAIN)
		close_link(data);
}

/* Whether the frame is the packet's own, not one that was kept until this packet arrived. */
static bool is_of_packet(const struct pptp_frame *frame, const struct gre_packet *packet)
{
	return (uintptr_t)frame->data - (uintptr_t)packet->data < packet->len;
}

/* late: the frame of this packet waited too long and is dropped. */
static void deliver_frames(struct data_path *data, const struct gre_packet *late, uint64_t now)
{
	struct pptp_frame frame;

	while (pptp_tunnel_next(data->tunnel, &frame)) {
		if (late && is_of_packet(&frame, late))
			data->link->tx_dropped++;
		else if (link_is_open(data))
			data->link->ops->deliver(data->link, &frame, now);
	}
}

/* Beside the kernel's channel. */
static void hear_packet(void *user, const struct gre_packet *packet, uint64_t now)
{
	struct data_path *data = user;

	(void)now;
	pptp_kernel_channel_hear(&data->channel, packet->data, packet->len);
}

/* In a hub the first packet may arrive before the Outgoing-Call-Reply. */
static void receive_packet(void *user, const struct gre_packet *packet, uint64_t now)
{
	struct data_path *data = user;
	bool late;

	if (data->state == DATA_OVER)
		return;
	if (!data->link && pptp_link_new_frames(&data->link) < 0)
		return;
	late = data->member.port->rx.stamped &&
	       pptp_codel_drop(&data->codel, packet->waited, packet->last, now);
	pptp_tunnel_receive(data->tunnel, packet->data, packet->len, now);
	deliver_frames(data, late ? packet : NULL, now);
}

/* -- from PPP to GRE -------------------------------------------------------------------------- */

static void warn_of_mppe(struct data_path *data)
{
	if (!data->link->saw_mppe || data->mppe_warned)
		return;
	data->mppe_warned = true;
	pptp_session_log(data->cfg, PPTP_LOG_WARNING,
			 "synchronous mode carries encrypted or compressed frames: a pty keeps no "
			 "frame boundaries, so some of them will be damaged; leave out --sync here "
			 "and sync in pppd");
}

/* Send the frames of the last read. */
static void send_link_frames(struct data_path *data, uint64_t now)
{
	struct pptp_frame frame;

	while (pptp_sender_may_send(&data->sender) && data->link->ops->next(data->link, &frame))
		pptp_sender_queue(&data->sender, &frame, now);
	pptp_sender_flush(&data->sender, now);
	warn_of_mppe(data);
}

static void port_writable(void *user, uint64_t now)
{
	struct data_path *data = user;

	pptp_sender_flush(&data->sender, now);
	if (!data->sender.socket_full && data_path_is_attached(data))
		send_link_frames(data, now);
}

const struct gre_member_ops pptp_data_path_member_ops = {
	.receive = receive_packet,
	.writable = port_writable,
};

const struct gre_member_ops pptp_data_path_listener_ops = {
	.receive = hear_packet,
	.writable = port_writable,
};

int pptp_data_path_send(struct data_path *data, const uint8_t *frame, size_t len, uint64_t now)
{
	if (data->state != DATA_UP || data_path_is_attached(data) || data_path_is_kernels(data))
		return PPTP_ERR_STATE;
	if (!len)
		return PPTP_ERR_VALUE;
	return pptp_sender_send(&data->sender, frame, len, now);
}

bool pptp_data_path_pop(struct data_path *data, struct pptp_frame *framep)
{
	return data->link && link_pop(data->link, framep);
}

/* -- descriptors ------------------------------------------------------------------------------ */

void pptp_data_path_gre_ready(struct data_path *data, uint32_t events, uint64_t now)
{
	pptp_gre_port_ready(&data->own_port, events, now);
}

void pptp_data_path_link_readable(struct data_path *data, uint32_t events, uint64_t now)
{
	int n;

	/* Before the call is up only a hang-up matters; a hung-up link's frames need not be sent. */
	if (data->state != DATA_UP || data->sender.socket_full || data->sender.window_closed) {
		if (events & (EPOLLHUP | EPOLLERR))
			close_link(data);
		return;
	}
	n = data->link->ops->fill(data->link);
	if (n > 0)
		send_link_frames(data, now);
	else if (n < 0 || events & (EPOLLHUP | EPOLLERR))
		close_link(data);
}

void pptp_data_path_link_writable(struct data_path *data, uint32_t events, uint64_t now)
{
	if (events & EPOLLOUT) {
		pptp_watch_disabled(&data->link_write);
		data->link_full = false;
		flush_link(data, now);
	} else if ((events & (EPOLLHUP | EPOLLERR)) && !data->link->write_is_copy) {
		/* A copy's hang-up is reported by the reading side, after PPP's last frames. */
		close_link(data);
	}
}

static void update_watches(struct data_path *data)
{
	bool up = data->state == DATA_UP;
	bool sends = up && !data->sender.socket_full && !data->sender.window_closed;

	pptp_gre_member_set_ready(&data->member, up && !link_is_congested(data));
	pptp_watch_set(&data->link_read, sends ? EPOLLIN : 0U);
	if (data->link_full)
		pptp_watch_set(&data->link_write, EPOLLOUT | EPOLLONESHOT);
}

void pptp_data_path_prepare(struct data_path *data, uint64_t now)
{
	flush_link(data, now);
	update_watches(data);
}

/* -- what is due ------------------------------------------------------------------------------ */

/* A few packets may be lost, and the acknowledgment of the last ones may still be under way. */
static bool is_one_way(const struct data_path *data)
{
	/* The kernel does not tell; PPP begins with some. */
	return data->heard && (data_path_is_kernels(data) ||
			       pptp_tunnel_stats(data->tunnel)->tx_sent >= ONE_WAY_SENT_MIN);
}

static void look_one_way(struct data_path *data, uint64_t now)
{
	data->one_way_at = PPTP_TIME_NEVER;
	if (data_path_is_acked(data))
		return;
	if (is_one_way(data))
		data->news |= DATA_ONE_WAY;
	else
		data->one_way_at = deadline_after(now, data->cfg->gre_silent);
}

static void expire(struct data_path *data, uint64_t now)
{
	if (now >= pptp_tunnel_deadline(data->tunnel)) {
		pptp_tunnel_expire(data->tunnel, now);
		deliver_frames(data, NULL, now);
	}
	if (!data->heard && (data->channel.heard || pptp_tunnel_heard(data->tunnel))) {
		data->heard = true;
		data->silent_at = PPTP_TIME_NEVER;
		data->news |= DATA_HEARD;
	}
	if (deadline_is_due(data->silent_at, now)) {
		data->silent_at = PPTP_TIME_NEVER;
		data->news |= DATA_SILENT;
	}
	if (deadline_is_due(data->one_way_at, now))
		look_one_way(data, now);
}

/* What the port was open for is known: it does not receive a copy of every packet any longer. */
static void stop_listening(struct data_path *data)
{
	if (!data_path_is_kernels(data) || !data->member.port || !data->heard)
		return;
	if (!data->channel.acked && data->one_way_at != PPTP_TIME_NEVER)
		return;
	pptp_gre_port_leave(&data->member);
	pptp_gre_port_close(&data->own_port);
}

static void log_read_errors(struct data_path *data, uint64_t now)
{
	const struct gre_port *port = data->member.port;

	if (!port || port->errors == data->errors_logged)
		return;
	data->errors_logged = port->errors;
	pptp_socket_errors_log(&data->sender.errors, data->cfg, "receiving", port->last_error, now);
}

unsigned int pptp_data_path_settle(struct data_path *data, uint64_t now)
{
	bool was_full = data->link_full;
	unsigned int news;

	pptp_gre_port_expire(&data->own_port, now);
	if (data->state == DATA_UP)
		expire(data, now);
	flush_link(data, now);
	if (data->state == DATA_UP) {
		if (data->sender.window_closed && data_path_is_attached(data))
			send_link_frames(data, now);
		pptp_sender_acknowledge(&data->sender, now);
	}
	/* The pty may have room again: trying costs less than waiting for it. */
	if (data->link_full && !was_full) {
		data->link_full = false;
		flush_link(data, now);
	}
	log_read_errors(data, now);
	if (data->sender.errors.total != data->errors_reported)
		data->news |= DATA_ERRORS;
	data->errors_reported = data->sender.errors.total;
	if (data->state == DATA_UP)
		stop_listening(data);
	update_watches(data);
	news = data->news;
	data->news = 0;
	return news;
}

uint64_t pptp_data_path_deadline(const struct data_path *data)
{
	uint64_t deadline = deadline_min(data->silent_at, data->own_port.paused_until);

	deadline = deadline_min(deadline, data->one_way_at);
	if (data->state == DATA_UP)
		deadline = deadline_min(deadline, pptp_tunnel_deadline(data->tunnel));
	if (link_is_open(data) && !data->link_full)
		deadline = deadline_min(deadline, link_deadline(data->link));
	return deadline;
}
