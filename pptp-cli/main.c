/* SPDX-License-Identifier: MIT */
/*
 * pptp(8): reads the command line (options.c), answers --help and --version, goes to the background
 * in launch mode (detach.c), and leaves the rest to run.c. It makes no session and drops no
 * privilege; its exit status is run.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <pptp/types.h>

#include "channel_link.h"
#include "detach.h"
#include "diagnose/diagnose.h"
#include "kernel_launch.h"
#include "log.h"
#include "null_device.h"
#include "options.h"
#include "privilege.h"
#include "run.h"
#include "status/show.h"
#include "stdio_link.h"

/* Otherwise closed descriptors 0 to 2 would become sockets. */
static int fill_standard_streams(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    (null_device_open() < 0 || fcntl(fd, F_SETFD, 0) < 0))
			return -1;
	return 0;
}

static void warn_of_options(const struct options *options)
{
	if (!options->launch_pppd && options->pppd_count > 0)
		log_line(PPTP_LOG_WARNING,
			 "options of pppd are ignored with --nolaunchpppd: "
			 "\"%s\"%s",
			 options->pppd_arguments[0], options->pppd_count > 1 ? " and more" : "");
	if (options->missing_window_cut)
		log_line(PPTP_LOG_WARNING, "--missing-window: %u is the most, and is used",
			 PPTP_MISSING_WINDOW_MAX);
	if (options->test_type >= 2 && options->test_rate < 10)
		log_line(PPTP_LOG_WARNING,
			 "--test-type %u with a --test-rate below 10: the result "
			 "is undefined",
			 options->test_type);
}

/* To the system's log too where the plugin started us: its pppd may have left standard error. */
static enum exit_status usage_error(const struct options *options, const char *error)
{
	fprintf(stderr, "pptp: %s\nTry \"pptp --help\", or read pptp(8).\n", error);
	if (options->channel) {
		log_open(options->log_string, PPTP_LOG_ERROR, false);
		log_line(PPTP_LOG_ERROR, "%s", error);
		log_close();
	}
	return EXIT_STATUS_USAGE;
}

/* Output that could not be written is an error. */
static enum exit_status flush_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return EXIT_STATUS_OK;
	fprintf(stderr, "pptp: cannot write to standard output: %s\n", pptp_strerror(-errno));
	return EXIT_STATUS_SYSTEM;
}

/* The commands that print what they find and end. */
static int answer(const struct options *options)
{
	int status = options->task == TASK_DIAGNOSE ? diagnose(options) : status_show(options);

	return flush_output() == EXIT_STATUS_OK ? status : EXIT_STATUS_SYSTEM;
}

static int start_call(const struct options *options)
{
	enum pptp_log_level level = log_level_of_option(options->log_level);
	const pid_t starter = getpid();
	int report_fd = -1;
	int exit_status = EXIT_STATUS_SYSTEM;

	if (options->kernel != KERNEL_NO) {
		log_open(options->log_string, level, true);
		exit_status = kernel_launch(options);
		log_close();
		if (exit_status != EXIT_STATUS_OK)
			return exit_status;
		exit_status = EXIT_STATUS_SYSTEM;
	}
	if (options->launch_pppd) {
		switch (detach_fork(options->sandbox, &report_fd, &exit_status)) {
		case DETACH_WAITER:
			return exit_status;
		case DETACH_FAILED:
			fprintf(stderr,
				"pptp: cannot start a process (pipe, signalfd, fork): %s%s\n",
				pptp_strerror(-errno), privilege_hint(-errno));
			return EXIT_STATUS_SYSTEM;
		case DETACH_WORKER:
			break;
		}
	}
	log_open(options->log_string, level, true);
	if (!options->launch_pppd && !options->debug && options->log_level < 2)
		log_errors_only_to_file();
	warn_of_options(options);
	return run(options, report_fd, starter);
}

static bool link_fits(const struct options *options, const char **whyp)
{
	if (options->channel)
		return channel_link_fits(whyp);
	return options->launch_pppd || stdio_link_fits(whyp);
}

int main(int argc, char **argv)
{
	char error[OPTIONS_ERROR_MAX];
	struct options options;
	const char *why;
	int status = EXIT_STATUS_OK;

	privilege_check_environment();
	if (fill_standard_streams() < 0) {
		fprintf(stderr, "pptp: cannot replace a closed standard stream: %s\n",
			pptp_strerror(-errno));
		return EXIT_STATUS_SYSTEM;
	}
	switch (options_parse(&options, argc, argv, error)) {
	case OPTIONS_HELP:
		options_usage(stdout);
		status = flush_output();
		break;
	case OPTIONS_VERSION:
		printf("pptp version %s\n", pptp_version());
		status = flush_output();
		break;
	case OPTIONS_MEMORY:
		fprintf(stderr, "pptp: cannot read the command line: %s\n", pptp_strerror(-ENOMEM));
		status = EXIT_STATUS_SYSTEM;
		break;
	case OPTIONS_ERROR:
		status = usage_error(&options, error);
		break;
	case OPTIONS_RUN:
		if (options.task != TASK_CALL)
			status = answer(&options);
		else if (!link_fits(&options, &why))
			status = usage_error(&options, why);
		else
			status = start_call(&options);
		break;
	}
	options_clear(&options);
	return status;
}
