/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_NAME_H
#define PPTP_CLI_STATUS_NAME_H

#include <stdbool.h>

/* Names of tunnels: those of their sockets, without ".sock". */

/* Where the sockets are. */
#define STATUS_FOLDER "/run/pptp"
#define STATUS_SUFFIX ".sock"

#define STATUS_NAME_MAX 64

/* --name: letters, digits, '.', '_' and '-'; '.' and '-' not first. */
bool status_name_is_valid(const char *name);

/* Of a server: what is not allowed in a name becomes '_'. name: STATUS_NAME_MAX + 1 octets. */
void status_name_from_server(char *name, const char *server);

#endif
