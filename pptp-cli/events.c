/* SPDX-License-Identifier: MIT */
/*
 * One log line for each event of the session that matters to a user. It acts on nothing: what an
 * event leads to is decided in run.c, and why a session ended is in exit_report.c. Messages and
 * protocol oddities are logged by the library itself. Called by run.c.
 */
#include "events.h"

#include <arpa/inet.h>

#include "log.h"

static const char *address_text(struct in_addr address, char *text)
{
	return inet_ntop(AF_INET, &address, text, INET_ADDRSTRLEN);
}

static void log_connecting(const struct pptp_event_connecting *connecting)
{
	char address[INET_ADDRSTRLEN];

	address_text(connecting->address, address);
	if (connecting->count > 1)
		log_line(PPTP_LOG_NOTICE, "connecting to %s, address %u of %u of the server",
			 address, connecting->attempt, connecting->count);
	else
		log_line(PPTP_LOG_NOTICE, "connecting to %s", address);
}

static void log_control(const struct pptp_event_control *control)
{
	char address[INET_ADDRSTRLEN];

	log_line(PPTP_LOG_NOTICE,
		 "control connection established with %s (host name \"%s\", vendor \"%s\", "
		 "firmware %u)",
		 address_text(control->address, address), control->host_name, control->vendor_name,
		 control->firmware);
}

static void log_call(const struct pptp_event_call *call)
{
	char local[INET_ADDRSTRLEN];
	char remote[INET_ADDRSTRLEN];

	log_line(PPTP_LOG_NOTICE, "call up from %s to %s, call ID %u, peer's call ID %u, %u bit/s",
		 address_text(call->local, local), address_text(call->remote, remote),
		 call->call_id, call->peer_call_id, call->connect_speed);
	log_line(PPTP_LOG_INFO, "peer's receive window %u packets, suggested MTU and MRU %u",
		 call->peer_window, call->mtu);
}

void event_log(const struct pptp_event *event)
{
	switch (event->type) {
	case PPTP_EVENT_RESOLVING:
		log_line(PPTP_LOG_INFO, "looking up %s", event->u.connecting.server);
		break;
	case PPTP_EVENT_CONNECTING:
		log_connecting(&event->u.connecting);
		break;
	case PPTP_EVENT_CONTROL_UP:
		log_control(&event->u.control);
		break;
	case PPTP_EVENT_CALL_UP:
		log_call(&event->u.call);
		break;
	case PPTP_EVENT_GRE_SILENT:
		log_line(
			PPTP_LOG_WARNING,
			"the call is up but no GRE packet has arrived: usual causes are a firewall "
			"that blocks IP protocol 47 (GRE) here, on the way or at the server, or a "
			"NAT gateway without PPTP helper (on Linux: modules nf_conntrack_pptp and "
			"nf_nat_pptp)");
		break;
	case PPTP_EVENT_GRE_ONE_WAY:
		log_line(
			PPTP_LOG_WARNING,
			"GRE packets arrive from the server, but it has acknowledged none of ours: "
			"usual causes are a firewall that blocks outgoing IP protocol 47 (GRE) "
			"here "
			"or on the way to the server");
		break;
	case PPTP_EVENT_GRE_HEARD:
		log_line(PPTP_LOG_INFO, "the first GRE packet has arrived");
		break;
	case PPTP_EVENT_LINK_CLOSED:
		log_line(PPTP_LOG_NOTICE, "pppd has closed the link");
		break;
	case PPTP_EVENT_ROUTE_PINNED:
	case PPTP_EVENT_CONNECTED:
	case PPTP_EVENT_ROUTE_LOST: /* the library logs changes of the route */
	case PPTP_EVENT_CALL_FAILED:
	case PPTP_EVENT_CALL_DOWN:
	case PPTP_EVENT_CLOSED:
		break;
	}
}
