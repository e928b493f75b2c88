/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_NULL_DEVICE_H
#define PPTP_CLI_NULL_DEVICE_H

/* A descriptor, closed on exec, that takes and gives nothing; -1 with errno. */
int null_device_open(void);

#endif
