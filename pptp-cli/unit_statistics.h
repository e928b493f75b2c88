/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_UNIT_STATISTICS_H
#define PPTP_CLI_UNIT_STATISTICS_H

/*
 * The counters of pppd's interface, for the kernel's data path: what the kernel counts there is all that is
 * counted.
 */

#include <stdbool.h>
#include <stdint.h>

/* A descriptor to read them from later. -1: not available. */
int unit_statistics_open(void);

struct unit_counters {
	uint64_t rx_octets;
	uint64_t rx_packets;
	uint64_t tx_octets;
	uint64_t tx_packets;
};

/* False where there is no such interface. */
bool unit_statistics_read(int fd, const char *interface, struct unit_counters *counters);

/* interface: "" before PPP is up. */
void unit_statistics_log(int fd, const char *interface);

#endif
