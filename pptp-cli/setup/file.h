/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SETUP_FILE_H
#define PPTP_CLI_SETUP_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "setup/secrets.h"

/* A file that is read whole and replaced whole. */
struct file {
	int folder; /* descriptor */
	int opened; /* the same where it is this file's own, else -1 */
	char name[NAME_MAX + 1];
	char path[PATH_MAX]; /* for sentences */
	bool exists;
	struct stat status; /* as it was read */
	struct secrets content;
};

/* Of this name in that folder: nothing is opened. file_clear() is allowed from here on. */
void file_name(struct file *file, int folder, const char *name, const char *prefix,
	       const char *path);

/* These return -1 after a sentence on standard error. A file that is not there can be read. */
int file_read(struct file *file);

/* All or nothing, whatever happens. Owner and mode stay, but nobody else may read it; new: 0600. */
int file_replace(struct file *file, const char *text, size_t length);
int file_remove(struct file *file);

/* The content is wiped. */
void file_clear(struct file *file);

#endif
