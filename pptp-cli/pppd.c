/* SPDX-License-Identifier: MIT */
/*
 * The terminal and the command line of pppd in launch mode. It is started and signalled by the keeper
 * (launcher.c), and the PPP frames do not pass here: the library reads the terminal. What the exit
 * statuses of pppd mean is in pppd_outcome.c. Called by processes.c and run.c.
 */
#define _GNU_SOURCE
#include "pppd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
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
 * Only pppd opens the slave: a master whose slave was never opened shows no hang-up, one whose
 * slave was closed again does.
 */
int pppd_open_pty(struct pppd *pppd)
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

char **pppd_command_line(const struct pppd *pppd, const char *const *arguments, int count)
{
	const char **argv = calloc((size_t)count + 4, sizeof(*argv));

	if (!argv)
		return NULL;
	argv[0] = PPPD_COMMAND;
	argv[1] = pppd->terminal;
	argv[2] = PPPD_SPEED;
	if (count > 0)
		memcpy(argv + 3, arguments, (size_t)count * sizeof(*argv));
	/* exec does not write to the strings. */
	return (char **)(void *)argv;
}

int pppd_take_master(struct pppd *pppd)
{
	int master = pppd->master;

	pppd->master = -1;
	return master;
}
