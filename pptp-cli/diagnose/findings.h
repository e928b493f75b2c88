/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_FINDINGS_H
#define PPTP_CLI_FINDINGS_H

/* What a diagnosis has seen on the way to the server, and what it concludes from that. */

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>

#include <pptp/session.h>

#include "exit_status.h"

#define VERDICT_TEXT_MAX 1024

struct findings {
	struct in_addr server; /* the address in use; 0.0.0.0 before one is known */
	struct in_addr local;
	char interface[IF_NAMESIZE]; /* by which packets leave; "" unknown */
	bool point_to_point;         /* a tunnel, or an uplink by PPP */
	bool same_network;           /* no gateway is in between */
	bool has_ppp;                /* pppd and the kernel's PPP are here */
	bool was_up;                 /* the call */
	enum pptp_reason reason;     /* why it ended; PPTP_REASON_STOPPED: by us */
	const char *reason_text;     /* in a sentence */

	unsigned int sent;     /* GRE packets that the system took */
	unsigned int refused;  /* and did not permit */
	bool taps;             /* whether packets are seen before the firewall */
	unsigned int reached;  /* GRE packets of the call seen there */
	bool heard;            /* one came through to the socket */
	bool acked;            /* the server has acknowledged one of ours */
	bool answered;         /* PPP has answered one */
	unsigned int expected; /* octets that should pass in one frame; 0: not tried to the end */
	unsigned int largest;  /* octets that did; 0: echoes are not answered */
};

enum cause {
	CAUSE_NONE,            /* all is well */
	CAUSE_NO_PPP,          /* all is well but for this machine's PPP */
	CAUSE_SYSTEM,          /* this machine refuses what a call needs; it is on standard error */
	CAUSE_TUNNEL,          /* the route to the server leads into a tunnel that leads nowhere */
	CAUSE_BEFORE_THE_CALL, /* `reason` */
	CAUSE_ENDED,           /* the server has ended the call: `reason` */
	CAUSE_FIREWALL_IN,     /* this machine's, for arriving GRE */
	CAUSE_FIREWALL_OUT,    /* for leaving GRE */
	CAUSE_NO_GRE,          /* nothing arrives, nothing is acknowledged */
	CAUSE_GRE_OUT,         /* GRE arrives here, but not there */
	CAUSE_PPP_SILENT,      /* GRE passes, PPP does not answer */
	CAUSE_SIZE,            /* large frames do not come back */
	CAUSE_COUNT
};

/* The first cause and, where there are two at once, the second; else CAUSE_NONE. */
struct verdict {
	enum cause first;
	enum cause second;
};

struct verdict verdict_of(const struct findings *found);

/* A stable name for programs: "firewall-in". */
const char *cause_name(enum cause cause);
/* What is wrong, and what to do, in sentences. */
void cause_text(enum cause cause, const struct findings *found, char text[VERDICT_TEXT_MAX]);
enum exit_status cause_exit_status(enum cause cause, const struct findings *found);

#endif
