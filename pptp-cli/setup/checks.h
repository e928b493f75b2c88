/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SETUP_CHECKS_H
#define PPTP_CLI_SETUP_CHECKS_H

#include <stdbool.h>

/* What may stand in the files. Each returns NULL, or what is wrong with it and what to do. */

/* The longest name and secret of pppd (MAXNAMELEN, MAXSECRETLEN). */
#define CHECK_WORD_MAX 255
/* The longest number of a call (RFC 2637, 2.7). */
#define CHECK_PHONE_MAX 64
/* The longest name of a host. */
#define CHECK_SERVER_MAX 253

/* It is part of a command that pppd gives to a shell. */
const char *check_server(const char *server);
/* With its domain, as it goes over the wire. */
const char *check_user(const char *user);
const char *check_password(const char *password);
/* It stands between apostrophes in that command. */
const char *check_phone(const char *phone);
/* "10.0.0.0/8" */
const char *check_route(const char *route);

#endif
