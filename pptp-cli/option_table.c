/* SPDX-License-Identifier: MIT */
/*
 * The options of pptp(8): one row for each, which drives the parser and the usage (options.c) and is
 * compared with the manual by a test. A row checks its value and passes it to the session's
 * configuration through the library's own setter; settings of the command alone are kept in struct
 * options.
 */
#include "option_table.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "numbers.h"
#include "printable.h"
#include "status/name.h"

#define MICROSECONDS_PER_SECOND 1000000
/* The most seconds that an unsigned int holds in milliseconds: 49 days. */
#define WAIT_MAX_SECONDS (UINT_MAX / 1000)

/* -- errors ----------------------------------------------------------------------------------- */

enum options_result option_error(char error[OPTIONS_ERROR_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, OPTIONS_ERROR_MAX, format, args);
	va_end(args);
	make_printable(error);
	return OPTIONS_ERROR;
}

static enum options_result bad_value(char *error, const struct option_row *row, const char *value,
				     const char *allowed)
{
	return option_error(error, "--%s: \"%.80s\" is wrong: %s", row->name, value, allowed);
}

/* The library's result for a value that passed the checks here. */
static enum options_result taken(char *error, const struct option_row *row, int err)
{
	if (err < 0)
		return option_error(error, "--%s: %s", row->name, pptp_strerror(err));
	return OPTIONS_RUN;
}

/* A whole number from min to max, else an error with these bounds. */
static enum options_result take_number(const struct option_row *row, const char *value,
				       unsigned int min, unsigned int max, unsigned int *numberp,
				       char *error)
{
	char allowed[80];
	uint64_t number;

	if (number_decimal(value, max, &number) && number >= min) {
		*numberp = (unsigned int)number;
		return OPTIONS_RUN;
	}
	snprintf(allowed, sizeof(allowed), "a whole number from %u to %u is allowed", min, max);
	return bad_value(error, row, value, allowed);
}

/* -- the call --------------------------------------------------------------------------------- */

static enum options_result take_phone(struct options *options, const struct option_row *row,
				      const char *value, char *error)
{
	if (strlen(value) > PPTP_STRING_MAX)
		return option_error(error,
				    "--%s: the number has %zu octets, at most %d are allowed",
				    row->name, strlen(value), PPTP_STRING_MAX);
	return taken(error, row, pptp_config_set_phone(options->config, value));
}

static enum options_result take_quirks(struct options *options, const struct option_row *row,
				       const char *value, char *error)
{
	enum pptp_quirk quirk;

	if (pptp_quirk_from_name(value, &quirk) < 0)
		return bad_value(error, row, value, "BEZEQ_ISRAEL is the only one known");
	return taken(error, row, pptp_config_set_quirk(options->config, quirk));
}

static enum options_result take_idle_wait(struct options *options, const struct option_row *row,
					  const char *value, char *error)
{
	unsigned int seconds = 0;

	if (take_number(row, value, 0, WAIT_MAX_SECONDS, &seconds, error) != OPTIONS_RUN)
		return OPTIONS_ERROR;
	return taken(error, row, pptp_config_set_echo_idle_ms(options->config, seconds * 1000));
}

static enum options_result take_max_echo_wait(struct options *options, const struct option_row *row,
					      const char *value, char *error)
{
	unsigned int seconds = 0;

	if (take_number(row, value, 0, WAIT_MAX_SECONDS, &seconds, error) != OPTIONS_RUN)
		return OPTIONS_ERROR;
	return taken(error, row, pptp_config_set_echo_reply_ms(options->config, seconds * 1000));
}

static enum options_result take_connect_timeout(struct options *options,
						const struct option_row *row, const char *value,
						char *error)
{
	uint64_t us;
	unsigned int ms;
	int err;

	if (!number_seconds(value, 600 * (uint64_t)MICROSECONDS_PER_SECOND, &us) || us < 1000)
		return bad_value(error, row, value, "0.001 to 600 seconds are allowed");
	ms = (unsigned int)(us / 1000);
	options->has_timeout = true;
	err = pptp_config_set_connect_timeout_ms(options->config, ms);
	if (!err)
		err = pptp_config_set_start_timeout_ms(options->config, ms);
	if (!err)
		err = pptp_config_set_call_timeout_ms(options->config, ms);
	return taken(error, row, err);
}

