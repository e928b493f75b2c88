/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_SOCKET_ERRORS_H
#define PPTP_SESSION_SOCKET_ERRORS_H

#include <stdint.h>

#include "session/config.h"

/* Errors of the GRE socket that do not end the tunnel: logged at most once a minute, with a count. */
struct socket_errors {
	unsigned int count; /* since the last line */
	uint64_t total;
	uint64_t next_line;
};

/* verb: "sending" or "receiving". */
void pptp_socket_errors_log(struct socket_errors *errors, const struct pptp_config *cfg,
			    const char *verb, int err, uint64_t now);

#endif
