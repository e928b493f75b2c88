/* SPDX-License-Identifier: MIT */
/* What the library calls instead of the system: see calls.h. Names as ld's --wrap makes them. */
#define _GNU_SOURCE
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/types.h>

#include "calls.h"
#include "wraps.h"

/* Both prototypes: the system's own, and ours that is called in its place. */
#define WRAPPED(type, name, ...)                                                                   \
	type __real_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__);                                                           \
	type __wrap_##name(__VA_ARGS__)

static bool fails(enum fault_call call)
{
	if (!faults_hit(call))
		return false;
	errno = faults_error();
	return true;
}

/* ENOBUFS is what makes the library ask poll() whether the socket is full. */
static bool starves(enum fault_call call)
{
	if (call != CALL_SEND_GRE || !faults_starve_sending())
		return false;
	errno = ENOBUFS;
	return true;
}

/* For calls that move octets or packets: true when *resultp is the result already. */
static bool is_spoiled(enum fault_call call, size_t *amount, long *resultp)
{
	if (!faults_hit(call))
		return false;
	*resultp = faults_kind() == FAULT_END ? 0 : -1;
	if (faults_kind() == FAULT_SHORT && *amount > 1)
		*amount = 1;
	errno = faults_error();
	return faults_kind() == FAULT_ERROR || faults_kind() == FAULT_END;
}

/* -- sockets -------------------------------------------------------------------------------- */

WRAPPED(int, socket, int domain, int type, int protocol)
{
	bool gre = protocol == IPPROTO_GRE;
	int fd = -1;

	if (!fails(gre ? CALL_SOCKET_GRE : CALL_SOCKET_TCP))
		fd = __real_socket(domain, type, protocol);
	faults_set_role(fd, gre ? ROLE_GRE : ROLE_TCP);
	return fd;
}

/* An interrupted connect goes on all the same. */
WRAPPED(int, connect, int fd, const struct sockaddr *address, socklen_t len)
{
	bool hit = faults_hit(faults_role(fd) == ROLE_GRE ? CALL_CONNECT_GRE : CALL_CONNECT_TCP);
	int result = -1;

	if (!hit || faults_error() == EINTR)
		result = __real_connect(fd, address, len);
	if (hit) {
		errno = faults_error();
		result = -1;
	}
	return result;
}

WRAPPED(int, getsockopt, int fd, int level, int option, void *value, socklen_t *len)
{
	enum fault_call call = CALL_GETSOCKOPT_TCP;
	int result;

	if (level == SOL_SOCKET && option != SO_ERROR)
		call = CALL_GETSOCKOPT_KIND;
	else if (faults_role(fd) == ROLE_GRE)
		call = CALL_GETSOCKOPT_GRE;
	if (!fails(call))
		return __real_getsockopt(fd, level, option, value, len);
	if (faults_kind() == FAULT_ERROR)
		return -1;
	result = __real_getsockopt(fd, level, option, value, len);
	memcpy(value, &(int){ faults_error() }, sizeof(int));
	return result;
}

WRAPPED(int, setsockopt, int fd, int level, int option, const void *value, socklen_t len)
{
	enum fault_call call = CALL_SETSOCKOPT_TUNING;

	if (level == SOL_SOCKET && option == SO_MARK)
		call = CALL_SETSOCKOPT_MARK;
	if (level == SOL_SOCKET && option == SO_BINDTODEVICE)
		call = CALL_SETSOCKOPT_INTERFACE;
	if (level == SOL_SOCKET && (option == SO_ATTACH_FILTER || option == SO_DETACH_FILTER))
		call = CALL_SETSOCKOPT_FILTER;
	return fails(call) ? -1 : __real_setsockopt(fd, level, option, value, len);
}

WRAPPED(int, bind, int fd, const struct sockaddr *address, socklen_t len)
{
	return fails(CALL_BIND) ? -1 : __real_bind(fd, address, len);
}

WRAPPED(int, getsockname, int fd, struct sockaddr *address, socklen_t *len)
{
	return fails(CALL_GETSOCKNAME) ? -1 : __real_getsockname(fd, address, len);
}

WRAPPED(unsigned int, if_nametoindex, const char *name)
{
	return fails(CALL_IF_INDEX) ? 0 : __real_if_nametoindex(name);
}

WRAPPED(int, shutdown, int fd, int how)
{
	return fails(CALL_SHUTDOWN) ? -1 : __real_shutdown(fd, how);
}

WRAPPED(ssize_t, recv, int fd, void *data, size_t size, int flags)
{
	long result;

	if (is_spoiled(CALL_RECV_TCP, &size, &result))
		return result;
	return __real_recv(fd, data, size, flags);
}

