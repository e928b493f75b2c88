/* SPDX-License-Identifier: MIT */
/*
 * --delete: removes the password and the file of a tunnel. The file goes last, as it is what names
 * the user: after a kill in between the same command removes the rest. Called by main.c.
 */
#include <stdio.h>

#include "setup/commands.h"
#include "setup/found.h"
#include "setup/say.h"
#include "setup/store.h"

static int remove_both(const char *name, struct place *place, struct file *file)
{
	struct peer peer;
	int secret;

	if (place_lock(place) < 0 || found_one(place, name, file, &peer) < 0)
		return SETUP_SYSTEM;
	secret = *peer.user ? store_remove(place, peer.user, name) : 0;
	if (secret < 0 || file_remove(file) < 0)
		return SETUP_SYSTEM;
	if (secret)
		say("tunnel %s: removed %s and its password in chap-secrets", name, file->path);
	else
		say("tunnel %s: removed %s; chap-secrets had no password of it", name, file->path);
	return SETUP_OK;
}

int delete_tunnel(const struct arguments *arguments)
{
	struct place place;
	struct file file;
	int status = SETUP_SYSTEM;

	file_name(&file, -1, "", "", "");
	if (place_open(&place, arguments->root) == 0)
		status = remove_both(arguments->peer.name, &place, &file);
	file_clear(&file);
	place_close(&place);
	return status;
}
