/* SPDX-License-Identifier: MIT */
/*
 * Reads the command line of pptpsetup(8) by the table of its options (argument_table.c), and checks
 * which options go together. Nothing is opened here. Called by main.c; arguments_set_user() by
 * create.c too.
 */
#include "setup/arguments.h"

#include <getopt.h>
#include <string.h>

#include "setup/checks.h"
#include "setup/say.h"

/* The longest table that fits, with the terminating row. */
#define ROWS_MAX 32
/* What getopt_long() returns for row n of the table. */
#define ROW_VALUE(n) (256 + (int)(n))
#define HELP_COLUMN  25

void arguments_usage(FILE *out)
{
	fputs("usage: pptpsetup --create <tunnel> --server <server> [--domain <domain>]\n"
	      "                 --username <username> [--encrypt] [--start] [options]\n"
	      "       pptpsetup --delete <tunnel>\n"
	      "       pptpsetup --list\n"
	      "       pptpsetup --show <tunnel>\n\n",
	      out);
	for (unsigned int i = 0; i < argument_count; i++) {
		const struct argument_row *row = &argument_table[i];
		const char *help = row->help, *end;
		int width = fprintf(out, "  --%s%s%s", row->name, row->argument ? " " : "",
				    row->argument ? row->argument : "");

		for (; (end = strchr(help, '\n')); help = end + 1, width = 0)
			fprintf(out, "%*s%.*s\n", HELP_COLUMN - width, "", (int)(end - help), help);
		fprintf(out, "%*s%s\n", HELP_COLUMN - width, "", help);
	}
	fputs("\nWhat --create needs and is not given is asked for. See pptpsetup(8).\n", out);
}

int arguments_set_user(struct arguments *arguments, const char *username)
{
	char user[2 * CHECK_WORD_MAX + 2];
	const char *wrong;

	snprintf(user, sizeof(user), "%s%s%s", arguments->domain ? arguments->domain : "",
		 arguments->domain ? "\\" : "", username);
	wrong = check_user(*username ? user : username);
	if (wrong)
		return complain("the user's name \"%.80s\" %s", user, wrong);
	memcpy(arguments->peer.user, user, strlen(user) + 1);
	return 0;
}

static int check_create(struct arguments *arguments)
{
	if (arguments->has_password && arguments->password_stdin)
		return complain("--password and --password-stdin exclude each other");
	if (arguments->start && arguments->root)
		return complain("--start starts a tunnel of this system: leave --root out");
	if (arguments->domain && arguments->username && strchr(arguments->username, '\\'))
		return complain("--username \"%.80s\" contains a domain: leave --domain out",
				arguments->username);
	return arguments->username ? arguments_set_user(arguments, arguments->username) : 0;
}

static int check_together(struct arguments *arguments)
{
	switch (arguments->task) {
	case ARGUMENTS_NONE:
		return complain("nothing to do: give --create, --delete, --list or --show");
	case ARGUMENTS_CREATE:
		return check_create(arguments);
	case ARGUMENTS_DELETE:
	case ARGUMENTS_LIST:
	case ARGUMENTS_SHOW:
		if (arguments->of_create)
			return complain("--%s is for --create", arguments->of_create);
		break;
	case ARGUMENTS_HELP:
	case ARGUMENTS_VERSION:
		break;
	}
	return 0;
}

/* Without what stands behind '=': it may be a password. */
static int refused(const char *word, int id)
{
	int length = (int)strcspn(word, "=");

	if (id == ':')
		return complain("option %.*s needs a value", length, word);
	return complain("option \"%.*s\" is not known, or ambiguous, or takes no value",
			length > 80 ? 80 : length, word);
}

static int take(struct arguments *arguments, const struct argument_row *row, char *value)
{
	const char *wrong = row->take(arguments, value);

	if (row->of_create)
		arguments->of_create = row->name;
	if (!wrong)
		return 0;
	/* A password is empty by now. */
	if (value && *value)
		return complain("--%s \"%.80s\" %s", row->name, value, wrong);
	return complain("--%s %s", row->name, wrong);
}

int arguments_parse(struct arguments *arguments, int argc, char **argv)
{
	struct option rows[ROWS_MAX] = { 0 };
	int id;

	*arguments = (struct arguments){ 0 };
	for (unsigned int i = 0; i < argument_count && i < ROWS_MAX - 1; i++)
		rows[i] = (struct option){ .name = argument_table[i].name,
					   .has_arg = argument_table[i].argument ? required_argument
										 : no_argument,
					   .val = ROW_VALUE(i) };
	/* Zero makes glibc's getopt start again, at argv[1]. */
	optind = 0;
	opterr = 0;
	/* There is one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	while ((id = getopt_long(argc, argv, ":", rows, NULL)) != -1) {
		if (id == '?' || id == ':')
			return refused(argv[optind - 1], id);
		if (take(arguments, &argument_table[id - ROW_VALUE(0)], optarg) < 0)
			return -1;
		if (arguments->task >= ARGUMENTS_HELP)
			return 0;
	}
	if (optind < argc)
		return complain("\"%.80s\" is no option: all that pptpsetup takes are options",
				argv[optind]);
	return check_together(arguments);
}
