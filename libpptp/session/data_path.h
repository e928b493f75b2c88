/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_DATA_PATH_H
#define PPTP_SESSION_DATA_PATH_H

/*
 * The data path of one call: PPP frames between a link and a GRE port. It is created with the session,
 * connected when the server's address is known, carries frames while the call is up, and keeps its
 * counters until the end. With the kernel's data path it carries none: the channel does, and the port
 * only hears whether packets arrive at all.
 */

#include <pptp/proto/ctrl.h>

#include "codel.h"
#include "session/kernel_channel.h"
#include "session/link.h"
#include "session/sender.h"

enum data_state {
	DATA_IDLE, /* the call is not up yet */
	DATA_UP,
	DATA_OVER, /* the call was up */
};

/* What pptp_data_path_settle() reports, as bits. */
enum data_news {
	DATA_HEARD = 1,       /* the first GRE packet of the call arrived */
	DATA_SILENT = 2,      /* none arrived for some seconds */
	DATA_LINK_CLOSED = 4, /* PPP closed its end of the link */
	DATA_ONE_WAY = 8,     /* packets arrive, but nothing that was sent is acknowledged */
	DATA_ERRORS = 16,     /* the GRE socket had errors */
};

struct data_path {
	const struct pptp_config *cfg;
	enum data_state state;
	struct pptp_tunnel *tunnel;
	struct gre_port own_port; /* unused in a hub */
	struct gre_member member; /* this call on its port */
	struct sender sender;
	struct kernel_channel channel; /* unless this process carries the frames */
	struct link *link;             /* NULL before the first frame or pptp_data_path_attach() */
	struct watch link_read;
	struct watch link_write;
	bool link_full;      /* octets wait until PPP reads them */
	struct codel codel;  /* for packets that wait in the socket */
	uint64_t silent_at;  /* when to report DATA_SILENT */
	uint64_t one_way_at; /* when to check for DATA_ONE_WAY */
	bool heard;
	bool mppe_warned;
	uint64_t errors_logged; /* of the port's errors of reading */
	uint64_t errors_reported;
	unsigned int news;
};

/* The ids of its watches in the loop. */
struct data_path_ids {
	int gre;
	int link_read;
	int link_write;
};

extern const struct gre_member_ops pptp_data_path_member_ops;
extern const struct gre_member_ops pptp_data_path_listener_ops; /* beside the kernel's channel */

/*
 * Choose the Call ID, make tunnel and sender. settle(owner): see struct gre_member. cfg and loop must
 * last as long. Call pptp_data_path_free() also after an error.
 */
int pptp_data_path_init(struct data_path *data, const struct pptp_config *cfg, struct loop *loop,
			const struct data_path_ids *ids, int (*settle)(void *owner, uint64_t now),
			void *owner);
/* Open the GRE socket unless there is a hub. cfg->gre_fd is owned from success on. */
int pptp_data_path_open(struct data_path *data);
void pptp_data_path_free(struct data_path *data);

/*
 * Exchange packets between these addresses from now on; member.call_id may become another one. 0 or
 * -errno.
 */
int pptp_data_path_connect(struct data_path *data, struct in_addr local, struct in_addr remote);
/* Stop all traffic and close the port; frames received may still be popped. */
void pptp_data_path_close(struct data_path *data);

/* A descriptor on which the path can be asked about, to be used until the end. */
int pptp_data_path_asker(const struct data_path *data);
/* The kernel's channel; owned by the caller from now on. */
int pptp_data_path_take(struct data_path *data, int *fdp);

/* Use these descriptors as the link; owned on success. */
int pptp_data_path_attach(struct data_path *data, int read_fd, int write_fd,
			  enum pptp_link_type type, uint64_t now);

/* The call is up, or over. */
int pptp_data_path_call_up(struct data_path *data, const struct pptp_ctrl_event_call *call,
			   uint64_t now);
void pptp_data_path_call_down(struct data_path *data);

/* A descriptor is ready. */
void pptp_data_path_gre_ready(struct data_path *data, uint32_t events, uint64_t now);
void pptp_data_path_link_readable(struct data_path *data, uint32_t events, uint64_t now);
void pptp_data_path_link_writable(struct data_path *data, uint32_t events, uint64_t now);

/* Before its descriptors are waited for again without pptp_data_path_settle(): those that must wait do. */
void pptp_data_path_prepare(struct data_path *data, uint64_t now);

/* For embedders: one frame out, one frame in. */
int pptp_data_path_send(struct data_path *data, const uint8_t *frame, size_t len, uint64_t now);
bool pptp_data_path_pop(struct data_path *data, struct pptp_frame *framep);

/*
 * Act on deadlines and send pending output, after every turn. Returns bits of enum data_news: what
 * happened since the last call, each once.
 */
unsigned int pptp_data_path_settle(struct data_path *data, uint64_t now);
uint64_t pptp_data_path_deadline(const struct data_path *data);

/* Largest PPP packet that fits the path with MPPE, octets. */
unsigned int pptp_data_path_mtu(const struct data_path *data);
void pptp_data_path_get_stats(const struct data_path *data, struct pptp_stats *stats);

/* Whether the server has acknowledged a packet. */
static inline bool data_path_is_acked(const struct data_path *data)
{
	return data->channel.acked || pptp_tunnel_acked(data->tunnel);
}

static inline bool data_path_is_kernels(const struct data_path *data)
{
	return data->cfg->data_path == PPTP_DATA_PATH_KERNEL;
}

/* Whether PPP is on descriptors, not in the embedder. */
static inline bool data_path_is_attached(const struct data_path *data)
{
	return data->link && data->link->read_fd >= 0;
}

#endif
