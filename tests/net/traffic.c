/* SPDX-License-Identifier: MIT */
#include "traffic.h"

#include "bytewise_hdlc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
	HEADER = 4 + 8,    /* ff 03 c0 21, LCP code, id, length, magic number */
	STAMP = 4 + 4 + 8, /* run, number, time */
	FRAME_MIN = HEADER + STAMP,
	LATENCIES_MAX = 200000,
	NUMBERS_SHOWN = 64,
};

struct traffic {
	int fd;
	const struct traffic_plan *plan;
	struct hdlc_decoder decoder;
	uint8_t out[2 * HDLC_FRAME_MAX + 8];
	size_t out_length;
	size_t out_done;
	unsigned long sent;
	unsigned long spoiled;
	unsigned long received; /* good frames of this run */
	unsigned long corrupt;
	unsigned long late; /* number below the highest seen */
	unsigned long duplicate;
	unsigned long foreign; /* other runs, other frames */
	unsigned long highest; /* number after the highest seen */
	uint8_t *seen;
	uint64_t *latency;
	unsigned long latencies;
	unsigned long shown[NUMBERS_SHOWN];
	uint64_t last_progress;
	uint64_t next_send;
	int hangup;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void put32(uint8_t *p, uint32_t value)
{
	p[0] = value >> 24;
	p[1] = value >> 16;
	p[2] = value >> 8;
	p[3] = value;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint8_t pattern_byte(const char *pattern, unsigned long number, size_t at)
{
	switch (pattern[0]) {
	case 'f':
		return (at + number) & 1 ? 0x7e : 0x7d;
	case 'z':
		return 0;
	case 'r':
		return (uint8_t)(((number + 1) * 2654435761u + at * 40503u + (at * at << 3)) >> 7);
	default:
		return (uint8_t)(number + at);
	}
}

static size_t frame_size(const struct traffic_plan *plan, unsigned long number)
{
	unsigned long span = plan->size_max - plan->size_min + 1;

	return plan->size_min + (number * 37) % span;
}

static size_t frame_build(uint8_t *frame, const struct traffic_plan *plan, unsigned long number)
{
	size_t size = frame_size(plan, number);
	uint64_t stamp = now_ns();
	size_t i;

	memcpy(frame, "\xff\x03\xc0\x21\x09", 5);
	frame[5] = number & 0xff;
	frame[6] = (size - 4) >> 8;
	frame[7] = (size - 4) & 0xff;
	memcpy(frame + 8, "bed1", 4);
	put32(frame + HEADER, plan->run);
	put32(frame + HEADER + 4, number);
	put32(frame + HEADER + 8, stamp >> 32);
	put32(frame + HEADER + 12, stamp & 0xffffffff);
	for (i = FRAME_MIN; i < size; i++)
		frame[i] = pattern_byte(plan->pattern, number, i);
	return size;
}

static int frame_intact(const uint8_t *frame, size_t length, const struct traffic_plan *plan,
			unsigned long number)
{
	size_t i;

	if (length != frame_size(plan, number))
		return 0;
	for (i = FRAME_MIN; i < length; i++) {
		if (frame[i] != pattern_byte(plan->pattern, number, i))
			return 0;
	}
	return 1;
}

static void frame_arrived(struct traffic *t, const uint8_t *frame, size_t length)
{
	unsigned long number;
	uint64_t stamp;

	if (length < FRAME_MIN || memcmp(frame, "\xff\x03\xc0\x21", 4) != 0 ||
	    memcmp(frame + 8, "bed1", 4) != 0 || get32(frame + HEADER) != t->plan->run) {
		t->foreign++;
		return;
	}
	number = get32(frame + HEADER + 4);
	if (!frame_intact(frame, length, t->plan, number)) {
		t->corrupt++;
		return;
	}
	t->last_progress = now_ns();
	if (t->received < NUMBERS_SHOWN)
		t->shown[t->received] = number;
	t->received++;
	if (number - t->plan->first < t->plan->count) {
		if (t->seen[number - t->plan->first]++)
			t->duplicate++;
	}
	if (number < t->highest)
		t->late++;
	else
		t->highest = number + 1;
	stamp = (uint64_t)get32(frame + HEADER + 8) << 32 | get32(frame + HEADER + 12);
	if (t->latencies < LATENCIES_MAX)
		t->latency[t->latencies++] = now_ns() - stamp;
}

static void line_read(struct traffic *t)
{
	uint8_t chunk[4096];
	ssize_t n = read(t->fd, chunk, sizeof(chunk));
	ssize_t i;

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		t->hangup = 1;
	for (i = 0; i < n; i++) {
		size_t length = hdlc_feed(&t->decoder, chunk[i]);

		if (length)
			frame_arrived(t, t->decoder.frame, length);
	}
}

static void line_write(struct traffic *t)
{
	ssize_t n = write(t->fd, t->out + t->out_done, t->out_length - t->out_done);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		t->hangup = 1;
	if (n > 0)
		t->out_done += (size_t)n;
}

static int may_send(const struct traffic *t)
{
	unsigned long under_way = t->sent - t->spoiled - t->received;

	if (t->sent == t->plan->count || now_ns() < t->next_send)
		return 0;
	return t->plan->one_way || t->received + t->spoiled > t->sent ||
	       under_way < t->plan->window;
}

static void next_frame(struct traffic *t)
{
	uint8_t frame[HDLC_FRAME_MAX];
	size_t size = frame_build(frame, t->plan, t->plan->first + t->sent);
	int spoil = t->plan->spoil_every && (t->sent + 1) % t->plan->spoil_every == 0;

	t->out_length = hdlc_encode(t->out, frame, size, t->plan->accm, spoil);
	t->out_done = 0;
	t->sent++;
	t->spoiled += (unsigned long)spoil;
	t->next_send = now_ns() + (uint64_t)t->plan->gap_us * 1000;
	t->last_progress = now_ns();
}

static int finished(const struct traffic *t)
{
	const struct traffic_plan *plan = t->plan;
	int all_sent = t->sent == plan->count && t->out_done == t->out_length;

	if (t->hangup)
		return 1;
	/* Not in the middle of a frame, whose rest would be damage to who reads next. */
	if (plan->until_first && t->received && t->decoder.length == 0)
		return 1;
	if (all_sent && plan->one_way)
		return 1;
	if (all_sent && plan->count && t->received + t->spoiled >= t->sent)
		return 1;
	return now_ns() - t->last_progress > (uint64_t)plan->quiet_ms * 1000000;
}

static void step(struct traffic *t)
{
	struct pollfd p = { .fd = t->fd, .events = POLLIN };
	uint64_t now = now_ns();
	int wait_ms = 20;

	if (t->out_done == t->out_length && may_send(t))
		next_frame(t);
	if (t->out_done < t->out_length)
		p.events |= POLLOUT;
	else if (t->sent < t->plan->count && t->next_send > now)
		wait_ms = (int)((t->next_send - now) / 1000000);
	if (poll(&p, 1, wait_ms) < 0)
		return;
	if (p.revents & POLLIN)
		line_read(t);
	else if (p.revents & (POLLHUP | POLLERR))
		t->hangup = 1;
	if (p.revents & POLLOUT)
		line_write(t);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void report_print(struct traffic *t, FILE *report)
{
	unsigned long distinct = 0;
	unsigned long i;

	for (i = 0; i < t->plan->count; i++)
		distinct += t->seen[i] != 0;
	qsort(t->latency, t->latencies, sizeof(t->latency[0]), by_value);
	fprintf(report, "{\"sent\": %lu, \"spoiled\": %lu, \"received\": %lu, \"distinct\": %lu, ",
		t->sent, t->spoiled, t->received, distinct);
	fprintf(report, "\"late\": %lu, \"duplicate\": %lu, \"corrupt\": %lu, \"foreign\": %lu, ",
		t->late, t->duplicate, t->corrupt, t->foreign);
	fprintf(report, "\"bad_fcs\": %llu, \"aborted\": %llu, \"hangup\": %d, ",
		(unsigned long long)t->decoder.bad_fcs, (unsigned long long)t->decoder.aborted,
		t->hangup);
	fprintf(report, "\"latency_us\": {\"median\": %llu, \"max\": %llu}, \"numbers\": [",
		(unsigned long long)(t->latencies ? t->latency[t->latencies / 2] / 1000 : 0),
		(unsigned long long)(t->latencies ? t->latency[t->latencies - 1] / 1000 : 0));
	for (i = 0; i < t->received && i < NUMBERS_SHOWN; i++)
		fprintf(report, "%s%lu", i ? ", " : "", t->shown[i]);
	fprintf(report, "]}\n");
	fflush(report);
}

int traffic_run(int fd, const struct traffic_plan *plan, FILE *report)
{
	struct traffic *t = calloc(1, sizeof(*t));
	int hangup;

	if (!t)
		return 1;
	t->seen = calloc(plan->count + 1, 1);
	t->latency = calloc(LATENCIES_MAX, sizeof(t->latency[0]));
	if (!t->seen || !t->latency || terminal_raw(fd) < 0) {
		fprintf(report, "{\"error\": \"%s\"}\n", strerror(errno));
		fflush(report);
		free(t->seen);
		free(t->latency);
		free(t);
		return 1;
	}
	t->fd = fd;
	t->plan = plan;
	t->last_progress = now_ns();
	while (!finished(t))
		step(t);
	report_print(t, report);
	hangup = t->hangup;
	free(t->seen);
	free(t->latency);
	free(t);
	return hangup;
}

int terminal_raw(int fd)
{
	struct termios tio;
	int flags = fcntl(fd, F_GETFL);

	if (tcgetattr(fd, &tio) < 0)
		return -1;
	cfmakeraw(&tio);
	tio.c_cflag |= CLOCAL | CREAD;
	tio.c_cflag &= ~(tcflag_t)HUPCL;
	if (tcsetattr(fd, TCSANOW, &tio) < 0 || flags < 0)
		return -1;
	return fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int number_option(struct traffic_plan *plan, const char *name, const char *value)
{
	const struct {
		const char *name;
		unsigned long *where;
	} table[] = {
		{ "--count", &plan->count },       { "--size-min", &plan->size_min },
		{ "--size-max", &plan->size_max }, { "--window", &plan->window },
		{ "--quiet-ms", &plan->quiet_ms }, { "--gap-us", &plan->gap_us },
		{ "--spoil", &plan->spoil_every }, { "--run", &plan->run },
		{ "--first", &plan->first },
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(name, table[i].name) == 0) {
			*table[i].where = strtoul(value, NULL, 10);
			return 0;
		}
	}
	return -1;
}

int traffic_parse(struct traffic_plan *plan, int argc, char **argv)
{
	int i;

	*plan = (struct traffic_plan){ .count = 1,
				       .size_min = 64,
				       .size_max = 64,
				       .window = 16,
				       .quiet_ms = 2000,
				       .pattern = "count",
				       .run = 1 };
	for (i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--one-way") == 0)
			plan->one_way = 1;
		else if (strcmp(argv[i], "--until-first") == 0)
			plan->until_first = 1;
		else if (i + 1 == argc)
			return -1;
		else if (strcmp(argv[i], "--pattern") == 0)
			plan->pattern = argv[++i];
		else if (strcmp(argv[i], "--accm") == 0)
			plan->accm = (uint32_t)strtoul(argv[++i], NULL, 16);
		else if (number_option(plan, argv[i], argv[i + 1]) == 0)
			i++;
		else
			return -1;
	}
	if (plan->size_min < FRAME_MIN || plan->size_max < plan->size_min ||
	    plan->size_max > HDLC_FRAME_MAX - 2)
		return -1;
	return 0;
}
