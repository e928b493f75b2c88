/* SPDX-License-Identifier: MIT */
/*
 * pptpsetup(8): protects the process that will hold a password, reads the command line and leaves the
 * work to create.c, delete.c and show.c. With --start it becomes pppd.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "null_device.h"
#include "setup/arguments.h"
#include "setup/commands.h"
#include "setup/say.h"

/* Otherwise a file that is written could be standard error. */
static int fill_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    (null_device_open() < 0 || fcntl(fd, F_SETFD, 0) < 0))
			return complain("cannot replace a closed standard stream: %s",
					reason(errno));
	return 0;
}

/* No dump of memory, no file for others; a limit on files' size is an error, not an end. */
static void protect(void)
{
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	umask(077);
	(void)signal(SIGXFSZ, SIG_IGN);
}

static int flush(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	complain("cannot write to standard output: %s", reason(errno));
	return SETUP_SYSTEM;
}

static int run_task(struct arguments *arguments)
{
	switch (arguments->task) {
	case ARGUMENTS_NONE:
		break;
	case ARGUMENTS_CREATE:
		return create_tunnel(arguments);
	case ARGUMENTS_DELETE:
		return delete_tunnel(arguments);
	case ARGUMENTS_LIST:
		return show_list(arguments);
	case ARGUMENTS_SHOW:
		return show_tunnel(arguments);
	case ARGUMENTS_HELP:
		arguments_usage(stdout);
		return SETUP_OK;
	case ARGUMENTS_VERSION:
		say("pptpsetup version %s", PPTP_VERSION_STRING);
		return SETUP_OK;
	}
	return SETUP_USAGE;
}

static int start(const char *name)
{
	(void)signal(SIGXFSZ, SIG_DFL);
	execlp("pppd", "pppd", "call", name, "updetach", (char *)NULL);
	/* Not in the PATH of every user. */
	execl("/usr/sbin/pppd", "pppd", "call", name, "updetach", (char *)NULL);
	complain("cannot start pppd: %s; install pppd (package ppp)", reason(errno));
	return SETUP_SYSTEM;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	int status;

	protect();
	if (fill_streams() < 0)
		return SETUP_SYSTEM;
	if (arguments_parse(&arguments, argc, argv) < 0) {
		fputs("Try \"pptpsetup --help\", or read pptpsetup(8).\n", stderr);
		status = SETUP_USAGE;
	} else {
		status = flush(run_task(&arguments));
	}
	explicit_bzero(arguments.password, sizeof(arguments.password));
	if (status == SETUP_OK && arguments.start)
		status = start(arguments.peer.name);
	return status;
}
