/* SPDX-License-Identifier: MIT */
/*
 * Reads the files that pppd writes into /run: its process on the first line, its interface on the
 * second. Other programs' files there have one line and are left out. Which terminal the process is on is
 * told by the kernel. Called by fetch.c and tunnels.c.
 */
#define _GNU_SOURCE
#include "status/pid_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "numbers.h"

#define SUFFIX    ".pid"
#define FILES_MAX 65536
/* A process and an interface are shorter. */
#define FILE_OCTETS 64

static bool is_interface_name(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length >= IF_NAMESIZE || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name > '~' || *name == '/' || *name == ':')
			return false;
	return true;
}

/* A FIFO of that name must not hold the command up. */
static bool read_small_file(int folder, const char *name, char text[FILE_OCTETS + 1])
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat info;
	ssize_t count = -1;

	if (fd < 0)
		return false;
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
		count = read(fd, text, FILE_OCTETS);
	close(fd);
	if (count < 0)
		return false;
	text[count] = '\0';
	return true;
}

static bool parse_file(struct pid_file *file, char *text)
{
	char *second = strchr(text, '\n'), *end;

	if (!second)
		return false;
	*second++ = '\0';
	end = strchr(second, '\n');
	if (end)
		*end = '\0';
	text += strspn(text, " ");
	if (!number_decimal(text, INT_MAX, &file->process) || !is_interface_name(second))
		return false;
	memcpy(file->interface, second, strlen(second) + 1);
	return true;
}

#define TERMINALS "/dev/pts/"

/* "." and the standard streams, which may be a person's terminal, are 0 to 2. */
static bool is_terminal(int folder, const char *descriptor, char target[PID_FILE_TERMINAL_MAX])
{
	const size_t length = strlen(TERMINALS);
	ssize_t octets;

	if (strtol(descriptor, NULL, 10) <= STDERR_FILENO)
		return false;
	octets = readlinkat(folder, descriptor, target, PID_FILE_TERMINAL_MAX - 1);
	if (octets <= 0)
		return false;
	target[octets] = '\0';
	/* Not the other end of one, /dev/pts/ptmx. */
	return strncmp(target, TERMINALS, length) == 0 && target[length] >= '0' &&
	       target[length] <= '9';
}

static void find_terminal(struct pid_file *file)
{
	char path[64], target[PID_FILE_TERMINAL_MAX];
	const struct dirent *entry;
	DIR *dir;

	file->terminal[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%" PRIu64 "/fd", file->process);
	dir = opendir(path);
	if (!dir)
		return;
	/* cppcheck-suppress readdirCalled ; a stream of this thread alone */
	/* NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while (!*file->terminal && (entry = readdir(dir)))
		if (is_terminal(dirfd(dir), entry->d_name, target))
			memcpy(file->terminal, target, strlen(target) + 1);
	closedir(dir);
}

static bool is_pid_file(const char *name)
{
	size_t length = strlen(name);

	return length > strlen(SUFFIX) && strcmp(name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static bool keep_file(struct pid_files *files, const struct pid_file *file)
{
	struct pid_file *list;

	/* It doubles at each power of two. */
	if ((files->count & (files->count - 1)) == 0) {
		list = realloc(files->list,
			       (files->count ? 2 * files->count : 1) * sizeof(*files->list));
		if (!list)
			return false;
		files->list = list;
	}
	files->list[files->count++] = *file;
	return true;
}

void pid_files_read(struct pid_files *files, const char *folder)
{
	DIR *dir = opendir(folder);
	char text[FILE_OCTETS + 1];
	const struct dirent *entry;
	struct pid_file file;

	*files = (struct pid_files){ 0 };
	if (!dir)
		return;
	/* cppcheck-suppress readdirCalled ; a stream of this thread alone */
	/* NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while (files->count < FILES_MAX && (entry = readdir(dir)))
		if (is_pid_file(entry->d_name) &&
		    read_small_file(dirfd(dir), entry->d_name, text) && parse_file(&file, text)) {
			find_terminal(&file);
			if (!keep_file(files, &file))
				break;
		}
	closedir(dir);
}

void pid_files_clear(struct pid_files *files)
{
	free(files->list);
	*files = (struct pid_files){ 0 };
}

const char *pid_files_interface(const struct pid_files *files, uint64_t process)
{
	for (size_t i = 0; i < files->count; i++)
		if (files->list[i].process == process)
			return files->list[i].interface;
	return NULL;
}

const char *pid_files_interface_on(const struct pid_files *files, const char *terminal)
{
	for (size_t i = 0; i < files->count; i++)
		if (*terminal && strcmp(files->list[i].terminal, terminal) == 0)
			return files->list[i].interface;
	return NULL;
}
