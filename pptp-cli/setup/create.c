/* SPDX-License-Identifier: MIT */
/*
 * --create: asks for what is missing, and writes the password and the file of the tunnel, each only
 * where it changes. The password comes first: a tunnel that pppd can call has one. Called by main.c.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "setup/ask.h"
#include "setup/checks.h"
#include "setup/commands.h"
#include "setup/place.h"
#include "setup/say.h"
#include "setup/store.h"
#include "setup/words.h"

/* -- what is missing --------------------------------------------------------------------------- */

/* A file that pptpsetup wrote, or none. */
static int read_own_peer(const struct place *place, const char *name, struct file *file)
{
	if (place_read_peer(place, name, file) < 0)
		return -1;
	if (file->exists && !peers_is_ours(file->content.text, file->content.length))
		return complain("%s was not written by pptpsetup, and is left as it is: choose "
				"another name, or move that file away",
				file->path);
	return 0;
}

static int check_peer(const struct place *place, const char *name)
{
	struct file file;
	int err = read_own_peer(place, name, &file);

	file_clear(&file);
	return err;
}

/* 1: there is one already, under this user's name. */
static int has_stored_password(const struct place *place, const struct peer *peer)
{
	char secret[WORD_MAX + 1];
	int found = *peer->user ? store_find(place, peer->user, peer->name, secret) : 0;

	explicit_bzero(secret, sizeof(secret));
	return found;
}

static int complain_of_missing(const struct arguments *arguments, bool password)
{
	const char *const missing[] = { *arguments->peer.server ? NULL : "--server",
					*arguments->peer.user ? NULL : "--username",
					password ? "a password (--password-stdin)" : NULL };
	char list[80] = "";

	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++)
		if (missing[i])
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
				 *list ? " and " : "", missing[i]);
	return complain(
		"--create is not complete: give %s; standard input is no terminal to ask at", list);
}

static int ask_names(struct arguments *arguments)
{
	char answer[CHECK_WORD_MAX + 1];
	const char *wrong;

	if (!*arguments->peer.server) {
		if (ask_line("Server (name or IPv4 address)", answer, sizeof(answer)) < 0)
			return -1;
		wrong = check_server(answer);
		if (wrong)
			return complain("the server \"%.80s\" %s", answer, wrong);
		memcpy(arguments->peer.server, answer, strlen(answer) + 1);
	}
	if (*arguments->peer.user)
		return 0;
	if (ask_line("User name", answer, sizeof(answer)) < 0)
		return -1;
	return arguments_set_user(arguments, answer);
}

static int read_password(struct arguments *arguments)
{
	const size_t size = sizeof(arguments->password);
	const char *wrong;
	int err = ask_is_possible() ? ask_password("Password", arguments->password, size)
				    : ask_standard_input(arguments->password, size);

	if (err < 0)
		return -1;
	wrong = check_password(arguments->password);
	if (wrong)
		return complain("the password %s", wrong);
	arguments->has_password = true;
	return 0;
}

static int complete(struct arguments *arguments, const struct place *place)
{
	const struct peer *peer = &arguments->peer;
	bool password = !arguments->has_password && !arguments->password_stdin;
	int stored = password ? has_stored_password(place, peer) : 1;

	if (stored < 0)
		return SETUP_SYSTEM;
	if (!ask_is_possible() && (!*peer->server || !*peer->user || !stored)) {
		complain_of_missing(arguments, !stored);
		return SETUP_USAGE;
	}
	if (ask_names(arguments) < 0)
		return SETUP_USAGE;
	/* Known only now that there is a user. */
	stored = password ? has_stored_password(place, peer) : 0;
	if (stored < 0)
		return SETUP_SYSTEM;
	if (!stored && !arguments->has_password && read_password(arguments) < 0)
		return SETUP_USAGE;
	return SETUP_OK;
}

/* -- the files --------------------------------------------------------------------------------- */

static int write_password(const struct arguments *arguments, const struct place *place)
{
	const struct peer *peer = &arguments->peer;
	int stored;

	if (arguments->has_password)
		return store_set(place, peer->user, peer->name, arguments->password);
	stored = has_stored_password(place, peer);
	if (stored == 0)
		return complain("the password was removed meanwhile: run pptpsetup again");
	return stored < 0 ? -1 : 0;
}

/* 1: changed, 0: it is like this already. */
static int write_peer(const struct peer *peer, struct file *file)
{
	char text[PEERS_SIZE];
	size_t length = peers_write(peer, text);

	if (file->exists && file->content.length == length &&
	    memcmp(file->content.text, text, length) == 0)
		return 0;
	return file_replace(file, text, length) < 0 ? -1 : 1;
}

static void say_changes(const struct arguments *arguments, const char *path, bool peer, bool secret)
{
	const char *name = arguments->peer.name;

	if (!peer && !secret)
		say("tunnel %s is set up like this already: nothing was changed", name);
	else
		say("tunnel %s: wrote %s%s%s", name, peer ? path : "",
		    peer && secret ? " and " : "", secret ? "its password in chap-secrets" : "");
	if (!arguments->peer.encrypt)
		complain("warning: without --encrypt the tunnel may come up without encryption");
}

/* A password under the name of a former user goes last: then nothing needs it. */
static int write_files(const struct arguments *arguments, const struct place *place,
		       struct file *file)
{
	const struct peer *peer = &arguments->peer;
	struct peer old = { 0 };
	int secret, changed;

	if (read_own_peer(place, peer->name, file) < 0)
		return -1;
	if (file->exists)
		peers_read(&old, peer->name, file->content.text, file->content.length);
	secret = write_password(arguments, place);
	if (secret < 0)
		return -1;
	changed = write_peer(peer, file);
	if (changed < 0)
		return -1;
	if (*old.user && strcmp(old.user, peer->user) != 0 &&
	    store_remove(place, old.user, peer->name) < 0)
		return -1;
	say_changes(arguments, file->path, changed, secret);
	return 0;
}

static int create_in(struct arguments *arguments, struct place *place)
{
	struct file file;
	int status;

	if (check_peer(place, arguments->peer.name) < 0)
		return SETUP_SYSTEM;
	status = complete(arguments, place);
	if (status != SETUP_OK)
		return status;
	if (place_lock(place) < 0)
		return SETUP_SYSTEM;
	file_name(&file, -1, "", "", "");
	status = write_files(arguments, place, &file) < 0 ? SETUP_SYSTEM : SETUP_OK;
	file_clear(&file);
	return status;
}

int create_tunnel(struct arguments *arguments)
{
	struct place place;
	int status = SETUP_SYSTEM;

	if (place_open(&place, arguments->root) == 0)
		status = create_in(arguments, &place);
	place_close(&place);
	return status;
}
