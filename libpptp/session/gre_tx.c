/* SPDX-License-Identifier: MIT */
/*
 * Sending to the GRE socket: frames of a batch with one sendmmsg() (where that is refused, a sendmsg()
 * each), header and payload as two iovecs, or one packet alone. Errors that an earlier packet caused
 * (ICMP) are distinguished from a full socket and from other failures. Works on a descriptor and struct
 * gre_tx; sender.c fills it.
 */
#define _GNU_SOURCE
#include "session/gre_tx.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <pptp/proto/gre.h>

struct gre_tx_batch {
	struct mmsghdr msgs[GRE_BATCH];
	struct iovec iov[GRE_BATCH][2];
	uint8_t headers[GRE_BATCH][PPTP_GRE_HEADER_MAX];
	unsigned int count;
	unsigned int sent;
	bool retried; /* msgs[sent] was tried again after an earlier packet's error */
};

/* These report an ICMP error about an earlier packet. This one was not sent, but a
 * second attempt may succeed. */
static bool is_earlier_error(int err)
{
	return err == ECONNREFUSED || err == EHOSTUNREACH || err == ENETUNREACH ||
	       err == ENOPROTOOPT || err == EMSGSIZE;
}

/* A raw socket whose buffer is full returns ENOBUFS; so does one without memory, which waiting
 * does not help. */
static bool is_full(int fd, int err)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };

	return err == EAGAIN || (err == ENOBUFS && poll(&pfd, 1, 0) == 0);
}

static struct gre_tx_batch *new_tx_batch(void)
{
	struct gre_tx_batch *batch = calloc(1, sizeof(*batch));

	if (!batch)
		return NULL;
	for (unsigned int i = 0; i < GRE_BATCH; i++) {
		batch->iov[i][0].iov_base = batch->headers[i];
		batch->msgs[i].msg_hdr.msg_iov = batch->iov[i];
		batch->msgs[i].msg_hdr.msg_iovlen = 2;
	}
	return batch;
}

uint8_t *pptp_gre_tx_next_header(struct gre_tx *tx)
{
	if (!tx->batch)
		tx->batch = new_tx_batch();
	if (!tx->batch || tx->batch->count == GRE_BATCH)
		return NULL;
	return tx->batch->headers[tx->batch->count];
}

void pptp_gre_tx_queue(struct gre_tx *tx, size_t header_len, uint8_t *payload, size_t len)
{
	struct iovec *iov = tx->batch->iov[tx->batch->count++];

	iov[0].iov_len = header_len;
	iov[1].iov_base = payload;
	iov[1].iov_len = len;
}

unsigned int pptp_gre_tx_queued(const struct gre_tx *tx)
{
	return tx->batch ? tx->batch->count - tx->batch->sent : 0;
}

/* The first packet not yet sent failed: try it again, or give it up. Returns 0 or -EAGAIN. */
static int handle_error(struct gre_tx_batch *batch, int fd, int err, gre_sent_fn sent, void *user)
{
	if (is_full(fd, err))
		return -EAGAIN;
	if (err == EINTR)
		return 0;
	if (is_earlier_error(err) && !batch->retried) {
		batch->retried = true;
		return 0;
	}
	sent(user, batch->iov[batch->sent][1].iov_len, -err);
	batch->retried = false;
	batch->sent++;
	return 0;
}

static int send_singly(const struct gre_tx_batch *batch, int fd)
{
	int n = 0;

	for (unsigned int i = batch->sent; i < batch->count; i++, n++)
		if (sendmsg(fd, &batch->msgs[i].msg_hdr, MSG_DONTWAIT) < 0)
			return n ? n : -1;
	return n;
}

/*
 * EPERM may also be the local firewall's word on this packet: it is where sendmmsg() has worked before,
 * or where sendmsg() fails too.
 */
static int send_batch(struct gre_tx *tx, int fd)
{
	struct gre_tx_batch *batch = tx->batch;
	int n;

	if (!tx->singly) {
		n = sendmmsg(fd, batch->msgs + batch->sent, batch->count - batch->sent,
			     MSG_DONTWAIT);
		if (n >= 0)
			tx->together = true;
		if (n >= 0 || (errno != ENOSYS && (errno != EPERM || tx->together)))
			return n;
	}
	n = send_singly(batch, fd);
	if (n > 0)
		tx->singly = true;
	return n;
}

int pptp_gre_tx_flush(struct gre_tx *tx, int fd, gre_sent_fn sent, void *user)
{
	struct gre_tx_batch *batch = tx->batch;

	if (!batch)
		return 0;
	while (batch->sent < batch->count) {
		int n = send_batch(tx, fd);

		if (n < 0) {
			if (handle_error(batch, fd, errno, sent, user) < 0)
				return -EAGAIN;
			continue;
		}
		for (int i = 0; i < n; i++)
			sent(user, batch->iov[batch->sent++][1].iov_len, 0);
		batch->retried = false;
	}
	batch->count = batch->sent = 0;
	return 0;
}

static int send_once(int fd, const uint8_t *packet, size_t len)
{
	ssize_t n;

	do
		n = send(fd, packet, len, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? errno : 0;
}

int pptp_gre_tx_send(int fd, const uint8_t *packet, size_t len)
{
	int err = send_once(fd, packet, len);

	if (is_earlier_error(err))
		err = send_once(fd, packet, len);
	if (!err)
		return 0;
	return is_full(fd, err) ? -EAGAIN : -err;
}

void pptp_gre_tx_free(struct gre_tx *tx)
{
	free(tx->batch);
	tx->batch = NULL;
}
