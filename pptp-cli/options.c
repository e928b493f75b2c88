/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "numbers.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <pptp/proto/tunnel.h>

/* Milliseconds of them fit into an unsigned int; 49 days. */
#define WAIT_MAX_SECONDS (UINT_MAX / 1000)

enum option_id {
	OPT_PHONE = 256,
	OPT_NOLAUNCHPPPD,
	OPT_QUIRKS,
	OPT_DEBUG,
	OPT_SYNC,
	OPT_TIMEOUT,
	OPT_NOBUFFER,
	OPT_IDLE_WAIT,
	OPT_MAX_ECHO_WAIT,
	OPT_LOGSTRING,
	OPT_LOCALBIND,
	OPT_RTMARK,
	OPT_NOHOSTROUTE,
	OPT_LOGLEVEL,
	OPT_TEST_TYPE,
	OPT_TEST_RATE,
	OPT_MISSING_WINDOW,
	OPT_WINDOW,
	OPT_CONNECT_TIMEOUT,
	OPT_NOSANDBOX,
	OPT_VERSION,
	OPT_HELP,
};

/* What getopt_long() returns for a word that is no option, as optstring begins with '-'. */
#define NOT_AN_OPTION 1

static const struct option long_options[] = {
	{ "phone", required_argument, NULL, OPT_PHONE },
	{ "nolaunchpppd", no_argument, NULL, OPT_NOLAUNCHPPPD },
	{ "quirks", required_argument, NULL, OPT_QUIRKS },
	{ "debug", no_argument, NULL, OPT_DEBUG },
	{ "sync", no_argument, NULL, OPT_SYNC },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "nobuffer", no_argument, NULL, OPT_NOBUFFER },
	{ "idle-wait", required_argument, NULL, OPT_IDLE_WAIT },
	{ "max-echo-wait", required_argument, NULL, OPT_MAX_ECHO_WAIT },
	{ "logstring", required_argument, NULL, OPT_LOGSTRING },
	{ "localbind", required_argument, NULL, OPT_LOCALBIND },
	{ "rtmark", required_argument, NULL, OPT_RTMARK },
	{ "nohostroute", no_argument, NULL, OPT_NOHOSTROUTE },
	{ "loglevel", required_argument, NULL, OPT_LOGLEVEL },
	{ "test-type", required_argument, NULL, OPT_TEST_TYPE },
	{ "test-rate", required_argument, NULL, OPT_TEST_RATE },
	{ "missing-window", required_argument, NULL, OPT_MISSING_WINDOW },
	{ "window", required_argument, NULL, OPT_WINDOW },
	{ "connect-timeout", required_argument, NULL, OPT_CONNECT_TIMEOUT },
	{ "nosandbox", no_argument, NULL, OPT_NOSANDBOX },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char usage_text[] =
	"usage: pptp <server> [pptp options] [[--] pppd options]\n"
	"       pppd pty \"pptp <server> --nolaunchpppd [pptp options]\" ...\n"
	"\n"
	"  --phone <number>          phone number to ask the server for, at most 64 octets\n"
	"  --nolaunchpppd            standard input and output are the PPP link, for pppd's pty\n"
	"  --quirks <name>           adapt to one peer: BEZEQ_ISRAEL\n"
	"  --debug                   stay in the foreground\n"
	"  --sync                    synchronous HDLC; pppd must have sync too\n"
	"  --timeout <seconds>       wait for reordered packets, 0.01 to 10; without it\n"
	"                            as long as the path makes worthwhile, at most 0.3\n"
	"  --nobuffer                do not buffer and reorder packets\n"
	"  --idle-wait <seconds>     silence before an echo request, 0: never (60)\n"
	"  --max-echo-wait <seconds> wait for the echo reply, at least 1 (60)\n"
	"  --logstring <name>        name in log messages (anon)\n"
	"  --localbind <address>     local IPv4 address of the tunnel\n"
	"  --rtmark <number>         routing mark of the tunnel's packets, decimal or 0x...\n"
	"  --nohostroute             do not configure a host route to the server\n"
	"  --loglevel <0,1,2>        0 low, 1 default, 2 high\n"
	"  --test-type <0..3>        damage the order of sent packets, to test servers (0)\n"
	"  --test-rate <packets>     packets between two such tests, at least 1 (100)\n"
	"  --missing-window <n>      how far ahead a packet may be and be taken, at least 1 (300)\n"
	"  --window auto|off|<n>     send at most so many packets unacknowledged; auto: as many\n"
	"                            as the server asks for (off)\n"
	"  --connect-timeout <secs>  limit of each phase of the connection, 0.001 to 600 (20 to\n"
	"                            connect, 60 for each reply)\n"
	"  --nosandbox               keep all privileges, do not filter system calls\n"
	"  --version                 print the version\n"
	"  --help                    print this\n"
	"\n"
	"What does not begin with \"-\" goes to pppd, and so does everything after \"--\".\n"
	"See pptp(8).\n";

void options_usage(FILE *out)
{
	fputs(usage_text, out);
}

