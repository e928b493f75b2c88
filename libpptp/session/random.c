/* SPDX-License-Identifier: MIT */
/*
 * Random numbers from the kernel. The core takes its Call ID and Call Serial Number from outside;
 * control.c and data_path_call.c ask for them here.
 */
#include "session/random.h"

#include <errno.h>
#include <sys/random.h>

int pptp_random_u16(uint16_t *valuep)
{
	ssize_t n;

	do {
		n = getrandom(valuep, sizeof(*valuep), 0);
		if (n < 0 && errno != EINTR)
			return -errno;
	} while (n != sizeof(*valuep) || !*valuep);
	return 0;
}
