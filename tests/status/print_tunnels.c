/* SPDX-License-Identifier: MIT */
/*
 * Prints tunnels as --status does, from answers in files: print_tunnels json|openmetrics NAME FILE...
 * Run by formats.py.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status/metrics.h"
#include "status/tunnels_json.h"

#define TUNNELS_MAX 16

static void read_answer(struct answer *answer, const char *name, const char *path)
{
	FILE *file = fopen(path, "r");

	answer->octets = malloc(ANSWER_OCTETS_MAX);
	if (!file || !answer->octets) {
		fprintf(stderr, "print_tunnels: cannot read %s: %s\n", path, strerror(errno));
		exit(2);
	}
	snprintf(answer->name, sizeof(answer->name), "%s", name);
	answer->size = fread(answer->octets, 1, ANSWER_OCTETS_MAX, file);
	fclose(file);
}

int main(int argc, char **argv)
{
	struct answer list[TUNNELS_MAX] = { 0 };
	struct answers answers = { list, 0 };
	const struct pid_files files = { 0 };
	struct tunnels tunnels;

	for (int i = 2; i + 1 < argc && answers.count < TUNNELS_MAX; i += 2)
		read_answer(&list[answers.count++], argv[i], argv[i + 1]);
	if (argc < 2 || tunnels_read(&tunnels, &answers, &files) < 0)
		return 2;
	if (strcmp(argv[1], "json") == 0)
		tunnels_print_json(stdout, &tunnels);
	else
		metrics_print(stdout, &tunnels);
	tunnels_clear(&tunnels);
	for (size_t i = 0; i < answers.count; i++)
		free(list[i].octets);
	return fflush(stdout) == 0 ? 0 : 1;
}
