/* SPDX-License-Identifier: MIT */
/* From answers to tunnels, and why one is unreadable in words. Called by show.c and watch.c. */
#include "status/tunnels.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pptp/types.h>

static const char *problem_text(int err)
{
	switch (err) {
	case -ETIMEDOUT:
		return "it did not answer within a second";
	case -EMSGSIZE:
		return "its answer is longer than 64 KiB";
	case -ENODATA:
		return "it closed the connection without an answer";
	case -EACCES:
		return "only root and the group pptp may read it";
	default:
		return pptp_strerror(err);
	}
}

static bool find_interface(struct tunnel *tunnel, const struct pid_files *files)
{
	const char *interface = NULL;

	if (tunnel_has(tunnel, TUNNEL_INTERFACE))
		return true;
	if (tunnel_has(tunnel, TUNNEL_PPPD))
		interface = pid_files_interface(files, tunnel_number(tunnel, TUNNEL_PPPD));
	if (!interface && tunnel_has(tunnel, TUNNEL_TERMINAL))
		interface = pid_files_interface_on(files, tunnel_text(tunnel, TUNNEL_TERMINAL));
	return tunnel_set_text(tunnel, TUNNEL_INTERFACE, interface);
}

int tunnels_read(struct tunnels *tunnels, const struct answers *answers,
		 const struct pid_files *files)
{
	*tunnels = (struct tunnels){ 0 };
	if (answers->count == 0)
		return 0;
	tunnels->list = calloc(answers->count, sizeof(*tunnels->list));
	if (!tunnels->list)
		return -ENOMEM;
	for (size_t i = 0; i < answers->count; i++) {
		const struct answer *answer = &answers->list[i];
		struct tunnel *tunnel = &tunnels->list[tunnels->count++];

		if (answer->err)
			tunnel_set_unreadable(tunnel, answer->name, problem_text(answer->err));
		else
			(void)tunnel_read(tunnel, answer->name, answer->octets, answer->size);
		if (!tunnel_has(tunnel, TUNNEL_NAME) || !find_interface(tunnel, files)) {
			tunnels_clear(tunnels);
			return -ENOMEM;
		}
	}
	return 0;
}

void tunnels_clear(struct tunnels *tunnels)
{
	for (size_t i = 0; i < tunnels->count; i++)
		tunnel_clear(&tunnels->list[i]);
	free(tunnels->list);
	*tunnels = (struct tunnels){ 0 };
}

static int compare_name(const void *name, const void *tunnel)
{
	return strcmp(name, tunnel_text(tunnel, TUNNEL_NAME));
}

const struct tunnel *tunnels_find(const struct tunnels *tunnels, const char *name)
{
	if (tunnels->count == 0)
		return NULL;
	return bsearch(name, tunnels->list, tunnels->count, sizeof(*tunnels->list), compare_name);
}
