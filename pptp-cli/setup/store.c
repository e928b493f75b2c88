/* SPDX-License-Identifier: MIT */
/*
 * The passwords in the file chap-secrets: its edits (secrets.c) between reading and replacing it.
 * Called by create.c, delete.c and show.c.
 */
#include "setup/store.h"

#include "setup/say.h"
#include "setup/secrets.h"

int store_find(const struct place *place, const char *client, const char *server, char *secret)
{
	struct file file;
	int found = place_read_secrets(place, &file);

	if (found == 0)
		found = secrets_find(&file.content, client, server, secret);
	file_clear(&file);
	return found;
}

static int keep(struct file *file, enum secrets_result result)
{
	switch (result) {
	case SECRETS_SAME:
		if (file->exists && file->status.st_mode & (S_IRWXG | S_IRWXO))
			complain("warning: others than root can read %s: chmod 600 it", file->path);
		return 0;
	case SECRETS_CHANGED:
		return file_replace(file, file->content.text, file->content.length) < 0 ? -1 : 1;
	case SECRETS_MEMORY:
		return complain("not enough memory to edit %s", file->path);
	case SECRETS_BROKEN:
		break;
	}
	return complain("%s ends within a quotation, so that a new line would be part of it: add "
			"the quotation mark that is missing",
			file->path);
}

int store_set(const struct place *place, const char *client, const char *server, const char *secret)
{
	struct file file;
	int changed = place_read_secrets(place, &file);

	if (changed == 0)
		changed = keep(&file, secrets_set(&file.content, client, server, secret));
	file_clear(&file);
	return changed;
}

int store_remove(const struct place *place, const char *client, const char *server)
{
	struct file file;
	int changed = place_read_secrets(place, &file);

	if (changed == 0)
		changed = keep(&file, secrets_remove(&file.content, client, server));
	file_clear(&file);
	return changed;
}
