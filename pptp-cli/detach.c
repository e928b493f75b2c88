/* SPDX-License-Identifier: MIT */
/*
 * The process that was started in launch mode: it waits for the worker, its child, as long as pppd's
 * first process lives, passes signals on meanwhile, and returns the status of pppd, or of the worker
 * when pppd never ran. Called by main.c, and by run.c in the worker.
 */
#define _GNU_SOURCE
#include "detach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pptp/types.h>

#include "exit_status.h"
#include "privilege.h"
#include "signals.h"

/* What the worker reports, in octets. */
#define PPPD_RUNS 'r'
#define PPPD_LEFT 'l' /* its first process ended with 0, pppd continues */

struct waiter {
	pid_t worker;
	int report_fd;
	int signal_fd;
	bool pppd_runs;
	int signal; /* the last one passed on that ends the worker */
	sigset_t mask;
	sigset_t old_mask;
};

/* The worker ends once this process has (detach_follow_waiter). */
static int call_failed(const char *call)
{
	const int err = -errno;

	fprintf(stderr, "pptp: cannot follow the process of the call (%s): %s%s\n", call,
		pptp_strerror(err), privilege_hint(err));
	return EXIT_STATUS_SYSTEM;
}

/* As the shell expects it of a program that was interrupted. */
static void end_by_signal(const struct waiter *waiter)
{
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* SIGQUIT: nothing to look for here */
	signal(waiter->signal, SIG_DFL);
	pthread_sigmask(SIG_SETMASK, &waiter->old_mask, NULL);
	raise(waiter->signal);
}

static int worker_status(const struct waiter *waiter)
{
	int status;

	while (waitpid(waiter->worker, &status, 0) < 0)
		if (errno != EINTR)
			return call_failed("wait4");
	if (waiter->signal && !waiter->pppd_runs)
		end_by_signal(waiter);
	if (WIFSIGNALED(status))
		fprintf(stderr, "pptp: the worker process was killed by signal %d (%s)%s\n",
			/* There is one thread here. NOLINTNEXTLINE(concurrency-mt-unsafe) */
			WTERMSIG(status), strsignal(WTERMSIG(status)),
			WTERMSIG(status) == SIGSYS ? ": blocked system call; try --nosandbox" : "");
	if (WIFEXITED(status) && (waiter->pppd_runs || WEXITSTATUS(status) != EXIT_STATUS_OK))
		return WEXITSTATUS(status);
	return EXIT_STATUS_SYSTEM;
}

/* False when that is refused. */
static bool pass_signal(struct waiter *waiter)
{
	struct signalfd_siginfo info;

	if (read(waiter->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return true;
	if (info.ssi_signo != SIGUSR1 && info.ssi_signo != SIGUSR2)
		waiter->signal = (int)info.ssi_signo;
	return kill(waiter->worker, (int)info.ssi_signo) == 0 || errno == ESRCH;
}

static int wait_for_worker(struct waiter *waiter)
{
	struct pollfd fds[] = {
		{ .fd = waiter->report_fd, .events = POLLIN },
		{ .fd = waiter->signal_fd, .events = POLLIN },
	};
	char octet;

	for (;;) {
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return call_failed("poll");
		}
		if (fds[1].revents && !pass_signal(waiter))
			return call_failed("kill");
		if (!fds[0].revents)
			continue;
		if (read(waiter->report_fd, &octet, 1) != 1)
			return worker_status(waiter);
		if (octet == PPPD_LEFT)
			return EXIT_STATUS_OK;
		waiter->pppd_runs = true;
	}
}

static void block_signals(struct waiter *waiter)
{
	sigemptyset(&waiter->mask);
	signals_add_ends(&waiter->mask);
	sigaddset(&waiter->mask, SIGUSR1);
	sigaddset(&waiter->mask, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &waiter->mask, &waiter->old_mask);
	signal(SIGCHLD, SIG_DFL);
}

enum detach_role detach_fork(bool confined, int *report_fdp, int *exit_statusp)
{
	struct waiter waiter = { 0 };
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return DETACH_FAILED;
	block_signals(&waiter);
	waiter.signal_fd = signalfd(-1, &waiter.mask, SFD_CLOEXEC | SFD_NONBLOCK);
	waiter.worker = waiter.signal_fd < 0 ? -1 : fork();
	if (waiter.worker < 0)
		return DETACH_FAILED;
	if (waiter.worker == 0) {
		/* A session of its own: the terminal's signals arrive once, through the waiter. */
		close(ends[0]);
		close(waiter.signal_fd);
		setsid();
		pthread_sigmask(SIG_SETMASK, &waiter.old_mask, NULL);
		*report_fdp = ends[1];
		return DETACH_WORKER;
	}
	close(ends[1]);
	waiter.report_fd = ends[0];
	if (confined)
		privilege_drop_waiter();
	*exit_statusp = wait_for_worker(&waiter);
	return DETACH_WAITER;
}

static void send_report(int report_fd, char what)
{
	if (write(report_fd, &what, 1) < 0) {
		/* The waiter was killed. */
	}
}

void detach_pppd_runs(int report_fd)
{
	send_report(report_fd, PPPD_RUNS);
}

void detach_follow_waiter(void)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGNALS_STARTER_ENDED, 0, 0, 0);
}

void detach_pppd_left(int report_fd)
{
	send_report(report_fd, PPPD_LEFT);
	close(report_fd);
}
