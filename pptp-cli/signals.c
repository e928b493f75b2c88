/* SPDX-License-Identifier: MIT */
/*
 * Signals as a descriptor: which ones are received there, which are ignored, and how they are
 * restored for programs that are started. There are no signal handlers, and what a signal leads to
 * is decided by the callers: run.c, detach.c and launcher.c.
 */
#include "signals.h"

#include <errno.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void add_unless_ignored(sigset_t *mask, int number)
{
	struct sigaction action;

	if (sigaction(number, NULL, &action) < 0 || action.sa_handler != SIG_IGN)
		sigaddset(mask, number);
}

void signals_add_ends(sigset_t *mask)
{
	sigaddset(mask, SIGTERM);
	/* Also where a script's shell has it ignored in the background: so does pptp-linux. */
	sigaddset(mask, SIGINT);
	/* Under nohup(1), and in the background of a script. */
	add_unless_ignored(mask, SIGHUP);
	add_unless_ignored(mask, SIGQUIT);
}

int signals_open(sigset_t *old_maskp)
{
	sigset_t mask;
	int fd, err;

	/* A closed pipe or full file at standard error must not end the process. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&mask);
	signals_add_ends(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGUSR2);
	sigaddset(&mask, SIGNALS_STARTER_ENDED);
	sigaddset(&mask, SIGCHLD);
	err = pthread_sigmask(SIG_BLOCK, &mask, old_maskp);
	if (err)
		return -err;
	fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

void signals_give_back(const sigset_t *old_mask)
{
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	pthread_sigmask(SIG_SETMASK, old_mask, NULL);
}

int signals_next(int fd, pid_t *senderp)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	*senderp = (pid_t)info.ssi_pid;
	return (int)info.ssi_signo;
}
