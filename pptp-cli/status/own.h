/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_OWN_H
#define PPTP_CLI_STATUS_OWN_H

#include "exit_report.h"
#include "keeper.h"
#include "kernel_call.h"
#include "options.h"
#include "status/socket.h"

/* The status of this process's own tunnel, for whoever connects to its socket. */
struct own_status {
	struct status_socket socket;
	int remover_fd; /* its end ends the process that removes the socket; -1: there is none */
	char terminal[64];
	time_t started;
	uint64_t phase_since;
	time_t up_since; /* 0: not yet */
	/* as of the session, which is freed before pppd has ended */
	struct pptp_session_info info;
	struct pptp_stats stats;
	char host_name[PPTP_STRING_MAX + 1];
	char vendor_name[PPTP_STRING_MAX + 1];
};

#define OWN_STATUS_NONE                                                                            \
	{                                                                                          \
		.socket = STATUS_SOCKET_NONE, .remover_fd = -1                                     \
	}

/* Where the other parts of a tunnel know what a status says. */
struct own_status_sources {
	const struct options *options;
	const struct pptp_session *session; /* NULL once it is over */
	const struct keeper *keeper;
	const struct pppd *pppd;
	const struct kernel_call *kernel;
	const struct exit_report *report;
};

/*
 * While the process is root and has no other process yet. What fails is logged; the tunnel goes on without a
 * socket. close_fds: what the process that removes it may not keep, or -1.
 */
void own_status_open(struct own_status *status, const struct options *options,
		     const int close_fds[2]);

/* Note what the session knows: with each event, and before it is freed. */
void own_status_note(struct own_status *status, const struct pptp_session *session);

/* Answer whoever is connected. */
void own_status_answer(struct own_status *status, const struct own_status_sources *sources);

/* The socket is removed when this process has ended. */
void own_status_close(struct own_status *status);

#endif
