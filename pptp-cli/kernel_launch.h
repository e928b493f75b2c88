/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_KERNEL_LAUNCH_H
#define PPTP_CLI_KERNEL_LAUNCH_H

#include "exit_status.h"
#include "options.h"

/*
 * --kernel: becomes pppd with the plugin pptp.so. Returns only without success: EXIT_STATUS_OK when the
 * choice is automatic and this process shall carry PPP.
 */
enum exit_status kernel_launch(const struct options *options);

#endif
