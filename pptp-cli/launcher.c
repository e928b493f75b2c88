/* SPDX-License-Identifier: MIT */
/*
 * The process between pptp and pppd in launch mode: started while pptp is root, it runs pppd as root
 * on request, passes signals on, follows pppd into the background and reports its end. It
 * never touches the network, and its parent, an ordinary user by then, can do none of this. Forked
 * by pppd.c.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "log.h"
#include "null_device.h"
#include "privilege.h"
#include "signals.h"

/* Time allowed from the hang-up of the parent's terminal to the end of the socket. */
#define ABANDONED_MS 100

struct launcher {
	int fd;
	pid_t pppd;
	bool terminated; /* pppd, by us */
	bool confined;
};

static void report(const struct launcher *launcher, enum launcher_news news, int value)
{
	struct launcher_report message = { .news = news, .value = value };

	/* A parent that has ended reads no report. */
	send(launcher->fd, &message, sizeof(message), MSG_NOSIGNAL);
}

/* 0 when the parent has ended. */
static int next_order(const struct launcher *launcher)
{
	unsigned char order;
	ssize_t n;

	do {
		n = recv(launcher->fd, &order, 1, 0);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? order : 0;
}

static void __attribute__((noreturn)) become_pppd(const struct launcher_job *job, int error_fd)
{
	int error;

	/* The leader of a session gets SIGHUP when its terminal hangs up. */
	setsid();
	signals_give_back(job->mask);
	execvp(job->argv[0], job->argv);
	error = errno;
	if (write(error_fd, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* The pipe closes when exec succeeds; else errno comes through it. */
static int exec_result(int fd)
{
	int error;
	ssize_t n;

	do {
		n = read(fd, &error, sizeof(error));
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(error) ? -error : 0;
}

/* The process id or -errno, the one of exec as well. */
static pid_t spawn(const struct launcher_job *job)
{
	int ends[2];
	int err;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		become_pppd(job, ends[1]);
	err = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (err == 0)
		err = exec_result(ends[0]);
	close(ends[0]);
	if (err < 0 && pid > 0)
		waitpid(pid, NULL, 0);
	return err < 0 ? err : pid;
}

static void read_name(pid_t pid, char *name, size_t size)
{
	char path[64];
	FILE *file;

	name[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (!fgets(name, (int)size, file))
		name[0] = '\0';
	fclose(file);
}

/*
 * The process of the same name that pid left behind when it went to the background; it is our
 * child now. 0 when there is none, -1 when that is unknown.
 */
static pid_t successor_of(pid_t pid)
{
	char name[64];
	char other[64];
	char path[64];
	pid_t found = 0;
	int child;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	if (!file)
		return -1;
	read_name(pid, name, sizeof(name));
	/* Process IDs that the kernel wrote. NOLINTNEXTLINE(cert-err34-c) */
	while (found <= 0 && fscanf(file, "%d", &child) == 1) {
		if (child == pid)
			continue;
		read_name(child, other, sizeof(other));
		found = strcmp(name, other) == 0 ? child : -1;
	}
	fclose(file);
	return found;
}

static void log_forced_end(void)
{
	log_line(PPTP_LOG_ERROR,
		 "pptp was killed by a signal or by its system-call filter (see the kernel log and "
		 "PRIVILEGES in pptp(8)); pppd sees a hang-up, the next run will remove the host "
		 "route");
}

/*
 * Whether the parent was killed. Its terminal hangs up then, and pppd may end because of that
 * before the parent's other descriptors are closed.
 */
static bool is_abandoned(const struct launcher *launcher)
{
	struct pollfd pfd = { .fd = launcher->fd, .events = POLLIN };
	unsigned char order;
	ssize_t n;

	do {
		if (!launcher->terminated)
			poll(&pfd, 1, ABANDONED_MS);
		n = recv(launcher->fd, &order, 1, MSG_DONTWAIT);
	} while ((n == 1 && order != LAUNCHER_LEAVE) || (n < 0 && errno == EINTR));
	return n == 0 || (n < 0 && errno != EAGAIN);
}

/* The process started as pppd is still a zombie. */
static void known_ended(struct launcher *launcher, const siginfo_t *info)
{
	pid_t next = 0;
	int status = 0;

	if (info->si_code == CLD_EXITED && info->si_status == 0)
		next = successor_of(launcher->pppd);
	waitpid(launcher->pppd, &status, 0);
	/* If its successor is unknown, the hang-up of the terminal shows the end. */
	if (next != 0)
		report(launcher, LAUNCHER_DETACHED, 0);
	if (next > 0) {
		launcher->pppd = next;
		return;
	}
	if (next == 0)
		report(launcher, LAUNCHER_ENDED, status);
	if (is_abandoned(launcher))
		log_forced_end();
	_exit(0);
}

static void reap(struct launcher *launcher)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return;
		if (info.si_pid == launcher->pppd)
			known_ended(launcher, &info);
		else
			waitpid(info.si_pid, NULL, WNOHANG);
	}
}

static void carry_out(struct launcher *launcher)
{
	int order = next_order(launcher);

	switch (order) {
	case LAUNCHER_HANGUP:
	case LAUNCHER_INTERRUPT:
	case LAUNCHER_TERMINATE:
		launcher->terminated = true;
		__attribute__((fallthrough));
	case LAUNCHER_USR2:
		/* Not reaped yet, so the id cannot be another's. */
		kill(launcher->pppd, order);
		break;
	case 0:
		log_forced_end();
		_exit(0);
	default:
		_exit(0);
	}
}

/* Do not keep the terminal, the pipe to the next program and the directory in use. */
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

static void __attribute__((noreturn)) wait_for_pppd(struct launcher *launcher)
{
	struct signalfd_siginfo info;
	struct pollfd fds[2] = { { .fd = launcher->fd, .events = POLLIN }, { .events = POLLIN } };
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	fds[1].fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	leave_streams();
	if (launcher->confined)
		privilege_drop_launcher();
	for (;;) {
		/* First: pppd may have ended before the descriptor was opened. */
		reap(launcher);
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents && read(fds[1].fd, &info, sizeof(info)) < 0)
			continue;
		if (fds[0].revents)
			carry_out(launcher);
	}
}

static void __attribute__((noreturn))
serve(struct launcher *launcher, const struct launcher_job *job)
{
	if (next_order(launcher) != LAUNCHER_START)
		_exit(0);
	/* Without it only the terminal shows the end of a pppd in the background. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	launcher->pppd = spawn(job);
	report(launcher, LAUNCHER_STARTED, (int)launcher->pppd);
	if (launcher->pppd < 0)
		_exit(0);
	wait_for_pppd(launcher);
}

pid_t launcher_fork(const struct launcher_job *job, int *fdp)
{
	struct launcher launcher = { .confined = job->confined };
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		close(job->close_in_child);
		launcher.fd = ends[1];
		serve(&launcher, job);
	}
	close(ends[1]);
	if (pid < 0) {
		pid = -errno;
		close(ends[0]);
		return pid;
	}
	*fdp = ends[0];
	return pid;
}
