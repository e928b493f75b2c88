/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_HUB_H
#define PPTP_SESSION_HUB_H

/* What a session's data path needs of its hub; the rest is <pptp/hub.h>. */

#include <pptp/hub.h>

#include "session/gre_port.h"

/* Take member->call_id in this hub: 0, or -EADDRINUSE when another member has it. */
int pptp_hub_claim(struct pptp_hub *hub, struct gre_member *member);
/* Join the port for these addresses, which is opened for the first member. */
int pptp_hub_connect(struct pptp_hub *hub, const struct pptp_config *cfg, struct gre_member *member,
		     struct in_addr local, struct in_addr remote);
/* Leave the port, which is closed after the last member, and give the Call ID back. */
void pptp_hub_release(struct pptp_hub *hub, struct gre_member *member);

#endif
