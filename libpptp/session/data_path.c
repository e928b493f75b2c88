/* SPDX-License-Identifier: MIT */
#include "session/session_state.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "session/log.h"

#define SOCKET_WARNING_INTERVAL (60 * PPTP_NS_PER_SEC)
/* With so many octets waiting for PPP no more is read from GRE: the rest waits in the socket. */
#define LINK_WAITING_MAX ((size_t)32 * 1024)

static void socket_trouble(struct pptp_session *s, const char *what, int err)
{
	s->unsaid_socket_errors++;
	if (s->now < s->next_socket_warning)
		return;
	pptp_session_log(&s->cfg, PPTP_LOG_WARNING,
			 "%s GRE: %s (%u such since the last such line; the tunnel goes on)", what,
			 pptp_strerror(err), s->unsaid_socket_errors);
	s->unsaid_socket_errors = 0;
	s->next_socket_warning = s->now + SOCKET_WARNING_INTERVAL;
}

static bool link_is_congested(const struct pptp_session *s)
{
	return s->link && s->link->waiting > LINK_WAITING_MAX;
}

/* Read from GRE unless much waits for PPP, from PPP unless GRE is full. */
static void update_watches(struct pptp_session *s)
{
	bool flow = s->call_up;
	bool rests = s->now < s->gre_rests_until;
	uint32_t gre = flow && !rests && !link_is_congested(s) ? EPOLLIN : 0U;
	uint32_t in = flow && !s->gre_full && !s->window_full ? EPOLLIN : 0U;

	if (s->gre_full)
		gre |= EPOLLOUT;

	pptp_session_watch_events(s, WATCH_GRE, gre);
	pptp_session_watch_events(s, WATCH_LINK_READ, in);
	if (s->link_full)
		pptp_session_watch_events(s, WATCH_LINK_WRITE, EPOLLOUT | EPOLLONESHOT);
}

static void link_gone(struct pptp_session *s)
{
	struct pptp_event event = { .type = PPTP_EVENT_LINK_CLOSED };

	if (s->watched_fd[WATCH_LINK_READ] < 0)
		return;
	pptp_session_unwatch(s, WATCH_LINK_READ);
	pptp_session_unwatch(s, WATCH_LINK_WRITE);
	s->link_full = false;
	pptp_session_push(s, &event);
	pptp_session_end(s, PPTP_REASON_LINK_CLOSED);
}

/* There is a link, and PPP has not hung up. */
static bool link_is_alive(const struct pptp_session *s)
{
	return s->link && (s->link->read_fd < 0 || s->watched_fd[WATCH_LINK_READ] >= 0);
}

static void flush_link(struct pptp_session *s)
{
	int err;

	if (!link_is_alive(s) || s->link_full)
		return;
	err = link_flush(s->link, s->now);
	s->link_full = err == -EAGAIN;
	/* PPP does not keep up: from now on it matters how long packets wait in the socket. */
	if (link_is_congested(s) && !s->cfg.hub)
		pptp_gre_socket_stamp(&s->gre);
	if (err < 0 && err != -EAGAIN)
		link_gone(s);
}

static void heard(struct pptp_session *s)
{
	struct pptp_event event = { .type = PPTP_EVENT_GRE_HEARD };

	s->gre_heard = true;
	s->gre_silent_at = PPTP_TIME_NEVER;
	s->timer_armed = PPTP_TIME_NEVER; /* set it anew: not a wake-up for what is over */
	pptp_session_push(s, &event);
}

static void deliver_frames(struct pptp_session *s)
{
	struct pptp_frame frame;

	while (pptp_tunnel_next(s->tunnel, &frame))
		if (link_is_alive(s))
			s->link->ops->deliver(s->link, &frame, s->now);
}

/*
 * One packet for this call; frames in sequence go to the link at once. In a hub the first may come
 * before the reply that says that the call is up.
 */
