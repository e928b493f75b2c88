/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_KEEPER_PROCESS_H
#define PPTP_CLI_KEEPER_PROCESS_H

#include "keeper.h"

/* The keeper's whole life, in the child of keeper_fork(). fd: its end of the socket to the worker. */
void __attribute__((noreturn)) keeper_process_run(const struct keeper_job *job, int fd);

#endif