static enum options_result __attribute__((format(printf, 2, 3)))
wrong(char *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, OPTIONS_ERROR_MAX, format, args);
	va_end(args);
	return OPTIONS_ERROR;
}

static enum options_result bad_value(char *error, const char *option, const char *value,
				     const char *allowed)
{
	return wrong(error, "--%s: \"%.80s\" is wrong: %s", option, value, allowed);
}

/* A whole number from min to max, or the sentence that says so. */
static enum options_result take_number(const char *option, const char *text, unsigned int min,
				       unsigned int max, unsigned int *valuep, char *error)
{
	char allowed[80];
	uint64_t value;

	if (number_decimal(text, max, &value) && value >= min) {
		*valuep = (unsigned int)value;
		return OPTIONS_RUN;
	}
	snprintf(allowed, sizeof(allowed), "a whole number from %u to %u is allowed", min, max);
	return bad_value(error, option, text, allowed);
}

static enum options_result take_wait(const char *option, const char *text, unsigned int min,
				     unsigned int *msp, char *error)
{
	unsigned int seconds = 0;
	enum options_result result =
		take_number(option, text, min, WAIT_MAX_SECONDS, &seconds, error);

	if (result == OPTIONS_RUN)
		*msp = seconds * 1000;
	return result;
}

static enum options_result take_reorder_timeout(struct options *options, char *error)
{
	uint64_t us;

	if (!number_seconds(optarg, 10000000, &us) || us < 10000)
		return bad_value(error, "timeout", optarg, "0.01 to 10 seconds are allowed");
	options->reorder_timeout_ms = (unsigned int)(us / 1000);
	return OPTIONS_RUN;
}

static enum options_result take_phase_timeout(struct options *options, char *error)
{
	uint64_t us;

	if (!number_seconds(optarg, 600000000, &us) || us < 1000)
		return bad_value(error, "connect-timeout", optarg,
				 "0.001 to 600 seconds are allowed");
	options->phase_timeout_ms = (unsigned int)(us / 1000);
	return OPTIONS_RUN;
}

static enum options_result take_phone(struct options *options, char *error)
{
	if (strlen(optarg) > PPTP_STRING_MAX)
		return wrong(error, "--phone: the number has %zu octets, at most %d are allowed",
			     strlen(optarg), PPTP_STRING_MAX);
	options->phone = optarg;
	return OPTIONS_RUN;
}

static enum options_result take_quirk(struct options *options, char *error)
{
	if (pptp_quirk_from_name(optarg, &options->quirk) < 0)
		return bad_value(error, "quirks", optarg, "BEZEQ_ISRAEL is the only one known");
	return OPTIONS_RUN;
}

static enum options_result take_local_address(struct options *options, char *error)
{
	struct in_addr address;

	if (inet_pton(AF_INET, optarg, &address) != 1)
		return bad_value(error, "localbind", optarg,
				 "an IPv4 address such as 192.0.2.1 is allowed");
	options->local_address = optarg;
	return OPTIONS_RUN;
}

static enum options_result take_mark(struct options *options, char *error)
{
	uint64_t mark;

	if (!number_decimal_or_hex(optarg, UINT32_MAX, &mark))
		return bad_value(error, "rtmark", optarg,
				 "a number from 0 to 4294967295 or 0x0 to 0xffffffff is allowed");
	options->mark = (uint32_t)mark;
	options->mark_set = true;
	return OPTIONS_RUN;
}

static enum options_result take_missing_window(struct options *options, char *error)
{
	unsigned int window = 0;
	enum options_result result =
		take_number("missing-window", optarg, 1, UINT_MAX, &window, error);

	if (result != OPTIONS_RUN)
		return result;
	options->missing_window_cut = window > PPTP_MISSING_WINDOW_MAX;
	options->missing_window = options->missing_window_cut ? PPTP_MISSING_WINDOW_MAX : window;
	return OPTIONS_RUN;
}

static enum options_result take_window(struct options *options, char *error)
{
	uint64_t packets;

	if (strcmp(optarg, "auto") == 0)
		options->window = PPTP_WINDOW_AUTO;
	else if (strcmp(optarg, "off") == 0)
		options->window = PPTP_WINDOW_OFF;
	else if (number_decimal(optarg, PPTP_WINDOW_MAX, &packets) && packets > 0)
		options->window = (uint32_t)packets;
	else
		return bad_value(error, "window", optarg,
				 "auto, off or a whole number from 1 to 65535 is allowed");
	return OPTIONS_RUN;
}

/* Options that only set something. */
static void take_flag(struct options *options, int id)
{
	switch (id) {
	case OPT_NOLAUNCHPPPD:
		options->launch_pppd = false;
		break;
	case OPT_DEBUG:
		options->debug = true;
		break;
	case OPT_SYNC:
		options->sync = true;
		break;
	case OPT_NOBUFFER:
		options->reorder = false;
		break;
	case OPT_NOHOSTROUTE:
		options->host_route = false;
		break;
	case OPT_NOSANDBOX:
		options->sandbox = false;
		break;
	}
}

