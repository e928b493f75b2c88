/* SPDX-License-Identifier: MIT */
/* --list and --show: what the files say of the tunnels, but no password. Called by main.c. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "printable.h"
#include "setup/commands.h"
#include "setup/found.h"
#include "setup/say.h"
#include "setup/store.h"
#include "setup/words.h"

#define OPTIONS_SIZE 80

static void join_options(const struct peer *peer, char text[OPTIONS_SIZE])
{
	const char *const given[] = { peer->encrypt ? " encrypt" : "", peer->dns ? " dns" : "",
				      peer->default_route ? " defaultroute" : "",
				      peer->persist ? " persist" : "",
				      peer->kernel ? " kernel" : "" };
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		length += (size_t)snprintf(text + length, OPTIONS_SIZE - length, "%s", given[i]);
	if (*peer->phone)
		length += (size_t)snprintf(text + length, OPTIONS_SIZE - length, " phone");
	if (peer->route_count)
		snprintf(text + length, OPTIONS_SIZE - length, " route(%u)", peer->route_count);
}

static int wider(int width, const char *text)
{
	return (int)strlen(text) > width ? (int)strlen(text) : width;
}

static void print_list(struct peer *peers, size_t count)
{
	int name = (int)strlen("NAME"), server = (int)strlen("SERVER"), user = (int)strlen("USER");
	char options[OPTIONS_SIZE];

	for (size_t i = 0; i < count; i++) {
		make_printable(peers[i].server);
		make_printable(peers[i].user);
		name = wider(name, peers[i].name);
		server = wider(server, peers[i].server);
		user = wider(user, peers[i].user);
	}
	printf("%-*s  %-*s  %-*s  OPTIONS\n", name, "NAME", server, "SERVER", user, "USER");
	for (size_t i = 0; i < count; i++) {
		join_options(&peers[i], options);
		printf("%-*s  %-*s  %-*s  %s\n", name, peers[i].name, server, peers[i].server, user,
		       peers[i].user, *options ? options + 1 : "-");
	}
}

int show_list(const struct arguments *arguments)
{
	struct peer *peers = NULL;
	struct place place;
	size_t count = 0;
	int err = place_open(&place, arguments->root);

	if (!err)
		err = found_all(&place, &peers, &count);
	if (!err && count)
		print_list(peers, count);
	else if (!err)
		say("no tunnel: pptpsetup --create writes one");
	free(peers);
	place_close(&place);
	return err ? SETUP_SYSTEM : SETUP_OK;
}

static void print_tunnel(const struct peer *peer, const char *path, bool stored)
{
	say("tunnel: %s", peer->name);
	say("server: %s", peer->server);
	say("user: %s", peer->user);
	say("password: %s", stored ? "in chap-secrets" : "missing in chap-secrets");
	say("encryption: %s", peer->encrypt ? "required (MPPE-128)" : "not required");
	say("packets through: %s", peer->kernel ? "the kernel (pptp.so)" : "pptp");
	say("name servers: %s", peer->dns ? "those of the server" : "unchanged");
	say("default route: %s", peer->default_route ? "through the tunnel" : "unchanged");
	for (unsigned int i = 0; i < peer->route_count; i++)
		say("route: %s", peer->routes[i]);
	if (*peer->phone)
		say("phone number: %s", peer->phone);
	say("ended tunnel: %s", peer->persist ? "is called again" : "stays down");
	say("file: %s", path);
}

static int show_in(const char *name, const struct place *place, struct file *file)
{
	char secret[WORD_MAX + 1];
	struct peer peer;
	int stored;

	if (found_one(place, name, file, &peer) < 0)
		return SETUP_SYSTEM;
	stored = store_find(place, peer.user, name, secret);
	explicit_bzero(secret, sizeof(secret));
	if (stored < 0)
		return SETUP_SYSTEM;
	print_tunnel(&peer, file->path, stored);
	return SETUP_OK;
}

int show_tunnel(const struct arguments *arguments)
{
	struct place place;
	struct file file;
	int status = SETUP_SYSTEM;

	file_name(&file, -1, "", "", "");
	if (place_open(&place, arguments->root) == 0)
		status = show_in(arguments->peer.name, &place, &file);
	file_clear(&file);
	place_close(&place);
	return status;
}
