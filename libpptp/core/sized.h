/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_SIZED_H
#define PPTP_CORE_SIZED_H

#include <stddef.h>
#include <string.h>

/*
 * Copy a structure between the library and a program that was built with an older or newer header:
 * members that exist in only one of them are left out, or 0.
 */
static inline void pptp_copy_sized(void *to, size_t to_size, const void *from, size_t from_size)
{
	size_t known = to_size < from_size ? to_size : from_size;

	memcpy(to, from, known);
	memset((char *)to + known, 0, to_size - known);
}

#endif