static enum options_result take_option(struct options *options, int id, char *error)
{
	switch (id) {
	case OPT_PHONE:
		return take_phone(options, error);
	case OPT_QUIRKS:
		return take_quirk(options, error);
	case OPT_TIMEOUT:
		return take_reorder_timeout(options, error);
	case OPT_IDLE_WAIT:
		return take_wait("idle-wait", optarg, 0, &options->echo_idle_ms, error);
	case OPT_MAX_ECHO_WAIT:
		return take_wait("max-echo-wait", optarg, 1, &options->echo_reply_ms, error);
	case OPT_LOGSTRING:
		options->log_string = optarg;
		return OPTIONS_RUN;
	case OPT_LOCALBIND:
		return take_local_address(options, error);
	case OPT_RTMARK:
		return take_mark(options, error);
	case OPT_LOGLEVEL:
		return take_number("loglevel", optarg, 0, 2, &options->log_level, error);
	case OPT_TEST_TYPE:
		return take_number("test-type", optarg, 0, 3, &options->test_type, error);
	case OPT_TEST_RATE:
		return take_number("test-rate", optarg, 1, UINT_MAX, &options->test_rate, error);
	case OPT_MISSING_WINDOW:
		return take_missing_window(options, error);
	case OPT_WINDOW:
		return take_window(options, error);
	case OPT_CONNECT_TIMEOUT:
		return take_phase_timeout(options, error);
	case OPT_VERSION:
		return OPTIONS_VERSION;
	case OPT_HELP:
		return OPTIONS_HELP;
	default:
		take_flag(options, id);
		return OPTIONS_RUN;
	}
}

static enum options_result take_word(struct options *options, const char *word, char *error)
{
	if (strcmp(word, "-") == 0)
		return wrong(error, "unknown option \"-\"; put options of pppd after \"--\"");
	if (options->server)
		options->pppd_arguments[options->pppd_count++] = word;
	else
		options->server = word;
	return OPTIONS_RUN;
}

static size_t name_length(const char *word)
{
	return strcspn(word, "=");
}

/* Says what is wrong with an option that getopt_long() did not take. */
static enum options_result not_taken(const char *word, int returned, char *error)
{
	const char *name = word + 2;
	size_t length = name_length(name);
	const struct option *found = NULL;
	const struct option *option;
	int matches = 0;

	if (strncmp(word, "--", 2) == 0) {
		for (option = long_options; option->name; option++) {
			if (strncmp(option->name, name, length) != 0)
				continue;
			found = option;
			matches++;
			if (strlen(option->name) == length) {
				matches = 1;
				break;
			}
		}
	}
	if (matches == 0)
		return wrong(error, "unknown option \"%.80s\"; put options of pppd after \"--\"",
			     word);
	if (matches > 1)
		return wrong(error, "option \"%.80s\" is ambiguous", word);
	if (returned == ':')
		return wrong(error, "option --%s needs a value", found->name);
	return wrong(error, "option --%s takes no value", found->name);
}

static void set_defaults(struct options *options)
{
	memset(options, 0, sizeof(*options));
	options->log_string = "anon";
	options->log_level = 1;
	options->launch_pppd = true;
	options->reorder = true;
	options->host_route = true;
	options->sandbox = true;
	options->quirk = PPTP_QUIRK_NONE;
	options->window = PPTP_WINDOW_OFF;
	options->echo_idle_ms = 60000;
	options->echo_reply_ms = 60000;
	options->test_rate = 100;
}

static enum options_result parse_words(struct options *options, int argc, char **argv, char *error)
{
	enum options_result result;
	int id;
	int at;

	/* Zero makes glibc's getopt start anew; the word that it looks at next is then argv[1]. */
	optind = 0;
	opterr = 0;
	for (;;) {
		at = optind > 0 ? optind : 1;
		/* Before any thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
		id = getopt_long(argc, argv, "-:", long_options, NULL);
		if (id == -1)
			return OPTIONS_RUN;
		if (id == '?' || id == ':')
			return not_taken(argv[at], id, error);
		if (id == NOT_AN_OPTION)
			result = take_word(options, optarg, error);
		else
			result = take_option(options, id, error);
		if (result != OPTIONS_RUN)
			return result;
	}
}

enum options_result options_parse(struct options *options, int argc, char **argv,
				  char error[OPTIONS_ERROR_MAX])
{
	enum options_result result;

	set_defaults(options);
	error[0] = '\0';
	options->pppd_arguments = calloc((size_t)argc + 1, sizeof(*options->pppd_arguments));
	if (!options->pppd_arguments)
		return OPTIONS_MEMORY;
	result = parse_words(options, argc, argv, error);
	if (result != OPTIONS_RUN)
		return result;
	while (optind < argc)
		options->pppd_arguments[options->pppd_count++] = argv[optind++];
	if (!options->server)
		return wrong(error, "the server is missing: its name or IPv4 address");
	if (!*options->server)
		return wrong(error, "the server's name is empty");
	return OPTIONS_RUN;
}

void options_clear(struct options *options)
{
	free(options->pppd_arguments);
	options->pppd_arguments = NULL;
	options->pppd_count = 0;
}
