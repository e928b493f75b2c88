/* SPDX-License-Identifier: MIT */
/*
 * --status: fetches the answers of the tunnels, drops all privileges, and only then reads and prints them.
 * Called by main.c. without.c takes its place in a build without json-c.
 */
#include "status/show.h"

#include <errno.h>
#include <stdio.h>

#include <pptp/types.h>

#include "exit_status.h"
#include "log.h"
#include "privilege.h"
#include "status/details.h"
#include "status/fetch.h"
#include "status/metrics.h"
#include "status/name.h"
#include "status/table.h"
#include "status/tunnels_json.h"
#include "status/watch.h"

/* A sentence lists no more names than that. */
#define NAMES_MAX 20

static void print_tunnels(const struct options *options, const struct tunnels *tunnels)
{
	switch (options->output) {
	case OUTPUT_JSON:
		tunnels_print_json(stdout, tunnels);
		return;
	case OUTPUT_OPENMETRICS:
		metrics_print(stdout, tunnels);
		return;
	default:
		break;
	}
	if (options->server && tunnels->count == 0)
		return;
	table_print(stdout, tunnels, NULL);
	if (options->server)
		details_print(stdout, &tunnels->list[0]);
}

/* In the table and in JSON it stands with the tunnel; in metrics, as one that is not up. */
static enum exit_status report_unreadable(const struct options *options,
					  const struct tunnels *tunnels)
{
	enum exit_status status = EXIT_STATUS_OK;

	for (size_t i = 0; i < tunnels->count; i++) {
		const struct tunnel *tunnel = &tunnels->list[i];

		if (tunnel_is_readable(tunnel))
			continue;
		if (options->output == OUTPUT_OPENMETRICS)
			fprintf(stderr, "pptp: tunnel %s cannot be read: %s\n",
				tunnel_text(tunnel, TUNNEL_NAME), tunnel->problem);
		else
			status = EXIT_STATUS_SYSTEM;
	}
	return status;
}

static void report_missing(const char *name, const struct answers *others)
{
	fprintf(stderr, "pptp: no tunnel of the name %s is running", name);
	for (size_t i = 0; i < others->count && i < NAMES_MAX; i++)
		fprintf(stderr, "%s%s", i ? ", " : "; those that are: ", others->list[i].name);
	if (others->count > NAMES_MAX)
		fprintf(stderr, " and %zu more", others->count - NAMES_MAX);
	fputc('\n', stderr);
}

static int show(const struct options *options, const struct fetched *fetched)
{
	struct tunnels tunnels;
	enum exit_status status;
	int err = tunnels_read(&tunnels, &fetched->answers, &fetched->files);

	if (err) {
		fprintf(stderr, "pptp: cannot read the status of tunnels: %s\n",
			pptp_strerror(err));
		return EXIT_STATUS_SYSTEM;
	}
	print_tunnels(options, &tunnels);
	status = report_unreadable(options, &tunnels);
	if (options->server && tunnels.count == 0)
		report_missing(options->server, &fetched->others);
	if (options->server && status == EXIT_STATUS_OK &&
	    (tunnels.count == 0 || !tunnel_is_up(&tunnels.list[0])))
		status = EXIT_STATUS_NOT_UP;
	tunnels_clear(&tunnels);
	return status;
}

int status_show(const struct options *options)
{
	struct fetched fetched;
	int status;

	if (options->server && !status_name_is_valid(options->server)) {
		fputs("pptp: a tunnel's name has letters, digits, '.', '_' and '-', at most 64, "
		      "and no "
		      "'.' or '-' first: \"pptp --status\" shows the names\n",
		      stderr);
		return EXIT_STATUS_USAGE;
	}
	if (!privilege_be_caller()) {
		fprintf(stderr,
			"pptp: cannot give up the privilege of set-user-ID (setresuid): %s\n",
			pptp_strerror(-errno));
		return EXIT_STATUS_SYSTEM;
	}
	if (options->output == OUTPUT_WATCH)
		return status_watch(options->server, options->sandbox);
	fetch(&fetched, options->server, true);
	log_open(options->log_string, PPTP_LOG_WARNING, true);
	if (options->sandbox)
		privilege_drop_reader();
	log_close();
	status = fetched_refusal(&fetched);
	if (status == EXIT_STATUS_OK)
		status = show(options, &fetched);
	fetched_clear(&fetched);
	return status;
}
