/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_HUB_H
#define PPTP_SESSION_HUB_H

#include <netinet/in.h>
#include <stdbool.h>

/* A session's place in its hub. All of this does nothing for a session without one. */

struct hub_socket;
struct pptp_session;

struct hub_member {
	bool joined;
	struct hub_socket *socket;
	bool touched; /* in the list of those that the present dispatch must settle */
	struct pptp_session *touched_next;
	bool waiting; /* in the socket's list of those that found it full */
	struct pptp_session *waiting_next;
};

/* Take the session's call ID in cfg.hub; -EADDRINUSE when another has it. */
int pptp_hub_join(struct pptp_session *s);
/* Find or open the socket for these addresses and send through it. */
int pptp_hub_open_gre(struct pptp_session *s, struct in_addr local, struct in_addr remote);
/* Tell the session when the socket, full now, can be written again. */
void pptp_hub_wait_writable(struct pptp_session *s);
void pptp_hub_leave(struct pptp_session *s);

#endif
