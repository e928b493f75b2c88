/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_OPTIONS_H
#define PPTP_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include <pptp/config.h>

#define OPTIONS_ERROR_MAX 320

/* --kernel */
enum kernel_choice {
	KERNEL_NO,   /* this process carries PPP */
	KERNEL_YES,  /* the kernel does, or the call is not placed */
	KERNEL_AUTO, /* the kernel does where it can */
};

/* What the command does. */
enum options_task {
	TASK_CALL,
	TASK_DIAGNOSE, /* --diagnose */
	TASK_STATUS,   /* --status */
};

/* How --diagnose and --status print. */
enum options_output {
	OUTPUT_TEXT,
	OUTPUT_JSON,        /* --json */
	OUTPUT_OPENMETRICS, /* --openmetrics */
	OUTPUT_WATCH,       /* --watch */
};

/* The command line of pptp(8). Strings are those of argv. */
struct options {
	const char *server;          /* of --status: the tunnel's name, or NULL for all */
	const char **pppd_arguments; /* in the order given; pppd_count of them */
	int pppd_count;
	const char **plugin_arguments; /* this program's own options, as pppd's plugin takes them */
	int plugin_count;
	const char
		*without_effect; /* the last option that the kernel's data path ignores, or NULL */

	struct pptp_config *config; /* of the session; all but server and log are set */

	/* settings of the command itself */
	const char *log_string;
	unsigned int log_level;
	bool launch_pppd;
	bool channel; /* started by pppd's plugin */
	enum kernel_choice kernel;
	enum options_task task;
	enum options_output output;
	const char *name;   /* of the status socket; NULL: from the server's */
	bool status_socket; /* is to be made */
	bool debug;
	bool sync;
	bool sandbox;

	/* of the configuration, for warnings, privileges and error messages */
	const char *local_address; /* NULL: any */
	bool host_route;
	bool has_mark;
	bool has_timeout;        /* --connect-timeout */
	bool missing_window_cut; /* a larger one was asked for */
	unsigned int test_type;
	unsigned int test_rate;
};

enum options_result {
	OPTIONS_RUN,     /* run */
	OPTIONS_HELP,    /* --help */
	OPTIONS_VERSION, /* --version */
	OPTIONS_ERROR,   /* error[] has the sentence */
	OPTIONS_MEMORY,  /* out of memory */
};

/* Read the command line. options_clear() is allowed after any result. */
enum options_result options_parse(struct options *options, int argc, char **argv,
				  char error[OPTIONS_ERROR_MAX]);
/* Whether it is among the words for pppd. */
bool options_has_word(const struct options *options, const char *word);
void options_clear(struct options *options);
void options_usage(FILE *out);

#endif
