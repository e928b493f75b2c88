/* SPDX-License-Identifier: MIT */
/*
 * Many sessions of one process to one server, through a hub, in a network namespace of its own.
 * Prints TAP: all come up, each carries its own frames, all end by the book; and what a packet of
 * one busy session costs, and what an idle session takes, with 1, 10, 100 and 1,000 sessions.
 *
 *	many_sessions [--any-memory]        with sanitizers, whose shadow would be counted
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <pptp/pptp.h>

#include "echo_pacs.h"
#include "network.h"

#define SESSIONS_MAX 1000
#define CLIENT       "127.0.0.1"
#define SERVER       "127.0.0.2"
#define DEADLINE     60 /* seconds for any one step */
#define IN_FLIGHT    32
#define PACKETS      100000
#define FRAME_SIZE   1400
/* How much more a packet may cost with 1,000 sessions than with one. */
#define FLAT_FACTOR  1.5
#define IDLE_KIB_MAX 32

struct bed {
	int epoll_fd;
	struct peers *peers;
	struct pptp_hub *hub;
	unsigned int count;
	unsigned int up;
	unsigned int closed;
	struct pptp_session *sessions[SESSIONS_MAX];
	unsigned int echoed[SESSIONS_MAX];
	unsigned int strange; /* frames that were not the session's own, or not in order */
};

/* Values of epoll's data that are no session's index. */
#define WHAT_HUB   SESSIONS_MAX
#define WHAT_PEERS (SESSIONS_MAX + 1)

static int test_number;

static bool report(bool good, const char *name)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++test_number, name);
	fflush(stdout);
	return good;
}

static void watch(struct bed *bed, int fd, uint32_t what)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = what };

	epoll_ctl(bed->epoll_fd, EPOLL_CTL_ADD, fd, &ev);
}

static void make_frame(uint8_t *frame, unsigned int session, unsigned int number)
{
	memset(frame, 0, FRAME_SIZE);
	memcpy(frame, &session, sizeof(session));
	memcpy(frame + sizeof(session), &number, sizeof(number));
}

static void take_frames(struct bed *bed, unsigned int index)
{
	struct pptp_frame frame;
	unsigned int session, number;

	while (pptp_session_pop_frame(bed->sessions[index], &frame)) {
		memcpy(&session, frame.data, sizeof(session));
		memcpy(&number, frame.data + sizeof(session), sizeof(number));
		if (session != index || number != bed->echoed[index])
			bed->strange++;
		bed->echoed[index]++;
	}
}

static void serve_session(struct bed *bed, unsigned int index)
{
	struct pptp_session *session = bed->sessions[index];
	const struct pptp_event *event;

	if (!session)
		return;
	pptp_session_dispatch(session);
	take_frames(bed, index);
	while ((event = pptp_session_pop_event(session))) {
		if (event->type == PPTP_EVENT_CALL_UP)
			bed->up++;
		if (event->type != PPTP_EVENT_CLOSED)
			continue;
		if (event->u.down.reason != PPTP_REASON_STOPPED)
			printf("# session %u: %s\n", index, event->u.down.text);
		bed->closed++;
		bed->sessions[index] = pptp_session_free(session);
		return;
	}
}

static void turn(struct bed *bed)
{
	struct epoll_event events[64];
	int n = epoll_wait(bed->epoll_fd, events, 64, 1000);

	for (int i = 0; i < n; i++) {
		if (events[i].data.u32 == WHAT_HUB)
			pptp_hub_dispatch(bed->hub);
		else if (events[i].data.u32 == WHAT_PEERS)
			peers_dispatch(bed->peers);
		else
			serve_session(bed, events[i].data.u32);
	}
}

/* Turns until *value has reached `goal`; false when that takes too long. */
static bool until(struct bed *bed, const unsigned int *value, unsigned int goal)
{
	time_t end = time(NULL) + DEADLINE;

	while (*value < goal && time(NULL) < end)
		turn(bed);
	return *value >= goal;
}

static bool add_session(struct bed *bed)
{
	struct pptp_config *cfg;
	unsigned int index = bed->count++;
	int err = pptp_config_new(&cfg);

	if (!err)
		err = pptp_config_set_server(cfg, SERVER);
	if (!err)
		err = pptp_config_set_local_address(cfg, CLIENT);
	if (!err)
		err = pptp_config_set_hub(cfg, bed->hub);
	if (!err)
		err = pptp_session_new(&bed->sessions[index], cfg);
	pptp_config_free(cfg);
	if (err) {
		printf("# session %u: %s\n", index, pptp_strerror(err));
		return false;
	}
	watch(bed, pptp_session_get_fd(bed->sessions[index]), index);
	return pptp_session_start(bed->sessions[index]) == 0;
}

