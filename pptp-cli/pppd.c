/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "pppd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define PPPD_COMMAND "pppd"
#define PPPD_SPEED   "38400"

static int make_raw(int master)
{
	struct termios mode;

	/* On a master these act on the slave. */
	if (tcgetattr(master, &mode) < 0)
		return -errno;
	cfmakeraw(&mode);
	if (tcsetattr(master, TCSANOW, &mode) < 0)
		return -errno;
	return 0;
}

int pppd_open_pty(struct pppd *pppd, int *masterp)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int result;

	if (master < 0)
		return -errno;
	if (grantpt(master) < 0 || unlockpt(master) < 0)
		result = -errno;
	else
		result = -ptsname_r(master, pppd->terminal, sizeof(pppd->terminal));
	if (result == 0)
		result = make_raw(master);
	if (result < 0) {
		close(master);
		return result;
	}
	*masterp = master;
	return 0;
}

static void __attribute__((noreturn)) become_pppd(char **argv, const sigset_t *mask, int error_fd)
{
	int error;

	/* As the leader of a session of its own it is told when its terminal hangs up. */
	setsid();
	signal(SIGPIPE, SIG_DFL);
	pthread_sigmask(SIG_SETMASK, mask, NULL);
	execvp(PPPD_COMMAND, argv);
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

static int spawn(struct pppd *pppd, char **argv, const sigset_t *mask)
{
	int ends[2];
	int result;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		become_pppd(argv, mask, ends[1]);
	result = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (result == 0)
		result = exec_result(ends[0]);
	close(ends[0]);
	if (result < 0) {
		if (pid > 0)
			waitpid(pid, NULL, 0);
		return result;
	}
	pppd->pid = pid;
	return 0;
}

int pppd_exec(struct pppd *pppd, const char *const *arguments, int count, const sigset_t *mask)
{
	const char **argv = calloc((size_t)count + 4, sizeof(*argv));
	int result;

	if (!argv)
		return -ENOMEM;
	argv[0] = PPPD_COMMAND;
	argv[1] = pppd->terminal;
	argv[2] = PPPD_SPEED;
	if (count > 0)
		memcpy(argv + 3, arguments, (size_t)count * sizeof(*argv));
	/* Without it a pppd that goes to the background is known by its terminal alone. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	/* exec does not write to the strings. */
	result = spawn(pppd, (char **)(void *)argv, mask);
	free(argv);
	return result;
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

/* The process we know as pppd is a zombie still. Returns true when pppd is gone with it. */
static bool known_ended(struct pppd *pppd, const siginfo_t *info)
{
	pid_t next = 0;

	if (info->si_code == CLD_EXITED && info->si_status == 0)
		next = successor_of(pppd->pid);
	waitpid(pppd->pid, &pppd->wait_status, 0);
	/* Where it cannot be told who follows, the hang-up of the terminal tells the end. */
	pppd->pid = next > 0 ? next : 0;
	pppd->ended = next == 0;
	return pppd->ended;
}

bool pppd_reap(struct pppd *pppd)
{
	bool ended = false;
	siginfo_t info;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return ended;
		if (info.si_pid == pppd->pid)
			ended = known_ended(pppd, &info) || ended;
		else
			waitpid(info.si_pid, NULL, WNOHANG);
	}
}

void pppd_terminate(const struct pppd *pppd)
{
	/* Not reaped yet, so the id cannot be another's. */
	if (pppd->pid > 0)
		kill(pppd->pid, SIGTERM);
}

/* The exit statuses of pppd(8). */
static const struct {
	enum pppd_outcome outcome;
	const char *text;
} exits[] = {
	[0] = { PPPD_FINE, "the link was up and has ended" },
	[1] = { PPPD_FAILED, "a fatal error of the system" },
	[2] = { PPPD_FAILED, "an option of pppd is wrong" },
	[3] = { PPPD_FAILED, "it needs to be root" },
	[4] = { PPPD_FAILED, "the kernel has no PPP (module ppp_generic, /dev/ppp)" },
	[5] = { PPPD_FINE, "it was asked to end" },
	[6] = { PPPD_FAILED, "the terminal could not be locked" },
	[7] = { PPPD_FAILED, "the terminal could not be opened" },
	[8] = { PPPD_FAILED, "the connect script failed" },
	[9] = { PPPD_FAILED, "the pty command could not be run" },
	[10] = { PPPD_UNHEARD, "PPP negotiation failed, no network protocol came up" },
	[11] = { PPPD_FAILED, "the server did not authenticate itself to us (noauth is usual)" },
	[12] = { PPPD_FINE, "the link was idle" },
	[13] = { PPPD_FINE, "the time limit of the connection was reached" },
	[14] = { PPPD_FINE, "callback was negotiated" },
	[15] = { PPPD_UNHEARD, "the server no longer answers PPP echo requests" },
	[16] = { PPPD_UNHEARD, "the link was hung up" },
	[17] = { PPPD_FAILED, "the link is a loopback" },
	[18] = { PPPD_FAILED, "the init script failed" },
	[19] = { PPPD_FAILED, "the server did not accept our name and password" },
};

enum pppd_outcome pppd_outcome(const struct pppd *pppd, const char **textp)
{
	static char text[80];
	size_t status = (size_t)WEXITSTATUS(pppd->wait_status);

	if (WIFSIGNALED(pppd->wait_status)) {
		snprintf(text, sizeof(text), "it was killed by signal %d",
			 WTERMSIG(pppd->wait_status));
		*textp = text;
		return PPPD_FAILED;
	}
	if (status < sizeof(exits) / sizeof(exits[0])) {
		*textp = exits[status].text;
		return exits[status].outcome;
	}
	snprintf(text, sizeof(text), "exit status %zu", status);
	*textp = text;
	return PPPD_FAILED;
}
