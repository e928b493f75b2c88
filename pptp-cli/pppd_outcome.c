/* SPDX-License-Identifier: MIT */
/*
 * What the exit status of pppd means (pppd(8), EXIT STATUS), in words and by kind. The status of
 * pptp itself does not follow from it alone: exit_report.c, which calls this, also considers what
 * the session reported.
 */
#include "pppd.h"

#include <stdio.h>
#include <sys/wait.h>

/* The exit statuses of pppd(8). */
static const struct {
	enum pppd_outcome outcome;
	const char *text;
} exits[] = {
	[0] = { PPPD_WAS_UP, "the link was up and has ended" },
	[1] = { PPPD_FAILED, "a fatal error of the system" },
	[2] = { PPPD_FAILED, "an option of pppd is wrong" },
	[3] = { PPPD_FAILED, "it needs to be root" },
	[4] = { PPPD_FAILED, "the kernel has no PPP (module ppp_generic, /dev/ppp)" },
	[5] = { PPPD_FINE, "it was asked to end" },
	[6] = { PPPD_FAILED, "the terminal could not be locked" },
	[7] = { PPPD_FAILED, "the terminal could not be opened" },
	[8] = { PPPD_FAILED, "the connect script failed" },
	[9] = { PPPD_FAILED, "the pty command could not be run" },
	[10] = { PPPD_NOT_NEGOTIATED,
		 "PPP negotiation failed: the two sides agreed on no network protocol, or on no "
		 "encryption (MPPE) where one requires it; see the log of pppd" },
	[11] = { PPPD_FAILED, "the server did not authenticate itself to us (noauth is usual)" },
	[12] = { PPPD_WAS_UP, "the link was idle" },
	[13] = { PPPD_WAS_UP, "the time limit of the connection was reached" },
	[14] = { PPPD_FINE, "callback was negotiated" },
	[15] = { PPPD_HUNG_UP, "the server no longer answers PPP echo requests" },
	[16] = { PPPD_HUNG_UP, "the link was hung up" },
	[17] = { PPPD_FAILED, "the link is a loopback" },
	[18] = { PPPD_FAILED, "the init script failed" },
	[19] = { PPPD_FAILED, "the server did not accept our name and password" },
};

int pppd_exit_status(const struct pppd *pppd)
{
	const int status = pppd->wait_status;

	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

enum pppd_outcome pppd_outcome(const struct pppd *pppd, const char **textp)
{
	static char text[80];
	size_t status = (size_t)WEXITSTATUS(pppd->wait_status);

	if (WIFSIGNALED(pppd->wait_status)) {
		snprintf(text, sizeof(text), "it was killed by signal %d",
			 WTERMSIG(pppd->wait_status));
		*textp = text;
		return PPPD_FAILED;
	}
	if (status < sizeof(exits) / sizeof(exits[0])) {
		*textp = exits[status].text;
		return exits[status].outcome;
	}
	snprintf(text, sizeof(text), "exit status %zu", status);
	*textp = text;
	return PPPD_FAILED;
}
