/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_EVENT_SET_H
#define PPTP_SESSION_EVENT_SET_H

#include <pptp/proto/ctrl.h>
#include <pptp/session.h>

#include "session/dialer.h"

/* Fill in the details of an event; what they point to must last as long as the session. */
void pptp_event_set_connecting(struct pptp_event *event, const struct dialer *dialer,
			       const char *server);
void pptp_event_set_control(struct pptp_event *event, const struct dialer *dialer,
			    const struct pptp_ctrl_event_up *server);
void pptp_event_set_call(struct pptp_event *event, const struct dialer *dialer,
			 const struct pptp_ctrl_event_call *call, unsigned int mtu);

#endif
