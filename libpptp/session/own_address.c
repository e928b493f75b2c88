/* SPDX-License-Identifier: MIT */
/*
 * Watches the address that the call was placed from. A new lease or another network takes it away, and
 * neither TCP nor GRE of this call can move to another; but the same address often comes back within
 * seconds. The kernel is asked by a bind() that does nothing else, after a failure to send or a change of
 * this machine's addresses. Knows no session: session.c ends it.
 */
#include "session/own_address.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pptp/types.h>

#include "deadline.h"
#include "session/socket_setup.h"

#define LOST_AFTER (5 * PPTP_NS_PER_SEC)
#define ASK_AGAIN  PPTP_NS_PER_SEC

void pptp_own_address_init(struct own_address *own)
{
	*own = (struct own_address){ .gone_since = PPTP_TIME_NEVER, .ask_at = PPTP_TIME_NEVER };
}

/* -EADDRNOTAVAIL when the machine has no such address; another error proves nothing. */
static int ask(struct in_addr address)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr = address };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err = 0;

	if (fd < 0)
		return -errno;
	/* No port is needed, and all may be in use. */
	pptp_socket_set_int(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	if (bind(fd, (const struct sockaddr *)&sin, sizeof(sin)) < 0)
		err = -errno;
	close(fd);
	return err;
}

void pptp_own_address_set(struct own_address *own, struct in_addr address)
{
	own->address = address;
	/* Not so where the address belongs to another routing domain (VRF). */
	own->can_ask = ask(address) == 0;
}

void pptp_own_address_doubt(struct own_address *own, uint64_t now)
{
	uint64_t earliest = deadline_after(own->asked_at, ASK_AGAIN);

	if (own->can_ask && own->ask_at == PPTP_TIME_NEVER)
		own->ask_at = now > earliest ? now : earliest;
}

bool pptp_own_address_is_lost(struct own_address *own, uint64_t now)
{
	if (!deadline_is_due(own->ask_at, now))
		return false;
	own->asked_at = now;
	if (ask(own->address) != -EADDRNOTAVAIL) {
		own->gone_since = own->ask_at = PPTP_TIME_NEVER;
		return false;
	}
	if (own->gone_since == PPTP_TIME_NEVER)
		own->gone_since = now;
	own->ask_at = deadline_after(now, ASK_AGAIN);
	return now - own->gone_since >= LOST_AFTER;
}
