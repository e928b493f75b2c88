/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_PPP_LINK_H
#define PPTP_CLI_PPP_LINK_H

#include <pptp/session.h>

#include "options.h"
#include "pppd.h"

/*
 * Gives the session the link to pppd. Returns a descriptor of the caller's, -errno after a log line: a copy of
 * the link, or the socket to the plugin, which wake_fd then watches. pppd sees a hang-up once it is
 * closed and the session is freed. Nothing is read before the call is up.
 */
int ppp_link_attach(const struct options *options, struct pppd *pppd, struct pptp_session *session,
		    int wake_fd);

#endif
