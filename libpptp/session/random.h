/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_RANDOM_H
#define PPTP_SESSION_RANDOM_H

#include <stdint.h>

/* A random number that is not 0: for Call IDs and serial numbers. 0 or -errno. */
int pptp_random_u16(uint16_t *valuep);

#endif
