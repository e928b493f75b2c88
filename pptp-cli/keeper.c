/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "keeper.h"

#include "log.h"
#include "privilege.h"
#include "signals.h"

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

/* How long the kernel may take from our employer's terminal to its end of our socket. */
#define ABANDONED_MS 100

struct keeper {
	int fd;
	pid_t pppd;
	bool terminated; /* pppd, by us */
	bool confined;
};

static void tell(const struct keeper *keeper, enum keeper_news news, int value)
{
	struct keeper_word word = { .news = news, .value = value };

	/* Where nobody listens any more there is nobody to tell. */
	send(keeper->fd, &word, sizeof(word), MSG_NOSIGNAL);
}

/* 0 at the end of our employer. */
static int next_order(const struct keeper *keeper)
{
	unsigned char order;
	ssize_t n;

	do {
		n = recv(keeper->fd, &order, 1, 0);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? order : 0;
}

static void __attribute__((noreturn)) become_pppd(const struct keeper_job *job, int error_fd)
{
	int error;

	/* As the leader of a session of its own it is told when its terminal hangs up. */
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
static pid_t spawn(const struct keeper_job *job)
{
	int ends[2];
	int result;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		become_pppd(job, ends[1]);
	result = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (result == 0)
		result = exec_result(ends[0]);
	close(ends[0]);
	if (result < 0 && pid > 0)
		waitpid(pid, NULL, 0);
	return result < 0 ? result : pid;
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
 * child now. 0 when there is none, -1 when that cannot be told.
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

static void say_forced_end(void)
{
	log_line(PPTP_LOG_ERROR,
		 "pptp was ended by force: by a signal, or for a system call that it does not make "
		 "(then the kernel's log has a line, see PRIVILEGES in pptp(8)); pppd sees a "
		 "hang-up, the host route is left to the next run");
}

/*
 * Our employer is gone and did not take leave. When it is killed, its terminal hangs up, and pppd
 * may have ended of that before the rest of what it held is closed.
 */
static bool is_abandoned(const struct keeper *keeper)
{
	struct pollfd pfd = { .fd = keeper->fd, .events = POLLIN };
	unsigned char order;
	ssize_t n;

	do {
		if (!keeper->terminated)
			poll(&pfd, 1, ABANDONED_MS);
		n = recv(keeper->fd, &order, 1, MSG_DONTWAIT);
	} while ((n == 1 && order != KEEPER_LEAVE) || (n < 0 && errno == EINTR));
	return n == 0 || (n < 0 && errno != EAGAIN);
}

/* The process we know as pppd is a zombie still. */
static void known_ended(struct keeper *keeper, const siginfo_t *info)
{
	pid_t next = 0;
	int status = 0;

	if (info->si_code == CLD_EXITED && info->si_status == 0)
		next = successor_of(keeper->pppd);
	waitpid(keeper->pppd, &status, 0);
	if (next > 0) {
		keeper->pppd = next;
		return;
	}
	/* Where it cannot be told who follows, the hang-up of the terminal tells the end. */
	if (next == 0)
		tell(keeper, KEEPER_ENDED, status);
	if (is_abandoned(keeper))
		say_forced_end();
	_exit(0);
}

static void reap(struct keeper *keeper)
{
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return;
		if (info.si_pid == keeper->pppd)
			known_ended(keeper, &info);
		else
			waitpid(info.si_pid, NULL, WNOHANG);
	}
}

static void obey(struct keeper *keeper)
{
	switch (next_order(keeper)) {
	case KEEPER_TERMINATE:
		/* Not reaped yet, so the id cannot be another's. */
		kill(keeper->pppd, SIGTERM);
		keeper->terminated = true;
		break;
	case 0:
		say_forced_end();
		_exit(0);
	default:
		_exit(0);
	}
}

/* The terminal, the pipe to the next program and the folder are not ours to hold. */
static void let_go(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int fd;

	log_leave_stderr();
	for (fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
	if (chdir("/") < 0) {
		/* Then this folder stays in use; no reason to end. */
	}
}

static void __attribute__((noreturn)) keep(struct keeper *keeper)
{
	struct signalfd_siginfo info;
	struct pollfd fds[2] = { { .fd = keeper->fd, .events = POLLIN }, { .events = POLLIN } };
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	fds[1].fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	let_go();
	if (keeper->confined)
		privilege_drop_keeper();
	for (;;) {
		/* First, for what ended before there was a descriptor to tell it. */
		reap(keeper);
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents && read(fds[1].fd, &info, sizeof(info)) < 0)
			continue;
		if (fds[0].revents)
			obey(keeper);
	}
}

static void __attribute__((noreturn)) serve(struct keeper *keeper, const struct keeper_job *job)
{
	if (next_order(keeper) != KEEPER_START)
		_exit(0);
	/* Without it a pppd that goes to the background is known by its terminal alone. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	keeper->pppd = spawn(job);
	tell(keeper, KEEPER_STARTED, (int)keeper->pppd);
	if (keeper->pppd < 0)
		_exit(0);
	keep(keeper);
}

pid_t keeper_fork(const struct keeper_job *job, int *fdp)
{
	struct keeper keeper = { .confined = job->confined };
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		close(job->not_for_it);
		keeper.fd = ends[1];
		serve(&keeper, job);
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
