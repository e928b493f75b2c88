/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_PRIVILEGE_H
#define PPTP_CLI_PRIVILEGE_H

#include <stdbool.h>

/*
 * Dropping root's privileges in steps, each as early as possible. A step that is refused is logged
 * once, and the tunnel still comes up.
 */

/* Set-user-ID: replace the environment, which the caller has chosen. */
void privilege_check_environment(void);

/*
 * Before anything is read from the network: become an unprivileged user without any capability, and gain
 * none by exec. The sockets that need a privilege must be open by now.
 */
void privilege_drop(void);

/*
 * The connection is open: only the system calls that the loop needs, and no path. channel_fd: the kernel's
 * channel, to be connected once the call is up. listener_fd: connections to it are accepted. -1: none.
 */
void privilege_confine(int channel_fd, int listener_fd);

/* The same two steps of the process that keeps the host route, with CAP_NET_ADMIN and without a log line. */
void privilege_drop_keeper(void);
void privilege_confine_keeper(void);

/* Of the one that waits for pppd, all at once: it stays root, to signal pppd. `route`: CAP_NET_ADMIN stays. */
void privilege_drop_launcher(bool route);

/* Of the one that waits to remove a file from this folder: it stays root, as the folder is root's. */
void privilege_drop_remover(const char *folder, int folder_fd);

/* Before anything is read from others: set-user-ID gives the caller nothing. False with errno. */
bool privilege_be_caller(void);

/* As privilege_drop(), and no path: of one that only reads what it has, and prints it. */
void privilege_drop_reader(void);

/* Of the process that was started: it may signal a worker of another user, no more. */
void privilege_drop_waiter(void);

/* What may be behind a process, thread or system call that was refused; "" where the error says it. */
const char *privilege_hint(int error);

#endif
