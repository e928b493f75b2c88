/* SPDX-License-Identifier: MIT */
/*
 * Receives GRE packets from one socket and passes each to the member with its Call ID. Decides
 * when the socket is read: while at least one member accepts packets, and after repeated errors not
 * before a pause. The owner of the port (data_path.c for one session, hub.c for many) calls it when
 * the descriptor is ready. RFC 2637, 3.2.2: a packet belongs to a call by peer and Call ID.
 */
#include "session/gre_port.h"

#include <unistd.h>

#include <pptp/proto/gre.h>

#include "deadline.h"
#include "session/gre_socket.h"
#include "wire.h"

/* After this many consecutive read errors, pause, so that a lasting error does not use the CPU. */
#define FAILURES_MAX 8
#define PAUSE        (10 * PPTP_NS_PER_MS)

void pptp_gre_port_init(struct gre_port *port, struct loop *loop, int id,
			struct gre_member **by_call, struct gre_touched *touched)
{
	*port = (struct gre_port){
		.fd = -1, .by_call = by_call, .touched = touched, .paused_until = PPTP_TIME_NEVER
	};
	pptp_watch_init(&port->watch, loop, id);
}

int pptp_gre_port_open(struct gre_port *port, const struct pptp_config *cfg, int supplied_fd,
		       uint16_t call_id)
{
	return pptp_gre_socket_open(&port->fd, cfg, supplied_fd, call_id);
}

int pptp_gre_port_connect(struct gre_port *port, struct in_addr local, struct in_addr remote)
{
	int err = pptp_gre_socket_connect(port->fd, local, remote);

	return err ? err : pptp_watch_add(&port->watch, port->fd, 0);
}

void pptp_gre_port_close(struct gre_port *port)
{
	pptp_watch_remove(&port->watch);
	if (port->fd >= 0)
		close(port->fd);
	port->fd = -1;
	pptp_gre_rx_free(&port->rx);
}

/* -- members ---------------------------------------------------------------------------------- */

static int update_watch(struct gre_port *port)
{
	bool reads = port->ready_count && port->paused_until == PPTP_TIME_NEVER;

	return pptp_watch_set(&port->watch,
			      (reads ? EPOLLIN : 0U) | (port->waiting ? EPOLLOUT : 0U));
}

void pptp_gre_port_join(struct gre_port *port, struct gre_member *member)
{
	member->port = port;
	member->drops_before = port->rx.drops;
	member->errors_before = port->errors;
	if (!port->by_call)
		port->only = member;
}

static void stop_waiting(struct gre_member *member)
{
	struct gre_member **place = &member->port->waiting;

	if (!member->waiting)
		return;
	while (*place != member)
		place = &(*place)->next_waiting;
	*place = member->next_waiting;
	member->waiting = false;
}

static void untouch(struct gre_member *member)
{
	struct gre_member **place;

	if (!member->touched)
		return;
	place = &member->port->touched->first;
	while (*place != member)
		place = &(*place)->next_touched;
	*place = member->next_touched;
	member->touched = false;
}

void pptp_gre_port_leave(struct gre_member *member)
{
	if (!member->port)
		return;
	pptp_gre_member_set_ready(member, false);
	stop_waiting(member);
	untouch(member);
	update_watch(member->port);
	if (member->port->only == member)
		member->port->only = NULL;
	member->port = NULL;
}

void pptp_gre_member_set_ready(struct gre_member *member, bool ready)
{
	struct gre_port *port = member->port;

	if (member->ready == ready || !port)
		return;
	member->ready = ready;
	if (ready)
		port->ready_count++;
	else
		port->ready_count--;
	member->error = update_watch(port);
}

void pptp_gre_member_wait(struct gre_member *member)
{
	struct gre_port *port = member->port;

	if (member->waiting || !port)
		return;
	member->waiting = true;
	member->next_waiting = port->waiting;
	port->waiting = member;
	member->error = update_watch(port);
}

static void touch(struct gre_member *member)
{
	struct gre_touched *touched = member->port->touched;

	if (!touched || member->touched)
		return;
	member->touched = true;
	member->next_touched = touched->first;
	touched->first = member;
}

/* -- packets ---------------------------------------------------------------------------------- */

/* NULL when the packet is too short for a Call ID, or no member of this port has it. */
static struct gre_member *member_of(const struct gre_port *port, const struct gre_packet *packet)
{
	struct gre_member *member;
	uint16_t call_id;

	if (!port->by_call)
		return port->only;
	if (packet->len < PPTP_GRE_HEADER_MIN)
		return NULL;
	get_u16(&call_id, packet->data + GRE_CALL_ID_OFFSET);
	member = port->by_call[call_id];
	return member && member->port == port ? member : NULL;
}

static void receive_failed(struct gre_port *port, int err, uint64_t now)
{
	port->errors++;
	port->last_error = err;
	if (++port->failures < FAILURES_MAX)
		return;
	port->failures = 0;
	port->paused_until = deadline_after(now, PAUSE);
	pptp_loop_arm(port->watch.loop, port->paused_until);
	update_watch(port);
}

static void receive(struct gre_port *port, uint64_t now)
{
	uint64_t real_time = port->rx.stamped ? pptp_clock_real() : 0;
	int n = pptp_gre_rx_receive(&port->rx, port->fd);

	if (n < 0) {
		receive_failed(port, n, now);
		return;
	}
	port->failures = 0;
	for (int i = 0; i < n; i++) {
		struct gre_packet packet;
		struct gre_member *member;

		pptp_gre_rx_packet(&port->rx, (unsigned int)i, real_time, &packet);
		packet.last = i + 1 == n && n < GRE_BATCH;
		member = member_of(port, &packet);
		if (!member)
			continue;
		touch(member);
		member->ops->receive(member->user, &packet, now);
	}
}

/* Members for which the socket was full send what they kept. */
static void resume(struct gre_port *port, uint64_t now)
{
	struct gre_member *member = port->waiting, *next;

	port->waiting = NULL;
	update_watch(port);
	for (; member; member = next) {
		next = member->next_waiting;
		member->waiting = false;
		touch(member);
		member->ops->writable(member->user, now);
	}
}

void pptp_gre_port_ready(struct gre_port *port, uint32_t events, uint64_t now)
{
	if (events & EPOLLOUT)
		resume(port, now);
	/* An error is read, and counted, also during a pause. */
	if ((events & EPOLLIN) || ((events & EPOLLERR) && port->ready_count))
		receive(port, now);
	else if (events & EPOLLERR)
		pptp_gre_socket_clear_error(port->fd);
}

void pptp_gre_port_expire(struct gre_port *port, uint64_t now)
{
	if (!deadline_is_due(port->paused_until, now))
		return;
	port->paused_until = PPTP_TIME_NEVER;
	update_watch(port);
}
