/* SPDX-License-Identifier: MIT */
/*
 * The options of pptpsetup(8): one row for each, which drives the parser and the usage (arguments.c)
 * and is compared with the manual by a test. Nothing is opened here.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "setup/arguments.h"
#include "setup/checks.h"
#include "status/name.h"

static const char *take_task(struct arguments *arguments, enum arguments_task task)
{
	if (arguments->task != ARGUMENTS_NONE)
		return "stands next to another command: give one of --create, --delete, --list "
		       "and --show, once";
	arguments->task = task;
	return NULL;
}

static const char *take_tunnel(struct arguments *arguments, enum arguments_task task,
			       const char *name)
{
	if (!status_name_is_valid(name))
		return "is no name of a tunnel: letters, digits, '.', '_' and '-' are allowed, "
		       "at most 64, no '.' or '-' first";
	snprintf(arguments->peer.name, sizeof(arguments->peer.name), "%s", name);
	return take_task(arguments, task);
}

static const char *take_create(struct arguments *arguments, char *value)
{
	return take_tunnel(arguments, ARGUMENTS_CREATE, value);
}

static const char *take_delete(struct arguments *arguments, char *value)
{
	return take_tunnel(arguments, ARGUMENTS_DELETE, value);
}

static const char *take_show(struct arguments *arguments, char *value)
{
	return take_tunnel(arguments, ARGUMENTS_SHOW, value);
}

static const char *take_list(struct arguments *arguments, char *value)
{
	(void)value;
	return take_task(arguments, ARGUMENTS_LIST);
}

static const char *take_server(struct arguments *arguments, char *value)
{
	const char *wrong = check_server(value);

	if (!wrong)
		snprintf(arguments->peer.server, sizeof(arguments->peer.server), "%s", value);
	return wrong;
}

static const char *take_phone(struct arguments *arguments, char *value)
{
	const char *wrong = check_phone(value);

	if (!wrong)
		snprintf(arguments->peer.phone, sizeof(arguments->peer.phone), "%s", value);
	return wrong;
}

static const char *take_domain(struct arguments *arguments, char *value)
{
	arguments->domain = value;
	return check_user(value);
}

static const char *take_username(struct arguments *arguments, char *value)
{
	arguments->username = value;
	return check_user(value);
}

static const char *take_password(struct arguments *arguments, char *value)
{
	const char *wrong = check_password(value);

	if (!wrong)
		memcpy(arguments->password, value, strlen(value) + 1);
	/* Others can read the command line of a process. */
	explicit_bzero(value, strlen(value));
	arguments->has_password = true;
	return wrong;
}

static const char *take_route(struct arguments *arguments, char *value)
{
	struct peer *peer = &arguments->peer;
	const char *wrong = check_route(value);

	if (wrong)
		return wrong;
	if (peer->route_count == PEERS_ROUTES_MAX)
		return "is one too many: a tunnel has at most 64 routes";
	snprintf(peer->routes[peer->route_count++], sizeof(peer->routes[0]), "%s", value);
	return NULL;
}

static const char *take_root(struct arguments *arguments, char *value)
{
	arguments->root = value;
	return *value ? NULL : "is empty: give a folder";
}

#define FLAG(name, member)                                                                         \
	static const char *name(struct arguments *arguments, char *value)                          \
	{                                                                                          \
		(void)value;                                                                       \
		arguments->member = true;                                                          \
		return NULL;                                                                       \
	}

FLAG(take_password_stdin, password_stdin)
FLAG(take_encrypt, peer.encrypt)
FLAG(take_dns, peer.dns)
FLAG(take_defaultroute, peer.default_route)
FLAG(take_persist, peer.persist)
FLAG(take_kernel, peer.kernel)
FLAG(take_start, start)

static const char *take_help(struct arguments *arguments, char *value)
{
	(void)value;
	arguments->task = ARGUMENTS_HELP;
	return NULL;
}

static const char *take_version(struct arguments *arguments, char *value)
{
	(void)value;
	arguments->task = ARGUMENTS_VERSION;
	return NULL;
}

const struct argument_row argument_table[] = {
	{ "create", "<tunnel>", "write the files of a tunnel, new or anew", false, take_create },
	{ "delete", "<tunnel>", "remove them", false, take_delete },
	{ "list", NULL, "show the tunnels that pptpsetup has written", false, take_list },
	{ "show", "<tunnel>", "show one, without its password", false, take_show },
	{ "server", "<server>", "name or IPv4 address of the server", true, take_server },
	{ "domain", "<domain>", "domain of the user", true, take_domain },
	{ "username", "<username>", "name of the user", true, take_username },
	{ "password", "<password>", "its password; better is the question, or:", true,
	  take_password },
	{ "password-stdin", NULL, "read the password from a line of standard input", true,
	  take_password_stdin },
	{ "encrypt", NULL, "require encryption: MPPE with 128 bits", true, take_encrypt },
	{ "dns", NULL, "use the name servers that the server names", true, take_dns },
	{ "defaultroute", NULL, "send all traffic through the tunnel", true, take_defaultroute },
	{ "route", "<network>",
	  "send traffic to this network, such as 10.0.0.0/8,\n"
	  "through the tunnel; may be repeated",
	  true, take_route },
	{ "phone", "<number>", "phone number to ask the server for", true, take_phone },
	{ "persist", NULL, "call again when the tunnel has ended", true, take_persist },
	{ "kernel", NULL, "let the kernel carry the packets: pppd's pptp.so", true, take_kernel },
	{ "start", NULL, "start the tunnel when the files are written", true, take_start },
	{ "root", "<folder>", "work on the files below that folder", false, take_root },
	{ "version", NULL, "print the version", false, take_version },
	{ "help", NULL, "print this", false, take_help },
};

const unsigned int argument_count = sizeof(argument_table) / sizeof(argument_table[0]);
