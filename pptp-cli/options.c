/* SPDX-License-Identifier: MIT */
/*
 * Reads the command line by the table of options (option_table.c), in the order rules of pptp(8):
 * options may stand before and after the server, other words go to pppd, and all words after "--" do
 * too, but for the server where it does not stand before. Nothing is opened or sent here.
 */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "option_table.h"

/* The longest table that fits, with the terminating row. */
#define OPTIONS_MAX 64
/* What getopt_long() returns for row n of the table. */
#define ROW_VALUE(n) (256 + (int)(n))
/* What it returns for a word that is no option, as optstring begins with '-'. */
#define NOT_AN_OPTION 1
#define HELP_COLUMN   30

static int argument_kind(const struct option_row *row)
{
	if (!row->argument)
		return no_argument;
	return row->argument[0] == '[' ? optional_argument : required_argument;
}

void options_usage(FILE *out)
{
	fputs("usage: pptp <server> [pptp options] [[--] pppd options]\n"
	      "       pppd pty \"pptp <server> --nolaunchpppd [pptp options]\" ...\n"
	      "       pptp --diagnose <server> [pptp options]\n"
	      "       pptp --status [<name>]\n\n",
	      out);
	for (unsigned int i = 0; i < option_count; i++) {
		const struct option_row *row = &option_table[i];
		const char *help = row->help, *end;
		int width = fprintf(out, "  --%s%s%s", row->name,
				    argument_kind(row) == required_argument ? " " : "",
				    row->argument ? row->argument : "");

		for (; (end = strchr(help, '\n')); help = end + 1, width = 0)
			fprintf(out, "%*s%.*s\n", HELP_COLUMN - width, "", (int)(end - help), help);
		fprintf(out, "%*s%s\n", HELP_COLUMN - width, "", help);
	}
	fputs("\nWhat does not begin with \"-\" goes to pppd, and so does everything after "
	      "\"--\".\n"
	      "See pptp(8).\n",
	      out);
}

static void make_long_options(struct option rows[OPTIONS_MAX])
{
	/* Abbreviations that are unique with pptp-linux, and would not be any more. */
	static const struct {
		const char *word, *name;
	} abbreviations[] = { { "d", "debug" }, { "s", "sync" } };
	struct option *next = rows;

	memset(rows, 0, OPTIONS_MAX * sizeof(rows[0]));
	for (unsigned int i = 0; i < option_count; i++, next++) {
		next->name = option_table[i].name;
		next->has_arg = argument_kind(&option_table[i]);
		next->val = ROW_VALUE(i);
		for (size_t k = 0; k < sizeof(abbreviations) / sizeof(abbreviations[0]); k++)
			if (strcmp(abbreviations[k].name, option_table[i].name) == 0) {
				next[1] = next[0];
				(next++)->name = abbreviations[k].word;
			}
	}
}

static enum options_result take_word(struct options *options, const char *word, char *error)
{
	if (strcmp(word, "-") == 0)
		return option_error(error,
				    "unknown option \"-\"; put options of pppd after \"--\"");
	if (options->server)
		options->pppd_arguments[options->pppd_count++] = word;
	else
		options->server = word;
	return OPTIONS_RUN;
}

/* The row that a word names, whole or abbreviated; *matchesp receives the number of candidates. */
static const struct option_row *find_row(const char *word, int *matchesp)
{
	const struct option_row *found = NULL;
	const char *name = word + 2;
	size_t length;

	*matchesp = 0;
	if (strncmp(word, "--", 2) != 0)
		return NULL;
	length = strcspn(name, "=");
	for (unsigned int i = 0; i < option_count; i++) {
		const struct option_row *row = &option_table[i];

		if (strncmp(row->name, name, length) != 0)
			continue;
		found = row;
		++*matchesp;
		if (strlen(row->name) == length) {
			*matchesp = 1;
			break;
		}
	}
	return found;
}

/* The error of an option that getopt_long() refused. */
static enum options_result refused(const char *word, int returned, char *error)
{
	int matches;
	const struct option_row *row = find_row(word, &matches);

	if (matches == 0)
		return option_error(
			error, "unknown option \"%.80s\"; put options of pppd after \"--\"", word);
	if (matches > 1)
		return option_error(error, "option \"%.80s\" is ambiguous", word);
	if (returned == ':')
		return option_error(error, "option --%s needs a value", row->name);
	return option_error(error, "option --%s takes no value", row->name);
}

static void note_for_plugin(struct options *options, const struct option_row *row,
			    const char *value)
{
	if (row->plugin && !*row->plugin)
		options->without_effect = row->name;
	if (!row->plugin || !*row->plugin)
		return;
	options->plugin_arguments[options->plugin_count++] = row->plugin;
	if (value)
		options->plugin_arguments[options->plugin_count++] = value;
}

static enum options_result parse_words(struct options *options, int argc, char **argv, char *error)
{
	struct option rows[OPTIONS_MAX];
	enum options_result result;

