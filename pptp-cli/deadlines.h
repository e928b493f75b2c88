/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_DEADLINES_H
#define PPTP_CLI_DEADLINES_H

#include <stdbool.h>
#include <stdint.h>

/* When the command itself acts, beside its session. Monotonic; PPTP_TIME_NEVER: not at all. */
struct deadlines {
	uint64_t start_by;  /* pppd must have been started */
	uint64_t stop;      /* stop the session */
	uint64_t hang_up;   /* close the link to pppd */
	uint64_t terminate; /* send SIGTERM to pppd */
	uint64_t give_up;   /* exit, even if pppd still runs */
	uint64_t tell;      /* tell the service manager how the tunnel does */
};

#define DEADLINES_NONE                                                                             \
	{                                                                                          \
		PPTP_TIME_NEVER, PPTP_TIME_NEVER, PPTP_TIME_NEVER, PPTP_TIME_NEVER,                \
			PPTP_TIME_NEVER, PPTP_TIME_NEVER                                           \
	}

/* The first of them. */
uint64_t deadlines_next(const struct deadlines *deadlines);

/* Milliseconds until then, rounded up; -1: for ever. */
int deadlines_wait_ms(const struct deadlines *deadlines);

/* Whether it has come; it is not there any more then. */
bool deadline_passed(uint64_t *deadlinep, uint64_t now);

#endif