void pptp_data_receive(struct pptp_session *s, uint8_t *packet, size_t len)
{
	if (s->call_was_up && !s->call_up)
		return;
	if (!s->link && pptp_link_new_frames(&s->link) < 0)
		return;
	pptp_tunnel_receive(s->tunnel, packet, len, s->now);
	deliver_frames(s);
}

/* Packet `index` of `count` stood too long in the queue towards PPP: take it, but not its frame. */
static bool drop_late(struct pptp_session *s, unsigned int index, unsigned int count,
		      uint64_t wall_clock)
{
	struct pptp_frame frame;
	uint64_t waited = pptp_gre_socket_waited(&s->gre, index, wall_clock);
	bool last = index + 1 == count && count < GRE_BATCH;
	uint8_t *packet;
	size_t len;

	if (!pptp_codel_drop(&s->codel, waited, last, s->now))
		return false;
	packet = pptp_gre_socket_packet(&s->gre, index, &len);
	pptp_tunnel_receive(s->tunnel, packet, len, s->now);
	while (pptp_tunnel_next(s->tunnel, &frame)) {
		/* Frames that were held until this one came are not late themselves. */
		if (frame.data >= packet && frame.data < packet + len)
			s->link->tx_dropped++;
		else if (link_is_alive(s))
			s->link->ops->deliver(s->link, &frame, s->now);
	}
	return true;
}

static void receive_failed(struct pptp_session *s, int err)
{
	pptp_tunnel_stats(s->tunnel)->rx_os_errors++;
	socket_trouble(s, "receiving", err);
	if (++s->gre_failures < RECEIVE_FAILURES_MAX)
		return;
	s->gre_failures = 0;
	s->gre_rests_until = s->now + RECEIVE_REST;
}

static void receive_batch(struct pptp_session *s)
{
	struct pptp_stats *stats = pptp_tunnel_stats(s->tunnel);
	uint64_t wall_clock = s->gre.stamped ? pptp_session_wall_clock() : 0;
	int n = pptp_gre_socket_receive(&s->gre);

	if (n < 0) {
		receive_failed(s, n);
		return;
	}
	s->gre_failures = 0;
	for (int i = 0; i < n; i++) {
		size_t len;
		uint8_t *packet;

		if (s->gre.stamped && drop_late(s, (unsigned int)i, (unsigned int)n, wall_clock))
			continue;
		packet = pptp_gre_socket_packet(&s->gre, (unsigned int)i, &len);
		pptp_data_receive(s, packet, len);
	}
	if (n > 0)
		stats->rx_queue_overflow += pptp_gre_socket_take_overflow(&s->gre);
}

/* Told for each frame of the send batch. */
static void frame_sent(void *user, size_t len, int error)
{
	struct pptp_session *s = user;

	pptp_tunnel_sent(s->tunnel, len, error);
	if (error)
		socket_trouble(s, "sending", error);
}

static void flush_gre(struct pptp_session *s)
{
	s->gre_full = pptp_gre_socket_flush(&s->gre, frame_sent, s) == -EAGAIN;
	if (s->gre_full)
		pptp_hub_wait_writable(s);
}

/* The slow path of --test-type: whole packets, kept and sent in a damaged order. */
static void send_disordered(struct pptp_session *s, const uint8_t *frame, size_t len)
{
	uint8_t packet[PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX];
	int header = pptp_tunnel_send(s->tunnel, len, s->now, packet);
	struct pptp_gre gre;
	const uint8_t *out;
	size_t out_len;

	if (header < 0)
		return;
	memcpy(packet + header, frame, len);
	pptp_disorder_push(s->disorder, packet, (size_t)header + len);
	while (pptp_disorder_pop(s->disorder, &out, &out_len)) {
		/* One that was kept may have a header of another size. */
		if (pptp_gre_decode(&gre, out, out_len) >= 0)
			frame_sent(s, gre.payload_len, pptp_gre_socket_send(&s->gre, out, out_len));
	}
}

