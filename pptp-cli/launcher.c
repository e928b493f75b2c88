/* SPDX-License-Identifier: MIT */
/*
 * Starts pppd as root, with the terminal of its own that it needs, signals it, follows it into the
 * background and reports its end. exec may take long, on a file system that does not answer, and nothing
 * here waits for it. Called by keeper_process.c.
 */
#define _GNU_SOURCE
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper_message.h"
#include "signals.h"

static void report(const struct launcher *launcher, enum keeper_news news, int value)
{
	keeper_send_report(launcher->report_fd, news, value, NULL);
}

static void __attribute__((noreturn)) become_pppd(const struct keeper_job *job, int error_fd)
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

void launcher_start(struct launcher *launcher)
{
	int ends[2];
	int err;

	if (!launcher->job->argv || launcher->pppd != 0)
		return;
	/* Without it only the terminal shows the end of a pppd in the background. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (pipe2(ends, O_CLOEXEC) < 0) {
		report(launcher, KEEPER_STARTED, -errno);
		return;
	}
	launcher->pppd = fork();
	if (launcher->pppd == 0)
		become_pppd(launcher->job, ends[1]);
	err = errno;
	close(ends[1]);
	launcher->exec_fd = ends[0];
	if (launcher->pppd > 0)
		return;
	launcher->pppd = 0;
	close(ends[0]);
	launcher->exec_fd = -1;
	report(launcher, KEEPER_STARTED, -err);
}

/* The pipe closes when exec succeeds; else errno comes through it. */
bool launcher_exec_done(struct launcher *launcher)
{
	int error = 0;
	ssize_t n = read(launcher->exec_fd, &error, sizeof(error));

	if (n < 0 && errno == EINTR)
		return false;
	close(launcher->exec_fd);
	launcher->exec_fd = -1;
	if (n == (ssize_t)sizeof(error)) {
		waitpid(launcher->pppd, NULL, 0);
		launcher->pppd = 0;
		report(launcher, KEEPER_STARTED, -error);
		return false;
	}
	report(launcher, KEEPER_STARTED, (int)launcher->pppd);
	return true;
}

void launcher_signal(const struct launcher *launcher, int number)
{
	/* Not reaped yet, so the id cannot be another's. */
	if (launcher->pppd > 0)
		kill(launcher->pppd, number);
}

void launcher_abandon(const struct launcher *launcher)
{
	if (launcher->exec_fd >= 0)
		kill(launcher->pppd, SIGKILL);
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

/* The process started as pppd is still a zombie. */
static void known_ended(struct launcher *launcher, const siginfo_t *info)
{
	pid_t next = 0;
	int status = 0;

	if (info->si_code == CLD_EXITED && info->si_status == 0)
		next = successor_of(launcher->pppd);
	waitpid(launcher->pppd, &status, 0);
	launcher->pppd = next > 0 ? next : 0;
	/* If its successor is unknown, the hang-up of the terminal shows the end. */
	if (next != 0)
		report(launcher, KEEPER_DETACHED, (int)launcher->pppd);
	else
		report(launcher, KEEPER_ENDED, status);
}

void launcher_reap(struct launcher *launcher)
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
