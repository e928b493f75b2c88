/* SPDX-License-Identifier: MIT */
/*
 * The last sentence and the exit status: which side ended the session (a signal, pppd, the server)
 * and why, from what the session and pppd have reported. The numbers are in exit_status.c, the
 * meaning of pppd's statuses in pppd_outcome.c. Called by run.c as events arrive, and once when
 * everything has ended.
 */
#include "exit_report.h"

#include <signal.h>

#include "log.h"

void exit_report_note(struct exit_report *report, const struct pptp_event_down *down)
{
	report->gre_heard = report->gre_heard || down->gre_heard;
	/* The warning was premature: the server acknowledges late. */
	report->one_way = report->one_way && !down->gre_acked;
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

/* A path that does not carry GRE both ways explains the end of a call. */
static bool is_unheard(const struct exit_report *report)
{
	return report->was_up && (!report->gre_heard || report->one_way);
}

static const char *path_text(const struct exit_report *report)
{
	return report->one_way
		       ? "GRE packets arrived, but the server had acknowledged none of ours: look "
			 "for a firewall that blocks outgoing IP protocol 47 (GRE)"
		       : "no GRE packet had ever arrived while the call was up: look for a "
			 "firewall "
			 "that blocks IP protocol 47 (GRE) or a NAT gateway without PPTP helper";
}

/* Whether pppd's outcome cannot be explained by a path that carries no GRE, or by a hang-up. */
static bool is_own_failure(enum pppd_outcome outcome, bool unheard)
{
	return outcome == PPPD_FAILED || (outcome == PPPD_NOT_NEGOTIATED && !unheard);
}

/* run.c returns the status of a pppd that ran. */
static enum exit_status pppd_failed(const char *text)
{
	log_line(PPTP_LOG_ERROR, "pppd failed: %s", text);
	return EXIT_STATUS_PPPD;
}

/* The local side ended it. */
static enum exit_status link_ended(const struct exit_report *report, const struct pppd *pppd)
{
	enum pppd_outcome outcome = PPPD_FINE;
	bool unheard = is_unheard(report);
	const char *text = "";

	if (pppd->ended)
		outcome = pppd_outcome(pppd, &text);
	if (is_own_failure(outcome, unheard) || (outcome == PPPD_HUNG_UP && !unheard))
		return pppd_failed(text);
	if (unheard && outcome != PPPD_WAS_UP) {
		log_line(PPTP_LOG_ERROR, "%s", path_text(report));
		return EXIT_STATUS_NO_GRE;
	}
	if (pppd->ended)
		log_line(PPTP_LOG_NOTICE, "pppd has ended (%s), the call is over", text);
	else /* no signal ended it or us, and only pppd has the reason */
		log_line(PPTP_LOG_WARNING,
			 "pppd has closed the link, the call is over: see the log of pppd");
	return EXIT_STATUS_OK;
}

bool exit_report_is_servers_end(const struct exit_report *report)
{
	return exit_status_of_reason(report->down.reason) == EXIT_STATUS_PEER_ENDED;
}

static enum exit_status session_ended(const struct exit_report *report)
{
	const struct pptp_event_down *down = &report->down;

	log_line(PPTP_LOG_ERROR, "%s: %s", report->was_up ? "the call is over" : "no connection",
		 down->text);
	if (is_unheard(report) && exit_report_is_servers_end(report))
		log_line(PPTP_LOG_WARNING, "this may be the cause: %s", path_text(report));
	return exit_status_of_reason(down->reason);
}

enum exit_status exit_report_log(const struct exit_report *report, const struct pppd *pppd)
{
	enum pppd_outcome outcome = PPPD_FINE;
	const char *text = "";

	if (report->failure != EXIT_STATUS_OK)
		return report->failure;
	if (report->asked) {
		log_line(PPTP_LOG_NOTICE, "stopped by %s", signal_name(report->signal));
		return EXIT_STATUS_OK;
	}
	/* Without a signal the session is stopped only because pppd has ended or failed. */
	if (report->down.reason == PPTP_REASON_LINK_CLOSED ||
	    report->down.reason == PPTP_REASON_STOPPED)
		return link_ended(report, pppd);
	/* Many servers close at once when PPP fails: the cause is what pppd found. */
	if (pppd->ended && exit_report_is_servers_end(report))
		outcome = pppd_outcome(pppd, &text);
	if (is_own_failure(outcome, is_unheard(report)))
		return pppd_failed(text);
	return session_ended(report);
}
