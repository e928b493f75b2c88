/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_LANDLOCK_H
#define PPTP_CLI_LANDLOCK_H

/* What may still be done with paths. */
enum landlock_use {
	LANDLOCK_NOTHING,
	LANDLOCK_READ,   /* read files below the directory; and signal other processes */
	LANDLOCK_REMOVE, /* remove files below the directory */
};

/*
 * For good: no path may be opened, made or removed any more, no TCP port bound or connected, and no process
 * outside signalled, but for that use, as far as this kernel's Landlock knows these.
 * 0 or -errno: ENOSYS or EOPNOTSUPP where the kernel has no Landlock. Needs no_new_privs.
 */
int landlock_enter(enum landlock_use use, const char *directory);

#endif
