/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FAULTS_CALLS_H
#define TESTS_FAULTS_CALLS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * System calls that fail when told to. The library's objects are linked into the test with
 * ld's --wrap, so that each of its calls comes to wraps.c first. Only calls made between
 * faults_enter() and faults_leave(), or in a thread that the library started, count and fail:
 * those of the test itself go through.
 */

enum fault_call {
	CALL_SOCKET_TCP,
	CALL_SOCKET_GRE,
	CALL_CONNECT_TCP,
	CALL_CONNECT_GRE,
	CALL_GETSOCKOPT_TCP,
	CALL_GETSOCKOPT_GRE,
	CALL_GETSOCKOPT_KIND,
	CALL_SETSOCKOPT_MARK,
	CALL_SETSOCKOPT_INTERFACE,
	CALL_SETSOCKOPT_FILTER,
	CALL_SETSOCKOPT_TUNING,
	CALL_BIND,
	CALL_GETSOCKNAME,
	CALL_IF_INDEX,
	CALL_EPOLL_CREATE,
	CALL_EPOLL_ADD,
	CALL_EPOLL_MOD,
	CALL_EPOLL_DEL,
	CALL_EPOLL_WAIT,
	CALL_TIMERFD_CREATE,
	CALL_TIMERFD_SETTIME,
	CALL_EVENTFD,
	CALL_READ_EVENTFD,
	CALL_WRITE_EVENTFD,
	CALL_THREAD,
	CALL_THREAD_ATTRIBUTES,
	CALL_GETADDRINFO,
	CALL_GETRANDOM,
	CALL_READ_LINK,
	CALL_WRITE_LINK,
	CALL_FCNTL,
	CALL_FSTAT,
	CALL_RECV_TCP,
	CALL_SEND_TCP,
	CALL_SHUTDOWN,
	CALL_RECV_GRE,
	CALL_RECV_GRE_BATCH, /* recvmmsg() alone: recvmsg() works */
	CALL_SEND_GRE,
	CALL_SEND_GRE_BATCH, /* sendmmsg() alone: sendmsg() works */
	CALL_POLL_GRE,       /* after ENOBUFS, which sending says until this one went wrong */
	CALL_CLOSE,
	CALL_MEMORY,
	CALL_COUNT_OF_SESSIONS,
	CALL_NETLINK = CALL_COUNT_OF_SESSIONS, /* any of libnl's */
	CALL_COUNT
};

enum fault_kind {
	FAULT_ERROR, /* -1 and errno; NULL; a code of getaddrinfo's */
	FAULT_SHORT, /* one octet or packet at most */
	FAULT_END,   /* 0: end of file; poll: nothing is ready */
	FAULT_VALUE, /* getsockopt: the error is what the socket has to tell */
};

#define FAULT_FOR_EVER 0xffffffffU

struct fault {
	enum fault_call call;
	enum fault_kind kind;
	int error;
	unsigned int first; /* the call that goes wrong first, from 1 */
	unsigned int times; /* so many in a row */
};

/* Forget what was counted; from now on this goes wrong, or nothing (NULL). */
void faults_plan(const struct fault *fault);

void faults_enter(void);
void faults_leave(void);

/* Since faults_plan(): how often it went wrong, and how many calls the library made in all. */
unsigned int faults_fired(void);
unsigned int faults_calls(void);
unsigned int faults_count(enum fault_call call);

/* What the library allocated and did not free, and its threads that are not at their end. */
size_t faults_live(void);
unsigned int faults_threads(void);

/* For wraps.c */
enum fault_role { ROLE_LINK, ROLE_TCP, ROLE_GRE, ROLE_EVENTFD };

bool faults_hit(enum fault_call call);
bool faults_starve_sending(void);
enum fault_kind faults_kind(void);
int faults_error(void);
void faults_set_role(int fd, enum fault_role role);
enum fault_role faults_role(int fd);
bool faults_inside(void);
void faults_allocated(const void *memory);
void faults_freed(const void *memory);
void faults_thread_starts(void);
void faults_thread_ends(void);

#endif
