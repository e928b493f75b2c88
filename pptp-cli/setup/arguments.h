/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_SETUP_ARGUMENTS_H
#define PPTP_CLI_SETUP_ARGUMENTS_H

#include <stdbool.h>
#include <stdio.h>

#include "setup/peers.h"

enum arguments_task {
	ARGUMENTS_NONE,
	ARGUMENTS_CREATE,
	ARGUMENTS_DELETE,
	ARGUMENTS_LIST,
	ARGUMENTS_SHOW,
	ARGUMENTS_HELP,
	ARGUMENTS_VERSION,
};

/* The command line of pptpsetup(8). Strings are those of argv. */
struct arguments {
	enum arguments_task task;
	struct peer peer;   /* but for its user */
	const char *domain; /* NULL: none, as with the next two */
	const char *username;
	const char *root;
	bool has_password;
	bool password_stdin;
	bool start;
	const char *of_create; /* the last option that is for --create alone, or NULL */
	char password[CHECK_WORD_MAX + 1];
};

/* One option: name, usage and parser. */
struct argument_row {
	const char *name;
	const char *argument; /* as the usage shows it; NULL: none */
	const char *help;     /* lines of the usage, split by line feeds */
	bool of_create;
	/* Check and store the value: NULL, or what is wrong with it. */
	const char *(*take)(struct arguments *arguments, char *value);
};

extern const struct argument_row argument_table[];
extern const unsigned int argument_count;

/* 0, or -1 after a sentence on standard error. A password is overwritten in argv in any case. */
int arguments_parse(struct arguments *arguments, int argc, char **argv);

/* The user as it goes over the wire, from domain and username; 0, or -1 after a sentence. */
int arguments_set_user(struct arguments *arguments, const char *username);

void arguments_usage(FILE *out);

#endif
