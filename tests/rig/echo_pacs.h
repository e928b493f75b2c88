/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RIG_ECHO_PACS_H
#define TESTS_RIG_ECHO_PACS_H

/* Any number of PACs in this process that answer calls and send every PPP frame back. */

#include <netinet/in.h>

struct peers;

/* Listen on this address, TCP port 1723 and raw GRE; ends the program when that fails. */
struct peers *peers_new(struct in_addr address);
void peers_free(struct peers *peers);

/* The descriptor to poll for reading, and what to do then; never blocks. */
int peers_get_fd(const struct peers *peers);
void peers_dispatch(struct peers *peers);

#endif
