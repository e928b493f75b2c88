/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SANDBOX_H
#define PPTP_CLI_SANDBOX_H

#include <stdbool.h>

#ifdef HAVE_LIBCAP_NG
#define SANDBOX_HAS_CAPABILITIES true
#else
#define SANDBOX_HAS_CAPABILITIES false
#endif

#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
	__has_feature(memory_sanitizer)
#define SANDBOX_FOR_SANITIZER true
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANDBOX_FOR_SANITIZER true
#endif
#ifndef SANDBOX_FOR_SANITIZER
#define SANDBOX_FOR_SANITIZER false
#endif

/*
 * The seccomp filter: a list of the system calls that are used, and the end of the process at any
 * other one. Files cannot be opened, which is an error and not the end, as the C library looks for
 * some of its own at odd moments.
 */
enum sandbox_role {
	SANDBOX_SESSION, /* the loop of run.c */
	SANDBOX_KEEPER,  /* the loop of keeper.c: no network, but it reads /proc */
};

/* For all threads, for good. 0, -ENOTSUP where it was not built in, -errno. */
int sandbox_enter(enum sandbox_role role);

#endif