static enum fault_call send_call(int fd)
{
	switch (faults_role(fd)) {
	case ROLE_TCP:
		return CALL_SEND_TCP;
	case ROLE_GRE:
		return CALL_SEND_GRE;
	default:
		return CALL_WRITE_LINK;
	}
}

/* Packets go whole or not at all. */
WRAPPED(ssize_t, send, int fd, const void *data, size_t size, int flags)
{
	enum fault_call call = send_call(fd);
	size_t amount = size;
	long result;

	if (starves(call))
		return -1;
	if (is_spoiled(call, &amount, &result))
		return result;
	return __real_send(fd, data, call == CALL_SEND_GRE ? size : amount, flags);
}

WRAPPED(int, sendmmsg, int fd, struct mmsghdr *msgs, unsigned int count, int flags)
{
	size_t amount = count;
	long result;

	if (starves(CALL_SEND_GRE) || fails(CALL_SEND_GRE_BATCH))
		return -1;
	if (is_spoiled(CALL_SEND_GRE, &amount, &result))
		return (int)result;
	return __real_sendmmsg(fd, msgs, (unsigned int)amount, flags);
}

WRAPPED(ssize_t, sendmsg, int fd, const struct msghdr *msg, int flags)
{
	size_t amount = 1;
	long result;

	if (starves(CALL_SEND_GRE))
		return -1;
	if (is_spoiled(CALL_SEND_GRE, &amount, &result))
		return result;
	return __real_sendmsg(fd, msg, flags);
}

WRAPPED(int, recvmmsg, int fd, struct mmsghdr *msgs, unsigned int count, int flags,
	struct timespec *timeout)
{
	size_t amount = count;
	long result;

	if (fails(CALL_RECV_GRE_BATCH))
		return -1;
	if (is_spoiled(CALL_RECV_GRE, &amount, &result))
		return (int)result;
	return __real_recvmmsg(fd, msgs, (unsigned int)amount, flags, timeout);
}

WRAPPED(ssize_t, recvmsg, int fd, struct msghdr *msg, int flags)
{
	size_t amount = 1;
	long result;

	if (is_spoiled(CALL_RECV_GRE, &amount, &result))
		return result;
	return __real_recvmsg(fd, msg, flags);
}

WRAPPED(int, poll, struct pollfd *fds, nfds_t count, int timeout)
{
	if (!faults_inside() || !fails(CALL_POLL_GRE))
		return __real_poll(fds, count, timeout);
	return faults_kind() == FAULT_END ? 0 : -1;
}

/* -- epoll, timer, eventfd ------------------------------------------------------------------ */

WRAPPED(int, epoll_create1, int flags)
{
	return fails(CALL_EPOLL_CREATE) ? -1 : __real_epoll_create1(flags);
}

WRAPPED(int, epoll_ctl, int epoll_fd, int operation, int fd, struct epoll_event *event)
{
	enum fault_call call = operation == EPOLL_CTL_ADD   ? CALL_EPOLL_ADD
			       : operation == EPOLL_CTL_MOD ? CALL_EPOLL_MOD
							    : CALL_EPOLL_DEL;

	return fails(call) ? -1 : __real_epoll_ctl(epoll_fd, operation, fd, event);
}

WRAPPED(int, epoll_wait, int epoll_fd, struct epoll_event *events, int max, int timeout)
{
	return fails(CALL_EPOLL_WAIT) ? -1 : __real_epoll_wait(epoll_fd, events, max, timeout);
}

WRAPPED(int, timerfd_create, int clock, int flags)
{
	return fails(CALL_TIMERFD_CREATE) ? -1 : __real_timerfd_create(clock, flags);
}

WRAPPED(int, timerfd_settime, int fd, int flags, const struct itimerspec *value,
	struct itimerspec *old)
{
	return fails(CALL_TIMERFD_SETTIME) ? -1 : __real_timerfd_settime(fd, flags, value, old);
}

WRAPPED(int, eventfd, unsigned int value, int flags)
{
	int fd = fails(CALL_EVENTFD) ? -1 : __real_eventfd(value, flags);

	faults_set_role(fd, ROLE_EVENTFD);
	return fd;
}

/* -- files ---------------------------------------------------------------------------------- */

WRAPPED(ssize_t, read, int fd, void *data, size_t size)
{
	bool event = faults_role(fd) == ROLE_EVENTFD;
	long result;

	if (is_spoiled(event ? CALL_READ_EVENTFD : CALL_READ_LINK, &size, &result))
		return result;
	return __real_read(fd, data, size);
}

