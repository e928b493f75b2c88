/* SPDX-License-Identifier: MIT */
/*
 * Makes the session from the configuration that the options have filled (option_table.c), and logs
 * a sentence about what is wrong when the library refuses it. Values were already checked when they
 * were parsed; here only the system can refuse. And starts it. Called once by run.c or diagnose.c, the first
 * while the process is root.
 */
#include "configure.h"

#include <errno.h>
#include <unistd.h>

#include "log.h"
#include "privilege.h"

/* Whether the library has named what failed. */
static bool is_named;

static void log_and_note(void *user, enum pptp_log_level level, const char *line)
{
	is_named = is_named || level <= PPTP_LOG_ERROR;
	log_from_library(user, level, line);
}

static enum exit_status session_refused(const struct options *options, int err)
{
	if (err == -EPERM || err == -EACCES) {
		/* Root of a container, or of a service whose capabilities are bounded. */
		log_line(PPTP_LOG_ERROR, "not permitted to open the GRE socket: %s capabilit%s%s",
			 geteuid() == 0 ? "root lacks here (in a container: --cap-add) the"
					: "run pptp as root, or with the",
			 options->has_mark ? "ies CAP_NET_RAW and, for --rtmark, CAP_NET_ADMIN"
					   : "y CAP_NET_RAW",
			 geteuid() == 0 ? ", or a sandbox refuses the call (socket)" : "");
		return EXIT_STATUS_NOT_PERMITTED;
	}
	if (is_named) {
		log_line(PPTP_LOG_ERROR, "the system refuses what pptp needs: see the line before");
		return EXIT_STATUS_SYSTEM;
	}
	if (err == -ENOMEM) {
		log_line(PPTP_LOG_ERROR, "no session: %s", pptp_strerror(err));
		return EXIT_STATUS_SYSTEM;
	}
	if (err == -EPROTONOSUPPORT || err == -ESOCKTNOSUPPORT) {
		log_line(
			PPTP_LOG_ERROR,
			"cannot open the GRE socket: %s; this system has no raw sockets (WSL 1 has "
			"none, WSL 2 has)",
			pptp_strerror(err));
		return EXIT_STATUS_SYSTEM;
	}
	if (err == -EADDRNOTAVAIL && options->local_address)
		log_line(PPTP_LOG_ERROR, "--localbind: %s is no address of this machine",
			 options->local_address);
	else
		log_line(PPTP_LOG_ERROR, "cannot open the GRE socket (socket): %s%s",
			 pptp_strerror(err), privilege_hint(err));
	return EXIT_STATUS_SYSTEM;
}

enum exit_status configure_session(const struct options *options, struct pptp_session **sessionp)
{
	struct pptp_config *config = options->config;
	int err;

	if (pptp_config_set_server(config, options->server) < 0) {
		log_line(PPTP_LOG_ERROR, "\"%s\" cannot be the name of a server", options->server);
		return EXIT_STATUS_NAME_NOT_FOUND;
	}
	is_named = false;
	err = pptp_config_set_log(config, log_and_note, NULL,
				  log_level_of_option(options->log_level));
	if (!err)
		err = pptp_session_new(sessionp, config);
	return err ? session_refused(options, err) : EXIT_STATUS_OK;
}

enum exit_status configure_start(struct pptp_session *session)
{
	int err = pptp_session_start(session);

	if (err == 0)
		return EXIT_STATUS_OK;
	log_line(PPTP_LOG_ERROR,
		 "cannot start the look-up of the server's name, or the clock (eventfd, clone, "
		 "timerfd): %s%s",
		 pptp_strerror(err), privilege_hint(err));
	return EXIT_STATUS_SYSTEM;
}
