/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_LINK_H
#define PPTP_SESSION_LINK_H

#include <pptp/session.h>

/* Where PPP frames come from and go to on the local side: one of three kinds. */

struct link;

struct link_ops {
	/* Pass one frame to PPP: copy or write it. A frame that does not fit is dropped and counted. */
	void (*deliver)(struct link *link, const struct pptp_frame *frame, uint64_t now);
	/* Write pending output: 0, -EAGAIN when something is left, another -errno when PPP is gone.
	 * NULL when nothing ever waits. */
	int (*flush)(struct link *link, uint64_t now);
	/* Read once: octets read, 0 when there is nothing now, -errno when PPP is gone (-EPIPE at
	 * the end of file). Frames of earlier reads become invalid. NULL without a descriptor. */
	int (*fill)(struct link *link);
	/* The next frame of what was read. NULL without a descriptor. */
	bool (*next)(struct link *link, struct pptp_frame *framep);
	/* When to call flush although the descriptor is ready. NULL for never. */
	uint64_t (*deadline)(const struct link *link);
	/* A frame that was kept for pptp_session_pop_frame(). NULL when none is ever kept. */
	bool (*pop)(struct link *link, struct pptp_frame *framep);
	void (*free)(struct link *link);
};

struct link {
	const struct link_ops *ops;
	int read_fd; /* -1 for the frames kind */
	int write_fd;
	bool write_is_copy; /* made from read_fd */
	size_t waiting;     /* octets for PPP that were not written yet */
	bool write_is_socket;
	bool write_is_pipe;
	uint64_t rx_frames; /* from PPP */
	uint64_t rx_errors;
	uint64_t tx_dropped; /* to PPP */
	bool saw_mppe;       /* synchronous: frames arrived whose end cannot be checked */
	bool closed;         /* PPP has closed its end */
};

/* Make the link on these descriptors, non-blocking from now on; owned once this succeeds. */
int pptp_link_new_pty(struct link **linkp, int read_fd, int write_fd, enum pptp_link_type type);
int pptp_link_new_frames(struct link **linkp);
struct link *pptp_link_free(struct link *link);
/* Give the descriptors back to the caller. */
void pptp_link_disown(struct link *link);

static inline int link_flush(struct link *link, uint64_t now)
{
	return link->ops->flush ? link->ops->flush(link, now) : 0;
}

static inline uint64_t link_deadline(const struct link *link)
{
	return link->ops->deadline ? link->ops->deadline(link) : PPTP_TIME_NEVER;
}

static inline bool link_pop(struct link *link, struct pptp_frame *framep)
{
	return link->ops->pop && link->ops->pop(link, framep);
}

int pptp_link_async_new(struct link **linkp);
int pptp_link_sync_new(struct link **linkp);

#endif
