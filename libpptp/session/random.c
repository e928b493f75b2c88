/* SPDX-License-Identifier: MIT */
/*
 * Random numbers from the kernel (getrandom). core/ has no source of random numbers: control.c
 * draws the Call Serial Number here and data_path_call.c the Call ID, and both pass them to it.
 * They are not secret; they only have to differ from those of other calls.
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
