/* SPDX-License-Identifier: MIT */
/*
 * A packet socket (packet(7)) for arriving GRE packets, beside the session's raw socket. Called by
 * diagnose.c.
 */
#include "packet_tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <pptp/proto/gre.h>

#define PACKET_MAX 2048
/* In one turn. */
#define PACKETS_MAX 64

int packet_tap_open(struct packet_tap *tap)
{
	/* IPv4 with protocol 47; the packet begins with the IP header. */
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_GRE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, PACKET_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog filter = { sizeof(code) / sizeof(code[0]), code };
	const int locked = 1;
	int err = 0;

	tap->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_IP));
	if (tap->fd < 0)
		return -errno;
	/* Locked: it never sees more than GRE. */
	if (setsockopt(tap->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0 ||
	    setsockopt(tap->fd, SOL_SOCKET, SO_LOCK_FILTER, &locked, sizeof(locked)) < 0)
		err = -errno;
	if (err)
		packet_tap_close(tap);
	return err;
}

void packet_tap_close(struct packet_tap *tap)
{
	if (tap->fd >= 0)
		close(tap->fd);
	tap->fd = -1;
}

static void take(struct packet_tap *tap, const uint8_t *packet, size_t len, struct in_addr server,
		 uint16_t call_id)
{
	size_t header = len > 0 ? (size_t)(packet[0] & 15) * 4 : 0;
	struct pptp_gre gre;

	if (header < sizeof(struct in_addr) * 5 || header > len ||
	    memcmp(packet + 12, &server, sizeof(server)) != 0)
		return;
	if (pptp_gre_decode(&gre, packet + header, len - header) < 0 || gre.call_id != call_id)
		return;
	tap->packets++;
	tap->acked = tap->acked || gre.has_ack;
}

void packet_tap_read(struct packet_tap *tap, struct in_addr server, uint16_t call_id)
{
	uint8_t packet[PACKET_MAX];

	for (int i = 0; tap->fd >= 0 && i < PACKETS_MAX; i++) {
		struct sockaddr_ll from;
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(tap->fd, packet, sizeof(packet), 0,
				     (struct sockaddr *)(void *)&from, &from_len);

		if (n < 0)
			return;
		if (from.sll_pkttype != PACKET_OUTGOING)
			take(tap, packet, (size_t)n, server, call_id);
	}
}
