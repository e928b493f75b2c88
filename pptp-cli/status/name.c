/* SPDX-License-Identifier: MIT */
/* Names of tunnels. No I/O. Called by option_table.c, socket.c, show.c and pptpsetup. */
#include "status/name.h"

#include <stdio.h>
#include <string.h>

#define FIRST "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
#define REST  FIRST ".-"

bool status_name_is_valid(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= STATUS_NAME_MAX && strspn(name, FIRST) > 0 &&
	       strspn(name, REST) == length;
}

void status_name_from_server(char *name, const char *server)
{
	snprintf(name, STATUS_NAME_MAX + 1, "%s", server);
	for (size_t i = 0; name[i]; i++)
		if (!strchr(i ? REST : FIRST, name[i]))
			name[i] = '_';
}
