/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_CONTROL_H
#define PPTP_SESSION_CONTROL_H

/* The control connection: core/ctrl on an open TCP connection. */

#include <pptp/proto/ctrl.h>

#include "session/config.h"
#include "session/loop.h"

/* Messages sent whose log lines are written after the events that caused them were taken. */
#define CONTROL_UNLOGGED_MAX 2

struct control {
	const struct pptp_config *cfg;
	struct pptp_ctrl *ctrl;
	int fd;        /* -1 before pptp_control_open() and after the end */
	int tcp_error; /* -errno that ended TCP, else 0 */
	struct watch watch;
	struct pptp_msg unlogged[CONTROL_UNLOGGED_MAX];
	unsigned int unlogged_count;
	uint64_t next_wan_error; /* no such line is logged before */
};

/* cfg must last as long as the control connection. 0, -ENOMEM, or -errno without random numbers. */
int pptp_control_init(struct control *control, const struct pptp_config *cfg, struct loop *loop,
		      int id, uint16_t call_id);
void pptp_control_free(struct control *control);

/* Before pptp_control_open(): another one than that of pptp_control_init(). */
void pptp_control_set_call_id(struct control *control, uint16_t call_id);

/* TCP is open on `fd`, which is owned from now on and watched by `watch`: begin (3.1.1). */
void pptp_control_open(struct control *control, int fd, uint64_t now);
/* Close TCP so that the last messages still arrive. */
void pptp_control_close(struct control *control);

/* The descriptor is ready: read from it. */
void pptp_control_ready(struct control *control, uint32_t events, uint64_t now);
/*
 * Where a deadline is due, read what waits: true while something was there and it is still due. Not
 * from a peer that does not take our replies.
 */
bool pptp_control_read_before_deadline(struct control *control, uint64_t now);
void pptp_control_expire(struct control *control, uint64_t now);
/* Write pending output, as far as TCP accepts it. */
void pptp_control_flush(struct control *control, uint64_t now);
/* Clear the call, stop the connection: PPTP_CTRL_CLOSED follows, with `reason`. */
void pptp_control_stop(struct control *control, enum pptp_reason reason, uint64_t now);

/* The next event of core/ctrl; false when there is none. */
bool pptp_control_pop(struct control *control, struct pptp_ctrl_event *event, uint64_t now);
uint64_t pptp_control_deadline(const struct control *control);

/* Log the messages sent since the last call, after the events that caused them. */
void pptp_control_log_sent(struct control *control);

static inline bool control_is_open(const struct control *control)
{
	return control->fd >= 0;
}

#endif
