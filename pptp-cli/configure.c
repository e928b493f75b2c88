/* SPDX-License-Identifier: MIT */
#include "configure.h"

#include "log.h"

#include <errno.h>

static int apply_timeouts(struct pptp_config *cfg, const struct options *options)
{
	unsigned int ms = options->phase_timeout_ms;
	int result = pptp_config_set_echo_idle_ms(cfg, options->echo_idle_ms);

	if (result == 0)
		result = pptp_config_set_echo_reply_ms(cfg, options->echo_reply_ms);
	if (result == 0 && options->reorder_timeout_ms > 0)
		result = pptp_config_set_reorder_timeout_ms(cfg, options->reorder_timeout_ms);
	if (result < 0 || ms == 0)
		return result;
	result = pptp_config_set_connect_timeout_ms(cfg, ms);
	if (result == 0)
		result = pptp_config_set_start_timeout_ms(cfg, ms);
	if (result == 0)
		result = pptp_config_set_call_timeout_ms(cfg, ms);
	return result;
}

static int apply_call(struct pptp_config *cfg, const struct options *options)
{
	int result = pptp_config_set_quirk(cfg, options->quirk);

	if (result == 0 && options->phone)
		result = pptp_config_set_phone(cfg, options->phone);
	if (result == 0)
		result = pptp_config_set_reorder(cfg, options->reorder);
	if (result == 0 && options->missing_window > 0)
		result = pptp_config_set_missing_window(cfg, options->missing_window);
	if (result == 0)
		result = pptp_config_set_window(cfg, options->window);
	if (result == 0)
		result = pptp_config_set_test_order(cfg, options->test_type, options->test_rate);
	return result;
}

static int apply_sockets(struct pptp_config *cfg, const struct options *options)
{
	int result = pptp_config_set_host_route(cfg, options->host_route);

	if (result == 0 && options->local_address)
		result = pptp_config_set_local_address(cfg, options->local_address);
	if (result == 0 && options->mark_set)
		result = pptp_config_set_mark(cfg, options->mark);
	return result;
}

static int apply(struct pptp_config *cfg, const struct options *options)
{
	int result = pptp_config_set_log(cfg, log_from_library, NULL,
					 log_level_of_option(options->log_level));

	if (result == 0)
		result = apply_timeouts(cfg, options);
	if (result == 0)
		result = apply_call(cfg, options);
	if (result == 0)
		result = apply_sockets(cfg, options);
	return result;
}

static enum exit_status session_refused(const struct options *options, int error)
{
	if (error == -EPERM || error == -EACCES) {
		log_line(PPTP_LOG_ERROR,
			 "not permitted to open the GRE socket: run pptp as root, or with the "
			 "capabilit%s",
			 options->mark_set ? "ies CAP_NET_RAW and, for --rtmark, "
					     "CAP_NET_ADMIN"
					   : "y CAP_NET_RAW");
		return EXIT_STATUS_NOT_PERMITTED;
	}
	if (error == -EADDRNOTAVAIL && options->local_address) {
		log_line(PPTP_LOG_ERROR, "--localbind: %s is no address of this machine",
			 options->local_address);
		return EXIT_STATUS_SYSTEM;
	}
	log_line(PPTP_LOG_ERROR, "cannot open the GRE socket: %s", pptp_strerror(error));
	return EXIT_STATUS_SYSTEM;
}

enum exit_status configure_session(const struct options *options, struct pptp_session **sessionp)
{
	enum exit_status status = EXIT_STATUS_OK;
	struct pptp_config *cfg;
	int result = pptp_config_new(&cfg);

	if (result < 0) {
		log_line(PPTP_LOG_ERROR, "%s", pptp_strerror(result));
		return EXIT_STATUS_SYSTEM;
	}
	if (pptp_config_set_server(cfg, options->server) < 0) {
		log_line(PPTP_LOG_ERROR, "\"%s\" cannot be the name of a server", options->server);
		status = EXIT_STATUS_NAME_NOT_FOUND;
	} else if ((result = apply(cfg, options)) < 0) {
		log_line(PPTP_LOG_ERROR, "an option was refused: %s", pptp_strerror(result));
		status = EXIT_STATUS_SYSTEM;
	} else if ((result = pptp_session_new(sessionp, cfg)) < 0) {
		status = session_refused(options, result);
	}
	pptp_config_free(cfg);
	return status;
}
