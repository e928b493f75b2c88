/* SPDX-License-Identifier: MIT */
/* Routes that change: for tests of the host route. */
#define _GNU_SOURCE
#include "uplink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <net/route.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "network.h"

#define UPLINK "uplink"
#define TUNNEL "veth0"
#define OWN    "10.9.0.1"

static void put_address(struct sockaddr *place, const char *text)
{
	struct sockaddr_in sin = address(text, 0);

	memcpy(place, &sin, sizeof(sin));
}

static void request(int fd, unsigned long what, void *arg)
{
	if (ioctl(fd, what, arg) == 0)
		return;
	fprintf(stderr, "uplink: ioctl %lx: %s\n", what, strerror(errno));
	abort();
}

static void bring_up(int fd, const char *name, short flags)
{
	struct ifreq ifr = { .ifr_flags = (short)(IFF_UP | flags) };

	strcpy(ifr.ifr_name, name);
	request(fd, SIOCSIFFLAGS, &ifr);
}

static bool change_default(bool add, struct rtentry *route)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool changed;

	put_address(&route->rt_dst, "0.0.0.0");
	put_address(&route->rt_genmask, "0.0.0.0");
	changed = ioctl(fd, add ? SIOCADDRT : SIOCDELRT, route) == 0;
	close(fd);
	return changed;
}

bool uplink_default_route(bool add, const char *gateway)
{
	struct rtentry route = { .rt_flags = RTF_UP | RTF_GATEWAY };

	put_address(&route.rt_gateway, gateway);
	return change_default(add, &route);
}

bool uplink_tunnel_route(bool add)
{
	char name[] = TUNNEL;
	struct rtentry route = { .rt_flags = RTF_UP, .rt_dev = name };

	return change_default(add, &route);
}

/* The kernel names the other end. */
static int add_pair(void)
{
	struct nl_sock *sk = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC };
	struct nlattr *nest;
	int err = nl_connect(sk, NETLINK_ROUTE);

	nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	nla_put_string(msg, IFLA_IFNAME, UPLINK);
	nest = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, "veth");
	nla_nest_end(msg, nest);
	if (err >= 0)
		err = nl_send_auto(sk, msg);
	if (err >= 0)
		err = nl_wait_for_ack(sk);
	nlmsg_free(msg);
	nl_socket_free(sk);
	return err;
}

bool uplink_open(void)
{
	struct ifreq ifr = { 0 };
	int fd;

	if (add_pair() < 0)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	strcpy(ifr.ifr_name, UPLINK);
	put_address(&ifr.ifr_addr, OWN);
	request(fd, SIOCSIFADDR, &ifr);
	put_address(&ifr.ifr_netmask, "255.255.255.0");
	request(fd, SIOCSIFNETMASK, &ifr);
	bring_up(fd, UPLINK, 0);
	bring_up(fd, TUNNEL, IFF_NOARP);
	close(fd);
	return uplink_default_route(true, UPLINK_GATEWAY);
}

void uplink_own_address(const char *text, bool present)
{
	struct ifreq ifr = { .ifr_flags = 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(ifr.ifr_name, "lo:1");
	if (present) {
		put_address(&ifr.ifr_addr, text);
		request(fd, SIOCSIFADDR, &ifr);
		put_address(&ifr.ifr_netmask, "255.255.255.255");
		request(fd, SIOCSIFNETMASK, &ifr);
	} else {
		request(fd, SIOCSIFFLAGS, &ifr); /* an alias that goes down is removed */
	}
	close(fd);
}

unsigned int uplink_host_routes(const char *target)
{
	FILE *file = fopen("/proc/net/route", "re");
	char line[256], name[32];
	unsigned int n = 0, dst;

	if (!file) {
		fprintf(stderr, "uplink: /proc/net/route: %s\n", strerror(errno));
		abort();
	}
	while (fgets(line, sizeof(line), file))
		n += sscanf(line, "%31s %x", name, &dst) == 2 &&
		     dst == (unsigned int)inet_addr(target);
	fclose(file);
	return n;
}
