/* SPDX-License-Identifier: MIT */
#ifndef PPTP_SESSION_LINK_IO_H
#define PPTP_SESSION_LINK_IO_H

#include "session/link.h"

/* Write once: octets, or -errno. */
long pptp_link_write(struct link *link, const uint8_t *data, size_t len);
/* Read once: octets, 0 for nothing now, -EPIPE at the end of the file, another -errno. */
int pptp_link_read(struct link *link, uint8_t *data, size_t size);

#endif
