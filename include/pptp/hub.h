/* SPDX-License-Identifier: MIT */
#ifndef PPTP_HUB_H
#define PPTP_HUB_H

/**
 * @file hub.h
 * For many sessions in one process: those of one hub share a GRE socket for each pair of local and
 * remote address (and mark), and each packet is passed to its session by call ID in constant time.
 * Call IDs are unique in a hub, which therefore has 65535 sessions at most. Without a hub every
 * session has a socket of its own, and the kernel checks each packet against all of them.
 *
 *	pptp_hub_new(&hub);
 *	pptp_config_set_hub(cfg, hub);          before pptp_session_new(), for each session
 *	poll pptp_hub_get_fd(hub) for reading, besides each session's own descriptor;
 *	pptp_hub_dispatch(hub)                  when it is readable
 *	pptp_hub_free(hub)                      after the last of its sessions
 *
 * Drops at a shared socket, and errors of reading it, belong to no single session: the
 * counters rx_queue_overflow and rx_os_errors of each show all of them since its call came up. The
 * socket is read while at least one of its sessions is ready for frames.
 *
 * When a dispatch of the hub causes events or frames in a session, the session's own descriptor
 * becomes readable: pop them where you dispatch the session. Dispatch the hub before its sessions, so
 * that packets received are read before a session's deadlines are judged. A hub and its sessions
 * belong to one thread.
 */

#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pptp_hub;

/** Create a hub. @return 0, -ENOMEM, or -errno of epoll and timer */
PPTP_API int pptp_hub_new(struct pptp_hub **hubp);

/** Free it; its sessions must have been freed before. @return NULL */
PPTP_API struct pptp_hub *pptp_hub_free(struct pptp_hub *hub);

/** The descriptor to poll for reading, the same for the whole life of the hub. */
PPTP_API int pptp_hub_get_fd(const struct pptp_hub *hub);

/**
 * Read a bounded number of packets and pass them to their sessions, without blocking.
 * @return 0, or -errno when waiting for packets itself, or waking a session, fails
 */
PPTP_API int pptp_hub_dispatch(struct pptp_hub *hub);

#ifdef __cplusplus
}
#endif

#endif
