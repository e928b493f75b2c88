/* SPDX-License-Identifier: MIT */
/*
 * Pins a host route to an address, follows the uplink until standard input ends, removes it.
 *
 *	example-route ADDRESS                   (root, or CAP_NET_ADMIN)
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <pptp/route.h>

static void log_line(void *user, bool warning, const char *text)
{
	(void)user;
	printf("%s%s\n", warning ? "warning: " : "", text);
	fflush(stdout);
}

static void follow(struct pptp_route *route)
{
	struct pollfd pfds[] = {
		{ .fd = pptp_route_get_fd(route), .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	char octet;

	for (;;) {
		poll(pfds, 2, -1);
		if (pfds[0].revents)
			pptp_route_dispatch(route);
		if (pfds[1].revents && read(STDIN_FILENO, &octet, 1) <= 0)
			return;
	}
}

int main(int argc, char **argv)
{
	struct pptp_route_query query = { 0 };
	struct pptp_route *route;
	int err;

	if (argc != 2 || inet_pton(AF_INET, argv[1], &query.dst) != 1) {
		fprintf(stderr, "usage: %s ADDRESS\n", argv[0]);
		return 2;
	}
	err = pptp_route_pin(&route, &query, log_line, NULL);
	if (err) {
		fprintf(stderr, "%s: %s\n", argv[1], pptp_strerror(err));
		return EXIT_FAILURE;
	}
	follow(route);
	pptp_route_unpin(route);
	return EXIT_SUCCESS;
}
