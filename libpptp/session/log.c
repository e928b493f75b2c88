/* SPDX-License-Identifier: MIT */
/*
 * Formats a log line and passes it to the function of the configuration, if its level is enabled.
 * No line is stored, counted or limited here: callers that could repeat a line without bound limit
 * it themselves (socket_errors.c, control.c). Called by the parts of the session, for example
 * dialer.c and host_route.c.
 */
#include "session/log.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX_OCTETS 1024

void pptp_session_log(const struct pptp_config *cfg, enum pptp_log_level level, const char *format,
		      ...)
{
	char line[LINE_MAX_OCTETS];
	va_list args;

	if (!cfg->log || level > cfg->log_level)
		return;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	cfg->log(cfg->log_user, level, line);
}
