/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SETUP_COMMANDS_H
#define PPTP_CLI_SETUP_COMMANDS_H

#include "setup/arguments.h"

/* What pptpsetup does, and its exit status. */

enum setup_status {
	SETUP_OK = 0,
	SETUP_SYSTEM = 1, /* or there is no such tunnel */
	SETUP_USAGE = 2,
};

/* --create. What is missing is asked for and filled in. */
int create_tunnel(struct arguments *arguments);
/* --delete */
int delete_tunnel(const struct arguments *arguments);
/* --list */
int show_list(const struct arguments *arguments);
/* --show */
int show_tunnel(const struct arguments *arguments);

#endif
