/* SPDX-License-Identifier: MIT */
/*
 * Makes and frees links: where PPP frames come from and go to on the local side. The kinds are
 * link_async.c and link_sync.c, on descriptors (link_io.c), and link_frames.c, on calls of the
 * embedder. A link only moves frames; data_path.c decides when.
 */
#include "session/link.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

/* Otherwise a descriptor of the wrong direction would fail with the first frame. */
static int check_directions(int read_fd, int write_fd)
{
	int in = fcntl(read_fd, F_GETFL), out = fcntl(write_fd, F_GETFL);

	if (in < 0 || out < 0)
		return -errno;
	if ((in & O_ACCMODE) == O_WRONLY || (out & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	return 0;
}

static int find_kind(struct link *link, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	link->write_is_socket = S_ISSOCK(st.st_mode);
	link->write_is_pipe = S_ISFIFO(st.st_mode);
	return 0;
}

/* epoll watches reading and writing separately: one descriptor for both becomes two. */
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
	err = find_kind(link, write_fd);
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