static bool grow(struct bed *bed, unsigned int count)
{
	while (bed->count < count)
		if (!add_session(bed) || !until(bed, &bed->up, bed->count))
			return false;
	return true;
}

static bool each_carries_its_own(struct bed *bed)
{
	uint8_t frame[FRAME_SIZE];

	for (unsigned int number = 0; number < 5; number++) {
		for (unsigned int i = 0; i < bed->count; i++) {
			make_frame(frame, i, number);
			pptp_session_send_frame(bed->sessions[i], frame, sizeof(frame));
		}
		for (unsigned int i = 0; i < bed->count; i++)
			if (!until(bed, &bed->echoed[i], number + 1))
				return false;
	}
	return bed->strange == 0;
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Nanoseconds of processor time for a packet of session 0 there and back, both ends; < 0: lost. */
static double cost_per_packet(struct bed *bed)
{
	unsigned int first = bed->echoed[0], sent = first, end = first + PACKETS;
	time_t deadline = time(NULL) + DEADLINE;
	double before = cpu_seconds();
	uint8_t frame[FRAME_SIZE];

	while (bed->echoed[0] < end && time(NULL) < deadline) {
		while (sent < end && sent < bed->echoed[0] + IN_FLIGHT) {
			make_frame(frame, 0, sent++);
			pptp_session_send_frame(bed->sessions[0], frame, sizeof(frame));
		}
		turn(bed);
	}
	if (bed->echoed[0] < end)
		return -1;
	return (cpu_seconds() - before) * 1e9 / PACKETS;
}

static long resident_kib(void)
{
	long pages = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file) {
		if (fscanf(file, "%ld %ld", &pages, &resident) != 2)
			resident = 0;
		fclose(file);
	}
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void measure(struct bed *bed, bool any_memory)
{
	static const unsigned int counts[] = { 1, 10, 100, SESSIONS_MAX };
	double cost[4], kib = 0;
	long before = 0;
	bool arrived = true;

	printf("# sessions   ns a packet, there and back, both ends   KiB a session, both ends\n");
	for (int i = 0; i < 4; i++) {
		bool grown = grow(bed, counts[i]);

		if (i == 0)
			before = resident_kib();
		else
			kib = (double)(resident_kib() - before) / (counts[i] - 1);
		cost[i] = grown ? cost_per_packet(bed) : -1;
		arrived = arrived && cost[i] >= 0;
		printf("# %8u %42.0f %26.1f\n", counts[i], cost[i], kib);
	}
	report(arrived && bed->strange == 0, "1,000 sessions up; every packet came, in order");
	report(cost[3] <= cost[0] * FLAT_FACTOR,
	       "a packet costs the same with 1 and 1,000 sessions");
	if (any_memory)
		return;
	report(kib < IDLE_KIB_MAX, "an idle session takes less than 32 KiB, its peer included");
}

static bool all_end(struct bed *bed)
{
	for (unsigned int i = 0; i < bed->count; i++)
		pptp_session_stop(bed->sessions[i]);
	return until(bed, &bed->closed, bed->count);
}

static void allow_descriptors(void)
{
	struct rlimit limit = { .rlim_cur = 16384, .rlim_max = 16384 };

	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	static struct bed bed;
	struct in_addr address;
	bool any_memory = argc > 1 && strcmp(argv[1], "--any-memory") == 0;
	bool good;

	if (geteuid() != 0 || !own_network()) {
		printf("1..0 # SKIP many sessions in one process: needs root\n");
		return EXIT_SUCCESS;
	}
	printf("1..%d\n", any_memory ? 4 : 5);
	allow_descriptors();
	inet_pton(AF_INET, SERVER, &address);
	bed.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	bed.peers = peers_new(address);
	watch(&bed, peers_get_fd(bed.peers), WHAT_PEERS);
	if (pptp_hub_new(&bed.hub) < 0)
		return EXIT_FAILURE;
	watch(&bed, pptp_hub_get_fd(bed.hub), WHAT_HUB);

	measure(&bed, any_memory);
	memset(bed.echoed, 0, sizeof(bed.echoed));
	good = report(each_carries_its_own(&bed), "each session carries its own frames");
	good = report(all_end(&bed), "all sessions end by the book") && good;
	pptp_hub_free(bed.hub);
	peers_free(bed.peers);
	close(bed.epoll_fd);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
