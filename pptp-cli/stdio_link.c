/* SPDX-License-Identifier: MIT */
/*
 * Standard input and output as the PPP link, for pppd's pty option: whether they can be one, and
 * taking them over so that nothing else writes there. It reads and writes no PPP; the library does,
 * once run.c has attached the descriptors. Called by main.c and run.c.
 */
#define _GNU_SOURCE
#include "stdio_link.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "null_device.h"

/* Masters know the number of their terminal, slaves and other terminals do not. */
static bool is_pty_master(int fd, unsigned int *numberp)
{
	return ioctl(fd, TIOCGPTN, numberp) == 0;
}

static bool is_stderr(int fd)
{
	struct stat st, err;

	return fstat(fd, &st) == 0 && fstat(STDERR_FILENO, &err) == 0 && S_ISCHR(err.st_mode) &&
	       st.st_rdev == err.st_rdev;
}

/*
 * The slave's side of a pty, which socat and expect give: in raw mode, or not the terminal that controls
 * this session. After setsid(1) or su -c a person's terminal does not control it either, but standard
 * error leads there too.
 */
static bool is_pty_slave(int fd)
{
	struct termios mode;

	if (tcgetattr(fd, &mode) < 0)
		return false;
	return !(mode.c_lflag & (ICANON | ECHO)) || (tcgetpgrp(fd) < 0 && !is_stderr(fd));
}

/* A sandbox that refuses the question does not make a terminal of it. */
static bool cannot_be_asked(int fd)
{
	unsigned int number;

	return ioctl(fd, TIOCGPTN, &number) < 0 && (errno == EPERM || errno == ENOSYS);
}

static bool carries_frames(int fd)
{
	unsigned int number;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return false;
	if (S_ISCHR(st.st_mode) && cannot_be_asked(fd))
		return true;
	return S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || is_pty_master(fd, &number) ||
	       is_pty_slave(fd);
}

bool stdio_link_fits(const char **whyp)
{
	if (isatty(STDIN_FILENO) && !carries_frames(STDIN_FILENO)) {
		*whyp = "standard input is a terminal: with --nolaunchpppd, pptp is run by pppd's "
			"pty option";
		return false;
	}
	if (!carries_frames(STDIN_FILENO)) {
		*whyp = "standard input is no pty, socket or pipe: with --nolaunchpppd, pptp is "
			"run by pppd's pty option";
		return false;
	}
	if (!carries_frames(STDOUT_FILENO)) {
		*whyp = "standard output is no pty, socket or pipe: with --nolaunchpppd, pptp is "
			"run by pppd's pty option";
		return false;
	}
	return true;
}

static bool same_link(void)
{
	unsigned int in_number;
	unsigned int out_number;
	struct stat in;
	struct stat out;

	if (is_pty_master(STDIN_FILENO, &in_number))
		return is_pty_master(STDOUT_FILENO, &out_number) && in_number == out_number;
	if (fstat(STDIN_FILENO, &in) < 0 || fstat(STDOUT_FILENO, &out) < 0)
		return false;
	if (S_ISCHR(in.st_mode) && S_ISCHR(out.st_mode))
		return in.st_rdev == out.st_rdev;
	return S_ISSOCK(in.st_mode) && in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

/* PPP needs every octet as it is. A master's settings are pppd's own affair. */
static void make_slave_raw(int fd)
{
	struct termios mode;
	unsigned int number;

	if (is_pty_master(fd, &number) || tcgetattr(fd, &mode) < 0)
		return;
	cfmakeraw(&mode);
	(void)tcsetattr(fd, TCSANOW, &mode);
}

int stdio_link_take(int *read_fdp, int *write_fdp)
{
	bool same = same_link();
	int null = null_device_open();
	int in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int out = same ? in : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int err = 0;

	make_slave_raw(STDIN_FILENO);
	make_slave_raw(STDOUT_FILENO);
	if (null < 0 || in < 0 || out < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		err = -errno;
	if (null >= 0)
		close(null);
	if (err == 0) {
		*read_fdp = in;
		*write_fdp = out;
		return 0;
	}
	if (in >= 0)
		close(in);
	if (out >= 0 && !same)
		close(out);
	return err;
}
