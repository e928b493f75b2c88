/* SPDX-License-Identifier: MIT */
/*
 * Which processes a tunnel has beside the one that carries it, and what they get: pppd's terminal and
 * command line, the keeper (keeper.c), the library's route hook. Called once by run.c.
 */
#include "processes.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "privilege.h"

static int prepare_keeper(struct keeper *keeper, const struct options *options,
			  const struct keeper_job *job)
{
	int err = keeper_fork(keeper, job);

	if (err < 0 || !options->host_route)
		return err;
	return pptp_config_set_route_hook(options->config, keeper_route_hook, keeper);
}

static int prepare_pppd(struct keeper *keeper, struct pppd *pppd, const struct options *options,
			struct keeper_job *job)
{
	int err = pppd_open_pty(pppd);
	char **argv;

	if (err < 0)
		return err;
	argv = pppd_command_line(pppd, options->pppd_arguments, options->pppd_count);
	if (!argv)
		return -ENOMEM;
	job->argv = argv;
	job->close_fds[0] = pppd->master;
	err = prepare_keeper(keeper, options, job);
	free(argv);
	/* Its directory is of no use here; pppd's options may name files in it. */
	if (chdir("/") < 0) {
		/* Then this directory stays in use. */
	}
	return err;
}

/* In pty mode the tunnel comes up without. */
static int prepare_route(struct keeper *keeper, const struct options *options,
			 const struct keeper_job *job)
{
	int err = prepare_keeper(keeper, options, job);

	if (err == 0)
		return 0;
	log_line(PPTP_LOG_WARNING,
		 "no host route: no process to keep it (socketpair, fork): %s%s; the tunnel works "
		 "without it as long as no route into the tunnel covers the server",
		 pptp_strerror(err), privilege_hint(err));
	return pptp_config_set_host_route(options->config, false);
}

int processes_prepare(struct keeper *keeper, struct pppd *pppd, const struct options *options,
		      const sigset_t *mask, const int close_fds[4])
{
	struct keeper_job job = {
		.mask = mask,
		.close_fds = { -1, close_fds[0], close_fds[1], close_fds[2], close_fds[3] },
		.route = options->host_route,
		.confined = options->sandbox,
	};
	int err = 0;

	keeper->pppd = pppd;
	keeper->interrupt_fd = close_fds[0];
	if (options->launch_pppd)
		err = prepare_pppd(keeper, pppd, options, &job);
	else if (options->host_route)
		return prepare_route(keeper, options, &job);
	if (err < 0)
		log_line(PPTP_LOG_ERROR,
			 "no terminal or process for pppd (ioctl, socketpair, fork): %s%s",
			 pptp_strerror(err), privilege_hint(err));
	return err;
}