/* -- packets ---------------------------------------------------------------------------------- */

static enum options_result take_timeout(struct options *options, const struct option_row *row,
					const char *value, char *error)
{
	uint64_t us;

	if (!number_seconds(value, 10 * (uint64_t)MICROSECONDS_PER_SECOND, &us) || us < 10000)
		return bad_value(error, row, value, "0.01 to 10 seconds are allowed");
	return taken(
		error, row,
		pptp_config_set_reorder_timeout_ms(options->config, (unsigned int)(us / 1000)));
}

static enum options_result take_nobuffer(struct options *options, const struct option_row *row,
					 const char *value, char *error)
{
	(void)value;
	return taken(error, row, pptp_config_set_reorder(options->config, false));
}

static enum options_result take_missing_window(struct options *options,
					       const struct option_row *row, const char *value,
					       char *error)
{
	unsigned int window = 0;

	if (take_number(row, value, 1, UINT_MAX, &window, error) != OPTIONS_RUN)
		return OPTIONS_ERROR;
	options->missing_window_cut = window > PPTP_MISSING_WINDOW_MAX;
	if (options->missing_window_cut)
		window = PPTP_MISSING_WINDOW_MAX;
	return taken(error, row, pptp_config_set_missing_window(options->config, window));
}

static enum options_result take_window(struct options *options, const struct option_row *row,
				       const char *value, char *error)
{
	uint64_t packets;

	if (strcmp(value, "auto") == 0)
		packets = PPTP_WINDOW_AUTO;
	else if (strcmp(value, "off") == 0)
		packets = PPTP_WINDOW_OFF;
	else if (!number_decimal(value, PPTP_WINDOW_MAX, &packets) || packets == 0)
		return bad_value(error, row, value,
				 "auto, off or a whole number from 1 to 65535 is allowed");
	return taken(error, row, pptp_config_set_window(options->config, (uint32_t)packets));
}

static enum options_result take_offer_window(struct options *options, const struct option_row *row,
					     const char *value, char *error)
{
	unsigned int packets = 0;

	if (take_number(row, value, 1, UINT16_MAX, &packets, error) != OPTIONS_RUN)
		return OPTIONS_ERROR;
	return taken(error, row, pptp_config_set_recv_window(options->config, packets));
}

static enum options_result take_test_type(struct options *options, const struct option_row *row,
					  const char *value, char *error)
{
	if (take_number(row, value, 0, 3, &options->test_type, error) != OPTIONS_RUN)
		return OPTIONS_ERROR;
	return taken(error, row,
		     pptp_config_set_test_order(options->config, options->test_type,
						options->test_rate));
}

static enum options_result take_test_rate(struct options *options, const struct option_row *row,
					  const char *value, char *error)
{
	if (take_number(row, value, 1, UINT_MAX, &options->test_rate, error) != OPTIONS_RUN)
		return OPTIONS_ERROR;
	return taken(error, row,
		     pptp_config_set_test_order(options->config, options->test_type,
						options->test_rate));
}

/* -- addresses and routes --------------------------------------------------------------------- */

static enum options_result take_localbind(struct options *options, const struct option_row *row,
					  const char *value, char *error)
{
	if (pptp_config_set_local_address(options->config, value) < 0)
		return bad_value(error, row, value, "an IPv4 address such as 192.0.2.1 is allowed");
	options->local_address = value;
	return OPTIONS_RUN;
}

static enum options_result take_rtmark(struct options *options, const struct option_row *row,
				       const char *value, char *error)
{
	uint64_t mark;

	if (!number_decimal_or_hex(value, UINT32_MAX, &mark))
		return bad_value(error, row, value,
				 "a number from 0 to 4294967295 or 0x0 to 0xffffffff is allowed");
	options->has_mark = true;
	return taken(error, row, pptp_config_set_mark(options->config, (uint32_t)mark));
}

static enum options_result take_nohostroute(struct options *options, const struct option_row *row,
					    const char *value, char *error)
{
	(void)value;
	options->host_route = false;
	return taken(error, row, pptp_config_set_host_route(options->config, false));
}

