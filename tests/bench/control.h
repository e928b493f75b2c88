/* SPDX-License-Identifier: MIT */
#ifndef BENCH_CONTROL_H
#define BENCH_CONTROL_H

/*
 * The server's side of control connections, just enough: every call is answered at once, several
 * calls may share a connection (pptp-linux does that), echoes are returned. Only a call is refused
 * whose Call ID another one has: both clients would receive the packets of either.
 */

#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALLS_MAX       64
#define CALL_ID_FIRST   100
#define CONNECTIONS_MAX CALLS_MAX

struct connection {
	int fd; /* -1: free */
	size_t have;
	uint8_t buf[512];
};

struct control {
	int listener;
	struct connection connections[CONNECTIONS_MAX];
	unsigned int calls; /* answered so far; their IDs count from CALL_ID_FIRST */
	uint16_t client_call_id[CALLS_MAX];
	unsigned int refused; /* calls whose clients were not started again yet */
};

bool control_open(struct control *control, struct in_addr address);
void control_close(struct control *control);
/* All clients ended: hang up, and forget their calls. */
void control_forget(struct control *control);

/* What to poll for; returns how many of fds were filled, at most 1 + CONNECTIONS_MAX. */
unsigned int control_poll(const struct control *control, struct pollfd *fds);
/* Answer whatever came. */
void control_serve(struct control *control);

#endif
