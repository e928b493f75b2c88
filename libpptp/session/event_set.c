/* SPDX-License-Identifier: MIT */
/*
 * Fills in the events that an embedder pops, from the parts of a session. No I/O, no state;
 * session.c decides which event is reported and when, and is the only caller. The reason for the
 * end of a session is composed in down.c.
 */
#include "session/event_set.h"

void pptp_event_set_connecting(struct pptp_event *event, const struct dialer *dialer,
			       const char *server)
{
	event->u.connecting.server = server;
	event->u.connecting.address = dialer_address(dialer);
	event->u.connecting.attempt = dialer->index + 1;
	event->u.connecting.count = dialer->count;
}

void pptp_event_set_control(struct pptp_event *event, const struct dialer *dialer,
			    const struct pptp_ctrl_event_up *server)
{
	event->u.control.address = dialer_address(dialer);
	event->u.control.version = server->version;
	event->u.control.firmware = server->firmware;
	event->u.control.host_name = server->host_name;
	event->u.control.vendor_name = server->vendor_name;
}

void pptp_event_set_call(struct pptp_event *event, const struct dialer *dialer,
			 const struct pptp_ctrl_event_call *call, unsigned int mtu)
{
	event->u.call.local = dialer->local;
	event->u.call.remote = dialer_address(dialer);
	event->u.call.call_id = call->call_id;
	event->u.call.peer_call_id = call->peer_call_id;
	event->u.call.connect_speed = call->connect_speed;
	event->u.call.peer_window = call->peer_window;
	event->u.call.mtu = mtu;
}
