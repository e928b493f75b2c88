/* SPDX-License-Identifier: MIT */
#include "session/link.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

/* A descriptor of the wrong direction would be found out with the first frame only. */
static int check_directions(int read_fd, int write_fd)
{
	int in = fcntl(read_fd, F_GETFL), out = fcntl(write_fd, F_GETFL);

	if (in < 0 || out < 0)
		return -errno;
	if ((in & O_ACCMODE) == O_WRONLY || (out & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	return 0;
}

static int learn_kind(struct link *link, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	link->write_is_socket = S_ISSOCK(st.st_mode);
	link->write_is_pipe = S_ISFIFO(st.st_mode);
	return 0;
}

/* Reading and writing are waited for apart: one descriptor for both becomes two. */
static int own_write_fd(struct link *link)
{
	int fd;

	if (link->read_fd != link->write_fd)
		return 0;
	fd = fcntl(link->read_fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	link->write_fd = fd;
	link->write_is_copy = true;
	return 0;
}

int pptp_link_new_pty(struct link **linkp, int read_fd, int write_fd, enum pptp_link_type type)
{
	struct link *link;
	int err = check_directions(read_fd, write_fd);

	if (!err)
		err = set_nonblocking(read_fd);
	if (!err)
		err = set_nonblocking(write_fd);
	if (!err)
		err = type == PPTP_LINK_SYNC ? pptp_link_sync_new(&link)
					     : pptp_link_async_new(&link);
	if (err)
		return err;
	link->read_fd = read_fd;
	link->write_fd = write_fd;
	err = learn_kind(link, write_fd);
	if (!err)
		err = own_write_fd(link);
	if (err) {
		pptp_link_disown(link);
		pptp_link_free(link);
		return err;
	}
	*linkp = link;
	return 0;
}

void pptp_link_disown(struct link *link)
{
	if (link->write_is_copy)
		close(link->write_fd);
	link->read_fd = link->write_fd = -1;
}

struct link *pptp_link_free(struct link *link)
{
	if (!link)
		return NULL;
	if (link->read_fd >= 0)
		close(link->read_fd);
	if (link->write_fd >= 0)
		close(link->write_fd);
	link->ops->free(link);
	return NULL;
}

/* write() to a pipe raises SIGPIPE in this thread; take it back unless one was pending before. */
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
