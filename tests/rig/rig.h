/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RIG_RIG_H
#define TESTS_RIG_RIG_H

/*
 * For tests of whole sessions: a PAC in this process, a session with its loop, and a main() that
 * gives the program a network of its own. Define _GNU_SOURCE before it.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <pptp/pptp.h>
#include <pptp/proto/ctrl.h>
#include <pptp/proto/gre.h>
#include <pptp/proto/hdlc.h>
#include <pptp/proto/tunnel.h>

#include "network.h"
#include "run_suite.h"

#define CLIENT  "127.0.0.1"
#define SERVER  "127.0.0.2"
#define CALL_ID 2000
#define STEP_MS 5000

/* What a test program has when it takes main() from the rig. */
extern const char suite_name[];
void add_tests(TCase *tc);

/* -- the PAC -------------------------------------------------------------------------------- */

struct peer {
	int listener;
	int tcp;
	int gre;
	bool mute; /* answers nothing more */
	struct pptp_ctrl *ctrl;
	uint16_t client_call_id;
	uint32_t seq;
};

void peer_open(struct peer *peer);
void peer_close(struct peer *peer);
void peer_work(struct peer *peer);
void peer_send_frame(struct peer *peer, uint16_t call_id, const uint8_t *frame, size_t len);

/* -- the session ---------------------------------------------------------------------------- */

struct client {
	struct pptp_session *session;
	bool control_up;
	bool up;
	bool over;
	struct pptp_event_down closed;
	unsigned int closed_count;
};

extern const uint8_t lcp[12];

void print_log(void *user, enum pptp_log_level level, const char *line);
struct pptp_config *new_config(void);
void client_open(struct client *client, struct pptp_config *cfg);
void attach(struct client *client, int fd, enum pptp_link_type type);
void finish(struct client *client, struct peer *peer);
void client_pop(struct client *client);
/* One turn of the loop; how long it waits at most. True when the session had something to do. */
bool client_turn(struct client *client, int ms);
void turn(struct client *client, struct peer *peer);
void call(struct client *client, struct peer *peer);
/* How often the session wants to be dispatched within that time. */
unsigned int wake_ups(struct client *client, int ms);
void flood(struct client *client, struct peer *peer, int frames);

#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		uint64_t end_ = clock_now() + STEP_MS * PPTP_NS_PER_MS;                            \
		while (!(condition)) {                                                             \
			ck_assert_msg(clock_now() < end_, "never: %s", #condition);                \
			turn(client, peer);                                                        \
		}                                                                                  \
	} while (0)

#endif
