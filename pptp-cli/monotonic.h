/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_MONOTONIC_H
#define PPTP_CLI_MONOTONIC_H

#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t monotonic_ns(void);

#endif
