/* SPDX-License-Identifier: MIT */
/*
 * The process that removes a tunnel's status socket: the worker is another user by its end and can
 * reach no path. It reads nothing but the end of a pipe, and ends by no signal but SIGKILL, which leaves
 * a socket that refuses connections. Called by own.c.
 */
#define _GNU_SOURCE
#include "status/remover.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "null_device.h"
#include "privilege.h"

static void leave_streams(void)
{
	int null = null_device_open();

	log_leave_stderr();
	for (int fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
	if (chdir("/") < 0) {
		/* Then this directory stays in use. */
	}
}

/* Unless a tunnel that was started meanwhile has replaced it; some file systems use the number again. */
static void remove_socket(int folder, const char *file, const struct stat *made)
{
	struct stat found;

	if (fstatat(folder, file, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
	    found.st_ino == made->st_ino && found.st_dev == made->st_dev &&
	    found.st_ctim.tv_sec == made->st_ctim.tv_sec &&
	    found.st_ctim.tv_nsec == made->st_ctim.tv_nsec)
		(void)unlinkat(folder, file, 0);
}

static void __attribute__((noreturn))
wait_and_remove(const struct status_socket *sock, bool confined, int pipe_fd)
{
	char file[sizeof(sock->name) + sizeof(STATUS_SUFFIX)];
	struct stat made;
	sigset_t all;
	char octet;

	(void)prctl(PR_SET_NAME, "pptp-status", 0, 0, 0);
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	close(sock->fd);
	leave_streams();
	snprintf(file, sizeof(file), "%s%s", sock->name, STATUS_SUFFIX);
	if (fstatat(sock->folder, file, &made, AT_SYMLINK_NOFOLLOW) < 0)
		_exit(0);
	if (confined)
		privilege_drop_remover(STATUS_FOLDER, sock->folder);
	while (read(pipe_fd, &octet, 1) < 0 && errno == EINTR)
		continue;
	remove_socket(sock->folder, file, &made);
	_exit(0);
}

int status_remover_fork(const struct status_socket *sock, bool confined, const int close_fds[2])
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 2; i++)
			if (close_fds[i] >= 0)
				close(close_fds[i]);
		close(ends[1]);
		wait_and_remove(sock, confined, ends[0]);
	}
	close(ends[0]);
	if (pid >= 0)
		return ends[1];
	pid = -errno;
	close(ends[1]);
	return pid;
}