/* Put a frame into the send batch; it must stay where it is until the batch was flushed. */
static int queue_frame(struct pptp_session *s, struct pptp_frame frame)
{
	uint8_t *header = pptp_gre_socket_next_header(&s->gre);
	int n;

	if (!header) {
		pptp_tunnel_stats(s->tunnel)->tx_dropped++;
		return -ENOMEM;
	}
	n = pptp_tunnel_send(s->tunnel, frame.len, s->now, header);
	if (n < 0)
		return n;
	pptp_gre_socket_queue(&s->gre, (size_t)n, frame.data, frame.len);
	return 0;
}

static bool may_send(struct pptp_session *s)
{
	s->window_full = pptp_tunnel_credit(s->tunnel) == 0;
	return !s->gre_full && !s->window_full;
}

/* Frames of the last read go to GRE; when its batch is full it is flushed in between. */
static void send_link_frames(struct pptp_session *s)
{
	struct pptp_stats *stats = pptp_tunnel_stats(s->tunnel);
	struct pptp_frame frame;

	while (may_send(s) && s->link->ops->next(s->link, &frame)) {
		if (s->disorder)
			send_disordered(s, frame.data, frame.len);
		else
			queue_frame(s, frame);
		if (pptp_gre_socket_queued(&s->gre) == GRE_BATCH)
			flush_gre(s);
	}
	flush_gre(s);
	stats->link_rx_frames = s->link->rx_frames;
	stats->link_rx_errors = s->link->rx_errors;
	if (s->link->saw_mppe && !s->mppe_warned) {
		s->mppe_warned = true;
		pptp_session_log(
			&s->cfg, PPTP_LOG_WARNING,
			"synchronous mode carries encrypted or compressed frames: a pty keeps no "
			"frame boundaries, so some of them will be damaged; leave out --sync here "
			"and sync in pppd");
	}
}

void pptp_data_gre_writable(struct pptp_session *s)
{
	flush_gre(s);
	if (!s->gre_full && s->link && s->link->read_fd >= 0)
		send_link_frames(s);
}

void pptp_data_gre_ready(struct pptp_session *s, uint32_t events)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (events & EPOLLOUT)
		pptp_data_gre_writable(s);
	if (!s->call_up)
		return;
	if ((events & EPOLLIN) || ((events & EPOLLERR) && !link_is_congested(s)))
		receive_batch(s);
	else if (events & EPOLLERR)
		getsockopt(s->gre.fd, SOL_SOCKET, SO_ERROR, &err, &len);
}

void pptp_data_link_readable(struct pptp_session *s, uint32_t events)
{
	int n;

	/* Before the call is up only a hang-up is looked for; frames of a hung-up link are moot. */
	if (!s->call_up || s->gre_full || s->window_full) {
		if (events & (EPOLLHUP | EPOLLERR))
			link_gone(s);
		return;
	}
	n = s->link->ops->fill(s->link);
	if (n > 0)
		send_link_frames(s);
	else if (n < 0 || events & (EPOLLHUP | EPOLLERR))
		link_gone(s);
}

void pptp_data_link_writable(struct pptp_session *s, uint32_t events)
{
	if (events & EPOLLOUT) {
		s->watched_events[WATCH_LINK_WRITE] = 0; /* it was for once */
		s->link_full = false;
		flush_link(s);
	} else if ((events & (EPOLLHUP | EPOLLERR)) && !s->link->write_is_copy) {
		/* Of a copy the reading side tells it, after what PPP said last. */
		link_gone(s);
	}
}

int pptp_data_send_frame(struct pptp_session *s, const uint8_t *frame, size_t len)
{
	uint8_t packet[PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX];
	int header, err;

	if (!pptp_tunnel_credit(s->tunnel)) {
		pptp_tunnel_stats(s->tunnel)->tx_dropped++;
		return -EAGAIN;
	}
	if (s->disorder) {
		send_disordered(s, frame, len);
		return 0;
	}
	header = pptp_tunnel_send(s->tunnel, len, s->now, packet);
	if (header < 0)
		return header;
	memcpy(packet + header, frame, len);
	err = pptp_gre_socket_send(&s->gre, packet, (size_t)header + len);
	if (err == -EAGAIN)
		pptp_tunnel_stats(s->tunnel)->tx_dropped++;
	else
		frame_sent(s, len, err);
	return err;
}

