/* SPDX-License-Identifier: MIT */

/*
 * Command lines: whatever the words are, they are refused with a sentence, or what was read is
 * within its bounds and the library takes it. Input: words, each ended by an octet of 0.
 */

#include <arpa/inet.h>

#include <pptp/config.h>

#include "fuzz.h"
#include "options.h"

#define WORDS_MAX 64

struct words {
	char *argv[WORDS_MAX + 2];
	int argc;
};

/* Each word in a block of its own. */
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
	FUZZ_CHECK(o->log_level <= 2 && o->test_type <= 3 && o->test_rate >= 1);
	FUZZ_CHECK(!o->reorder_timeout_ms ||
		   (o->reorder_timeout_ms >= 10 && o->reorder_timeout_ms <= 10000));
	FUZZ_CHECK(o->phase_timeout_ms <= 600000);
	FUZZ_CHECK(o->missing_window <= PPTP_MISSING_WINDOW_MAX);
	FUZZ_CHECK(o->window <= PPTP_WINDOW_MAX || o->window == PPTP_WINDOW_AUTO);
	FUZZ_CHECK(o->echo_reply_ms >= 1000 && o->echo_idle_ms % 1000 == 0);
	FUZZ_CHECK(o->mark == 0 || o->mark_set);
}

static void check_strings(const struct words *words, const struct options *o)
{
	struct in_addr address;

	FUZZ_CHECK(is_word(words, o->server) && *o->server);
	FUZZ_CHECK(!o->phone || (is_word(words, o->phone) && strlen(o->phone) <= PPTP_STRING_MAX));
	FUZZ_CHECK(!o->local_address || inet_pton(AF_INET, o->local_address, &address) == 1);
	FUZZ_CHECK(o->log_string);
	FUZZ_CHECK(o->pppd_count >= 0 && o->pppd_count < words->argc - 1);
	for (int i = 0; i < o->pppd_count; i++)
		FUZZ_CHECK(is_word(words, o->pppd_arguments[i]));
	FUZZ_CHECK(!o->pppd_arguments[o->pppd_count]);
}

/* As pptp-cli/configure.c does: nothing that the options allow is refused, but long names. */
static void check_config(const struct options *o)
{
	struct pptp_config *cfg;

	FUZZ_CHECK(pptp_config_new(&cfg) == 0);
	FUZZ_CHECK((pptp_config_set_server(cfg, o->server) == 0) == (strlen(o->server) <= 253));
	FUZZ_CHECK(!o->phone || pptp_config_set_phone(cfg, o->phone) == 0);
	FUZZ_CHECK(!o->local_address || pptp_config_set_local_address(cfg, o->local_address) == 0);
	FUZZ_CHECK(pptp_config_set_quirk(cfg, o->quirk) == 0);
	FUZZ_CHECK(pptp_config_set_echo_idle_ms(cfg, o->echo_idle_ms) == 0);
	FUZZ_CHECK(pptp_config_set_echo_reply_ms(cfg, o->echo_reply_ms) == 0);
	FUZZ_CHECK(!o->reorder_timeout_ms ||
		   pptp_config_set_reorder_timeout_ms(cfg, o->reorder_timeout_ms) == 0);
	FUZZ_CHECK(!o->phase_timeout_ms ||
		   pptp_config_set_connect_timeout_ms(cfg, o->phase_timeout_ms) == 0);
	FUZZ_CHECK(!o->missing_window ||
		   pptp_config_set_missing_window(cfg, o->missing_window) == 0);
	FUZZ_CHECK(pptp_config_set_window(cfg, o->window) == 0);
	FUZZ_CHECK(pptp_config_set_test_order(cfg, o->test_type, o->test_rate) == 0);
	FUZZ_CHECK(!pptp_config_free(cfg));
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
		check_config(&o);
	}
	options_clear(&o);
	FUZZ_CHECK(!o.pppd_arguments && !o.pppd_count);
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
