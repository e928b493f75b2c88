/* SPDX-License-Identifier: MIT */
/*
 * The status socket of a running tunnel: made while the process is root, and answered without reading
 * an octet from whoever connects. It waits for no reader: what the kernel's buffer does not take is
 * dropped. Removed by remover.c. Called by own.c.
 */
#define _GNU_SOURCE
#include "status/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "log.h"

#define GROUP "pptp"
/* Two that start at once wait for each other so many milliseconds. */
#define LOCK_MS 200
/* Tunnels of one name. */
#define NAMES_MAX  999
#define SUFFIX_MAX 4 /* octets of "-999" */
#define BACKLOG    128
/* Readers that are answered in one turn of the loop. */
#define ANSWERS_MAX 16

/* -- the folder ------------------------------------------------------------------------------- */

static const char *open_folder(int *folderp)
{
	const mode_t mask = umask(0022);
	int made = mkdir(STATUS_FOLDER, 0755), fd;
	struct stat status;

	umask(mask);
	if (made < 0 && errno != EEXIST)
		return "mkdir";
	fd = open(STATUS_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return "open";
	*folderp = fd;
	if (fstat(fd, &status) < 0)
		return "fstat";
	errno = EACCES;
	if (status.st_uid != geteuid())
		return "it belongs to another user";
	return (status.st_mode & (S_IWGRP | S_IWOTH)) ? "others may write there" : NULL;
}

/* Only root can open the file: nobody else can hold the lock. */
static int lock(int folder)
{
	int fd = openat(folder, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (i == LOCK_MS || (errno != EWOULDBLOCK && errno != EINTR)) {
			close(fd);
			return -1;
		}
		(void)poll(NULL, 0, 1);
	}
	return fd;
}

/* -- the name --------------------------------------------------------------------------------- */

static void set_address(struct sockaddr_un *address, const char *name)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path), "%s/%s%s", STATUS_FOLDER, name,
		 STATUS_SUFFIX);
}

/* Whether the socket is what a killed process left. */
static bool is_leftover(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool refused;

	if (fd < 0)
		return false;
	refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
		  errno == ECONNREFUSED;
	close(fd);
	return refused;
}

/* Its group is the caller's still. */
static int bind_to(int fd, const struct sockaddr_un *address)
{
	const mode_t mask = umask(0177);
	int result = bind(fd, (const struct sockaddr *)address, sizeof(*address));
	int err = errno;

	umask(mask);
	errno = err;
	return result;
}

static bool take(int fd, const struct sockaddr_un *address)
{
	if (bind_to(fd, address) == 0)
		return true;
	if (errno != EADDRINUSE || !is_leftover(address) || unlink(address->sun_path) < 0)
		return false;
	return bind_to(fd, address) == 0;
}

static bool take_free_name(struct status_socket *sock, const char *name,
			   struct sockaddr_un *address)
{
	for (int number = 1; number <= NAMES_MAX; number++) {
		if (number == 1)
			snprintf(sock->name, sizeof(sock->name), "%s", name);
		else
			snprintf(sock->name, sizeof(sock->name), "%.*s-%d",
				 STATUS_NAME_MAX - SUFFIX_MAX, name, number);
		set_address(address, sock->name);
		if (take(sock->fd, address))
			return true;
		if (errno != EADDRINUSE)
			return false;
	}
	return false;
}

/*
 * From the file: other sources of names may need the network, which may not be up yet. *gidp is written
 * where there is such a group.
 */
static bool find_group(gid_t *gidp)
{
	FILE *file = fopen("/etc/group", "re");
	const struct group *entry;
	bool found = false;

	if (!file)
		return false;
	/* cppcheck-suppress fgetgrentCalled */
	/* There is one thread still. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while (!found && (entry = fgetgrent(file))) {
		found = strcmp(entry->gr_name, GROUP) == 0;
		if (found)
			*gidp = entry->gr_gid;
	}
	fclose(file);
	return found;
}

/* Nobody can connect yet. Without that group root alone can. */
static const char *give_to_group(const struct sockaddr_un *address)
{
	gid_t gid = 0;
	const bool found = find_group(&gid);

	if (chown(address->sun_path, (uid_t)-1, gid) < 0)
		return "chown";
	return found && chmod(address->sun_path, 0660) < 0 ? "chmod" : NULL;
}

static const char *make(struct status_socket *sock, const char *name)
{
	struct sockaddr_un address;
	const char *failed;
	int err;

	sock->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock->fd < 0)
		return "socket";
	if (!take_free_name(sock, name, &address))
		return "bind";
	failed = give_to_group(&address);
	if (!failed && listen(sock->fd, BACKLOG) < 0)
		failed = "listen";
	if (failed) {
		err = errno;
		unlink(address.sun_path);
		errno = err;
	}
	return failed;
}

const char *status_socket_open(struct status_socket *sock, const char *name)
{
	const char *failed = open_folder(&sock->folder);
	int locked = -1, err;

	if (!failed) {
		locked = lock(sock->folder);
		failed = locked < 0 ? "flock" : make(sock, name);
	}
	err = errno;
	if (locked >= 0)
		close(locked);
	if (failed)
		status_socket_close(sock);
	errno = err;
	return failed;
}

void status_socket_leave_folder(struct status_socket *sock)
{
	if (sock->folder >= 0)
		close(sock->folder);
	sock->folder = -1;
}

void status_socket_close(struct status_socket *sock)
{
	status_socket_leave_folder(sock);
	if (sock->fd >= 0)
		close(sock->fd);
	sock->fd = -1;
}

/* -- readers ---------------------------------------------------------------------------------- */

bool status_socket_is_asked(const struct status_socket *sock)
{
	struct pollfd pfd = { .fd = sock->fd, .events = POLLIN };

	/* If poll() is refused, accept4() tells. */
	return poll(&pfd, 1, 0) != 0;
}

void status_socket_answer(struct status_socket *sock, const char *text, size_t length)
{
	for (int i = 0; i < ANSWERS_MAX && sock->fd >= 0; i++) {
		/* cppcheck-suppress nullPointer ; accept4() takes it */
		int fd = accept4(sock->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			(void)send(fd, text, length, MSG_NOSIGNAL | MSG_DONTWAIT);
			close(fd);
			continue;
		}
		if (errno == EAGAIN)
			return;
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		/* Without a descriptor to spare the loop would find it readable for ever. */
		log_line(PPTP_LOG_WARNING,
			 "pptp --status will not show this tunnel any more (accept): %s",
			 pptp_strerror(-errno));
		status_socket_close(sock);
	}
}
