/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_DIALER_H
#define PPTP_SESSION_DIALER_H

/* From the server's name to an open TCP connection, one address after another. */

#include <netinet/in.h>

#include "session/config.h"
#include "session/down.h"
#include "session/loop.h"
#include "session/resolve.h"

/* The next step; each function below returns one, or -errno when an attempt cannot begin. */
enum dial {
	DIAL_WAIT,    /* wait for a descriptor or the deadline */
	DIAL_ADDRESS, /* pptp_dialer_address() is to be tried: pptp_dialer_connect() or _refuse() */
	DIAL_CONNECTED, /* take the descriptor with pptp_dialer_take() */
	DIAL_FAILED,    /* no address is left; `failure` has the reason */
};

struct dialer {
	struct resolve_request *resolver; /* while the name is looked up */
	struct in_addr addresses[PPTP_ADDRESSES_MAX];
	unsigned int count;
	unsigned int index; /* the address in use */
	int fd;             /* TCP, until it is taken */
	const char *call;   /* the system call that the connection is at, NULL before */
	uint64_t deadline;  /* of this address */
	struct in_addr local;
	char tunnel[IF_NAMESIZE]; /* the path to the address leads into it; "": into none */
	struct pptp_event_down failure;
	struct watch resolver_watch;
	struct watch tcp_watch;
};

void pptp_dialer_init(struct dialer *dialer, struct loop *loop, int resolver_id, int tcp_id);
void pptp_dialer_close(struct dialer *dialer);
/*
 * Opens the TCP socket early where its options need a privilege that the process may drop before the name
 * is known. pptp_dialer_connect() tries again where that failed.
 */
void pptp_dialer_open(struct dialer *dialer, const struct pptp_config *cfg);

/* DIAL_ADDRESS when the addresses are known, DIAL_WAIT while the name is looked up. */
int pptp_dialer_start(struct dialer *dialer, const struct pptp_config *cfg);
/* The resolver's descriptor is ready. */
enum dial pptp_dialer_resolved(struct dialer *dialer, const struct pptp_config *cfg);
/* Connect to the present address. */
enum dial pptp_dialer_connect(struct dialer *dialer, const struct pptp_config *cfg, uint64_t now);
/* The present address cannot be used, for that -errno: DIAL_ADDRESS with the next, or DIAL_FAILED. */
enum dial pptp_dialer_refuse(struct dialer *dialer, const struct pptp_config *cfg, int err);
/* The TCP descriptor is ready. */
enum dial pptp_dialer_ready(struct dialer *dialer, const struct pptp_config *cfg);
enum dial pptp_dialer_expire(struct dialer *dialer, const struct pptp_config *cfg, uint64_t now);

/* The open connection: its descriptor, watched for input by `watch` from now on; or -errno. */
int pptp_dialer_take(struct dialer *dialer, struct watch *watch);

static inline struct in_addr dialer_address(const struct dialer *dialer)
{
	return dialer->addresses[dialer->index];
}

/* Reason of a connection that failed with this -errno. */
enum pptp_reason pptp_dialer_reason(int err);

#endif
