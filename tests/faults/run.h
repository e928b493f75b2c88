/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAULTS_RUN_H
#define TESTS_FAULTS_RUN_H

/* One whole session with one fault in it, and what came of it. */

#include <pptp/pptp.h>

#include "calls.h"

enum way {
	WAY_FRAMES, /* the frames API, the server as an address */
	WAY_NAME,   /* the same, the server as a name with two addresses */
	WAY_ASYNC,  /* a pty */
	WAY_SYNC,   /* a pty, synchronous */
	WAY_SOCKET, /* asynchronous on a socket pair */
	WAY_PIPES,  /* asynchronous on two pipes */
	WAY_HUB,    /* the frames API in a hub */
	WAY_HUB_ASYNC,
	WAY_HANDED, /* the frames API, GRE socket from the caller */
	WAY_COUNT
};

extern const char *const way_names[WAY_COUNT];

bool way_has_hub(enum way way);

#define ROUNDS 2
#define FRAMES 3 /* each way in each round */

struct run {
	int hub_error; /* of pptp_hub_new() and so on, 0 or -errno */
	int config_error;
	int new_error;
	int attach_error;
	int start_error;
	int dispatch_error;
	int stop_error;
	bool up;
	unsigned int closed;
	unsigned int link_closed;
	struct pptp_event_down down;
	unsigned int up_frames[ROUNDS];   /* a bit for each that came to the peer */
	unsigned int down_frames[ROUNDS]; /* a bit for each that came to PPP */
	unsigned int fired_before[ROUNDS];
	struct pptp_stats stats;
	unsigned int fired;
	unsigned int calls;
	unsigned int turns;
	unsigned int late_frames; /* that came twice, or that nobody sent */
	size_t live;
	int descriptors; /* more than before */
};

/* Frames counted as lost on their way to the peer and to PPP. */
uint64_t run_lost_up(const struct run *run);
uint64_t run_lost_down(const struct run *run);

/* Fails the test only where the bed itself breaks or the session hangs. */
void run_session(struct run *run, enum way way, const struct fault *fault);

#endif
