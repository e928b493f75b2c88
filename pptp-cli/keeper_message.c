/* SPDX-License-Identifier: MIT */
/*
 * Reports of the keeper to the worker. Called by the files of the keeper: keeper_process.c, kept_route.c
 * and launcher.c; keeper.c reads them.
 */
#include "keeper_message.h"

#include <stdio.h>
#include <unistd.h>

void keeper_send_report(int fd, enum keeper_news news, int value, const char *text)
{
	struct keeper_report report = { .news = news, .value = value };

	if (text)
		snprintf(report.text, sizeof(report.text), "%s", text);
	if (write(fd, &report, sizeof(report)) < 0) {
		/* A worker that has ended reads no report. */
	}
}
