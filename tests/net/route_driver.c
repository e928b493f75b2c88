/* SPDX-License-Identifier: MIT */

/*
 * Drives <pptp/route.h> by lines on standard input, one answer line each; log lines come in between
 * and begin with "log". For route_test.py.
 *
 *     lookup DST [src ADDRESS] [mark N] [oif NAME]
 *     pin ID DST [src ADDRESS] [mark N] [oif NAME]      ID is 0 to 3
 *     state ID | info ID | wakeups ID | cloexec ID | unpin ID
 */

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pptp/route.h>

#define PINS      4
#define WORDS_MAX 12

static struct pptp_route *pins[PINS];
static unsigned int wakeups[PINS];

static void on_log(void *user, bool warning, const char *text)
{
	printf("log %d %s %s\n", (int)(size_t)user, warning ? "warning" : "info", text);
}

static int parse_query(struct pptp_route_query *query, char **words, int count)
{
	memset(query, 0, sizeof(*query));
	if (count < 1 || inet_pton(AF_INET, words[0], &query->dst) != 1)
		return -1;
	for (int n = 1; n + 1 < count; n += 2) {
		if (strcmp(words[n], "src") == 0) {
			if (inet_pton(AF_INET, words[n + 1], &query->src) != 1)
				return -1;
		} else if (strcmp(words[n], "mark") == 0) {
			query->mark = (uint32_t)strtoul(words[n + 1], NULL, 0);
		} else if (strcmp(words[n], "oif") == 0) {
			query->oif = if_nametoindex(words[n + 1]);
			if (!query->oif)
				return -1;
		} else {
			return -1;
		}
	}
	return 0;
}

static void print_info(int r, const struct pptp_route_info *info)
{
	static const char *const kinds[] = { "?", "local", "link", "gateway" };
	char gateway[INET_ADDRSTRLEN];
	char src[INET_ADDRSTRLEN];

	if (r < 0) {
		printf("error %d %s\n", r, pptp_strerror(r));
		return;
	}
	inet_ntop(AF_INET, &info->gateway, gateway, sizeof(gateway));
	inet_ntop(AF_INET, &info->src, src, sizeof(src));
	printf("%s via %s dev %s src %s table %u metric %u mtu %u len %u proto %u\n",
	       kinds[info->kind], gateway, info->ifname, src, info->table, info->metric, info->mtu,
	       info->prefix_len, info->protocol);
}

static void print_state(int id)
{
	static const char *const states[] = { "?", "pinned", "unneeded", "lost" };

	printf("%s\n", states[pptp_route_get_state(pins[id])]);
}

static void run_lookup(char **words, int count)
{
	struct pptp_route_query query;
	struct pptp_route_info info;
	int r;

	if (parse_query(&query, words, count) < 0) {
		printf("usage\n");
		return;
	}
	r = pptp_route_lookup(&query, &info, sizeof(info));
	print_info(r, &info);
}

static void run_pin(int id, char **words, int count)
{
	struct pptp_route_query query;
	int r;

	if (pins[id] || parse_query(&query, words, count) < 0) {
		printf("usage\n");
		return;
	}
	r = pptp_route_pin(&pins[id], &query, on_log, (void *)(size_t)id);
	if (r < 0)
		printf("error %d %s\n", r, pptp_strerror(r));
	else
		print_state(id);
}

static void run_on_pin(int id, char **words, int count)
{
	struct pptp_route_info info;

	if (strcmp(words[0], "pin") == 0 && count >= 3) {
		run_pin(id, words + 2, count - 2);
	} else if (!pins[id]) {
		printf("no pin\n");
	} else if (strcmp(words[0], "state") == 0) {
		print_state(id);
	} else if (strcmp(words[0], "info") == 0) {
		int r = pptp_route_get_info(pins[id], &info, sizeof(info));

		print_info(r, &info);
	} else if (strcmp(words[0], "wakeups") == 0) {
		printf("%u\n", wakeups[id]);
	} else if (strcmp(words[0], "cloexec") == 0) {
		printf("%d\n", fcntl(pptp_route_get_fd(pins[id]), F_GETFD) & FD_CLOEXEC);
	} else if (strcmp(words[0], "unpin") == 0) {
		pins[id] = pptp_route_unpin(pins[id]);
		printf("%s\n", pins[id] ? "not NULL" : "done");
	} else {
		printf("usage\n");
	}
}

static void run_line(char *line)
{
	char *words[WORDS_MAX];
	char *rest = line;
	int count = 0;

	while (count < WORDS_MAX && (words[count] = strtok_r(rest, " \n", &rest)) != NULL)
		count++;
	if (count >= 2 && strcmp(words[0], "lookup") == 0)
		run_lookup(words + 1, count - 1);
	else if (count >= 2 && words[1][0] >= '0' && words[1][0] < '0' + PINS)
		run_on_pin(words[1][0] - '0', words, count);
	else
		printf("usage\n");
}

static void dispatch(int id)
{
	int r;

	if (!pins[id])
		return;
	wakeups[id]++;
	r = pptp_route_dispatch(pins[id]);
	if (r < 0)
		printf("log %d dispatch %d %s\n", id, r, pptp_strerror(r));
}

int main(void)
{
	char line[256];

	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0); /* poll() must see every line that waits */
	for (;;) {
		struct pollfd polls[1 + PINS] = { { .fd = STDIN_FILENO, .events = POLLIN } };

		for (int id = 0; id < PINS; id++) {
			polls[1 + id].fd = pins[id] ? pptp_route_get_fd(pins[id]) : -1;
			polls[1 + id].events = POLLIN;
		}
		if (poll(polls, 1 + PINS, -1) < 0)
			return 1;
		for (int id = 0; id < PINS; id++) {
			if (polls[1 + id].revents)
				dispatch(id);
		}
		if (polls[0].revents) {
			if (!fgets(line, sizeof(line), stdin))
				break;
			run_line(line);
		}
	}
	for (int id = 0; id < PINS; id++)
		pins[id] = pptp_route_unpin(pins[id]);
	return 0;
}
