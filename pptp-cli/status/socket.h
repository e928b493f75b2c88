/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_SOCKET_H
#define PPTP_CLI_STATUS_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

#include "status/name.h"

/* The socket of a tunnel that runs, at which programs read its status. */
struct status_socket {
	int fd;     /* listens; -1: none */
	int folder; /* where it is; -1: likewise */
	char name[STATUS_NAME_MAX + 1];
};

#define STATUS_SOCKET_NONE                                                                         \
	{                                                                                          \
		.fd = -1, .folder = -1                                                             \
	}

/*
 * Makes it, under this name or, where a tunnel that runs has it, with "-2", "-3" and so on. What a killed
 * pptp left is replaced. NULL, or what failed; then errno says why. The folder is STATUS_FOLDER.
 */
const char *status_socket_open(struct status_socket *sock, const char *name);

/* Whether somebody is connected. */
bool status_socket_is_asked(const struct status_socket *sock);

/* Sends all who are connected, a bounded number of them, the text, and the end of the stream. */
void status_socket_answer(struct status_socket *sock, const char *text, size_t length);

/* Once the process that removes it has the folder. */
void status_socket_leave_folder(struct status_socket *sock);

void status_socket_close(struct status_socket *sock);

#endif