	make_long_options(rows);
	/* Zero makes glibc's getopt start again, at argv[1]. */
	optind = 0;
	opterr = 0;
	for (;;) {
		int at = optind > 0 ? optind : 1;
		/* Before any thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
		int id = getopt_long(argc, argv, "-:", rows, NULL);

		/* musl's getopt ends at "-" as at "--", without stepping over it. */
		if (id == -1 && optind == at && at < argc && strcmp(argv[at], "-") == 0)
			return take_word(options, argv[at], error);
		if (id == -1)
			return OPTIONS_RUN;
		if (id == '?' || id == ':')
			return refused(argv[at], id, error);
		if (id == NOT_AN_OPTION) {
			result = take_word(options, optarg, error);
		} else {
			const struct option_row *row = &option_table[id - ROW_VALUE(0)];

			note_for_plugin(options, row, optarg);
			result = row->take(options, row, optarg, error);
		}
		if (result != OPTIONS_RUN)
			return result;
	}
}

static int set_defaults(struct options *options, int argc)
{
	int err;

	*options = (struct options){ .log_string = "anon",
				     .log_level = 1,
				     .launch_pppd = true,
				     .sandbox = true,
				     .status_socket = true,
				     .host_route = true,
				     .test_rate = 100 };
	options->pppd_arguments = calloc((size_t)argc + 1, sizeof(*options->pppd_arguments));
	/* "--name=value" becomes two words. */
	options->plugin_arguments = calloc((size_t)argc * 2, sizeof(*options->plugin_arguments));
	if (!options->pppd_arguments || !options->plugin_arguments)
		return -1;
	err = pptp_config_new(&options->config);
	return err ? err : pptp_config_set_host_route(options->config, true);
}

static bool ends_in_port(const char *server)
{
	const char *colon = strchr(server, ':');

	return colon && colon[1] && strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

/* What is written in place of a name, in its own words. An IPv6 address is left to the library. */
static enum options_result check_server(const char *server, char *error)
{
	if (!server)
		return option_error(error, "the server is missing: its name or IPv4 address");
	if (!*server)
		return option_error(error, "the server's name is empty");
	if (strstr(server, "://"))
		return option_error(error, "the server \"%.80s\" is a URL: give the name alone",
				    server);
	if (strchr(server, '@'))
		return option_error(
			error,
			"the server \"%.80s\" contains a user: give it to pppd (user or "
			"name) and leave it out here",
			server);
	if (strpbrk(server, " \t\r\n"))
		return option_error(error, "the server's name \"%.80s\" contains a blank", server);
	if (ends_in_port(server))
		return option_error(
			error,
			"the server \"%.80s\" contains a port: leave it out, PPTP has TCP "
			"port 1723 only",
			server);
	return OPTIONS_RUN;
}

static enum options_result check_call(const struct options *options, char *error)
{
	if (options->kernel != KERNEL_NO && !options->launch_pppd)
		return option_error(
			error,
			"--kernel starts pppd itself and cannot be used with "
			"--nolaunchpppd: give pppd \"plugin pptp.so pptp_server %.80s\" "
			"in place of pty and its command",
			options->server ? options->server : "SERVER");
	return check_server(options->server, error);
}

/* Which options go with which task. */
static enum options_result check_task(const struct options *options, char *error)
{
	const bool starts =
		options->kernel != KERNEL_NO || !options->launch_pppd || options->pppd_count;

	if (options->output > OUTPUT_JSON && options->task != TASK_STATUS)
		return option_error(error, "--%s is for --status",
				    options->output == OUTPUT_WATCH ? "watch" : "openmetrics");
	switch (options->task) {
	case TASK_CALL:
		if (options->output == OUTPUT_JSON)
			return option_error(error, "--json is for --diagnose and --status");
		return check_call(options, error);
	case TASK_DIAGNOSE:
		if (starts)
			return option_error(error, "--diagnose starts no pppd: give only the "
						   "server and pptp's own options");
		return check_server(options->server, error);
	case TASK_STATUS:
		if (starts)
			return option_error(error, "--status starts nothing: give only the name "
						   "of a tunnel, or none for all of them");
		break;
	}
	return OPTIONS_RUN;
}

enum options_result options_parse(struct options *options, int argc, char **argv,
				  char error[OPTIONS_ERROR_MAX])
{
	enum options_result result;

	error[0] = '\0';
	if (set_defaults(options, argc) < 0)
		return OPTIONS_MEMORY;
	result = parse_words(options, argc, argv, error);
	if (result != OPTIONS_RUN)
		return result;
	if (optind < argc && !options->server)
		options->server = argv[optind++];
	while (optind < argc)
		options->pppd_arguments[options->pppd_count++] = argv[optind++];
	return check_task(options, error);
}

bool options_has_word(const struct options *options, const char *word)
{
	for (int i = 0; i < options->pppd_count; i++)
		if (strcmp(options->pppd_arguments[i], word) == 0)
			return true;
	return false;
}

void options_clear(struct options *options)
{
	options->config = pptp_config_free(options->config);
	free(options->pppd_arguments);
	free(options->plugin_arguments);
	options->pppd_arguments = options->plugin_arguments = NULL;
	options->pppd_count = options->plugin_count = 0;
}
