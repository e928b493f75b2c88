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
#include <sys/mount.h>
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

/*
 * A name server that is not there, and a second's patience: the machine's own cannot be reached from here,
 * which musl's resolver takes for one that is slow.
 */
static void own_resolver(void)
{
	static const char text[] = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";
	char path[] = "/tmp/resolv.XXXXXX";
	int fd;

	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
		return;
	fd = mkstemp(path);
	if (fd < 0)
		return;
	if (write(fd, text, sizeof(text) - 1) > 0)
		(void)mount(path, "/etc/resolv.conf", "none", MS_BIND, NULL);
	close(fd);
	unlink(path);
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
	own_resolver();
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
