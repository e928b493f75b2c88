/* SPDX-License-Identifier: MIT */
/* The machine that a test sees: its own network, descriptors, terminals and the clock. */
#define _GNU_SOURCE
#include "network.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <pptp/pptp.h>

uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

struct sockaddr_in address(const char *text, uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, text, &sin.sin_addr);
	return sin;
}

bool own_network(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP };
	int fd, result;

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	strcpy(ifr.ifr_name, "lo");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	result = ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
	return result == 0;
}

int count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

void open_pty(int *masterp, int *slavep)
{
	struct termios mode;

	*masterp = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(*masterp, 0);
	ck_assert(grantpt(*masterp) == 0 && unlockpt(*masterp) == 0);
	*slavep = open(ptsname(*masterp), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(*slavep, 0);
	tcgetattr(*slavep, &mode);
	cfmakeraw(&mode);
	tcsetattr(*slavep, TCSANOW, &mode);
}
