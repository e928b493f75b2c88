/* SPDX-License-Identifier: MIT */
/*
 * From what a diagnosis has seen to the cause, its exit status, and sentences for the user. It looks at
 * nothing itself. Called by diagnose.c.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "findings.h"

/* -- the cause -------------------------------------------------------------------------------- */

static bool passes_out(const struct findings *found)
{
	return found->acked || found->answered;
}

/* Of the two directions of GRE, each has its own cause. */
static enum cause cause_in(const struct findings *found)
{
	if (found->heard)
		return CAUSE_NONE;
	return found->reached ? CAUSE_FIREWALL_IN : CAUSE_NO_GRE;
}

static enum cause cause_out(const struct findings *found)
{
	if (passes_out(found))
		return CAUSE_NONE;
	if (found->refused && !found->sent)
		return CAUSE_FIREWALL_OUT;
	return CAUSE_GRE_OUT;
}

static struct verdict of_gre(const struct findings *found)
{
	enum cause in = cause_in(found), out = cause_out(found);

	/* Where nothing arrives, nothing is known of what leaves, unless this machine refuses it. */
	if (in == CAUSE_NO_GRE && out == CAUSE_GRE_OUT)
		out = CAUSE_NONE;
	/* A server that hears nothing may say nothing either. */
	if (in == CAUSE_NO_GRE && out == CAUSE_FIREWALL_OUT)
		in = CAUSE_NONE;
	return in != CAUSE_NONE ? (struct verdict){ in, out } : (struct verdict){ out, CAUSE_NONE };
}

static enum cause of_ppp(const struct findings *found)
{
	if (!found->answered)
		return CAUSE_PPP_SILENT;
	if (found->largest && found->largest < found->expected)
		return CAUSE_SIZE;
	return found->has_ppp ? CAUSE_NONE : CAUSE_NO_PPP;
}

/* Nothing has come back by that link. */
static bool leads_nowhere(enum pptp_reason reason)
{
	return reason == PPTP_REASON_CONNECT_TIMEOUT || reason == PPTP_REASON_UNREACHABLE;
}

struct verdict verdict_of(const struct findings *found)
{
	struct verdict verdict = { CAUSE_BEFORE_THE_CALL, CAUSE_NONE };

	if (!found->was_up) {
		if (found->point_to_point && leads_nowhere(found->reason))
			verdict.first = CAUSE_TUNNEL;
		return verdict;
	}
	if (found->reason != PPTP_REASON_STOPPED) {
		verdict.first = CAUSE_ENDED;
		if (cause_in(found) == CAUSE_FIREWALL_IN)
			verdict.second = CAUSE_FIREWALL_IN;
		return verdict;
	}
	verdict = of_gre(found);
	if (verdict.first == CAUSE_NONE)
		verdict.first = of_ppp(found);
	return verdict;
}

/* -- names and numbers ------------------------------------------------------------------------ */

static const struct {
	const char *name;
	enum exit_status status;
} causes[CAUSE_COUNT] = {
	[CAUSE_NONE] = { "none", EXIT_STATUS_OK },
	[CAUSE_NO_PPP] = { "no-ppp", EXIT_STATUS_PPPD },
	[CAUSE_SYSTEM] = { "system", EXIT_STATUS_SYSTEM },
	[CAUSE_TUNNEL] = { "route-into-tunnel", EXIT_STATUS_ROUTE_INTO_TUNNEL },
	[CAUSE_BEFORE_THE_CALL] = { "server", EXIT_STATUS_SYSTEM },
	[CAUSE_ENDED] = { "ended", EXIT_STATUS_PEER_ENDED },
	[CAUSE_FIREWALL_IN] = { "firewall-in", EXIT_STATUS_FIREWALL_IN },
	[CAUSE_FIREWALL_OUT] = { "firewall-out", EXIT_STATUS_FIREWALL_OUT },
	[CAUSE_NO_GRE] = { "no-gre", EXIT_STATUS_NO_GRE },
	[CAUSE_GRE_OUT] = { "gre-out", EXIT_STATUS_GRE_OUT },
	[CAUSE_PPP_SILENT] = { "ppp-silent", EXIT_STATUS_PPP_SILENT },
	[CAUSE_SIZE] = { "size", EXIT_STATUS_SIZE },
};