/* -- of the command alone --------------------------------------------------------------------- */

static enum options_result take_loglevel(struct options *options, const struct option_row *row,
					 const char *value, char *error)
{
	return take_number(row, value, 0, 2, &options->log_level, error);
}

static enum options_result take_logstring(struct options *options, const struct option_row *row,
					  const char *value, char *error)
{
	(void)row;
	(void)error;
	options->log_string = value;
	return OPTIONS_RUN;
}

#define FLAG(name, member, value_of_flag)                                                          \
	static enum options_result name(struct options *options, const struct option_row *row,     \
					const char *value, char *error)                            \
	{                                                                                          \
		(void)row;                                                                         \
		(void)value;                                                                       \
		(void)error;                                                                       \
		options->member = value_of_flag;                                                   \
		return OPTIONS_RUN;                                                                \
	}

FLAG(take_nolaunchpppd, launch_pppd, false)
FLAG(take_debug, debug, true)
FLAG(take_nostatus, status_socket, false)
FLAG(take_sync, sync, true)
FLAG(take_nosandbox, sandbox, false)

static enum options_result take_task(struct options *options, enum options_task task, char *error)
{
	if (options->task != TASK_CALL && options->task != task)
		return option_error(error, "--diagnose and --status are two commands: give one");
	options->task = task;
	return OPTIONS_RUN;
}

static enum options_result take_diagnose(struct options *options, const struct option_row *row,
					 const char *value, char *error)
{
	(void)row;
	(void)value;
	return take_task(options, TASK_DIAGNOSE, error);
}

static enum options_result take_status(struct options *options, const struct option_row *row,
				       const char *value, char *error)
{
	(void)row;
	(void)value;
	return take_task(options, TASK_STATUS, error);
}

static enum options_result take_output(struct options *options, enum options_output output,
				       char *error)
{
	if (options->output != OUTPUT_TEXT && options->output != output)
		return option_error(error, "--json, --openmetrics and --watch exclude each other");
	options->output = output;
	return OPTIONS_RUN;
}

static enum options_result take_json(struct options *options, const struct option_row *row,
				     const char *value, char *error)
{
	(void)row;
	(void)value;
	return take_output(options, OUTPUT_JSON, error);
}

static enum options_result take_openmetrics(struct options *options, const struct option_row *row,
					    const char *value, char *error)
{
	(void)row;
	(void)value;
	return take_output(options, OUTPUT_OPENMETRICS, error);
}

static enum options_result take_watch(struct options *options, const struct option_row *row,
				      const char *value, char *error)
{
	(void)row;
	(void)value;
	return take_output(options, OUTPUT_WATCH, error);
}

static enum options_result take_name(struct options *options, const struct option_row *row,
				     const char *value, char *error)
{
	if (!status_name_is_valid(value))
		return bad_value(
			error, row, value,
			"letters, digits, '.', '_' and '-', at most 64, no '.' or '-' first");
	options->name = value;
	return OPTIONS_RUN;
}

static enum options_result take_kernel(struct options *options, const struct option_row *row,
				       const char *value, char *error)
{
	options->kernel = value ? KERNEL_AUTO : KERNEL_YES;
	if (value && strcmp(value, "auto") != 0)
		return bad_value(error, row, value, "auto is the only value known");
	return OPTIONS_RUN;
}

static enum options_result take_channel(struct options *options, const struct option_row *row,
					const char *value, char *error)
{
	(void)row;
	(void)value;
	(void)error;
	options->channel = true;
	options->launch_pppd = false;
	return OPTIONS_RUN;
}

static enum options_result take_version(struct options *options, const struct option_row *row,
					const char *value, char *error)
{
	(void)options;
	(void)row;
	(void)value;
	(void)error;
	return OPTIONS_VERSION;
}

static enum options_result take_help(struct options *options, const struct option_row *row,
				     const char *value, char *error)
{
	(void)options;
	(void)row;
	(void)value;
	(void)error;
	return OPTIONS_HELP;
}

