/* SPDX-License-Identifier: MIT */
/*
 * Whether pppd can be expected to run, before a call is placed that would be cleared at once. It
 * starts nothing and changes nothing: pppd is started by launcher.c. Called by run.c and
 * kernel_launch.c in launch mode, where pppd has not started this program, and by diagnose.c.
 */
#define _GNU_SOURCE
#include "pppd_check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pptp/types.h>

#include "log.h"

/* Not where it is known that it may not be run: a sandbox can refuse the question. */
static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       (access(path, X_OK) == 0 || errno != EACCES);
}

/* As execvp(3) looks for it: an empty entry is the current directory. */
static bool is_in_path(const char *name)
{
	char path[PATH_MAX];
	const char *entry = secure_getenv("PATH");
	size_t length;

	/* The C library has a choice of its own then; set-user-ID programs leave it to execvp. */
	if (!entry)
		return true;
	for (;; entry += length + 1) {
		length = strcspn(entry, ":");
		if (length < PATH_MAX)
			snprintf(path, sizeof(path), "%.*s%s%s", (int)length, entry,
				 length > 0 ? "/" : "", name);
		if (length < PATH_MAX && is_program(path))
			return true;
		if (entry[length] == '\0')
			return false;
	}
}

/* Opening it loads the module. Other errors may not apply to pppd, which can be set-user-ID. */
static int open_device(void)
{
	int fd = open("/dev/ppp", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	return errno == ENOENT || errno == ENODEV || errno == ENXIO ? -errno : 0;
}

bool pppd_check(void)
{
	int err;

	if (!is_in_path("pppd")) {
		log_line(PPTP_LOG_ERROR,
			 "pppd could not be found: install the ppp package or check PATH");
		return false;
	}
	err = open_device();
	if (err < 0)
		log_line(
			PPTP_LOG_ERROR,
			"pppd could not work, the kernel has no PPP: /dev/ppp: %s; load the module "
			"ppp_generic (modprobe ppp_generic), in a container on its host",
			pptp_strerror(err));
	return err == 0;
}