const char *cause_name(enum cause cause)
{
	return causes[cause].name;
}

enum exit_status cause_exit_status(enum cause cause, const struct findings *found)
{
	if (cause == CAUSE_BEFORE_THE_CALL || cause == CAUSE_ENDED)
		return exit_status_of_reason(found->reason);
	return causes[cause].status;
}

/* -- sentences -------------------------------------------------------------------------------- */

static bool is_within(struct in_addr address, uint32_t network, int bits)
{
	return (ntohl(address.s_addr) ^ network) >> (32 - bits) == 0;
}

/* RFC 1918, and RFC 6598 for providers' gateways. */
static bool is_private(struct in_addr address)
{
	return is_within(address, 0x0a000000, 8) || is_within(address, 0xac100000, 12) ||
	       is_within(address, 0xc0a80000, 16) || is_within(address, 0x64400000, 10);
}

struct sentences {
	char *text;
	size_t len;
};

static void __attribute__((format(printf, 2, 3)))
say(struct sentences *sentences, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(sentences->text + sentences->len, VERDICT_TEXT_MAX - sentences->len, format,
		      args);
	va_end(args);
	if (n > 0)
		sentences->len += (size_t)n < VERDICT_TEXT_MAX - sentences->len
					  ? (size_t)n
					  : VERDICT_TEXT_MAX - sentences->len - 1;
}

static const char *advice_of_reason(enum pptp_reason reason)
{
	switch (reason) {
	case PPTP_REASON_NAME_NOT_FOUND:
		return "Check how it is spelled, and the name servers in /etc/resolv.conf.";
	case PPTP_REASON_CONNECT_REFUSED:
		return "The host is there, but no PPTP server answers on it, or a firewall rejects "
		       "TCP port 1723: ask who runs the server.";
	case PPTP_REASON_UNREACHABLE:
		return "Check this machine's own connection, and the address.";
	case PPTP_REASON_CONNECT_TIMEOUT:
		return "The host is down, the address is wrong, or a firewall drops TCP port 1723.";
	case PPTP_REASON_START_TIMEOUT:
		return "The server accepts the connection but then stays silent: it may be "
		       "overloaded, or another device may be answering for it.";
	case PPTP_REASON_CALL_TIMEOUT:
		return "The server answers but does not take the call: it may be overloaded.";
	case PPTP_REASON_NOT_PPTP:
		return "Check the address.";
	case PPTP_REASON_CALL_BUSY:
		return "All its lines are in use, or an earlier call has not been released yet: "
		       "try again in a minute.";
	case PPTP_REASON_NOT_AUTHORIZED:
	case PPTP_REASON_START_REJECTED:
	case PPTP_REASON_CALL_REJECTED:
	case PPTP_REASON_CALL_DISCONNECTED:
	case PPTP_REASON_CALL_CLEARED:
	case PPTP_REASON_PEER_STOPPED:
	case PPTP_REASON_PEER_CLOSED:
		return "The server decides about that: its log says why.";
	default:
		return "";
	}
}

static void say_no_gre(struct sentences *out, const struct findings *found, const char *local)
{
	say(out, "No GRE packet (IP protocol 47) of the call arrives here. ");
	if (is_private(found->local) && !is_private(found->server))
		say(out,
		    "This machine's address, %s, is behind a NAT gateway: turn on its PPTP helper "
		    "(\"PPTP passthrough\"; on Linux the modules nf_conntrack_pptp and nf_nat_pptp "
		    "and a rule that assigns the helper). If that does not help, the provider or "
		    "the "
		    "server's firewall blocks GRE.",
		    local);
	else if (found->same_network)
		say(out, "There is no router in between: the server or its firewall sends none.");
	else
		say(out, "A router or firewall on the way, or the server's, blocks it.");
	if (!found->taps)
		say(out, " Or this machine's own firewall does, which could not be checked.");
}

#define ALLOW                                                                                      \
	"Allow them with whichever of these you use; the tables, chains and zones may have other " \
	"names here, and all but ufw's are gone after a restart:\n"