const struct option_row option_table[] = {
	{ "phone", "<number>", "phone number to ask the server for, at most 64 octets",
	  "pptp_phone", take_phone },
	{ "nolaunchpppd", NULL, "standard input and output are the PPP link, for pppd's pty", NULL,
	  take_nolaunchpppd },
	{ "kernel", "[=auto]",
	  "PPP goes through the kernel's PPTP socket and pppd's\n"
	  "plugin pptp.so; auto: where both are there",
	  NULL, take_kernel },
	{ "diagnose", NULL,
	  "find out why a tunnel does not work: no pppd, no\n"
	  "password, one line for each step and what is wrong",
	  NULL, take_diagnose },
	{ "status", NULL,
	  "show the tunnels that run, or the one of that name;\n"
	  "status 0 when it is connected",
	  NULL, take_status },
	{ "json", NULL, "with --diagnose or --status: one JSON object", NULL, take_json },
	{ "openmetrics", NULL, "with --status: as metrics, for Prometheus and others", NULL,
	  take_openmetrics },
	{ "watch", NULL, "with --status: again each second, with rates", NULL, take_watch },
	{ "name", "<name>", "name of the tunnel for --status (the server's)", "pptp_name",
	  take_name },
	{ "nostatus", NULL, "make no socket for --status in /run/pptp", "pptp_nostatus",
	  take_nostatus },
	{ "channel", NULL, "of pppd's plugin, which starts pptp with it", NULL, take_channel },
	{ "quirks", "<name>", "adapt to one peer: BEZEQ_ISRAEL", "pptp_quirks", take_quirks },
	{ "debug", NULL, "keep logging to a terminal after pppd has left it", "", take_debug },
	{ "sync", NULL, "synchronous HDLC; pppd must have sync too", "", take_sync },
	{ "timeout", "<seconds>",
	  "wait for reordered packets, 0.01 to 10; by default\n"
	  "it adapts to the path, at most 0.3",
	  "", take_timeout },
	{ "nobuffer", NULL, "do not buffer and reorder packets", "", take_nobuffer },
	{ "idle-wait", "<seconds>", "idle time before an echo request, 0: never (60)",
	  "pptp_idle-wait", take_idle_wait },
	{ "max-echo-wait", "<seconds>", "wait for the echo reply, 0: for ever (60)",
	  "pptp_max-echo-wait", take_max_echo_wait },
	{ "logstring", "<name>", "name in log messages (anon)", "pptp_logstring", take_logstring },
	{ "localbind", "<address>", "local IPv4 address of the tunnel", "pptp_localbind",
	  take_localbind },
	{ "rtmark", "<number>", "routing mark of the tunnel's packets, decimal or 0x...",
	  "pptp_rtmark", take_rtmark },
	{ "nohostroute", NULL, "do not configure a host route to the server", "pptp_nohostroute",
	  take_nohostroute },
	{ "loglevel", "<level>", "0 low, 1 default, 2 high", "pptp_loglevel", take_loglevel },
	{ "test-type", "<type>",
	  "damage the order of sent packets, 0 to 3, to test\n"
	  "servers (0)",
	  "", take_test_type },
	{ "test-rate", "<packets>", "packets between two such tests, at least 1 (100)", "",
	  take_test_rate },
	{ "missing-window", "<packets>",
	  "how far ahead a packet may be to be accepted, from 1 (300)", "", take_missing_window },
	{ "window", "auto|off|<packets>",
	  "limit of unacknowledged packets sent; auto: the one\n"
	  "that the server asks for (off)",
	  "", take_window },
	{ "offer-window", "<packets>",
	  "packets that the server may send before one is\n"
	  "acknowledged, 1 to 65535 (256)",
	  "pptp_offer-window", take_offer_window },
	{ "connect-timeout", "<seconds>",
	  "limit of each phase of the connection, 0.001 to 600\n"
	  "(20 to connect, 60 for each reply)",
	  "pptp_connect-timeout", take_connect_timeout },
	{ "nosandbox", NULL, "keep all privileges, do not filter system calls", "pptp_nosandbox",
	  take_nosandbox },
	{ "version", NULL, "print the version", NULL, take_version },
	{ "help", NULL, "print this", NULL, take_help },
};

const unsigned int option_count = sizeof(option_table) / sizeof(option_table[0]);
