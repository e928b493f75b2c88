/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_DOWN_H
#define PPTP_SESSION_DOWN_H

/* Why a session, or its call, ended: the codes, and the sentence that a user reads. */

#include <pptp/proto/ctrl.h>
#include <pptp/session.h>

/* Whether a container, a sandbox or the kernel refused the call itself; and that in words, else "". */
bool pptp_is_refusal(int err);
const char *pptp_refusal_hint(int err);

/* Detected locally: the sentence is `format`. system_error is -errno, PPTP_ERR_* or 0. */
void pptp_down_set(struct pptp_event_down *down, enum pptp_reason reason, int system_error,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Reported by core/ctrl. tcp_error is the -errno that ended TCP, else 0; started: the server's first
 * message had arrived. down->detail points into `from`, which must last as long as the event.
 */
void pptp_down_from_ctrl(struct pptp_event_down *down, const struct pptp_ctrl_event_down *from,
			 int tcp_error, bool started);

#endif
