/* SPDX-License-Identifier: MIT */
#ifndef PPTP_KEEP_ERRNO_H
#define PPTP_KEEP_ERRNO_H

#include <errno.h>

/* Public functions report errors by their return value and restore the caller's errno. */
#define PPTP_KEEP_ERRNO                                                                            \
	const int errno_of_caller __attribute__((cleanup(pptp_restore_errno), unused)) = errno

static inline void pptp_restore_errno(const int *saved)
{
	/* volatile: compilers take it that calloc() leaves errno alone, and would leave this out. */
	*(volatile int *)&errno = *saved;
}

#endif