int pptp_data_link_attached(struct pptp_session *s)
{
	int err = pptp_session_watch_fd(s, WATCH_LINK_READ, s->link->read_fd, 0);

	if (!err)
		err = pptp_session_watch_fd(s, WATCH_LINK_WRITE, s->link->write_fd, 0);
	if (err) {
		pptp_session_unwatch(s, WATCH_LINK_READ);
		return err;
	}
	update_watches(s);
	return 0;
}

int pptp_data_call_up(struct pptp_session *s, const struct pptp_ctrl_event_call *call)
{
	int err = s->link ? 0 : pptp_link_new_frames(&s->link);

	if (err)
		return err;
	pptp_tunnel_set_peer(s->tunnel, call->peer_call_id);
	pptp_tunnel_set_peer_window(s->tunnel, call->peer_window, call->peer_delay);
	pptp_codel_init(&s->codel);
	s->call_up = s->call_was_up = true;
	if (s->cfg.gre_silent != PPTP_TIME_NEVER)
		s->gre_silent_at = s->now + s->cfg.gre_silent;
	return s->cfg.hub ? 0 : pptp_session_watch_fd(s, WATCH_GRE, s->gre.fd, EPOLLIN);
}

void pptp_data_call_down(struct pptp_session *s)
{
	s->call_up = false;
	s->gre_full = s->window_full = false;
	s->gre_silent_at = PPTP_TIME_NEVER;
	pptp_session_unwatch(s, WATCH_GRE);
}

static void expire(struct pptp_session *s)
{
	struct pptp_event event = { .type = PPTP_EVENT_GRE_SILENT };

	if (s->now >= pptp_tunnel_deadline(s->tunnel)) {
		pptp_tunnel_expire(s->tunnel, s->now);
		deliver_frames(s);
	}
	if (s->now >= s->gre_silent_at) {
		s->gre_silent_at = PPTP_TIME_NEVER;
		pptp_session_push(s, &event);
	}
}

static void send_ack(struct pptp_session *s)
{
	uint8_t header[PPTP_GRE_HEADER_MAX];
	size_t len = pptp_tunnel_ack(s->tunnel, s->now, header);
	struct pptp_stats *stats = pptp_tunnel_stats(s->tunnel);
	int err;

	if (!len)
		return;
	err = pptp_gre_socket_send(&s->gre, header, len);
	if (!err)
		return;
	/* Not sent after all; the next packet that comes owes a new one. */
	stats->tx_acks--;
	if (err == -EAGAIN) {
		stats->tx_dropped++;
		return;
	}
	stats->tx_failed++;
	socket_trouble(s, "sending", err);
}

void pptp_data_settle(struct pptp_session *s)
{
	bool was_full = s->link_full;

	if (s->call_up) {
		expire(s);
		if (!s->gre_heard && pptp_tunnel_heard(s->tunnel))
			heard(s);
	}
	flush_link(s);
	if (s->call_up) {
		if (s->window_full)
			send_link_frames(s);
		send_ack(s);
		pptp_tunnel_stats(s->tunnel)->link_tx_dropped = s->link->tx_dropped;
	}
	/* Meanwhile the kernel made room in the pty: cheaper to try than to wait for it. */
	if (s->link_full && !was_full) {
		s->link_full = false;
		flush_link(s);
	}
	update_watches(s);
}

uint64_t pptp_data_deadline(const struct pptp_session *s)
{
	uint64_t deadline = s->gre_silent_at, other;

	if (s->call_up) {
		other = pptp_tunnel_deadline(s->tunnel);
		deadline = other < deadline ? other : deadline;
		if (s->now < s->gre_rests_until && s->gre_rests_until < deadline)
			deadline = s->gre_rests_until;
	}
	if (link_is_alive(s) && !s->link_full) {
		other = link_deadline(s->link);
		deadline = other < deadline ? other : deadline;
	}
	return deadline;
}
