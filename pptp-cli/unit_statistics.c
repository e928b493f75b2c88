/* SPDX-License-Identifier: MIT */
/*
 * The packets and octets of pppd's interface, for SIGUSR1 and the status, from /proc/net/dev, which is opened before
 * the process gives up every path. It counts nothing itself. Called by kernel_call.c
 * and status/own.c.
 */
#include "unit_statistics.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

/* Of a machine with a thousand interfaces. */
#define TABLE_MAX (128 * 1024)

int unit_statistics_open(void)
{
	return open("/proc/net/dev", O_RDONLY | O_CLOEXEC);
}

/* "ppp0: octets packets errs drop fifo frame compressed multicast octets packets ..." */
static bool find(const char *table, const char *interface, struct unit_counters *counters)
{
	size_t length = strlen(interface);

	for (const char *line = table; line; line = strchr(line, '\n')) {
		line += strspn(line, " \n");
		if (strncmp(line, interface, length) == 0 && line[length] == ':')
			/* The kernel wrote it. NOLINTNEXTLINE(cert-err34-c) */
			return sscanf(line + length + 1,
				      "%" SCNu64 " %" SCNu64 " %*u %*u %*u %*u %*u %*u %" SCNu64
				      " %" SCNu64,
				      &counters->rx_octets, &counters->rx_packets,
				      &counters->tx_octets, &counters->tx_packets) == 4;
	}
	return false;
}

bool unit_statistics_read(int fd, const char *interface, struct unit_counters *counters)
{
	static char table[TABLE_MAX];
	bool found = false;

	/* Again: an interface that came or went meanwhile has moved the table's lines. */
	for (int tries = 0; fd >= 0 && !found && tries < 2; tries++) {
		size_t used = 0;
		ssize_t n;

		/* The kernel returns a page of it at a time. */
		while (used < sizeof(table) - 1 &&
		       (n = pread(fd, table + used, sizeof(table) - 1 - used, (off_t)used)) > 0)
			used += (size_t)n;
		table[used] = '\0';
		found = find(table, interface, counters);
	}
	return found;
}

void unit_statistics_log(int fd, const char *interface)
{
	struct unit_counters counters;

	if (!*interface) {
		log_line_always(PPTP_LOG_NOTICE, "no statistics: PPP is not up on an interface");
		return;
	}
	if (!unit_statistics_read(fd, interface, &counters)) {
		log_line_always(PPTP_LOG_NOTICE,
				"no statistics: /proc/net/dev has no %s; was it renamed or moved",
				interface);
		return;
	}
	log_line_always(PPTP_LOG_NOTICE, "statistics of %s, by the kernel:", interface);
	log_line_always(PPTP_LOG_NOTICE, "rx packets = %" PRIu64, counters.rx_packets);
	log_line_always(PPTP_LOG_NOTICE, "rx octets  = %" PRIu64, counters.rx_octets);
	log_line_always(PPTP_LOG_NOTICE, "tx packets = %" PRIu64, counters.tx_packets);
	log_line_always(PPTP_LOG_NOTICE, "tx octets  = %" PRIu64, counters.tx_octets);
	log_line_always(PPTP_LOG_NOTICE, "lost, late and reordered packets are not counted on the "
					 "kernel's data path");
}
