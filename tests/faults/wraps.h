/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAULTS_WRAPS_H
#define TESTS_FAULTS_WRAPS_H

#include <stdint.h>

/* What the library is told of every name: IPv4 addresses in host order. */
extern const unsigned int fault_name_count;
extern const uint32_t fault_name_addresses[];

#endif
