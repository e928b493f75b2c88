/* SPDX-License-Identifier: MIT */
/* The tunnels that pptpsetup has written into /etc/ppp/peers. Called by delete.c and show.c. */
#define _GNU_SOURCE
#include "setup/found.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "setup/say.h"

#define NAMES_SIZE 800

static int by_name(const void *left, const void *right)
{
	return strcmp(((const struct peer *)left)->name, ((const struct peer *)right)->name);
}

/* Others' files may be anything: only a regular one is opened. */
static bool is_candidate(const struct place *place, const char *name)
{
	struct stat status;

	return status_name_is_valid(name) &&
	       fstatat(place->peers, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(status.st_mode);
}

static int add_found(const struct place *place, const char *name, struct peer **peersp,
		     size_t *countp)
{
	struct peer *more;
	struct file file;
	int err = place_read_peer(place, name, &file);

	if (!err && file.exists && peers_is_ours(file.content.text, file.content.length)) {
		more = realloc(*peersp, (*countp + 1) * sizeof(*more));
		if (more) {
			*peersp = more;
			peers_read(&more[(*countp)++], name, file.content.text,
				   file.content.length);
		} else {
			err = complain("not enough memory for the list of tunnels");
		}
	}
	file_clear(&file);
	return err;
}

int found_all(const struct place *place, struct peer **peersp, size_t *countp)
{
	int fd = openat(place->peers, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	*peersp = NULL;
	*countp = 0;
	if (!folder) {
		err = errno;
		if (fd >= 0)
			close(fd);
		return complain("cannot list %s%s: %s", place->prefix, PLACE_PEERS, reason(err));
	}
	/* cppcheck-suppress readdirCalled ; a stream of this thread alone */
	/* There is one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while (!err && (entry = readdir(folder)))
		if (is_candidate(place, entry->d_name))
			err = add_found(place, entry->d_name, peersp, countp);
	closedir(folder);
	if (*countp > 1)
		qsort(*peersp, *countp, sizeof(**peersp), by_name);
	return err;
}

static int complain_of_none(const struct place *place, const char *name)
{
	char names[NAMES_SIZE] = "";
	struct peer *peers;
	size_t count, length = 0;

	if (found_all(place, &peers, &count) == 0)
		for (size_t i = 0; i < count && length < sizeof(names) - STATUS_NAME_MAX - 3; i++)
			length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s",
						   i ? ", " : "", peers[i].name);
	free(peers);
	if (!*names)
		return complain("there is no tunnel %s, and no other one that pptpsetup wrote",
				name);
	return complain("there is no tunnel %s; those that are: %s", name, names);
}

int found_one(const struct place *place, const char *name, struct file *file, struct peer *peer)
{
	if (place_read_peer(place, name, file) < 0)
		return -1;
	if (!file->exists)
		return complain_of_none(place, name);
	if (!peers_is_ours(file->content.text, file->content.length))
		return complain("%s was not written by pptpsetup, and is left as it is: edit or "
				"remove it yourself",
				file->path);
	peers_read(peer, name, file->content.text, file->content.length);
	return 0;
}
