/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_STATUS_PID_FILES_H
#define PPTP_CLI_STATUS_PID_FILES_H

#include <net/if.h>
#include <stddef.h>
#include <stdint.h>

/* The interfaces of pppd, by its process or terminal: those that its files *.pid name. */

#define PID_FILE_TERMINAL_MAX 32

struct pid_file {
	uint64_t process;
	char interface[IF_NAMESIZE];
	char terminal[PID_FILE_TERMINAL_MAX]; /* that the process has open, or "" */
};

struct pid_files {
	struct pid_file *list;
	size_t count;
};

/* Where pppd writes them. */
#define PID_FILES_FOLDER "/run"

/* What cannot be read is left out. */
void pid_files_read(struct pid_files *files, const char *folder);
void pid_files_clear(struct pid_files *files);

/* NULL: no file names that process. */
const char *pid_files_interface(const struct pid_files *files, uint64_t process);
/* NULL: none of these processes has that terminal open. */
const char *pid_files_interface_on(const struct pid_files *files, const char *terminal);

#endif
