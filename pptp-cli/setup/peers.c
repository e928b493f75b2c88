/* SPDX-License-Identifier: MIT */
/*
 * The file of a tunnel in /etc/ppp/peers as a text: what pptpsetup writes into it, and reads back.
 * No I/O. Called by create.c, delete.c and show.c.
 */
#define _GNU_SOURCE
#include "setup/peers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "setup/words.h"

/* The first words of pptp-linux's file too. */
#define OURS  "# written by pptpsetup"
#define ROUTE "# pptpsetup: route "
#define PHONE " --phone '"

/* What stands in the file for each of the options that have no value. */
static const char encryption[] = "require-mppe-128\n";
static const char name_servers[] = "usepeerdns\n";
static const char default_routes[] = "defaultroute\nreplacedefaultroute\n";
/* A server that does not answer for two minutes is gone; it is called again ten seconds later. */
static const char persistence[] = "persist\nmaxfail 0\nholdoff 10\n"
				  "lcp-echo-interval 30\nlcp-echo-failure 4\n";

static void __attribute__((format(printf, 3, 4)))
add(char *text, size_t *lengthp, const char *format, ...)
{
	va_list args;
	int added;

	va_start(args, format);
	added = vsnprintf(text + *lengthp, PEERS_SIZE - *lengthp, format, args);
	va_end(args);
	*lengthp += (size_t)added;
}

static void add_carrier(const struct peer *peer, char *text, size_t *lengthp)
{
	const bool phone = *peer->phone;

	if (peer->kernel) {
		add(text, lengthp, "plugin pptp.so\npptp_server %s\npptp_name %s\n", peer->server,
		    peer->name);
		if (phone)
			add(text, lengthp, "pptp_phone \"%s\"\n", peer->phone);
		return;
	}
	add(text, lengthp, "pty \"pptp %s --nolaunchpppd --name %s%s%s%s\"\nlock\n", peer->server,
	    peer->name, phone ? PHONE : "", peer->phone, phone ? "'" : "");
}

size_t peers_write(const struct peer *peer, char text[PEERS_SIZE])
{
	char user[WORD_QUOTED_SIZE(CHECK_WORD_MAX)];
	size_t length = 0;

	add(text, &length,
	    OURS ": \"pptpsetup --create %s\" with its options writes it anew,\n"
		 "# \"pptpsetup --delete %s\" removes it\n",
	    peer->name, peer->name);
	add_carrier(peer, text, &length);
	word_quote(user, peer->user);
	add(text, &length,
	    "noauth\nnobsdcomp\nnodeflate\n"
	    "name %s\nremotename %s\nipparam %s\nlinkname %s\n",
	    user, peer->name, peer->name, peer->name);
	add(text, &length, "%s%s%s%s", peer->encrypt ? encryption : "",
	    peer->dns ? name_servers : "", peer->default_route ? default_routes : "",
	    peer->persist ? persistence : "");
	for (unsigned int i = 0; i < peer->route_count; i++)
		add(text, &length, ROUTE "%s\n", peer->routes[i]);
	return length;
}

bool peers_is_ours(const char *text, size_t length)
{
	return length >= strlen(OURS) && memcmp(text, OURS, strlen(OURS)) == 0;
}

static void read_routes(struct peer *peer, const char *text, size_t length)
{
	const char *line = text, *end;

	for (; line < text + length; line = end + 1) {
		char *route = peer->routes[peer->route_count];
		size_t left = (size_t)(text + length - line);

		end = memchr(line, '\n', left);
		end = end ? end : text + length;
		left = (size_t)(end - line);
		if (left <= strlen(ROUTE) || memcmp(line, ROUTE, strlen(ROUTE)) != 0)
			continue;
		snprintf(route, PEERS_ROUTE_MAX + 1, "%.*s", (int)(left - strlen(ROUTE)),
			 line + strlen(ROUTE));
		if (!check_route(route) && ++peer->route_count == PEERS_ROUTES_MAX)
			return;
	}
}

/* "pptp SERVER --nolaunchpppd" and more */
static void read_command(struct peer *peer, const char *command)
{
	const char *phone = strstr(command, PHONE);

	if (phone) {
		phone += strlen(PHONE);
		snprintf(peer->phone, sizeof(peer->phone), "%.*s", (int)strcspn(phone, "'"), phone);
	}
	command += strcspn(command, " ");
	command += strspn(command, " ");
	snprintf(peer->server, sizeof(peer->server), "%.*s", (int)strcspn(command, " "), command);
}

static void read_line(struct peer *peer, const struct word_line *line)
{
	const char *option = line->word[0];
	const char *value = line->count > 1 ? line->word[1] : "";

	if (strcmp(option, "pty") == 0) {
		read_command(peer, value);
	} else if (strcmp(option, "pptp_server") == 0) {
		snprintf(peer->server, sizeof(peer->server), "%.*s", CHECK_SERVER_MAX, value);
		peer->kernel = true;
	} else if (strcmp(option, "pptp_phone") == 0) {
		snprintf(peer->phone, sizeof(peer->phone), "%.*s", CHECK_PHONE_MAX, value);
	} else if (strcmp(option, "name") == 0) {
		snprintf(peer->user, sizeof(peer->user), "%.*s", CHECK_WORD_MAX, value);
	}
	peer->encrypt = peer->encrypt || strcmp(option, "require-mppe-128") == 0;
	peer->dns = peer->dns || strcmp(option, "usepeerdns") == 0;
	peer->default_route = peer->default_route || strcmp(option, "defaultroute") == 0;
	peer->persist = peer->persist || strcmp(option, "persist") == 0;
}

void peers_read(struct peer *peer, const char *name, const char *text, size_t length)
{
	struct word_reader reader = { .text = text, .length = length };
	struct word_line line;

	*peer = (struct peer){ 0 };
	snprintf(peer->name, sizeof(peer->name), "%s", name);
	while (word_line_next(&reader, &line))
		read_line(peer, &line);
	read_routes(peer, text, length);
}
