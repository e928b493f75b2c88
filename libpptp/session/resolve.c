/* SPDX-License-Identifier: MIT */
/*
 * Name resolution that does not block the caller: getaddrinfo() has no portable non-blocking form,
 * so it runs in a detached thread with all signals blocked. The answer arrives through an eventfd. A
 * session that ends early does not wait for the thread. Called by dialer.c. Container runtimes that know
 * no clone3() permit no thread: then the caller waits.
 */
#include "session/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session/socket_setup.h"

#define DISCARD_PORT 9

/* Shared by the thread and the session: the last to release it frees it. */
struct resolve_request {
	atomic_int holders;
	int fd;
	struct resolve_answer answer;
	char name[];
};

struct resolve_request *pptp_resolve_free(struct resolve_request *request)
{
	if (!request || atomic_fetch_sub(&request->holders, 1) != 1)
		return NULL;
	close(request->fd);
	free(request);
	return NULL;
}

static void add_address(struct resolve_answer *answer, struct in_addr address)
{
	for (unsigned int i = 0; i < answer->count; i++)
		if (answer->addresses[i].s_addr == address.s_addr)
			return;
	if (answer->count < PPTP_ADDRESSES_MAX)
		answer->addresses[answer->count++] = address;
}

/*
 * To getaddrinfo() a system call that is refused is a name server that does not answer. Its calls are
 * tried on the discard port of this machine.
 */
static void look_for_refusal(struct resolve_answer *answer)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons(DISCARD_PORT),
				   .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct pollfd pfd = { .fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
			      .events = POLLOUT };
	const char *call = NULL;
	char octet = 0;

	if (pfd.fd < 0)
		call = "socket";
	else if (pptp_socket_set_int(pfd.fd, IPPROTO_IP, IP_RECVERR, 1) < 0)
		call = "setsockopt";
	else if (connect(pfd.fd, (const struct sockaddr *)&sin, sizeof(sin)) < 0)
		call = "connect";
	else if (poll(&pfd, 1, 0) < 0)
		call = "poll";
	else if (send(pfd.fd, &octet, 1, MSG_DONTWAIT) < 0)
		call = "send";
	else if (recv(pfd.fd, &octet, 1, MSG_DONTWAIT) < 0)
		call = "recv";
	if (call && (errno == EPERM || errno == EACCES || errno == ENOSYS)) {
		answer->refused_call = call;
		answer->system_error = -errno;
	}
	if (pfd.fd >= 0)
		close(pfd.fd);
}

static void look_up(struct resolve_request *request)
{
	struct resolve_answer *answer = &request->answer;
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	struct sockaddr_in sin;
	uint64_t one = 1;

	answer->gai_error = getaddrinfo(request->name, NULL, &hints, &list);
	if (answer->gai_error == EAI_SYSTEM)
		answer->system_error = -errno;
	else if (answer->gai_error)
		look_for_refusal(answer);
	if (!answer->gai_error) {
		for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
			memcpy(&sin, ai->ai_addr, sizeof(sin));
			add_address(answer, sin.sin_addr);
		}
		freeaddrinfo(list);
	}
	/* A new eventfd always accepts the value 1. */
	while (write(request->fd, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
}

static void *resolve_thread(void *arg)
{
	struct resolve_request *request = arg;

	look_up(request);
	pptp_resolve_free(request);
	return NULL;
}

/* The thread must not receive the embedder's signals. */
static int start_thread(struct resolve_request *request)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;
	int err;

	err = pthread_attr_init(&attr);
	if (err)
		return -err;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&thread, &attr, resolve_thread, request);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (err == EPERM || err == ENOSYS) {
		look_up(request);
		atomic_store(&request->holders, 1);
		err = 0;
	}
	return -err;
}

int pptp_resolve_start(struct resolve_request **requestp, const char *name, int *fdp)
{
	size_t size = strlen(name) + 1;
	struct resolve_request *request = calloc(1, sizeof(*request) + size);
	int err;

	if (!request)
		return -ENOMEM;
	memcpy(request->name, name, size);
	atomic_init(&request->holders, 2);
	request->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (request->fd < 0) {
		err = -errno;
		free(request);
		return err;
	}
	err = start_thread(request);
	if (err) {
		close(request->fd);
		free(request);
		return err;
	}
	*requestp = request;
	*fdp = request->fd;
	return 0;
}

int pptp_resolve_finish(struct resolve_request *request, struct resolve_answer *answerp)
{
	uint64_t value;

	/* Reading what the thread wrote also orders its writes before our reads. */
	if (read(request->fd, &value, sizeof(value)) != sizeof(value))
		return -EAGAIN;
	*answerp = request->answer;
	return 0;
}
