/* SPDX-License-Identifier: MIT */

/*
 * Every setter of a session's configuration with any value: it takes what the header says and
 * refuses the rest, and what is refused has changed nothing.
 *
 * Input: settings, each an octet that says which, then a number (4 octets), or the length of a
 * string (1 octet), how often its first octet comes besides, and the string.
 */

#include <arpa/inet.h>
#include <ctype.h>

#include "fuzz.h"
#include "session/config.h"

#define TEXT_MAX 1024

struct value {
	uint32_t number;
	char *text;
};

static bool is_server(const struct value *v)
{
	for (const char *c = v->text; *c; c++)
		if (iscntrl((unsigned char)*c))
			return false;
	return strlen(v->text) >= 1 && strlen(v->text) <= 253;
}

static bool is_short(const struct value *v)
{
	return strlen(v->text) <= PPTP_STRING_MAX;
}

/* Four numbers to 255 between dots, without zeros before them. */
static bool is_address(const struct value *v)
{
	const char *p = v->text;

	for (int i = 0; i < 4; i++) {
		unsigned int n = 0, digits = 0;

		if (i && *p++ != '.')
			return false;
		for (; *p >= '0' && *p <= '9'; p++, digits++) {
			if (digits && !n)
				return false;
			n = n * 10 + (unsigned int)(*p - '0');
			if (n > 255)
				return false;
		}
		if (!digits)
			return false;
	}
	return !*p;
}

static bool is_any(const struct value *v)
{
	(void)v;
	return true;
}

static bool is_phase(const struct value *v)
{
	return v->number >= 1 && v->number <= 600000;
}

static bool is_u16(const struct value *v)
{
	return v->number >= 1 && v->number <= 65535;
}

static bool is_reorder_timeout(const struct value *v)
{
	return v->number >= 10 && v->number <= 10000;
}

static bool is_missing_window(const struct value *v)
{
	return v->number >= 1 && v->number <= PPTP_MISSING_WINDOW_MAX;
}

static bool is_window(const struct value *v)
{
	return v->number <= PPTP_WINDOW_MAX || v->number == PPTP_WINDOW_AUTO;
}

static bool is_test_order(const struct value *v)
{
	return v->number >> 16 <= 3 && (v->number & 0xFFFF) >= 1;
}

static bool is_quirk(const struct value *v)
{
	return v->number == PPTP_QUIRK_NONE || v->number == PPTP_QUIRK_BEZEQ_ISRAEL;
}

static bool is_level(const struct value *v)
{
	return v->number >= PPTP_LOG_ERROR && v->number <= PPTP_LOG_DEBUG;
}

static bool is_descriptor(const struct value *v)
{
	return (int)v->number >= -1;
}

#define NUMBER(setter, type)                                                                       \
	static int do_##setter(struct pptp_config *cfg, const struct value *v)                     \
	{                                                                                          \
		return pptp_config_set_##setter(cfg, (type)v->number);                             \
	}
#define TEXT(setter)                                                                               \
	static int do_##setter(struct pptp_config *cfg, const struct value *v)                     \
	{                                                                                          \
		return pptp_config_set_##setter(cfg, v->text);                                     \
	}

TEXT(server)
TEXT(local_address)
TEXT(phone)
TEXT(host_name)
NUMBER(mark, uint32_t)
NUMBER(quirk, enum pptp_quirk)
NUMBER(recv_window, unsigned int)
NUMBER(connect_timeout_ms, unsigned int)
NUMBER(start_timeout_ms, unsigned int)
NUMBER(call_timeout_ms, unsigned int)
NUMBER(echo_idle_ms, unsigned int)
NUMBER(echo_reply_ms, unsigned int)
NUMBER(gre_silent_ms, unsigned int)
NUMBER(reorder_timeout_ms, unsigned int)
NUMBER(missing_window, unsigned int)
NUMBER(window, uint32_t)
NUMBER(gre_fd, int)

static int do_test_order(struct pptp_config *cfg, const struct value *v)
{
	return pptp_config_set_test_order(cfg, v->number >> 16, v->number & 0xFFFF);
}

static int do_log(struct pptp_config *cfg, const struct value *v)
{
	return pptp_config_set_log(cfg, NULL, NULL, (enum pptp_log_level)v->number);
}

static const struct {
	int (*set)(struct pptp_config *cfg, const struct value *v);
	bool (*is_right)(const struct value *v);
	bool text;
} settings[] = {
	{ do_server, is_server, true },
	{ do_local_address, is_address, true },
	{ do_phone, is_short, true },
	{ do_host_name, is_short, true },
	{ do_mark, is_any, false },
	{ do_quirk, is_quirk, false },
	{ do_recv_window, is_u16, false },
	{ do_connect_timeout_ms, is_phase, false },
	{ do_start_timeout_ms, is_phase, false },
	{ do_call_timeout_ms, is_phase, false },
	{ do_echo_idle_ms, is_any, false },
	{ do_echo_reply_ms, is_any, false },
	{ do_gre_silent_ms, is_any, false },
	{ do_reorder_timeout_ms, is_reorder_timeout, false },
	{ do_missing_window, is_missing_window, false },
	{ do_window, is_window, false },
	{ do_test_order, is_test_order, false },
	{ do_log, is_level, false },
	{ do_gre_fd, is_descriptor, false },
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static char *take_text(struct fuzz_input *in)
{
	uint8_t octets[TEXT_MAX];
	size_t len = fuzz_u8(in), more = fuzz_u8(in);
	char *text;

	memset(octets, in->left ? *in->p : 0, more);
	len = more + fuzz_octets(in, octets + more, len);
	text = (char *)fuzz_copy(octets, len + 1);
	text[len] = '\0';
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	struct pptp_config *cfg, before;

	FUZZ_CHECK(pptp_config_new(&cfg) == 0);
	while (in.left) {
		size_t which = fuzz_u8(&in) % SETTINGS;
		struct value v = { 0 };
		int r;

		if (settings[which].text)
			v.text = take_text(&in);
		else
			v.number = fuzz_u32(&in);
		memcpy(&before, cfg, sizeof(before));
		r = settings[which].set(cfg, &v);
		FUZZ_CHECK(r == (settings[which].is_right(&v) ? 0 : PPTP_ERR_VALUE));
		FUZZ_CHECK(r == 0 || memcmp(&before, cfg, sizeof(before)) == 0);
		free(v.text);
	}
	FUZZ_CHECK(memchr(cfg->server, '\0', sizeof(cfg->server)));
	FUZZ_CHECK(memchr(cfg->phone, '\0', sizeof(cfg->phone)));
	FUZZ_CHECK(memchr(cfg->host_name, '\0', sizeof(cfg->host_name)));
	FUZZ_CHECK(!pptp_config_free(cfg));
	return 0;
}
