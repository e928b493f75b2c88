/* SPDX-License-Identifier: MIT */

/*
 * Stands in for libFuzzer: runs a target once for each seed of a folder, and prints TAP. Seeds are
 * hexadecimal octets; '#' begins a comment.
 */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>

#include "fuzz.h"

#define SEED_MAX 65536

/* As with libFuzzer, a target may have one. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argcp, char ***argvp);

static int is_seed(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".hex") == 0;
}

/* Reads the octets of one line; false when it is not hexadecimal. */
static bool take_line(const char *line, uint8_t *octets, size_t *lenp)
{
	char digits[3] = "";

	for (; *line && *line != '#'; line++) {
		if (isspace((unsigned char)*line))
			continue;
		if (!isxdigit((unsigned char)line[0]) || !isxdigit((unsigned char)line[1]) ||
		    *lenp == SEED_MAX)
			return false;
		digits[0] = *line++;
		digits[1] = *line;
		octets[(*lenp)++] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return true;
}

static bool read_seed(const char *path, uint8_t *octets, size_t *lenp)
{
	char line[4096];
	FILE *file = fopen(path, "r");
	bool sound = file != NULL;

	*lenp = 0;
	while (sound && fgets(line, sizeof(line), file))
		sound = take_line(line, octets, lenp);
	if (file)
		fclose(file);
	return sound;
}

static void run(const uint8_t *octets, size_t len)
{
	uint8_t *copy = fuzz_copy(octets, len);

	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

int main(int argc, char **argv)
{
	static uint8_t octets[SEED_MAX];
	struct dirent **entries;
	char path[4096];
	int count, failed = 0;
	size_t len;

	count = argc == 2 ? scandir(argv[1], &entries, is_seed, alphasort) : -1;
	if (count <= 0) {
		fprintf(stderr, "replay: no seeds in %s: %s\n", argc == 2 ? argv[1] : "(nothing)",
			count < 0 ? strerror(errno) : "the folder has no .hex file");
		return EXIT_FAILURE;
	}
	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	printf("1..%d\n", count + 1);
	run(octets, 0);
	printf("ok 1 - no octets at all\n");
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		snprintf(path, sizeof(path), "%s/%s", argv[1], name);
		/* Still there when the target aborts. */
		printf("# %s\n", name);
		fflush(stdout);
		if (read_seed(path, octets, &len)) {
			run(octets, len);
			printf("ok %d - %.*s\n", i + 2, (int)strlen(name) - 4, name);
		} else {
			printf("not ok %d - %s is not hexadecimal\n", i + 2, name);
			failed++;
		}
		free(entries[i]);
	}
	free(entries);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
