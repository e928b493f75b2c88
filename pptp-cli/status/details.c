/* SPDX-License-Identifier: MIT */
/* Prints what is known of one tunnel and has no column. Called by show.c. */
#include "status/details.h"

#include <inttypes.h>
#include <string.h>

static void print_text(FILE *out, const char *key, const struct tunnel *tunnel,
		       enum tunnel_member member)
{
	if (tunnel_has(tunnel, member) && *tunnel_text(tunnel, member))
		fprintf(out, "%s: %s\n", key, tunnel_text(tunnel, member));
}

static void print_number(FILE *out, const char *key, const struct tunnel *tunnel,
			 enum tunnel_member member, const char *unit)
{
	if (tunnel_has(tunnel, member))
		fprintf(out, "%s: %" PRIu64 "%s\n", key, tunnel_number(tunnel, member), unit);
}

static void print_call(FILE *out, const struct tunnel *tunnel)
{
	if (!tunnel_has(tunnel, TUNNEL_CALL_ID))
		return;
	fprintf(out, "Call IDs: %" PRIu64 " here, %" PRIu64 " of the server\n",
		tunnel_number(tunnel, TUNNEL_CALL_ID), tunnel_number(tunnel, TUNNEL_CALL_PEER_ID));
	print_number(out, "connect speed", tunnel, TUNNEL_CALL_SPEED, " bit/s");
	print_number(out, "server's window", tunnel, TUNNEL_CALL_PEER_WINDOW, " packets");
}

static void print_gre(FILE *out, const struct tunnel *tunnel)
{
	const bool received = tunnel_number(tunnel, TUNNEL_GRE_RECEIVED);
	const bool acknowledged = tunnel_number(tunnel, TUNNEL_GRE_ACKNOWLEDGED);

	/* Nothing can be sent before; with the kernel's link both may be true for want of a look. */
	if (!tunnel_has(tunnel, TUNNEL_CALL_ID) ||
	    (strcmp(tunnel_text(tunnel, TUNNEL_LINK), "kernel") == 0 && received && acknowledged))
		return;
	fprintf(out, "GRE: %s, %s\n", received ? "packets arrive" : "no packet has arrived",
		acknowledged ? "the server acknowledges ours"
			     : "the server has acknowledged none of ours");
}

static void print_route(FILE *out, const struct tunnel *tunnel)
{
	if (tunnel_has(tunnel, TUNNEL_ROUTE_TEXT))
		print_text(out, "host route", tunnel, TUNNEL_ROUTE_TEXT);
	else if (!tunnel_number(tunnel, TUNNEL_ROUTE_WANTED))
		fputs("host route: not wanted\n", out);
}

static void print_processes(FILE *out, const struct tunnel *tunnel)
{
	fprintf(out, "processes: %" PRIu64 " (tunnel)", tunnel_number(tunnel, TUNNEL_PROCESS));
	if (tunnel_has(tunnel, TUNNEL_KEEPER))
		fprintf(out, ", %" PRIu64 " (keeper)", tunnel_number(tunnel, TUNNEL_KEEPER));
	if (tunnel_has(tunnel, TUNNEL_PPPD))
		fprintf(out, ", %" PRIu64 " (pppd)", tunnel_number(tunnel, TUNNEL_PPPD));
	fputc('\n', out);
}

static void print_failure(FILE *out, const struct tunnel *tunnel)
{
	if (!tunnel_has(tunnel, TUNNEL_FAILURE_TEXT))
		return;
	fprintf(out, "failure: %s; exit status %" PRIu64 "; %s\n",
		tunnel_text(tunnel, TUNNEL_FAILURE_REASON),
		tunnel_number(tunnel, TUNNEL_FAILURE_EXIT_STATUS),
		tunnel_number(tunnel, TUNNEL_FAILURE_RETRY) ? "another attempt may succeed"
							    : "another attempt will not help");
}

/* By the names of the log (SIGUSR1). */
static void print_statistics(FILE *out, const struct tunnel *tunnel)
{
	struct pptp_stats_line line;

	for (unsigned int i = 0; pptp_stats_line(&tunnel->stats, sizeof(tunnel->stats), i, &line);
	     i++)
		if (tunnel->stats_known >> i & 1)
			fprintf(out, "%s: %" PRIu64 "%s%s\n", line.name, line.value,
				*line.unit ? " " : "", line.unit);
}

void details_print(FILE *out, const struct tunnel *tunnel)
{
	if (!tunnel_is_readable(tunnel))
		return;
	print_text(out, "started", tunnel, TUNNEL_STARTED);
	print_text(out, "connected since", tunnel, TUNNEL_UP_SINCE);
	print_text(out, "local address", tunnel, TUNNEL_LOCAL_ADDRESS);
	print_call(out, tunnel);
	print_text(out, "server's host name", tunnel, TUNNEL_SERVER_HOST_NAME);
	print_text(out, "server's vendor", tunnel, TUNNEL_SERVER_VENDOR);
	print_number(out, "server's firmware", tunnel, TUNNEL_SERVER_FIRMWARE, "");
	print_text(out, "link", tunnel, TUNNEL_LINK);
	print_number(out, "MTU", tunnel, TUNNEL_MTU, "");
	print_route(out, tunnel);
	print_gre(out, tunnel);
	print_processes(out, tunnel);
	print_text(out, "version", tunnel, TUNNEL_VERSION);
	if (tunnel_has(tunnel, TUNNEL_WARNING_TEXT))
		fprintf(out, "last warning: %s (%s)\n", tunnel_text(tunnel, TUNNEL_WARNING_TEXT),
			tunnel_text(tunnel, TUNNEL_WARNING_TIME));
	print_failure(out, tunnel);
	print_statistics(out, tunnel);
}
