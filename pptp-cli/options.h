/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CLI_OPTIONS_H
#define PPTP_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <pptp/proto/ctrl.h>

#define OPTIONS_ERROR_MAX 320

/* The command line of pptp(8). Strings are those of argv. */
struct options {
	const char *server;
	const char **pppd_arguments; /* in the order given; pppd_count of them */
	int pppd_count;

	const char *phone;         /* NULL: none */
	const char *local_address; /* NULL: any */
	const char *log_string;
	enum pptp_quirk quirk;
	unsigned int log_level;
	bool launch_pppd;
	bool debug;
	bool sync;
	bool reorder;
	bool host_route;
	bool sandbox;
	bool mark_set;
	uint32_t mark;
	unsigned int reorder_timeout_ms; /* 0: what the path makes worthwhile */
	uint32_t window;                 /* PPTP_WINDOW_OFF, _AUTO or packets */
	unsigned int echo_idle_ms;
	unsigned int echo_reply_ms;
	unsigned int phase_timeout_ms; /* 0: the library's defaults */
	unsigned int missing_window;   /* 0: the library's default */
	bool missing_window_cut;       /* a larger one was asked for */
	unsigned int test_type;
	unsigned int test_rate;
};

enum options_result {
	OPTIONS_RUN,     /* go ahead */
	OPTIONS_HELP,    /* --help */
	OPTIONS_VERSION, /* --version */
	OPTIONS_ERROR,   /* error[] says what is wrong */
	OPTIONS_MEMORY,  /* out of memory */
};

/* Reads the command line. Whatever comes back, options_clear() is fine afterwards. */
enum options_result options_parse(struct options *options, int argc, char **argv,
				  char error[OPTIONS_ERROR_MAX]);
void options_clear(struct options *options);
void options_usage(FILE *out);

#endif
