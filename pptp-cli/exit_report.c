/* SPDX-License-Identifier: MIT */
/*
 * The last sentence and the exit status: whose end it was (a signal, pppd, the server) and why, from
 * what the session and pppd have reported. Called once by run.c when all is over.
 */
#include "exit_report.h"

#include <string.h>

#include "log.h"

void exit_report_note(struct exit_report *report, const struct pptp_event_down *down)
{
	report->gre_heard = report->gre_heard || down->gre_heard;
	if (report->down.reason == PPTP_REASON_NONE)
		report->down = *down;
}

static const char *signal_name(int number)
{
	switch (number) {
	case SIGTERM:
		return "SIGTERM";
	case SIGINT:
		return "SIGINT";
	case SIGHUP:
		return "SIGHUP";
	case SIGQUIT:
		return "SIGQUIT";
	default:
		return "a signal";
	}
}

static enum exit_status no_gre(void)
{
	log_line(PPTP_LOG_ERROR,
		 "%s: look for a firewall that blocks IP protocol 47 (GRE) or a NAT gateway "
		 "without PPTP helper",
		 exit_status_text(EXIT_STATUS_NO_GRE));
	return EXIT_STATUS_NO_GRE;
}

/* The local side ended it. */
static enum exit_status link_ended(const struct exit_report *report, const struct pppd *pppd)
{
	bool unheard = report->was_up && !report->gre_heard;
	enum pppd_outcome outcome = PPPD_FINE;
	const char *text = "";

	if (pppd->ended)
		outcome = pppd_outcome(pppd, &text);
	if (outcome == PPPD_FAILED || (outcome == PPPD_UNHEARD && !unheard)) {
		log_line(PPTP_LOG_ERROR, "pppd failed: %s", text);
		return EXIT_STATUS_PPPD;
	}
	if (unheard)
		return no_gre();
	if (pppd->ended)
		log_line(PPTP_LOG_NOTICE, "pppd has ended (%s), the call is over", text);
	else
		log_line(PPTP_LOG_NOTICE, "pppd has ended, the call is over");
	return EXIT_STATUS_OK;
}

/* What the library knows beyond its reason in general; "" when that is nothing. */
static const char *detail_of(const struct pptp_event_down *down)
{
	const char *reason = pptp_reason_text(down->reason);
	size_t length = strlen(reason);

	if (strncmp(down->text, reason, length) != 0)
		return down->text;
	if (strncmp(down->text + length, ": ", 2) == 0)
		return down->text + length + 2;
	return "";
}

/* Several reasons share these, so the reason says more. */
static bool is_shared(enum exit_status status)
{
	return status == EXIT_STATUS_SYSTEM || status == EXIT_STATUS_START_REJECTED ||
	       status == EXIT_STATUS_PEER_ENDED;
}

static enum exit_status session_ended(const struct exit_report *report)
{
	const struct pptp_event_down *down = &report->down;
	enum exit_status status = exit_status_of_reason(down->reason);
	const char *sentence = exit_status_text(status);
	const char *detail = detail_of(down);

	if (is_shared(status))
		sentence = pptp_reason_text(down->reason);
	if (detail == down->text && *detail) {
		/* A sentence of its own says all. */
		sentence = detail;
		detail = "";
	}
	log_line(status == EXIT_STATUS_OK ? PPTP_LOG_NOTICE : PPTP_LOG_ERROR, "%s: %s%s%s",
		 report->was_up ? "the call is over" : "no connection", sentence,
		 *detail ? ": " : "", detail);
	if (report->was_up && !report->gre_heard && status == EXIT_STATUS_PEER_ENDED)
		log_line(PPTP_LOG_WARNING,
			 "no GRE packet had arrived before: a firewall or NAT gateway that blocks "
			 "IP protocol 47 (GRE) may be the cause");
	return status;
}

enum exit_status exit_report_log(const struct exit_report *report, const struct pppd *pppd)
{
	if (report->failure != EXIT_STATUS_OK)
		return report->failure;
	if (report->signal) {
		log_line(PPTP_LOG_NOTICE, "stopped by %s", signal_name(report->signal));
		return EXIT_STATUS_OK;
	}
	/* Without a signal the session is stopped only because pppd has ended or failed. */
	if (report->down.reason == PPTP_REASON_LINK_CLOSED ||
	    report->down.reason == PPTP_REASON_STOPPED)
		return link_ended(report, pppd);
	return session_ended(report);
}
