/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_CHANNEL_LINK_H
#define PPTP_CLI_CHANNEL_LINK_H

#include <stdbool.h>

#include "channel_message.h"

/* Standard input as the socket to pppd's plugin (--channel). */

/* Whether it is one; *whyp receives a sentence when it is not. */
bool channel_link_fits(const char **whyp);
/* The socket, not blocking; standard input and output are the null device from then on. Or -errno. */
int channel_link_take(void);
/* Hands the kernel's channel over; it stays open here too. 0 or -errno. */
int channel_link_offer(int link_fd, int channel_fd);
/* The socket is readable: false when the plugin has closed its end. */
bool channel_link_read(int link_fd, struct channel_news *news);

#endif
