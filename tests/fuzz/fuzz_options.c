/* SPDX-License-Identifier: MIT */

/*
 * Command lines: whatever the words are, they are refused with a sentence, or what was read is
 * within its bounds and the library takes it. Input: words, each ended by an octet of 0.
 */

#include <arpa/inet.h>

#include "fuzz.h"
#include "options.h"
#include "session/config.h"
#include "status/name.h"

#define WORDS_MAX 64

struct words {
	char *argv[WORDS_MAX + 2];
	int argc;
};

/* Each word in a block of its own. */
static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static void split(struct words *words, const uint8_t *data, size_t size)
{
	words->argc = 1;
	words->argv[0] = strdup("pptp");
	while (size && words->argc <= WORDS_MAX) {
		size_t len = strnlen((const char *)data, size);

		words->argv[words->argc++] = strndup((const char *)data, len);
		data += len;
		size -= len;
		if (size) {
			data++;
			size--;
		}
	}
	words->argv[words->argc] = NULL;
}

static bool is_word(const struct words *words, const char *text)
{
	for (int i = 1; i < words->argc; i++) {
		const char *word = words->argv[i];

		if (text >= word && text <= word + strlen(word))
			return true;
	}
	return false;
}

static void check_numbers(const struct options *o)
{
	const struct pptp_config *cfg = o->config;

	FUZZ_CHECK(o->log_level <= 2 && o->test_type <= 3 && o->test_rate >= 1);
	FUZZ_CHECK(cfg->test_type == o->test_type && cfg->test_rate == o->test_rate);
	FUZZ_CHECK(cfg->reorder_timeout >= 10 * PPTP_NS_PER_MS &&
		   cfg->reorder_timeout <= 10 * PPTP_NS_PER_SEC);
	FUZZ_CHECK(cfg->connect_timeout >= PPTP_NS_PER_MS &&
		   cfg->connect_timeout <= 600 * PPTP_NS_PER_SEC);
	FUZZ_CHECK(cfg->missing_window >= 1 && cfg->missing_window <= PPTP_MISSING_WINDOW_MAX);
	FUZZ_CHECK(cfg->window <= PPTP_WINDOW_MAX || cfg->window == PPTP_WINDOW_AUTO);
	FUZZ_CHECK(cfg->echo_reply == PPTP_TIME_NEVER || cfg->echo_reply % PPTP_NS_PER_SEC == 0);
	FUZZ_CHECK(cfg->echo_reply >= PPTP_NS_PER_SEC);
	FUZZ_CHECK(cfg->mark == 0 || o->has_mark);
	FUZZ_CHECK(cfg->has_mark == o->has_mark && cfg->host_route == o->host_route);
}

static void check_strings(const struct words *words, const struct options *o)
{
	struct in_addr address;

	FUZZ_CHECK(o->task == TASK_STATUS ? !o->server || is_word(words, o->server)
					  : is_word(words, o->server) && *o->server);
	FUZZ_CHECK(!o->name || status_name_is_valid(o->name));
	FUZZ_CHECK(o->output <= OUTPUT_JSON || o->task == TASK_STATUS);
	FUZZ_CHECK(strlen(o->config->phone) <= PPTP_STRING_MAX);
	FUZZ_CHECK(!o->local_address || (inet_pton(AF_INET, o->local_address, &address) == 1 &&
					 o->config->local.s_addr == address.s_addr));
	FUZZ_CHECK(o->log_string);
	FUZZ_CHECK(o->pppd_count >= 0 && o->pppd_count < words->argc - 1);
	for (int i = 0; i < o->pppd_count; i++)
		FUZZ_CHECK(is_word(words, o->pppd_arguments[i]));
	FUZZ_CHECK(!o->pppd_arguments[o->pppd_count]);
	if (o->task == TASK_STATUS)
		return;
	/* As pptp-cli/configure.c does: nothing is refused but long names and control characters. */
	FUZZ_CHECK((pptp_config_set_server(o->config, o->server) == 0) ==
		   (strlen(o->server) <= 253 && is_printable(o->server)));
}

static void check_parse(const struct words *words, char **argv)
{
	char error[OPTIONS_ERROR_MAX];
	struct options o;
	enum options_result result;

	memset(error, 0xA5, sizeof(error));
	result = options_parse(&o, words->argc, argv, error);
	FUZZ_CHECK(memchr(error, '\0', sizeof(error)));
	FUZZ_CHECK((result == OPTIONS_ERROR) == (error[0] != '\0'));
	FUZZ_CHECK(result != OPTIONS_MEMORY);
	if (result == OPTIONS_RUN) {
		check_numbers(&o);
		check_strings(words, &o);
	}
	options_clear(&o);
	FUZZ_CHECK(!o.pppd_arguments && !o.pppd_count && !o.config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct words words;
	char *argv[WORDS_MAX + 2];

	split(&words, data, size);
	memcpy(argv, words.argv, sizeof(argv));
	check_parse(&words, argv);
	/* The words stay where they are, so that a second look sees the same. */
	FUZZ_CHECK(memcmp(argv, words.argv, (size_t)(words.argc + 1) * sizeof(argv[0])) == 0);
	check_parse(&words, argv);
	for (int i = 0; i < words.argc; i++)
		free(words.argv[i]);
	return 0;
}
