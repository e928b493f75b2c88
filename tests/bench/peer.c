/* SPDX-License-Identifier: MIT */
/*
 * The load: runs a client on a terminal and a server for it, and measures the client.
 *
 *	bench_peer OPTIONS SCENARIO -- CLIENT ARGUMENTS...
 *
 * Runs in the server's network namespace; prints one JSON object on standard output.
 */
#include "scenarios.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static const struct {
	const char *name;
	scenario_fn *run;
} scenarios[] = {
	{ "load", scenario_load },   { "latency", scenario_latency }, { "bursts", scenario_bursts },
	{ "setup", scenario_setup }, { "loss", scenario_loss },       { "idle", scenario_idle },
	{ "soak", scenario_soak },
};

struct command_line {
	struct options options;
	const char *address;
	const char *client_address;
	const char *netns;
	const char *log;
	int cpu;
	int client_cpu;
};

enum {
	ADDRESS = 'a',
	CLIENT = 'c',
	NETNS = 'n',
	LOG = 'l',
	CPU = 'p',
	CLIENT_CPU = 'q',
	SECONDS = 's',
	TUNNELS = 't',
	REPEATS = 'r',
	RATE = 'f',
	SIZE = 'z'
};

static const struct option long_options[] = {
	{ "address", required_argument, NULL, ADDRESS },
	{ "client", required_argument, NULL, CLIENT },
	{ "netns", required_argument, NULL, NETNS },
	{ "log", required_argument, NULL, LOG },
	{ "cpu", required_argument, NULL, CPU },
	{ "client-cpu", required_argument, NULL, CLIENT_CPU },
	{ "seconds", required_argument, NULL, SECONDS },
	{ "tunnels", required_argument, NULL, TUNNELS },
	{ "repeats", required_argument, NULL, REPEATS },
	{ "rate", required_argument, NULL, RATE },
	{ "size", required_argument, NULL, SIZE },
	{ NULL, 0, NULL, 0 },
};

static bool parse_one(struct command_line *line, int option)
{
	unsigned int number = (unsigned int)strtoul(optarg, NULL, 10);

	switch (option) {
	case ADDRESS:
		line->address = optarg;
		return true;
	case CLIENT:
		line->client_address = optarg;
		return true;
	case NETNS:
		line->netns = optarg;
		return true;
	case LOG:
		line->log = optarg;
		return true;
	case CPU:
		line->cpu = atoi(optarg);
		return true;
	case CLIENT_CPU:
		line->client_cpu = atoi(optarg);
		return true;
	case SECONDS:
		line->options.duration = (uint64_t)(atof(optarg) * 1e9);
		return true;
	case TUNNELS:
		line->options.tunnels = number;
		return number && number <= TUNNELS_MAX;
	case REPEATS:
		line->options.repeats = number;
		return true;
	case RATE:
		line->options.rate = number;
		return number > 0;
	case SIZE:
		line->options.size = number;
		return number >= HELLO_SIZE && number + 2 <= FRAME_SIZE_MAX;
	default:
		return false;
	}
}

static bool parse(struct command_line *line, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "+", long_options, NULL)) != -1)
		if (!parse_one(line, option))
			return false;
	return line->address && line->client_address && line->netns && argc - optind > 2 &&
	       strcmp(argv[optind + 1], "--") == 0;
}

static scenario_fn *scenario_named(const char *name)
{
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (strcmp(scenarios[i].name, name) == 0)
			return scenarios[i].run;
	return NULL;
}

static bool prepare(struct bench *bench, const struct command_line *line)
{
	bench->program.netns = open(line->netns, O_RDONLY | O_CLOEXEC);
	bench->program.log_fd =
		line->log ? open(line->log, O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC,
				 0644)
			  : STDERR_FILENO;
	bench->program.cpu = line->client_cpu;
	run_on_cpu(line->cpu);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	return bench->program.netns >= 0 && bench->program.log_fd >= 0 &&
	       inet_pton(AF_INET, line->address, &bench->address) == 1 &&
	       inet_pton(AF_INET, line->client_address, &bench->client_address) == 1 &&
	       bench_open(bench);
}

int main(int argc, char **argv)
{
	static struct bench bench;
	struct command_line line = { .cpu = -1,
				     .client_cpu = -1,
				     .options = { .duration = 400 * MS,
						  .tunnels = 1,
						  .repeats = 1,
						  .rate = 1000,
						  .size = 1400 } };
	scenario_fn *scenario = NULL;
	bool fine;

	if (parse(&line, argc, argv))
		scenario = scenario_named(argv[optind]);
	if (!scenario) {
		fprintf(stderr, "usage: %s OPTIONS SCENARIO -- CLIENT ARGUMENTS...\n", argv[0]);
		return 2;
	}
	bench.program.argv = argv + optind + 2;
	if (!prepare(&bench, &line)) {
		perror("bench_peer");
		return EXIT_FAILURE;
	}
	fine = scenario(&bench, &line.options);
	bench_close(&bench);
	return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
