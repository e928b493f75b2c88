/* SPDX-License-Identifier: MIT */
/*
 * The status of this process's own tunnel: it is written only when somebody asks, from what the other
 * parts know by then. Called by run.c.
 */
#include "status/own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "monotonic.h"
#include "privilege.h"
#include "status/object.h"
#include "status/remover.h"

static void log_missing(const char *failed, int err)
{
	/* Only root can make it: not of interest to others. */
	const bool expected = err == -EACCES && geteuid() != 0;

	log_line(expected ? PPTP_LOG_INFO : PPTP_LOG_NOTICE,
		 "no socket in " STATUS_FOLDER " (%s): %s; pptp --status will not show this tunnel",
		 failed, pptp_strerror(err));
}

/* The terminal that pppd is on is that of which its pty program has the other end. */
static void find_terminal(struct own_status *status)
{
	if (ptsname_r(STDIN_FILENO, status->terminal, sizeof(status->terminal)) != 0)
		status->terminal[0] = '\0';
}

void own_status_open(struct own_status *status, const struct options *options,
		     const int close_fds[2])
{
	char name[STATUS_NAME_MAX + 1];
	const char *failed;

	status->started = time(NULL);
	status->phase_since = monotonic_ns();
	status->info.server = options->server;
	status->info.host_name = status->info.vendor_name = "";
	if (!options->status_socket)
		return;
	if (!options->launch_pppd && !options->channel)
		find_terminal(status);
	if (options->name)
		snprintf(name, sizeof(name), "%s", options->name);
	else
		status_name_from_server(name, options->server);
	failed = status_socket_open(&status->socket, name);
	if (failed) {
		log_missing(failed, -errno);
		return;
	}
	if (options->name && strcmp(options->name, status->socket.name) != 0)
		log_line(PPTP_LOG_NOTICE, "another tunnel has the name %s: this one is %s",
			 options->name, status->socket.name);
	status->remover_fd = status_remover_fork(&status->socket, options->sandbox, close_fds);
	status_socket_leave_folder(&status->socket);
	if (status->remover_fd < 0)
		log_line(PPTP_LOG_NOTICE,
			 STATUS_FOLDER "/%s" STATUS_SUFFIX " will be left behind at the end: no "
				       "process to remove it (pipe, fork): %s%s",
			 status->socket.name, pptp_strerror(status->remover_fd),
			 privilege_hint(status->remover_fd));
}

void own_status_note(struct own_status *status, const struct pptp_session *session)
{
	const enum pptp_phase before = status->info.phase;
	const char *server = status->info.server;
	struct pptp_session_info *info = &status->info;

	if (!session)
		return;
	(void)pptp_session_get_info(session, info, sizeof(*info));
	(void)pptp_session_get_stats(session, &status->stats, sizeof(status->stats));
	snprintf(status->host_name, sizeof(status->host_name), "%s", info->host_name);
	snprintf(status->vendor_name, sizeof(status->vendor_name), "%s", info->vendor_name);
	info->server = server;
	info->host_name = status->host_name;
	info->vendor_name = status->vendor_name;
	if (info->up_at && !status->up_since)
		status->up_since = time(NULL);
	if (info->phase != before)
		status->phase_since = monotonic_ns();
}

static size_t write_object(const struct own_status *status,
			   const struct own_status_sources *sources, char *text)
{
	const struct kernel_call *kernel = sources->kernel;
	struct unit_counters counters;
	struct status_view view = {
		.name = status->socket.name,
		.started = status->started,
		.time = time(NULL),
		.now = monotonic_ns(),
		.phase_since = status->phase_since,
		.up_since = status->up_since,
		.tunnel = getpid(),
		.keeper = sources->keeper->pid,
		.pppd = sources->pppd->running ? sources->pppd->pid : 0,
		.terminal = *status->terminal ? status->terminal : sources->pppd->terminal,
		.interface = kernel->unit.interface,
		.route_wanted = sources->options->host_route,
		.route_text = sources->keeper->route_text,
		.info = status->info,
		.stats = sources->options->channel ? NULL : &status->stats,
		.warning = log_last_warning(),
		.failure = &sources->report->down,
	};
	FILE *out = fmemopen(text, STATUS_OBJECT_MAX, "w");
	long length;

	if (!out)
		return 0;
	if (*view.interface && unit_statistics_read(kernel->counters_fd, view.interface, &counters))
		view.unit = &counters;
	status_object_write(&view, out);
	length = ftell(out);
	return fclose(out) == 0 && length > 0 ? (size_t)length : 0;
}

void own_status_answer(struct own_status *status, const struct own_status_sources *sources)
{
	char text[STATUS_OBJECT_MAX];

	if (status->socket.fd < 0 || !status_socket_is_asked(&status->socket))
		return;
	own_status_note(status, sources->session);
	status_socket_answer(&status->socket, text, write_object(status, sources, text));
}

void own_status_close(struct own_status *status)
{
	status_socket_close(&status->socket);
	if (status->remover_fd >= 0)
		close(status->remover_fd);
	status->remover_fd = -1;
}
