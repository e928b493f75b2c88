/* SPDX-License-Identifier: MIT */
/*
 * Sends datagrams at an even pace, for measurements of what a packet costs:
 *
 *	datagrams ADDRESS OCTETS COUNT INTERVAL_US PROCESSOR
 *
 * OCTETS is the length of the IP packet. They are sent by that processor, and nothing else is done there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define PORT       5998
#define HEADERS    (20 + 8)
#define OCTETS_MAX 1500

static void add_us(struct timespec *time, unsigned long us)
{
	time->tv_nsec += (long)us * 1000;
	time->tv_sec += time->tv_nsec / 1000000000;
	time->tv_nsec %= 1000000000;
}

int main(int argc, char **argv)
{
	static char data[OCTETS_MAX];
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	unsigned long octets, count, interval_us;
	struct timespec due;
	cpu_set_t processors;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc != 6 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 || fd < 0) {
		fprintf(stderr, "usage: %s ADDRESS OCTETS COUNT INTERVAL_US PROCESSOR\n", argv[0]);
		return 2;
	}
	octets = strtoul(argv[2], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	interval_us = strtoul(argv[4], NULL, 10);
	CPU_ZERO(&processors);
	CPU_SET(strtoul(argv[5], NULL, 10), &processors);
	if (octets < HEADERS || octets > OCTETS_MAX ||
	    sched_setaffinity(0, sizeof(processors), &processors) < 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("datagrams");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &due);
	for (unsigned long i = 0; i < count; i++) {
		add_us(&due, interval_us);
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
			;
		/* What is lost the other end finds missing. */
		(void)send(fd, data, octets - HEADERS, 0);
	}
	return 0;
}
