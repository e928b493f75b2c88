/* SPDX-License-Identifier: MIT */
/*
 * Launch mode on the kernel's data path: sees whether the kernel has PPTP and pppd the plugin, and becomes
 * pppd, whose plugin (plugin/plugin.c) starts this program again with --channel. So lifetime, signals and
 * exit status are pppd's own. Called by main.c.
 */
#include "kernel_launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pptp/types.h>

#include "kernel_socket.h"
#include "log.h"
#include "pppd_check.h"
#include "privilege.h"

#define REASON_MAX 160

/* Why the kernel cannot carry PPP, in `reason`; false when it can. */
static bool is_impossible(char reason[REASON_MAX])
{
	int fd;

	if (getuid() != 0) {
		snprintf(reason, REASON_MAX, "pppd takes a plugin and its options from root alone");
		return true;
	}
	fd = kernel_socket_open();
	if (fd < 0) {
		snprintf(reason, REASON_MAX, "the kernel has no PPTP socket: %s%s",
			 pptp_strerror(fd), kernel_socket_hint(fd));
		return true;
	}
	close(fd);
	if (access(PLUGIN_FILE, R_OK) == 0)
		return false;
	snprintf(reason, REASON_MAX, "pppd's plugin cannot be read: " PLUGIN_FILE ": %s",
		 pptp_strerror(-errno));
	return true;
}

/* "pppd plugin FILE pptp_server SERVER <own options> <pppd's options>" */
static const char **command_line(const struct options *options)
{
	const size_t own = (size_t)options->plugin_count;
	const char **argv = calloc(own + (size_t)options->pppd_count + 6, sizeof(*argv));

	if (!argv)
		return NULL;
	argv[0] = "pppd";
	argv[1] = "plugin";
	argv[2] = PLUGIN_FILE;
	argv[3] = "pptp_server";
	argv[4] = options->server;
	memcpy(argv + 5, options->plugin_arguments, own * sizeof(*argv));
	memcpy(argv + 5 + own, options->pppd_arguments,
	       (size_t)options->pppd_count * sizeof(*argv));
	return argv;
}

static enum exit_status exec_pppd(const struct options *options)
{
	const char **argv = command_line(options);
	int err = -ENOMEM;

	if (argv) {
		/* exec does not write to the strings. */
		execvp(argv[0], (char **)(void *)argv);
		err = -errno;
		free(argv);
	}
	log_line(PPTP_LOG_ERROR, "pppd could not be started: %s%s", pptp_strerror(err),
		 privilege_hint(err));
	return EXIT_STATUS_PPPD;
}

enum exit_status kernel_launch(const struct options *options)
{
	char reason[REASON_MAX];

	if (!pppd_check())
		return EXIT_STATUS_PPPD;
	if (is_impossible(reason)) {
		if (options->kernel == KERNEL_AUTO) {
			log_line(PPTP_LOG_NOTICE, "PPP goes through this process: %s", reason);
			return EXIT_STATUS_OK;
		}
		log_line(PPTP_LOG_ERROR, "--kernel: %s", reason);
		return EXIT_STATUS_SYSTEM;
	}
	if (options->without_effect)
		log_line(PPTP_LOG_WARNING, "--%s has no effect on the kernel's data path",
			 options->without_effect);
	log_line(PPTP_LOG_NOTICE, "PPP goes through the kernel's PPTP socket, by pppd's plugin");
	return exec_pppd(options);
}
