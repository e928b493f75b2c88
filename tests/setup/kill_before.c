/* SPDX-License-Identifier: MIT */
/*
 * To be preloaded: a signal before the n-th call that changes a file or a folder, where n is the value
 * of KILL_BEFORE. SIGKILL, or the number in KILL_SIGNAL. Loaded by command.py.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static void count(void)
{
	static int calls;
	const char *last = getenv("KILL_BEFORE");

	const char *number = getenv("KILL_SIGNAL");

	if (last && ++calls == atoi(last))
		(void)raise(number ? atoi(number) : SIGKILL);
}

#define COUNTED(type, name, parameters, arguments)                                                 \
	type name parameters;                                                                      \
	type name parameters                                                                       \
	{                                                                                          \
		union {                                                                            \
			void *found;                                                               \
			type(*call) parameters;                                                    \
		} next = { dlsym(RTLD_NEXT, #name) };                                              \
                                                                                                   \
		count();                                                                           \
		return next.call arguments;                                                        \
	}

COUNTED(ssize_t, write, (int fd, const void *data, size_t length), (fd, data, length))
COUNTED(int, fchmod, (int fd, mode_t mode), (fd, mode))
COUNTED(int, fsync, (int fd), (fd))
COUNTED(int, unlinkat, (int folder, const char *name, int flags), (folder, name, flags))
COUNTED(int, renameat, (int from, const char *name, int to, const char *new_name),
	(from, name, to, new_name))