static void say_firewall_in(struct sentences *out, const struct findings *found, const char *server)
{
	say(out,
	    "This machine's firewall drops the server's GRE packets (IP protocol 47): %u packets "
	    "of "
	    "the call arrived, but none got through. " ALLOW
	    "  nft insert rule inet filter input ip saddr %s ip protocol gre accept\n"
	    "  iptables -I INPUT -p gre -s %s -j ACCEPT\n"
	    "  firewall-cmd --add-rich-rule='rule family=ipv4 source address=%s protocol value=gre "
	    "accept'\n"
	    "  ufw prepend allow proto gre from %s",
	    found->reached, server, server, server, server);
}

static void say_firewall_out(struct sentences *out, const char *server)
{
	say(out,
	    "This machine does not permit GRE packets (IP protocol 47) to the server: its "
	    "firewall, "
	    "or that of the container it runs in. " ALLOW
	    "  nft insert rule inet filter output ip daddr %s ip protocol gre accept\n"
	    "  iptables -I OUTPUT -p gre -d %s -j ACCEPT\n"
	    "  ufw prepend allow out proto gre to %s",
	    server, server, server);
}

/* Its text has the details; the step that failed shows them. */
static void say_reason(struct sentences *out, const struct findings *found)
{
	const char *advice = advice_of_reason(found->reason);
	const char *text = *advice ? pptp_reason_text(found->reason) : found->reason_text;

	say(out, "%c%s.%s%s", toupper((unsigned char)text[0]), *text ? text + 1 : "",
	    *advice ? " " : "", advice);
}

static void say_server(struct sentences *out, enum cause cause, const struct findings *found,
		       const char *server)
{
	if (cause == CAUSE_TUNNEL)
		say(out,
		    "The route to the server goes through the point-to-point link %s. If that is a "
		    "tunnel, perhaps one left over from this VPN, take it down or add a route to "
		    "%s "
		    "through the real uplink. If it is the uplink itself: ",
		    found->interface, server);
	if (cause == CAUSE_ENDED)
		say(out, "The server has ended the call by itself. ");
	say_reason(out, found);
}

static void say_ppp(struct sentences *out, enum cause cause, const struct findings *found)
{
	if (cause == CAUSE_NONE)
		say(out, "Everything works up to the server's PPP. What remains is authentication "
			 "and encryption, which pppd negotiates.");
	else if (cause == CAUSE_NO_PPP)
		say(out, "The server and the path to it are fine, but this machine cannot run PPP: "
			 "pppd or the kernel's PPP is missing (step \"PPP here\").");
	else if (cause == CAUSE_PPP_SILENT)
		say(out, "GRE passes both ways, but the server's PPP does not answer: its log says "
			 "whether its pppd has started.");
	else if (cause == CAUSE_SYSTEM)
		say(out, "This machine refuses what a call needs: the line on standard error says "
			 "what.");
	else
		say(out,
		    "Frames of up to %u octets come back, those of %u do not: give pppd \"mtu %u\" "
		    "and \"mru %u\", and look for a firewall that drops large packets or ICMP.",
		    found->largest, found->expected, found->largest, found->largest);
}

void cause_text(enum cause cause, const struct findings *found, char text[VERDICT_TEXT_MAX])
{
	struct sentences out = { .text = text };
	char server[INET_ADDRSTRLEN], local[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &found->server, server, sizeof(server));
	inet_ntop(AF_INET, &found->local, local, sizeof(local));
	text[0] = '\0';
	switch (cause) {
	case CAUSE_TUNNEL:
	case CAUSE_BEFORE_THE_CALL:
	case CAUSE_ENDED:
		say_server(&out, cause, found, server);
		break;
	case CAUSE_FIREWALL_IN:
		say_firewall_in(&out, found, server);
		break;
	case CAUSE_FIREWALL_OUT:
		say_firewall_out(&out, server);
		break;
	case CAUSE_NO_GRE:
		say_no_gre(&out, found, local);
		break;
	case CAUSE_GRE_OUT:
		say(&out,
		    "The server's GRE packets (IP protocol 47) reach this machine, but none of the "
		    "%u that it sent was acknowledged or answered: something on the way to the "
		    "server, or its firewall, drops them.",
		    found->sent);
		break;
	default:
		say_ppp(&out, cause, found);
		break;
	}
}
