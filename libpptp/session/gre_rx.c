/* SPDX-License-Identifier: MIT */
/*
 * Receiving from the GRE socket in batches: one recvmmsg() for up to GRE_BATCH packets (where that is
 * refused, a recvmsg() each), with their time of arrival and the kernel's count of drops where the socket
 * reports them. Works on a descriptor and struct gre_rx; gre_port.c decides when to read and who receives
 * the packets.
 */
#define _GNU_SOURCE
#include "session/gre_rx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <pptp/proto/gre.h>

#include "session/socket_setup.h"

#define IP_HEADER_MIN 20
#define IP_HEADER_MAX 60
#define PACKET_MAX    (IP_HEADER_MAX + PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX)
#define PACKET_USUAL  1536

/* What the kernel reports with a packet: drops so far, time of arrival. */
struct control_data {
	_Alignas(struct cmsghdr)
		uint8_t octets[CMSG_SPACE(sizeof(uint32_t)) + CMSG_SPACE(sizeof(struct timespec))];
};

/* Packets of a usual size lie close together, so that few pages are touched. */
struct gre_rx_batch {
	struct mmsghdr msgs[GRE_BATCH];
	struct iovec iov[GRE_BATCH][2];
	struct control_data control[GRE_BATCH];
	uint8_t usual[GRE_BATCH][PACKET_USUAL];
	uint8_t rest[GRE_BATCH][PACKET_MAX - PACKET_USUAL];
	uint8_t large[PACKET_MAX]; /* a larger one, reassembled */
};

static struct gre_rx_batch *new_rx_batch(void)
{
	struct gre_rx_batch *batch = malloc(sizeof(*batch));

	if (!batch)
		return NULL;
	memset(batch->msgs, 0, sizeof(batch->msgs));
	for (unsigned int i = 0; i < GRE_BATCH; i++) {
		batch->iov[i][0] = (struct iovec){ batch->usual[i], sizeof(batch->usual[i]) };
		batch->iov[i][1] = (struct iovec){ batch->rest[i], sizeof(batch->rest[i]) };
		batch->msgs[i].msg_hdr.msg_iov = batch->iov[i];
		batch->msgs[i].msg_hdr.msg_iovlen = 2;
	}
	return batch;
}

/* Copy what the kernel reports with packet `index`; false when it reports nothing of this type. */
static bool read_control(struct gre_rx *rx, unsigned int index, int type, void *value, size_t size)
{
	struct msghdr *hdr = &rx->batch->msgs[index].msg_hdr;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(hdr); c; c = CMSG_NXTHDR(hdr, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == type) {
			memcpy(value, CMSG_DATA(c), size);
			return true;
		}
	return false;
}

/* Space in the first packet only (drops are cumulative); in each once packets are timestamped. */
static void offer_control(struct gre_rx *rx)
{
	unsigned int count = rx->stamped ? GRE_BATCH : 1;

	for (unsigned int i = 0; i < count; i++) {
		struct msghdr *hdr = &rx->batch->msgs[i].msg_hdr;

		hdr->msg_control = rx->batch->control[i].octets;
		hdr->msg_controllen = sizeof(rx->batch->control[i].octets);
	}
}

void pptp_gre_rx_stamp(struct gre_rx *rx, int fd)
{
	if (!rx->stamped && !pptp_socket_set_int(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1))
		rx->stamped = true;
}

static void count_drops(struct gre_rx *rx)
{
	uint32_t total = rx->drops_seen;

	read_control(rx, 0, SO_RXQ_OVFL, &total, sizeof(total));
	rx->drops += (uint32_t)(total - rx->drops_seen);
	rx->drops_seen = total;
}

/* As recvmmsg() does it; an error behind a packet is lost. */
static int receive_singly(struct gre_rx_batch *batch, int fd)
{
	int n = 0;
	ssize_t len;

	while (n < GRE_BATCH && (len = recvmsg(fd, &batch->msgs[n].msg_hdr, MSG_DONTWAIT)) >= 0)
		batch->msgs[n++].msg_len = (unsigned int)len;
	return n ? n : -1;
}

static int receive_batch(struct gre_rx *rx, int fd)
{
	int n;

	if (!rx->singly) {
		n = recvmmsg(fd, rx->batch->msgs, GRE_BATCH, MSG_DONTWAIT, NULL);
		if (n >= 0 || (errno != EPERM && errno != ENOSYS))
			return n;
		rx->singly = true;
	}
	return receive_singly(rx->batch, fd);
}

int pptp_gre_rx_receive(struct gre_rx *rx, int fd)
{
	int n;

	if (!rx->batch)
		rx->batch = new_rx_batch();
	if (!rx->batch)
		return -ENOMEM;
	offer_control(rx);
	n = receive_batch(rx, fd);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n > 0)
		count_drops(rx);
	return n;
}

static uint64_t waited(struct gre_rx *rx, unsigned int index, uint64_t real_time)
{
	struct timespec ts;
	uint64_t arrived;

	if (!rx->stamped || !read_control(rx, index, SCM_TIMESTAMPNS, &ts, sizeof(ts)))
		return 0;
	arrived = (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
	return real_time > arrived ? real_time - arrived : 0;
}

static uint8_t *reassemble(struct gre_rx_batch *batch, unsigned int index, size_t len)
{
	memcpy(batch->large, batch->usual[index], PACKET_USUAL);
	memcpy(batch->large + PACKET_USUAL, batch->rest[index], len - PACKET_USUAL);
	return batch->large;
}

void pptp_gre_rx_packet(struct gre_rx *rx, unsigned int index, uint64_t real_time,
			struct gre_packet *packetp)
{
	size_t len = rx->batch->msgs[index].msg_len, header;
	uint8_t *ip =
		len > PACKET_USUAL ? reassemble(rx->batch, index, len) : rx->batch->usual[index];

	/* The kernel has checked the IP header. */
	header = len < IP_HEADER_MIN ? len : (size_t)(ip[0] & 0x0f) * 4;
	if (header > len)
		header = len;
	packetp->data = ip + header;
	packetp->len = len - header;
	packetp->waited = waited(rx, index, real_time);
}

void pptp_gre_rx_free(struct gre_rx *rx)
{
	free(rx->batch);
	*rx = (struct gre_rx){ 0 };
}
