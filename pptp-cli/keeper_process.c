/* SPDX-License-Identifier: MIT */
/*
 * The keeper process: waits for orders of the worker, for changes of the host route and for pppd, and ends
 * after the worker. Its work is in kept_route.c and launcher.c. It reads nothing from the network, and
 * ends by no signal but SIGKILL: what it keeps must outlive the worker. Forked by keeper.c.
 */
#define _GNU_SOURCE
#include "keeper_process.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "keeper_message.h"
#include "kept_route.h"
#include "launcher.h"
#include "log.h"
#include "null_device.h"
#include "privilege.h"

struct keeper_process {
	const struct keeper_job *job;
	int fd; /* to the worker */
	int signal_fd;
	struct kept_route kept;
	struct launcher launcher;
};

/* Do not keep the link, the terminal, the pipe to the next program and the directory in use. */
static void leave_streams(void)
{
	int null = null_device_open();
	int fd;

	log_leave_stderr();
	for (fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
	if (chdir("/") < 0) {
		/* Then this directory stays in use. */
	}
}

/* expected: the worker is not taken for killed. */
static void __attribute__((noreturn)) end(struct keeper_process *process, bool expected)
{
	if (!expected)
		log_line(PPTP_LOG_ERROR,
			 "pptp was killed by a signal or by its system-call filter (see the kernel "
			 "log and PRIVILEGES in pptp(8)); pppd sees a hang-up");
	launcher_abandon(&process->launcher);
	kept_route_end(&process->kept);
	log_close();
	_exit(0);
}

/* The connection is open: nothing else is pinned, and no socket opened, from here on. */
static void seal(struct keeper_process *process)
{
	process->kept.sealed = true;
	if (process->job->confined && !process->job->argv)
		privilege_confine_keeper();
}

static void carry_out(struct keeper_process *process, const struct keeper_request *request)
{
	switch (request->order) {
	case KEEPER_PIN:
		kept_route_pin(&process->kept, &request->query);
		break;
	case KEEPER_UNPIN:
		kept_route_unpin(&process->kept);
		break;
	case KEEPER_SEAL:
		seal(process);
		break;
	case KEEPER_START:
		launcher_start(&process->launcher);
		break;
	case KEEPER_SIGNAL:
		launcher_signal(&process->launcher, request->number);
		break;
	case KEEPER_LEAVE:
		end(process, true);
	}
}

static void take_orders(struct keeper_process *process)
{
	struct keeper_request request;
	ssize_t n;

	for (;;) {
		n = read(process->fd, &request, sizeof(request));
		if (n == (ssize_t)sizeof(request))
			carry_out(process, &request);
		/* ECONNRESET comes first where the worker ended with a report unread. */
		else if (n >= 0 || (errno != EINTR && errno != ECONNRESET))
			break;
	}
	if (n >= 0 || errno != EAGAIN)
		end(process, n < 0);
}

/* pppd runs: root is needed only to signal it. */
static void settle(struct keeper_process *process)
{
	leave_streams();
	if (process->job->confined)
		privilege_drop_launcher(process->job->route);
}

static void turn(struct keeper_process *process)
{
	struct signalfd_siginfo info;
	struct pollfd fds[] = {
		{ .fd = process->fd, .events = POLLIN },
		{ .fd = process->signal_fd, .events = POLLIN },
		{ .fd = process->launcher.exec_fd, .events = POLLIN },
		{ .fd = kept_route_fd(&process->kept), .events = POLLIN },
	};

	if (poll(fds, sizeof(fds) / sizeof(fds[0]), kept_route_wait_ms(&process->kept)) < 0) {
		if (errno != EINTR) /* refused: no order would ever be read */
			end(process, true);
		return;
	}
	if (fds[3].revents)
		kept_route_follow(&process->kept);
	kept_route_expire(&process->kept);
	if (fds[2].revents && launcher_exec_done(&process->launcher))
		settle(process);
	if (fds[1].revents && read(process->signal_fd, &info, sizeof(info)) > 0)
		launcher_reap(&process->launcher);
	if (fds[0].revents)
		take_orders(process);
}

void keeper_process_run(const struct keeper_job *job, int fd)
{
	struct keeper_process process = {
		.job = job,
		.fd = fd,
		.kept = { .report_fd = fd },
		.launcher = LAUNCHER_NONE(job, fd),
	};
	sigset_t mask;
	size_t i;

	for (i = 0; i < sizeof(job->close_fds) / sizeof(job->close_fds[0]); i++)
		if (job->close_fds[i] >= 0)
			close(job->close_fds[i]);
	/* Every other signal that ends a process is blocked since before the fork (signals.c). */
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	process.signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (!job->argv) {
		leave_streams();
		if (job->confined)
			privilege_drop_keeper();
	}
	for (;;)
		turn(&process);
}
