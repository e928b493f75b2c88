/* SPDX-License-Identifier: MIT */
/*
 * Stands in for pppd where the kernel has no PPP.
 *
 *   ppp_standin serve [--mode echo|sink] [--greet N] [--log FILE]   server: on the tty at fd 0
 *	(greets with one frame unless told otherwise: poptop forwards nothing before that)
 *   ppp_standin traffic [...]                                      frames on the tty at fd 0
 *   ppp_standin pppd <tty> 38400 ...                               client in launch mode
 */
#include "bytewise_hdlc.h"
#include "pppd_standin.h"
#include "traffic.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct server {
	struct hdlc_decoder decoder;
	int echo;
	unsigned long greet;
	const char *log;
	unsigned long dropped; /* echoes that the line did not take in time */
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	ended = number;
}

static void write_all(struct server *server, const uint8_t *data, size_t length)
{
	while (length && !ended) {
		struct pollfd p = { .fd = 0, .events = POLLOUT };
		ssize_t n = write(0, data, length);

		if (n < 0 && errno == EAGAIN) {
			if (poll(&p, 1, 1000) > 0)
				continue;
			server->dropped++;
			return;
		}
		if (n < 0)
			return;
		data += n;
		length -= (size_t)n;
	}
}

static int serve_chunk(struct server *server)
{
	uint8_t out[2 * HDLC_FRAME_MAX + 8];
	uint8_t chunk[4096];
	ssize_t n = read(0, chunk, sizeof(chunk));
	ssize_t i;

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		return -1;
	for (i = 0; i < n; i++) {
		size_t length = hdlc_feed(&server->decoder, chunk[i]);

		if (length && server->echo)
			write_all(server, out,
				  hdlc_encode(out, server->decoder.frame, length, 0, 0));
	}
	return 0;
}

static void greet(struct server *server)
{
	const uint8_t frame[] = { 0xff, 0x03, 0xc0, 0x21, 9, 1, 0, 8, 'h', 'i', 'y', 'a' };
	uint8_t out[64];
	unsigned long i;

	for (i = 0; i < server->greet; i++)
		write_all(server, out, hdlc_encode(out, frame, sizeof(frame), 0xffffffff, 0));
}

static void serve_log(const struct server *server)
{
	FILE *file = server->log ? fopen(server->log, "a") : NULL;

	if (!file)
		return;
	fprintf(file,
		"{\"good\": %llu, \"bad_fcs\": %llu, \"aborted\": %llu, \"dropped\": %lu, "
		"\"signal\": %d}\n",
		(unsigned long long)server->decoder.good,
		(unsigned long long)server->decoder.bad_fcs,
		(unsigned long long)server->decoder.aborted, server->dropped, (int)ended);
	fclose(file);
}

static int serve(int argc, char **argv)
{
	static struct server server = { .echo = 1, .greet = 1 };
	struct sigaction action = { .sa_handler = on_signal };
	int i;

	for (i = 0; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--mode") == 0)
			server.echo = strcmp(argv[i + 1], "echo") == 0;
		else if (strcmp(argv[i], "--greet") == 0)
			server.greet = strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--log") == 0)
			server.log = argv[i + 1];
		else
			return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	if (terminal_raw(0) < 0)
		return 1;
	greet(&server);
	while (!ended) {
		struct pollfd p = { .fd = 0, .events = POLLIN };

		if (poll(&p, 1, 1000) > 0 && serve_chunk(&server) < 0)
			break;
	}
	serve_log(&server);
	return 0;
}

int main(int argc, char **argv)
{
	struct traffic_plan plan;

	if (argc >= 2 && strcmp(argv[1], "serve") == 0)
		return serve(argc - 2, argv + 2);
	if (argc >= 2 && strcmp(argv[1], "pppd") == 0)
		return pppd_standin(argc - 2, argv + 2);
	if (argc >= 2 && strcmp(argv[1], "traffic") == 0 &&
	    traffic_parse(&plan, argc - 2, argv + 2) == 0)
		return traffic_run(0, &plan, stdout);
	fprintf(stderr, "usage: ppp_standin serve|traffic|pppd ...\n");
	return 2;
}
