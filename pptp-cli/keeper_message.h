/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_KEEPER_MESSAGE_H
#define PPTP_CLI_KEEPER_MESSAGE_H

/*
 * What the worker and its keeper send each other, one structure a packet (SOCK_SEQPACKET). Orders have
 * a fixed size, and nothing in them is a text or a length.
 */

#include <stdbool.h>

#include <pptp/route.h>

#define KEEPER_TEXT_MAX 256

enum keeper_order {
	KEEPER_PIN = 1, /* the host route for `query`, until KEEPER_SEAL; answered */
	KEEPER_UNPIN,   /* answered */
	KEEPER_SEAL,    /* the connection is open: no other destination from now on */
	KEEPER_START,   /* pppd, once */
	KEEPER_SIGNAL,  /* `number`, to pppd */
	KEEPER_LEAVE,   /* the worker ends; without it its end is logged */
};

struct keeper_request {
	enum keeper_order order;
	int number;
	struct pptp_route_query query;
};

enum keeper_news {
	KEEPER_ANSWER =
		1,   /* KEEPER_PIN or KEEPER_UNPIN is done; what failed was a KEEPER_LINE before */
	KEEPER_LINE, /* about the route: `text`. value: whether it is a warning */
	KEEPER_CHANGED, /* this machine's routes or addresses have changed */
	KEEPER_STARTED, /* value: pppd's process, or -errno */
	KEEPER_DETACHED, /* pppd's first process has ended with 0, pppd continues. value: its process,
			    or 0 where that is not known */
	KEEPER_ENDED,    /* pppd. value: the status of waitpid(2) */
};

struct keeper_report {
	enum keeper_news news;
	int value;
	char text[KEEPER_TEXT_MAX];
};

/* A worker that has ended reads no report. text: NULL for "". */
void keeper_send_report(int fd, enum keeper_news news, int value, const char *text);

#endif
