/* SPDX-License-Identifier: MIT */
/*
 * Going to the background in launch mode: the process that was started waits until the call is
 * up or has failed, passes signals on meanwhile, and returns the worker's status. The worker is its
 * child and continues. Called by main.c and, once the call is up, by run.c.
 */
#define _GNU_SOURCE
#include "detach.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exit_status.h"
#include "signals.h"

struct waiter {
	pid_t worker;
	int ready_fd;
	int signal_fd;
	int signal; /* the last one passed on that ends the worker */
	sigset_t mask;
	sigset_t old_mask;
};

/* The worker ended before the call was up. */
static int worker_status(struct waiter *waiter)
{
	int status;

	while (waitpid(waiter->worker, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_STATUS_SYSTEM;
	if (waiter->signal) {
		/* As the shell expects of an interrupted program. */
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* SIGQUIT: no core file */
		signal(waiter->signal, SIG_DFL);
		pthread_sigmask(SIG_SETMASK, &waiter->old_mask, NULL);
		raise(waiter->signal);
	}
	if (WIFSIGNALED(status))
		fprintf(stderr, "pptp: the worker process was killed by signal %d (%s)%s\n",
			/* There is one thread here. NOLINTNEXTLINE(concurrency-mt-unsafe) */
			WTERMSIG(status), strsignal(WTERMSIG(status)),
			WTERMSIG(status) == SIGSYS ? ": blocked system call; try --nosandbox" : "");
	if (WIFEXITED(status) && WEXITSTATUS(status) != EXIT_STATUS_OK)
		return WEXITSTATUS(status);
	return EXIT_STATUS_SYSTEM;
}

static void pass_signal(struct waiter *waiter)
{
	struct signalfd_siginfo info;

	if (read(waiter->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo != SIGUSR1)
		waiter->signal = (int)info.ssi_signo;
	kill(waiter->worker, (int)info.ssi_signo);
}

static int wait_for_worker(struct waiter *waiter)
{
	struct pollfd fds[] = {
		{ .fd = waiter->ready_fd, .events = POLLIN },
		{ .fd = waiter->signal_fd, .events = POLLIN },
	};
	char octet;

	for (;;) {
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return EXIT_STATUS_SYSTEM;
		}
		if (fds[1].revents)
			pass_signal(waiter);
		if (!fds[0].revents)
			continue;
		if (read(waiter->ready_fd, &octet, 1) == 1)
			return EXIT_STATUS_OK;
		return worker_status(waiter);
	}
}

static void block_signals(struct waiter *waiter)
{
	sigemptyset(&waiter->mask);
	signals_add_ends(&waiter->mask);
	sigaddset(&waiter->mask, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &waiter->mask, &waiter->old_mask);
	signal(SIGCHLD, SIG_DFL);
}

enum detach_role detach_fork(int *ready_fdp, int *exit_statusp)
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
		*ready_fdp = ends[1];
		return DETACH_WORKER;
	}
	close(ends[1]);
	waiter.ready_fd = ends[0];
	*exit_statusp = wait_for_worker(&waiter);
	return DETACH_WAITER;
}

void detach_ready(int ready_fd, int null_fd)
{
	int fd;

	for (fd = STDIN_FILENO; null_fd >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null_fd, fd);
	if (chdir("/") < 0) {
		/* Then this directory stays in use. */
	}
	if (write(ready_fd, "", 1) < 0) {
		/* The waiter was killed. */
	}
	close(ready_fd);
}
