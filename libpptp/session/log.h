/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_LOG_H
#define PPTP_SESSION_LOG_H

#include "session/config.h"

/* Format a line for the embedder's log handler, if it logs this level. */
void pptp_session_log(const struct pptp_config *cfg, enum pptp_log_level level, const char *format,
		      ...) __attribute__((format(printf, 3, 4)));

#endif
