/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing the descriptors of a link: a pty, a socket or pipes. Interrupted calls are
 * repeated, the end of the file is an error, and no write raises SIGPIPE in the embedder. It has no
 * buffers and no framing. Called by link_async.c and link_sync.c.
 */
#include "session/link_io.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* write() to a pipe raises SIGPIPE in this thread; remove it unless one was pending before. */
static ssize_t write_pipe(int fd, const uint8_t *data, size_t len)
{
	static const struct timespec now;
	sigset_t pipe_only, old, pending;
	ssize_t n;
	int err;

	sigemptyset(&pipe_only);
	sigaddset(&pipe_only, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &pipe_only, &old);
	n = write(fd, data, len);
	err = errno;
	if (n < 0 && err == EPIPE && !sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&pipe_only, NULL, &now) < 0 && errno == EINTR)
			continue;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = err;
	return n;
}

static ssize_t write_once(const struct link *link, const uint8_t *data, size_t len)
{
	if (link->write_is_socket)
		return send(link->write_fd, data, len, MSG_NOSIGNAL);
	if (link->write_is_pipe)
		return write_pipe(link->write_fd, data, len);
	return write(link->write_fd, data, len);
}

long pptp_link_write(struct link *link, const uint8_t *data, size_t len)
{
	ssize_t n;

	do
		n = write_once(link, data, len);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int pptp_link_read(struct link *link, uint8_t *data, size_t size)
{
	ssize_t n;

	do
		n = read(link->read_fd, data, size);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		return (int)n;
	if (n == 0)
		return -EPIPE;
	return errno == EAGAIN ? 0 : -errno;
}
