/* SPDX-License-Identifier: MIT */
/*
 * Watches the address that the call was placed from. A new lease or another network takes it away, and
 * neither TCP nor GRE of this call can move to another; but the same address often comes back within
 * seconds. The kernel is asked through the GRE socket, so that a confined process needs no new one: after
 * a failure to send or a change of this machine's addresses. Knows no session: session.c ends it.
 */
#include "session/own_address.h"

#include <errno.h>
#include <sys/socket.h>

#include <pptp/types.h>

#include "deadline.h"

#define LOST_AFTER (5 * PPTP_NS_PER_SEC)
#define ASK_AGAIN  PPTP_NS_PER_SEC

void pptp_own_address_init(struct own_address *own)
{
	*own = (struct own_address){ .gone_since = PPTP_TIME_NEVER, .ask_at = PPTP_TIME_NEVER };
}

/*
 * -EADDRNOTAVAIL when the machine has no such address; another error proves nothing. The option looks for
 * the interface that has the address; what it sets is for multicast, which the socket does not send.
 */
static int ask(const struct own_address *own)
{
	const struct in_addr *address = &own->address;

	return setsockopt(own->fd, IPPROTO_IP, IP_MULTICAST_IF, address, sizeof(*address)) < 0
		       ? -errno
		       : 0;
}

void pptp_own_address_set(struct own_address *own, int fd, struct in_addr address)
{
	own->fd = fd;
	own->address = address;
	/* Not so where the address belongs to another routing domain (VRF). */
	own->can_ask = ask(own) == 0;
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
	if (ask(own) != -EADDRNOTAVAIL) {
		own->gone_since = own->ask_at = PPTP_TIME_NEVER;
		return false;
	}
	if (own->gone_since == PPTP_TIME_NEVER)
		own->gone_since = now;
	own->ask_at = deadline_after(now, ASK_AGAIN);
	return now - own->gone_since >= LOST_AFTER;
}
