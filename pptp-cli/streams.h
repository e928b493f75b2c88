/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STREAMS_H
#define PPTP_CLI_STREAMS_H

#include <stdbool.h>

/* The standard streams of the process that carries the tunnel, until it gives them up. */
struct streams {
	int null_fd; /* -1: none could be opened, and they are kept */
	bool stderr_is_terminal;
};

/* While files may still be opened. */
void streams_prepare(struct streams *streams);
void streams_close(struct streams *streams);

/* Whoever reads standard error, as in $(pppd call X updetach), waits for its end. A terminal is kept. */
void streams_leave_stderr(const struct streams *streams);

/* All of them. A terminal on standard error is kept only if keep_terminal is set. */
void streams_leave(struct streams *streams, bool keep_terminal);

#endif
