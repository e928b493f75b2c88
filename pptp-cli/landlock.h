/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_LANDLOCK_H
#define PPTP_CLI_LANDLOCK_H

/*
 * For good: no path may be opened, made or removed any more, no TCP port bound or connected, and, without
 * `readable`, no process outside signalled, as far as this kernel's Landlock knows these.
 * readable: a directory in which files may still be read, or NULL.
 * 0 or -errno: ENOSYS or EOPNOTSUPP where the kernel has no Landlock. Needs no_new_privs.
 */
int landlock_enter(const char *readable);

#endif
