/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FUZZ_API_SYSTEM_H
#define TESTS_FUZZ_API_SYSTEM_H

/*
 * The clock, timers and random numbers that the library sees in fuzz_api.c: the same for the same
 * input. Only calls made between faults_enter() and faults_leave() see them (tests/faults/calls.h).
 */

#include <stdint.h>

/* The clock begins anew, no timer is set. */
void api_system_begin(void);
uint64_t api_clock(void);
/* Timers whose time comes expire before it returns. */
void api_clock_advance(uint64_t ns);
/* The time of day jumps, also back. */
void api_clock_set_day(int64_t offset_ns);

#endif