WRAPPED(ssize_t, write, int fd, const void *data, size_t size)
{
	bool event = faults_role(fd) == ROLE_EVENTFD;
	long result;

	if (is_spoiled(event ? CALL_WRITE_EVENTFD : CALL_WRITE_LINK, &size, &result))
		return result;
	return __real_write(fd, data, size);
}

/* The descriptor is gone whatever close() says. */
WRAPPED(int, close, int fd)
{
	bool failed = faults_hit(CALL_CLOSE);

	faults_set_role(fd, ROLE_LINK);
	if (__real_close(fd) < 0)
		return -1;
	errno = failed ? faults_error() : errno;
	return failed ? -1 : 0;
}

/* With 64-bit file offsets the C library's headers make these of fcntl and fstat. */
WRAPPED(int, fcntl64, int fd, int command, ...)
{
	va_list args;
	long value;

	va_start(args, command);
	value = va_arg(args, long);
	va_end(args);
	return fails(CALL_FCNTL) ? -1 : __real_fcntl64(fd, command, value);
}

WRAPPED(int, fstat64, int fd, struct stat64 *st)
{
	return fails(CALL_FSTAT) ? -1 : __real_fstat64(fd, st);
}

/* -- memory and randomness ------------------------------------------------------------------ */

WRAPPED(void *, malloc, size_t size)
{
	void *memory = fails(CALL_MEMORY) ? NULL : __real_malloc(size);

	faults_allocated(memory);
	return memory;
}

WRAPPED(void *, calloc, size_t count, size_t size)
{
	void *memory = fails(CALL_MEMORY) ? NULL : __real_calloc(count, size);

	faults_allocated(memory);
	return memory;
}

WRAPPED(void *, realloc, void *old, size_t size)
{
	void *memory = fails(CALL_MEMORY) ? NULL : __real_realloc(old, size);

	if (memory) {
		faults_freed(old);
		faults_allocated(memory);
	}
	return memory;
}

WRAPPED(void, free, void *memory)
{
	faults_freed(memory);
	__real_free(memory);
}

WRAPPED(ssize_t, getrandom, void *data, size_t size, unsigned int flags)
{
	long result;

	if (is_spoiled(CALL_GETRANDOM, &size, &result))
		return result;
	return __real_getrandom(data, size, flags);
}

/* -- the resolver --------------------------------------------------------------------------- */

WRAPPED(int, pthread_attr_init, pthread_attr_t *attr)
{
	return fails(CALL_THREAD_ATTRIBUTES) ? faults_error() : __real_pthread_attr_init(attr);
}

struct thread_start {
	void *(*run)(void *arg);
	void *arg;
};

static void *run_inside(void *arg)
{
	struct thread_start start = *(struct thread_start *)arg;

	__real_free(arg);
	faults_enter();
	start.run(start.arg);
	faults_leave();
	faults_thread_ends();
	return NULL;
}

WRAPPED(int, pthread_create, pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
	void *arg)
{
	struct thread_start *start;
	int err;

	if (!faults_inside())
		return __real_pthread_create(thread, attr, run, arg);
	if (faults_hit(CALL_THREAD))
		return faults_error();
	start = __real_malloc(sizeof(*start));
	*start = (struct thread_start){ .run = run, .arg = arg };
	faults_thread_starts();
	err = __real_pthread_create(thread, attr, run_inside, start);
	if (err) {
		faults_thread_ends();
		__real_free(start);
	}
	return err;
}

/* Every name has the same addresses, as a chain of addrinfo in one block of memory. */
WRAPPED(int, getaddrinfo, const char *name, const char *service, const struct addrinfo *hints,
	struct addrinfo **listp)
{
	struct entry {
		struct addrinfo info;
		struct sockaddr_in sin;
	} * entries;

	if (!faults_inside())
		return __real_getaddrinfo(name, service, hints, listp);
	if (faults_hit(CALL_GETADDRINFO)) {
		errno = EMFILE; /* what EAI_SYSTEM is about */
		return faults_error();
	}
	entries = __real_calloc(fault_name_count, sizeof(*entries));
	for (unsigned int i = 0; i < fault_name_count; i++) {
		struct entry *entry = &entries[i];

		entry->sin.sin_family = AF_INET;
		entry->sin.sin_addr.s_addr = htonl(fault_name_addresses[i]);
		entry->info.ai_family = AF_INET;
		entry->info.ai_addr = (struct sockaddr *)&entry->sin;
		entry->info.ai_next = i + 1 < fault_name_count ? &entries[i + 1].info : NULL;
	}
	faults_allocated(entries);
	*listp = &entries->info;
	return 0;
}

WRAPPED(void, freeaddrinfo, struct addrinfo *list)
{
	if (!faults_inside()) {
		__real_freeaddrinfo(list);
		return;
	}
	faults_freed(list);
	__real_free(list);
}
