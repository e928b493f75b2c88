/* SPDX-License-Identifier: MIT */
/*
 * pppd in launch mode, as run.c sees it: its terminal, its start and end through the launcher
 * (launcher.c), which is a process of its own. The PPP frames do not pass here: the library reads
 * the terminal. What the exit statuses of pppd mean is in pppd_outcome.c.
 */
#define _GNU_SOURCE
#include "pppd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "launcher.h"

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

/*
 * Only pppd opens the slave: a master whose slave was never opened shows no hang-up, one whose
 * slave was closed again does.
 */
static int open_pty(struct pppd *pppd)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int err;

	if (master < 0)
		return -errno;
	if (grantpt(master) < 0 || unlockpt(master) < 0)
		err = -errno;
	else
		err = -ptsname_r(master, pppd->terminal, sizeof(pppd->terminal));
	if (err == 0)
		err = make_raw(master);
	if (err < 0) {
		close(master);
		return err;
	}
	pppd->master = master;
	return 0;
}

/* "pppd <terminal> 38400 <arguments>"; free() it. */
static const char **command_line(const struct pppd *pppd, const char *const *arguments, int count)
{
	const char **argv = calloc((size_t)count + 4, sizeof(*argv));

	if (!argv)
		return NULL;
	argv[0] = PPPD_COMMAND;
	argv[1] = pppd->terminal;
	argv[2] = PPPD_SPEED;
	if (count > 0)
		memcpy(argv + 3, arguments, (size_t)count * sizeof(*argv));
	return argv;
}

static int make_launcher(struct pppd *pppd, const char *const *arguments, int count,
			 const sigset_t *mask, bool confined)
{
	const char **argv = command_line(pppd, arguments, count);
	struct launcher_job job = { .mask = mask,
				    .close_in_child = pppd->master,
				    .confined = confined };

	if (!argv)
		return -ENOMEM;
	/* exec does not write to the strings. */
	job.argv = (char **)(void *)argv;
	pppd->launcher = launcher_fork(&job, &pppd->launcher_fd);
	free(argv);
	return pppd->launcher < 0 ? (int)pppd->launcher : 0;
}

int pppd_prepare(struct pppd *pppd, const char *const *arguments, int count, const sigset_t *mask,
		 bool confined)
{
	int err = open_pty(pppd);

	if (err < 0)
		return err;
	err = make_launcher(pppd, arguments, count, mask, confined);
	if (err < 0) {
		pppd->launcher = 0;
		close(pppd->master);
		pppd->master = -1;
	}
	return err;
}

int pppd_take_master(struct pppd *pppd)
{
	int master = pppd->master;

	pppd->master = -1;
	return master;
}

static int send_order(const struct pppd *pppd, enum launcher_order what)
{
	unsigned char octet = (unsigned char)what;

	if (pppd->launcher_fd < 0)
		return -EPIPE;
	return send(pppd->launcher_fd, &octet, 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The next word of the launcher; false when there is none yet (EAGAIN) or any more. */
static bool receive_report(const struct pppd *pppd, struct launcher_report *report, int flags)
{
	ssize_t n;

	do {
		errno = 0;
		n = recv(pppd->launcher_fd, report, sizeof(*report), flags);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*report);
}

int pppd_start(struct pppd *pppd, pid_t *pidp)
{
	struct launcher_report report;
	int err = send_order(pppd, LAUNCHER_START);

	/* ECHILD: the launcher was killed. */
	if (err < 0)
		return err == -EPIPE ? -ECHILD : err;
	if (!receive_report(pppd, &report, 0))
		return -ECHILD;
	if (report.value < 0)
		return report.value;
	pppd->running = true;
	*pidp = (pid_t)report.value;
	return 0;
}

void pppd_take_reports(struct pppd *pppd)
{
	struct launcher_report report;

	while (receive_report(pppd, &report, MSG_DONTWAIT)) {
		if (report.news == LAUNCHER_DETACHED)
			pppd->detached = true;
		if (report.news == LAUNCHER_ENDED) {
			pppd->ended = true;
			pppd->wait_status = report.value;
		}
	}
	if (errno == EAGAIN || pppd->launcher_fd < 0)
		return;
	close(pppd->launcher_fd);
	pppd->launcher_fd = -1;
}

bool pppd_reap(struct pppd *pppd)
{
	if (pppd->launcher == 0 || waitpid(pppd->launcher, NULL, WNOHANG) != pppd->launcher)
		return false;
	pppd->launcher = 0;
	pppd->running = false;
	/* If the launcher has no status, or was killed, the terminal's hang-up shows the end. */
	pppd_take_reports(pppd);
	return pppd->ended;
}

void pppd_signal(const struct pppd *pppd, int number)
{
	if (pppd->running)
		send_order(pppd, (enum launcher_order)number);
}

void pppd_leave(struct pppd *pppd)
{
	if (pppd->master >= 0)
		close(pppd->master);
	if (pppd->launcher_fd < 0)
		return;
	send_order(pppd, LAUNCHER_LEAVE);
	close(pppd->launcher_fd);
}
