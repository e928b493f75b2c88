/* SPDX-License-Identifier: MIT */
/*
 * A hub: one GRE port for each pair of addresses (and mark and interface) that its sessions use, and
 * the table of their Call IDs, which are unique in a hub. It reads the ports in its own loop and
 * settles the members that received something through their own function; it does not
 * use sessions. Its public side is <pptp/hub.h>.
 */
#include "session/hub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "deadline.h"
#include "keep_errno.h"

#define CALL_IDS       65536
#define PORTS_PER_TURN 16

struct hub_port {
	struct gre_port port;
	struct in_addr local;
	struct in_addr remote;
	uint32_t mark;
	char interface[IF_NAMESIZE];
	unsigned int users;
	struct hub_port *next;
};

struct pptp_hub {
	struct loop loop;
	struct hub_port *ports;
	struct gre_touched touched;
	struct gre_member *by_call[CALL_IDS];
};

int pptp_hub_new(struct pptp_hub **hubp)
{
	PPTP_KEEP_ERRNO;
	struct pptp_hub *hub = calloc(1, sizeof(*hub));
	int err;

	if (!hub)
		return -ENOMEM;
	pptp_loop_init(&hub->loop);
	err = pptp_loop_open(&hub->loop);
	if (err) {
		pptp_hub_free(hub);
		return err;
	}
	*hubp = hub;
	return 0;
}

struct pptp_hub *pptp_hub_free(struct pptp_hub *hub)
{
	PPTP_KEEP_ERRNO;

	if (!hub)
		return NULL;
	pptp_loop_close(&hub->loop);
	free(hub);
	return NULL;
}

int pptp_hub_get_fd(const struct pptp_hub *hub)
{
	return hub->loop.epoll_fd;
}

/* -- members ---------------------------------------------------------------------------------- */

int pptp_hub_claim(struct pptp_hub *hub, struct gre_member *member)
{
	if (hub->by_call[member->call_id])
		return -EADDRINUSE;
	hub->by_call[member->call_id] = member;
	return 0;
}

static bool serves(const struct hub_port *port, const struct pptp_config *cfg, struct in_addr local,
		   struct in_addr remote)
{
	return port->local.s_addr == local.s_addr && port->remote.s_addr == remote.s_addr &&
	       port->mark == cfg->mark && strcmp(port->interface, cfg->interface) == 0;
}

static int open_port(struct hub_port **portp, struct pptp_hub *hub, const struct pptp_config *cfg,
		     struct in_addr local, struct in_addr remote)
{
	struct hub_port *port = calloc(1, sizeof(*port));
	int err;

	if (!port)
		return -ENOMEM;
	port->local = local;
	port->remote = remote;
	port->mark = cfg->mark;
	memcpy(port->interface, cfg->interface, sizeof(port->interface));
	pptp_gre_port_init(&port->port, &hub->loop, 0, hub->by_call, &hub->touched);
	err = pptp_gre_port_open(&port->port, cfg, -1, 0);
	if (!err)
		err = pptp_gre_port_connect(&port->port, local, remote);
	if (err) {
		pptp_gre_port_close(&port->port);
		free(port);
		return err;
	}
	port->next = hub->ports;
	hub->ports = port;
	*portp = port;
	return 0;
}

int pptp_hub_connect(struct pptp_hub *hub, const struct pptp_config *cfg, struct gre_member *member,
		     struct in_addr local, struct in_addr remote)
{
	struct hub_port *port = hub->ports;
	int err = 0;

	while (port && !serves(port, cfg, local, remote))
		port = port->next;
	if (!port)
		err = open_port(&port, hub, cfg, local, remote);
	if (err)
		return err;
	port->users++;
	pptp_gre_port_join(&port->port, member);
	return 0;
}

static void release_port(struct pptp_hub *hub, struct hub_port *port)
{
	struct hub_port **place = &hub->ports;

	if (--port->users)
		return;
	while (*place != port)
		place = &(*place)->next;
	*place = port->next;
	pptp_gre_port_close(&port->port);
	free(port);
}

void pptp_hub_release(struct pptp_hub *hub, struct gre_member *member)
{
	struct hub_port *port = (struct hub_port *)member->port;

	if (hub->by_call[member->call_id] != member)
		return;
	hub->by_call[member->call_id] = NULL;
	if (!port)
		return;
	pptp_gre_port_leave(member);
	release_port(hub, port);
}

/* -- dispatch --------------------------------------------------------------------------------- */

static void resume_paused(struct pptp_hub *hub, uint64_t now)
{
	for (struct hub_port *port = hub->ports; port; port = port->next) {
		pptp_gre_port_expire(&port->port, now);
		pptp_loop_arm(&hub->loop, port->port.paused_until);
	}
}

static int settle_touched(struct pptp_hub *hub, uint64_t now)
{
	struct gre_member *member;
	int err = 0;

	while ((member = hub->touched.first)) {
		int other;

		hub->touched.first = member->next_touched;
		member->touched = false;
		other = member->settle(member->owner, now);
		err = err ? err : other;
	}
	return err;
}

int pptp_hub_dispatch(struct pptp_hub *hub)
{
	PPTP_KEEP_ERRNO;
	struct epoll_event events[PORTS_PER_TURN];
	int n = pptp_loop_wait(&hub->loop, events, PORTS_PER_TURN, 0);
	uint64_t now = pptp_clock_monotonic();
	int err;

	if (n < 0)
		return n;
	hub->loop.error = 0;
	/* Sessions, and with them ports, may end when they are settled: only after the last. */
	for (int i = 0; i < n; i++)
		pptp_gre_port_ready(gre_port_of(events[i].data.ptr), events[i].events, now);
	resume_paused(hub, now);
	err = settle_touched(hub, now);
	return err ? err : hub->loop.error;
}
