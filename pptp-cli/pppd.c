/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "pppd.h"

#include "keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

/*
 * The slave is left to pppd: a master whose slave was never opened shows no hang-up, one whose
 * slave was closed again does.
 */
static int open_pty(struct pppd *pppd)
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

static int make_keeper(struct pppd *pppd, const char *const *arguments, int count,
		       const sigset_t *mask, bool confined)
{
	const char **argv = command_line(pppd, arguments, count);
	struct keeper_job job = { .mask = mask, .not_for_it = pppd->master, .confined = confined };

	if (!argv)
		return -ENOMEM;
	/* exec does not write to the strings. */
	job.argv = (char **)(void *)argv;
	pppd->keeper = keeper_fork(&job, &pppd->keeper_fd);
	free(argv);
	return pppd->keeper < 0 ? (int)pppd->keeper : 0;
}

int pppd_prepare(struct pppd *pppd, const char *const *arguments, int count, const sigset_t *mask,
		 bool confined)
{
	int result = open_pty(pppd);

	if (result < 0)
		return result;
	result = make_keeper(pppd, arguments, count, mask, confined);
	if (result < 0) {
		pppd->keeper = 0;
		close(pppd->master);
		pppd->master = -1;
	}
	return result;
}

int pppd_take_master(struct pppd *pppd)
{
	int master = pppd->master;

	pppd->master = -1;
	return master;
}

static int order(const struct pppd *pppd, enum keeper_order what)
{
	unsigned char octet = (unsigned char)what;

	return send(pppd->keeper_fd, &octet, 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The next word of the keeper; false when there is none (any more). */
static bool hear(const struct pppd *pppd, struct keeper_word *word, int flags)
{
	ssize_t n;

	do {
		n = recv(pppd->keeper_fd, word, sizeof(*word), flags);
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(*word);
}

int pppd_start(struct pppd *pppd, pid_t *pidp)
{
	struct keeper_word word;
	int result = order(pppd, KEEPER_START);

	/* ECHILD: the keeper is gone, killed by somebody. */
	if (result < 0)
		return result == -EPIPE ? -ECHILD : result;
	if (!hear(pppd, &word, 0))
		return -ECHILD;
	if (word.value < 0)
		return word.value;
	pppd->running = true;
	*pidp = (pid_t)word.value;
	return 0;
}

bool pppd_reap(struct pppd *pppd)
{
	struct keeper_word word;

	if (pppd->keeper == 0 || waitpid(pppd->keeper, NULL, WNOHANG) != pppd->keeper)
		return false;
	pppd->keeper = 0;
	pppd->running = false;
	/* A keeper that could not tell, or was killed: the terminal's hang-up tells the end. */
	if (!hear(pppd, &word, MSG_DONTWAIT) || word.news != KEEPER_ENDED)
		return false;
	pppd->ended = true;
	pppd->wait_status = word.value;
	return true;
}

void pppd_terminate(const struct pppd *pppd)
{
	if (pppd->running)
		order(pppd, KEEPER_TERMINATE);
}

void pppd_leave(struct pppd *pppd)
{
	if (pppd->master >= 0)
		close(pppd->master);
	if (pppd->keeper_fd < 0)
		return;
	order(pppd, KEEPER_LEAVE);
	close(pppd->keeper_fd);
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
