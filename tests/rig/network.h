/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RIG_NETWORK_H
#define TESTS_RIG_NETWORK_H

/* The machine that a test sees: its own network, descriptors, terminals and the clock. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* Moves into a new network namespace with its loopback up; false where that is not permitted. */
bool own_network(void);
uint64_t clock_now(void);
struct sockaddr_in address(const char *text, uint16_t port);
int count_descriptors(void);
void open_pty(int *masterp, int *slavep);

#endif
