/* SPDX-License-Identifier: MIT */
/*
 * Landlock: a process refuses itself every path. A second wall behind the filter of system calls, which
 * cannot look at paths, for calls that take one and are allowed. By plain system calls and numbers of
 * our own: the C libraries have no wrappers, and headers of older systems lack the later rights. Called
 * by privilege.c.
 */
#define _GNU_SOURCE
#include "landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same for all processors (landlock(7)). */
#define CREATE_RULESET 444
#define ADD_RULE       445
#define RESTRICT_SELF  446

#define CREATE_RULESET_VERSION 1u

/* The compiler's sanitizers read /proc at the end. */
#ifdef SANITIZED
#define USABLE false
#else
#define USABLE true
#endif

#define RULE_PATH_BENEATH 1

#define READ_FILE   (UINT64_C(1) << 2)
#define READ_DIR    (UINT64_C(1) << 3)
#define REMOVE_FILE (UINT64_C(1) << 5)

#define SCOPE_ABSTRACT_UNIX_SOCKET 1u
#define SCOPE_SIGNAL               2u

/* struct landlock_ruleset_attr; each version of the interface knows the members before a size. */
struct ruleset {
	uint64_t paths;
	uint64_t network;
	uint64_t scoped;
};

/* struct landlock_path_beneath_attr: the kernel reads it. */
struct __attribute__((packed)) path_beneath {
	/* cppcheck-suppress unusedStructMember */
	uint64_t allowed;
	/* cppcheck-suppress unusedStructMember */
	int32_t directory;
};

/* All that this version of the interface can refuse; returns the size to pass. */
static size_t describe(struct ruleset *set, long version, enum landlock_use use)
{
	/* The number of rights of files and directories. */
	static const unsigned char rights[] = { 0, 13, 14, 15, 15, 16 };
	const long last = (long)sizeof(rights) - 1;

	*set = (struct ruleset){
		.paths = (UINT64_C(1) << rights[version < last ? version : last]) - 1,
		.network = 3, /* TCP: bind, connect */
		.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | (use == LANDLOCK_READ ? 0 : SCOPE_SIGNAL),
	};
	if (version < 4)
		return offsetof(struct ruleset, network);
	return version < 6 ? offsetof(struct ruleset, scoped) : sizeof(*set);
}

static int allow_below(int set, const char *directory, uint64_t rights)
{
	int fd = open(directory, O_PATH | O_CLOEXEC);
	const struct path_beneath rule = { rights, fd };
	int err = 0;

	if (fd < 0)
		return -errno;
	if (syscall(ADD_RULE, set, RULE_PATH_BENEATH, &rule, 0) < 0)
		err = -errno;
	close(fd);
	return err;
}

int landlock_enter(enum landlock_use use, const char *directory)
{
	long version =
		USABLE ? syscall(CREATE_RULESET, NULL, (size_t)0, CREATE_RULESET_VERSION) : 0;
	struct ruleset rules;
	size_t size;
	int set, err = 0;

	if (version < 1)
		return version < 0 ? -errno : -EOPNOTSUPP;
	size = describe(&rules, version, use);
	set = (int)syscall(CREATE_RULESET, &rules, size, 0u);
	if (set < 0)
		return -errno;
	if (use != LANDLOCK_NOTHING)
		err = allow_below(set, directory,
				  use == LANDLOCK_READ ? READ_FILE | READ_DIR : REMOVE_FILE);
	if (!err && syscall(RESTRICT_SELF, set, 0u) < 0)
		err = -errno;
	close(set);
	return err;
}
