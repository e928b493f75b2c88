/* SPDX-License-Identifier: MIT */
#ifndef TESTS_RIG_UPLINK_H
#define TESTS_RIG_UPLINK_H

/*
 * An uplink with a default route in the network of own_network(), and an interface without
 * neighbours, as a tunnel is. Every program that uses it links libnl.
 */

#include <stdbool.h>

#define UPLINK_GATEWAY "10.9.0.254" /* has the default route after uplink_open() */
#define UPLINK_OTHER   "10.9.0.253"

/* False where no pair of interfaces may be made. */
bool uplink_open(void);
/* False when that route was there, or was not, before. */
bool uplink_default_route(bool add, const char *gateway);
bool uplink_tunnel_route(bool add);
/* This machine has that address, or not any more. */
void uplink_own_address(const char *text, bool present);
/* The host routes to this address. */
unsigned int uplink_host_routes(const char *target);

#endif
