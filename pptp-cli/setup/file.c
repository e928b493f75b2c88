/* SPDX-License-Identifier: MIT */
/*
 * A file that may hold a password: read whole, and replaced by a new one that takes its name when it
 * is on the disk. Called by place.c, create.c, delete.c and show.c; those who write hold the lock.
 */
#define _GNU_SOURCE
#include "setup/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "setup/say.h"

/* No file of pppd comes near. */
#define SIZE_MAX_READ (4 << 20)
#define OWN_MODE      (S_IRUSR | S_IWUSR)

void file_name(struct file *file, int folder, const char *name, const char *prefix,
	       const char *path)
{
	*file = (struct file){ .folder = folder, .opened = -1 };
	snprintf(file->name, sizeof(file->name), "%s", name);
	snprintf(file->path, sizeof(file->path), "%s%s/%s", prefix, path, name);
}

static int complain_of_file(const struct file *file, const char *action)
{
	int err = errno;

	return complain("cannot %s %s: %s%s", action, file->path, reason(err),
			err == EACCES || err == EPERM ? "; run pptpsetup as root" : "");
}

/* Up to the end: others may write it meanwhile, which file_replace() notices. */
static int read_content(struct file *file, int fd)
{
	const size_t size = (size_t)file->status.st_size;
	ssize_t got = 1;

	file->content.text = malloc(size + 1);
	if (!file->content.text)
		return complain_of_file(file, "read");
	while (file->content.length < size && got > 0) {
		got = read(fd, file->content.text + file->content.length,
			   size - file->content.length);
		if (got > 0)
			file->content.length += (size_t)got;
	}
	return got < 0 ? complain_of_file(file, "read") : 0;
}

int file_read(struct file *file)
{
	int fd = openat(file->folder, file->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int err;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno == ELOOP)
		return complain("%s is a symbolic link, which pptpsetup neither follows nor "
				"replaces: remove it, or choose another name",
				file->path);
	if (fd < 0)
		return complain_of_file(file, "open");
	if (fstat(fd, &file->status) < 0)
		err = complain_of_file(file, "look at");
	else if (!S_ISREG(file->status.st_mode) || file->status.st_size > SIZE_MAX_READ)
		err = complain("%s is no regular file, or too large to be one of pppd's: move it "
			       "away, or choose another name",
			       file->path);
	else
		err = read_content(file, fd);
	close(fd);
	file->exists = !err;
	return err;
}

static int write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, text, length);

		if (written < 0)
			return -1;
		text += written;
		length -= (size_t)written;
	}
	return 0;
}

/* The owner first: a new owner takes bits of the mode away. */
static int write_new(const struct file *file, int fd, const char *text, size_t length)
{
	const mode_t mode = file->exists ? file->status.st_mode & S_IRWXU : OWN_MODE;

	if (file->exists && fchown(fd, file->status.st_uid, file->status.st_gid) < 0)
		return -1;
	if (fchmod(fd, mode) < 0 || write_all(fd, text, length) < 0)
		return -1;
	return fsync(fd);
}

/* By an editor, say, which knows nothing of the lock. */
static bool is_as_read(const struct file *file)
{
	struct stat now;
	const struct stat *then = &file->status;

	if (fstatat(file->folder, file->name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT && !file->exists;
	return file->exists && now.st_dev == then->st_dev && now.st_ino == then->st_ino &&
	       now.st_size == then->st_size && now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == then->st_mtim.tv_nsec;
}

/* The name of the new file until it takes the old one's place. */
static void name_new(const struct file *file, char name[NAME_MAX + 1])
{
	snprintf(name, NAME_MAX + 1, ".%.200s.pptpsetup", file->name);
}

static int rename_new(const struct file *file, const char *name)
{
	if (!is_as_read(file))
		return complain("%s was changed by another program meanwhile, and is left as it "
				"is: run pptpsetup again",
				file->path);
	if (renameat(file->folder, name, file->folder, file->name) < 0 || fsync(file->folder) < 0)
		return complain_of_file(file, "replace");
	return 0;
}

int file_replace(struct file *file, const char *text, size_t length)
{
	char name[NAME_MAX + 1];
	int fd, err;

	name_new(file, name);
	/* Of a pptpsetup that was killed: no other one runs now. */
	if (unlinkat(file->folder, name, 0) < 0 && errno != ENOENT)
		return complain_of_file(file, "replace");
	fd = openat(file->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    OWN_MODE);
	if (fd < 0)
		return complain_of_file(file, "write");
	err = write_new(file, fd, text, length);
	if (err < 0)
		complain_of_file(file, "write");
	close(fd);
	if (!err)
		err = rename_new(file, name);
	if (err)
		(void)unlinkat(file->folder, name, 0);
	return err;
}

int file_remove(struct file *file)
{
	if (unlinkat(file->folder, file->name, 0) < 0 || fsync(file->folder) < 0)
		return complain_of_file(file, "remove");
	return 0;
}

void file_clear(struct file *file)
{
	secrets_clear(&file->content);
	if (file->opened >= 0)
		close(file->opened);
	file->opened = -1;
}
