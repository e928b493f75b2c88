/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SERVICE_NOTIFY_H
#define PPTP_CLI_SERVICE_NOTIFY_H

#include <stdbool.h>

/*
 * Tells a service manager how the tunnel does, by the protocol of sd_notify(3): units of Type=notify. All of it
 * does nothing where no manager asked for it.
 */

/* Where the environment names its socket. */
void service_notify_open(void);

/* Whether anybody is told. */
bool service_notify_is_on(void);

/* Lines such as "READY=1". Never waits; what the manager does not take is dropped. */
void service_notify(const char *format, ...) __attribute__((format(printf, 1, 2)));

void service_notify_close(void);

#endif
