/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_API_PEER_H
#define TESTS_FUZZ_API_PEER_H

/*
 * The server of fuzz_api.c, at API_SERVER: it answers as a PAC does (<pptp/proto/ctrl.h>), and
 * between that sends whatever the input says.
 */

#include <pptp/proto/ctrl.h>

#include "fuzz.h"

#define API_CLIENT "127.0.0.1"
#define API_SERVER "127.0.0.2"

/* Once for the program; the sockets stay open. False where they may not be made. */
bool api_peer_open(void);

/* Of one run of the input */
void api_peer_begin(void);
void api_peer_end(void);
/* One step, as the input says. */
void api_peer_step(struct fuzz_input *in);
/* Answer all that came, on every connection. */
void api_peer_serve(void);

#endif
