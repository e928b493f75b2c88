/* SPDX-License-Identifier: MIT */
/*
 * Logs the statistics for SIGUSR1, in the names and order of pptp(8). The counters are the
 * library's (pptp_session_get_stats) and so are the names (core/stats.c); only the layout is
 * decided here. Called by run.c.
 */
#include "statistics.h"

#include <inttypes.h>
#include <string.h>

#include <pptp/stats.h>

#include "log.h"

static int name_width(const struct pptp_stats *stats)
{
	struct pptp_stats_line line;
	unsigned int i;
	int width = 0;

	for (i = 0; pptp_stats_line(stats, sizeof(*stats), i, &line); i++)
		if ((int)strlen(line.name) > width)
			width = (int)strlen(line.name);
	return width;
}

void statistics_log(const struct pptp_session *session, bool all)
{
	struct pptp_stats stats = { 0 };
	struct pptp_stats_line line;
	unsigned int i;
	int width;

	if (pptp_session_get_stats(session, &stats, sizeof(stats)) < 0)
		return;
	width = name_width(&stats);
	log_line_always(PPTP_LOG_NOTICE, "GRE statistics:");
	for (i = 0; pptp_stats_line(&stats, sizeof(stats), i, &line); i++) {
		if (i >= PPTP_STATS_LINES_CLASSIC && !all)
			break;
		log_line_always(PPTP_LOG_NOTICE, "%-*s = %" PRIu64 "%s%s", width, line.name,
				line.value, *line.unit ? " " : "", line.unit);
	}
}
