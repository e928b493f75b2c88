/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_KERNEL_CALL_H
#define PPTP_CLI_KERNEL_CALL_H

#include <pptp/session.h>

#include "channel_message.h"

/* What a call on the kernel's data path (--channel) has in place of a pty. */
struct kernel_call {
	int number;      /* of the kernel's socket, while the session owns it; -1: none */
	int fd;          /* the same, from the call's beginning until pppd shall see a hang-up */
	int counters_fd; /* of pppd's interface */
	struct channel_news unit;
};

#define KERNEL_CALL_NONE                                                                           \
	{                                                                                          \
		.number = -1, .fd = -1, .counters_fd = -1                                          \
	}

/* Before privileges are given up: open what the call needs. 0, or -errno after a log line. */
int kernel_call_prepare(struct kernel_call *call, struct pptp_config *config);
/* The call is up: hand its channel to the plugin at link_fd. 0, or -errno after a log line. */
int kernel_call_offer(struct kernel_call *call, struct pptp_session *session, int link_fd);
void kernel_call_log_statistics(const struct kernel_call *call);
/* pppd sees the end of the line. */
void kernel_call_hang_up(struct kernel_call *call);
void kernel_call_close(struct kernel_call *call);

#endif
