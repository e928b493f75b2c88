/* SPDX-License-Identifier: MIT */
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

int signals_open(sigset_t *old_maskp)
{
	sigset_t mask;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGCHLD);
	/* Ignored below nohup(1), and meant so. */
	add_unless_ignored(&mask, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &mask, old_maskp);
	fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int signals_next(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}
