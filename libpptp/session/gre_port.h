/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_GRE_PORT_H
#define PPTP_SESSION_GRE_PORT_H

/*
 * A port: one GRE socket to one peer, and the calls that receive from it, its members. A session has
 * a port of its own with one member; a hub has a port for each pair of addresses, with many.
 */

#include <netinet/in.h>

#include "session/config.h"
#include "session/gre_rx.h"
#include "session/loop.h"

struct gre_port;

struct gre_member_ops {
	/* A packet with the member's Call ID, or on a session's own port any packet. */
	void (*receive)(void *user, const struct gre_packet *packet, uint64_t now);
	/* The socket, which was full, can be written again. */
	void (*writable)(void *user, uint64_t now);
};

/* One call on a port. */
struct gre_member {
	const struct gre_member_ops *ops;
	void *user; /* for ops */
	/* In a hub: called at the end of a dispatch in which the member received something. It may
	 * make members leave. 0 or -errno. */
	int (*settle)(void *owner, uint64_t now);
	void *owner;
	uint16_t call_id;      /* ours */
	struct gre_port *port; /* NULL: left, or not joined yet */
	int error;             /* -errno: the port cannot watch it any more */
	bool ready;            /* accepts packets now */
	bool touched;          /* in the list of those that received something */
	bool waiting;          /* in the port's list of members for which the socket was full */
	uint64_t drops_before; /* the port's counters when it joined */
	uint64_t errors_before;
	struct gre_member *next_touched;
	struct gre_member *next_waiting;
};

/* Members to settle after a turn. */
struct gre_touched {
	struct gre_member *first;
};

struct gre_port {
	int fd;
	struct watch watch;
	struct gre_rx rx;
	struct gre_member *only;     /* the member of a session's own port */
	struct gre_member **by_call; /* a hub's table of all Call IDs, NULL with `only` */
	struct gre_touched *touched; /* a hub's list; NULL: the session settles itself */
	struct gre_member *waiting;  /* members for which the socket was full */
	unsigned int ready_count;    /* the socket is read while a member accepts packets */
	unsigned int failures;       /* to read, in a row */
	uint64_t paused_until;       /* by failures; PPTP_TIME_NEVER: not paused */
	uint64_t errors;             /* of reading */
	int last_error;              /* the latest of them, -errno */
};

/* id: of its watch in `loop`. by_call and touched are NULL for the port of one session. */
void pptp_gre_port_init(struct gre_port *port, struct loop *loop, int id,
			struct gre_member **by_call, struct gre_touched *touched);
/* supplied_fd: a socket that becomes the port's own on success, or -1. call_id 0: any. */
int pptp_gre_port_open(struct gre_port *port, const struct pptp_config *cfg, int supplied_fd,
		       uint16_t call_id);
int pptp_gre_port_connect(struct gre_port *port, struct in_addr local, struct in_addr remote);
void pptp_gre_port_close(struct gre_port *port);

void pptp_gre_port_join(struct gre_port *port, struct gre_member *member);
void pptp_gre_port_leave(struct gre_member *member);

/*
 * Whether the member accepts packets now. While no member does, packets wait in the socket's buffer;
 * while another one does, those for this member are still passed to it.
 */
void pptp_gre_member_set_ready(struct gre_member *member, bool ready);
/* Call ops->writable once when the socket, full now, can be written again. */
void pptp_gre_member_wait(struct gre_member *member);

/* The descriptor is ready: a bounded number of packets. */
void pptp_gre_port_ready(struct gre_port *port, uint32_t events, uint64_t now);
/* Read again after a pause, when it is over. */
void pptp_gre_port_expire(struct gre_port *port, uint64_t now);

static inline struct gre_port *gre_port_of(struct watch *watch)
{
	return (struct gre_port *)((char *)watch - offsetof(struct gre_port, watch));
}

#endif
