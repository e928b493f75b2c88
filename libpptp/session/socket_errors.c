/* SPDX-License-Identifier: MIT */
/*
 * The log line about errors of the GRE socket. Such an error (a cable unplugged, a firewall reloaded)
 * is counted in the statistics by the caller; the tunnel continues, and keep-alive decides when the
 * peer is gone. Called by data_path.c and sender.c.
 */
#include "session/socket_errors.h"

#include "deadline.h"
#include "session/log.h"

#define LINE_INTERVAL (60 * PPTP_NS_PER_SEC)

void pptp_socket_errors_log(struct socket_errors *errors, const struct pptp_config *cfg,
			    const char *verb, int err, uint64_t now)
{
	errors->count++;
	errors->total++;
	if (now < errors->next_line)
		return;
	pptp_session_log(
		cfg, PPTP_LOG_WARNING,
		"error %s GRE: %s (%u errors since the last report; the tunnel is still up)", verb,
		pptp_strerror(err), errors->count);
	errors->count = 0;
	errors->next_line = deadline_after(now, LINE_INTERVAL);
}
