/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_WAKE_H
#define PPTP_CLI_WAKE_H

/* One descriptor that is readable while one of several is, for pptp_session_wake_on(). */

/* The descriptor, or -errno. */
int wake_open(void);
/* fd: -1 is left out. 0 or -errno. */
int wake_add(int wake_fd, int fd);

#endif
