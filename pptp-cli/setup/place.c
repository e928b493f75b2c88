/* SPDX-License-Identifier: MIT */
/*
 * Where the files of pppd are: the folders of this system or of one below --root, the lock between
 * processes that write, and chap-secrets behind a symbolic link. Called by create.c, delete.c and
 * show.c.
 */
#define _GNU_SOURCE
#include "setup/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "setup/say.h"

#define SECRETS "chap-secrets"
#define LOCK    ".pptpsetup.lock"

static const char *hint_of_error(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
		return "; run pptpsetup as root";
	case ENOENT:
		return "; install pppd (package ppp) first";
	case ENOSYS:
		return "; symbolic links and --root need Linux 5.6";
	default:
		return "";
	}
}

static int complain_of(const struct place *place, const char *path)
{
	int err = errno;

	return complain("cannot open %s%s: %s%s", place->prefix, path, reason(err),
			hint_of_error(err));
}

/* Symbolic links stay below the root, as they do for the system that lives there. */
static int open_below(const struct place *place, const char *path, unsigned int flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	long fd = syscall(SYS_openat2, place->root, path, &how, sizeof(how));

	/* An older kernel. */
	if (fd < 0 && errno == ENOSYS && !*place->prefix)
		return open(path, (int)flags | O_CLOEXEC);
	return (int)fd;
}

int place_open(struct place *place, const char *root)
{
	*place = (struct place){ root ? root : "", -1, -1, -1, -1 };
	place->root = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place->root < 0)
		return complain_of(place, root ? "" : "/");
	place->ppp = open_below(place, PLACE_PPP, O_RDONLY | O_DIRECTORY);
	if (place->ppp < 0)
		return complain_of(place, PLACE_PPP);
	place->peers = open_below(place, PLACE_PEERS, O_RDONLY | O_DIRECTORY);
	if (place->peers < 0)
		return complain_of(place, PLACE_PEERS);
	return 0;
}

int place_lock(struct place *place)
{
	place->lock = openat(place->ppp, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (place->lock < 0 || flock(place->lock, LOCK_EX) < 0)
		return complain_of(place, PLACE_PPP "/" LOCK);
	return 0;
}

/* Where the link leads to, in words that hold for this process. */
static int resolve(const struct place *place, struct file *file)
{
	char self[40], target[PATH_MAX];
	int fd = open_below(place, PLACE_PPP "/" SECRETS, O_RDONLY);
	ssize_t length;
	char *name;

	if (fd < 0 && errno == ENOENT)
		return complain("%s" PLACE_PPP "/" SECRETS " is a symbolic link to a file that is "
				"not there: create that file, or remove the link",
				place->prefix);
	if (fd < 0)
		return complain_of(place, PLACE_PPP "/" SECRETS);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	length = readlink(self, target, sizeof(target));
	close(fd);
	if (length <= 0 || (size_t)length >= sizeof(target))
		return complain_of(place, PLACE_PPP "/" SECRETS);
	target[length] = '\0';
	name = strrchr(target, '/');
	if (!name)
		return complain("cannot follow %s" PLACE_PPP "/" SECRETS, place->prefix);
	*name++ = '\0';
	file->folder = file->opened =
		open(*target ? target : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->folder < 0)
		return complain_of(place, PLACE_PPP "/" SECRETS);
	snprintf(file->name, sizeof(file->name), "%s", name);
	return file_read(file);
}

int place_read_secrets(const struct place *place, struct file *file)
{
	char link[2];

	file_name(file, place->ppp, SECRETS, place->prefix, PLACE_PPP);
	if (readlinkat(place->ppp, SECRETS, link, sizeof(link)) >= 0)
		return resolve(place, file);
	return file_read(file);
}

int place_read_peer(const struct place *place, const char *name, struct file *file)
{
	file_name(file, place->peers, name, place->prefix, PLACE_PEERS);
	return file_read(file);
}

void place_close(struct place *place)
{
	const int descriptors[] = { place->lock, place->peers, place->ppp, place->root };

	for (size_t i = 0; i < sizeof(descriptors) / sizeof(descriptors[0]); i++)
		if (descriptors[i] >= 0)
			close(descriptors[i]);
}
