/* SPDX-License-Identifier: MIT */

/*
 * --status takes anything for the answer of a tunnel: it is readable or not, and what is printed of it is
 * printable; JSON that was printed is read again and is the same then. The input is the answer.
 */

#include "fuzz.h"
#include "status/details.h"
#include "status/metrics.h"
#include "status/table.h"
#include "status/tunnels_json.h"

enum form { TABLE, RATES, DETAILS, METRICS, JSON, FORMS };

static char *print(enum form form, struct tunnel *tunnel)
{
	const struct tunnels tunnels = { tunnel, 1 };
	const struct earlier earlier = { tunnels, 1000000000 };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	FUZZ_CHECK(out);
	switch (form) {
	case TABLE:
		table_print(out, &tunnels, NULL);
		break;
	case RATES:
		table_print(out, &tunnels, &earlier);
		break;
	case DETAILS:
		details_print(out, tunnel);
		break;
	case METRICS:
		metrics_print(out, &tunnels);
		break;
	default:
		tunnels_print_json(out, &tunnels);
		break;
	}
	FUZZ_CHECK(fclose(out) == 0);
	for (size_t i = 0; i < size; i++)
		FUZZ_CHECK(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
	return text;
}

/* The object within {"tunnels": [...]}. */
static void check_again(const char *json)
{
	static const char before[] = "{\"tunnels\": [", after[] = "]}\n";
	const size_t around = sizeof(before) - 1 + sizeof(after) - 1;
	struct tunnel tunnel;
	char *again;

	FUZZ_CHECK(strlen(json) > around && memcmp(json, before, sizeof(before) - 1) == 0);
	FUZZ_CHECK(tunnel_read(&tunnel, "name", json + sizeof(before) - 1, strlen(json) - around));
	again = print(JSON, &tunnel);
	FUZZ_CHECK(strcmp(json, again) == 0);
	free(again);
	tunnel_clear(&tunnel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tunnel tunnel;
	bool readable;

	if (size > ANSWER_OCTETS_MAX)
		return 0;
	readable = tunnel_read(&tunnel, "name", (const char *)data, size);
	FUZZ_CHECK(readable == tunnel_is_readable(&tunnel));
	FUZZ_CHECK(strcmp(tunnel_text(&tunnel, TUNNEL_NAME), "name") == 0);
	for (unsigned int form = 0; form < FORMS; form++) {
		char *text = print((enum form)form, &tunnel);

		if (form == JSON && readable)
			check_again(text);
		free(text);
	}
	tunnel_clear(&tunnel);
	return 0;
}
