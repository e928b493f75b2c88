/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_BUFFER (32 * 1024 * 1024)

static int open_gre(const struct bench *bench)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr = bench->address };
	struct sockaddr_in there = { .sin_family = AF_INET, .sin_addr = bench->client_address };
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_GRE), size = SOCKET_BUFFER;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0 ||
	    connect(fd, (struct sockaddr *)&there, sizeof(there)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

bool bench_open(struct bench *bench)
{
	bench->gre = open_gre(bench);
	bench->command_fd = -1;
	bench->verify_mask = 63;
	return bench->gre >= 0 && control_open(&bench->control, bench->address) &&
	       clients_prepare();
}

/* Throws away what is still under way in terminals and sockets, then starts over. */
bool bench_use_size(struct bench *bench, size_t size)
{
	pool_free(&bench->pool);
	bench->have_pool = pool_new(&bench->pool, size);
	for (unsigned int i = 0; i < bench->count; i++) {
		struct tunnel *tunnel = &bench->tunnels[i];

		tunnel->up_byte = 0;
		tunnel->down = tunnel->up = (struct flow){ 0 };
	}
	return bench->have_pool;
}

static bool start_client(struct bench *bench, unsigned int number)
{
	struct tunnel *tunnel = &bench->tunnels[number];
	uint8_t frame[HELLO_SIZE], encoded[HELLO_ENCODED_MAX];
	size_t len;

	*tunnel = (struct tunnel){ .slave = -1, .started_at = clock_now() };
	tunnel->splitter = calloc(1, sizeof(*tunnel->splitter));
	if (!tunnel->splitter)
		return false;
	tunnel->slave = client_start(&bench->program, &tunnel->pid);
	if (tunnel->slave < 0)
		return false;
	hello_make(frame, number);
	len = frame_encode(frame, sizeof(frame), encoded);
	return write(tunnel->slave, encoded, len) == (ssize_t)len;
}

static void serve_a_moment(void *user)
{
	struct bench *bench = user;

	bench_turn(bench, clock_now() + 5 * MS);
}

/* A client whose Call ID was in use ends; the next one takes another. */
static bool restart_client(struct bench *bench, unsigned int number, uint64_t deadline)
{
	struct tunnel *tunnel = &bench->tunnels[number];

	while (waitpid(tunnel->pid, NULL, WNOHANG) == 0) {
		if (clock_now() >= deadline)
			return false;
		serve_a_moment(bench);
	}
	bench->control.refused--;
	free(tunnel->splitter);
	return start_client(bench, number);
}

static bool await_greeting(struct bench *bench, unsigned int number, uint64_t deadline)
{
	const struct tunnel *tunnel = &bench->tunnels[number];

	while (!tunnel->greeted_at && clock_now() < deadline) {
		if (tunnel->slave >= 0)
			bench_turn(bench, deadline);
		else if (!bench->control.refused || !restart_client(bench, number, deadline))
			break;
	}
	if (!tunnel->greeted_at)
		fprintf(stderr, "client %u carried no frame\n", number);
	return tunnel->greeted_at;
}

bool bench_start_clients(struct bench *bench, unsigned int count, uint64_t wait_ns)
{
	uint64_t deadline = clock_now() + wait_ns;
	unsigned int first = bench->count;

	while (bench->count < count)
		if (!start_client(bench, bench->count++))
			return false;
	for (unsigned int i = first; i < bench->count; i++)
		if (!await_greeting(bench, i, deadline))
			return false;
	return true;
}

void bench_stop_clients(struct bench *bench)
{
	clients_stop(serve_a_moment, bench);
	for (unsigned int i = 0; i < bench->count; i++) {
		if (bench->tunnels[i].slave >= 0)
			close(bench->tunnels[i].slave);
		free(bench->tunnels[i].splitter);
	}
	bench->count = 0;
	control_forget(&bench->control);
}

void bench_close(struct bench *bench)
{
	bench_stop_clients(bench);
	control_close(&bench->control);
	close(bench->gre);
	pool_free(&bench->pool);
}

void bench_turn(struct bench *bench, uint64_t until)
{
	struct pollfd fds[2 + TUNNELS_MAX + 1 + CONNECTIONS_MAX];
	uint64_t now = clock_now(), left = until > now ? until - now : 0;
	struct timespec wait = { .tv_sec = (time_t)(left / (1000 * MS)),
				 .tv_nsec = (long)(left % (1000 * MS)) };
	unsigned int n = 0, control;

	fds[n++] = (struct pollfd){ .fd = bench->gre, .events = POLLIN };
	for (unsigned int i = 0; i < bench->count; i++)
		fds[n++] = (struct pollfd){
			.fd = bench->tunnels[i].slave,
			.events = (short)(POLLIN | (bench->tunnels[i].want_up ? POLLOUT : 0))
		};
	control = n;
	n += control_poll(&bench->control, fds + n);
	fds[n] = (struct pollfd){ .fd = bench->command_fd, .events = POLLIN };
	if (ppoll(fds, n + 1, &wait, NULL) <= 0)
		return;
	for (unsigned int i = control; i < n; i++)
		if (fds[i].revents) {
			control_serve(&bench->control);
			break;
		}
	if (fds[0].revents)
		bench_receive_gre(bench);
	for (unsigned int i = 0; i < bench->count; i++)
		if ((fds[1 + i].revents & ~POLLOUT) && bench->tunnels[i].slave >= 0 &&
		    !bench_read_terminal(bench, &bench->tunnels[i])) {
			close(bench->tunnels[i].slave);
			bench->tunnels[i].slave = -1;
		}
}

/* Says once that we are ready. */
static void greet_commander(struct bench *bench)
{
	printf("{}\n");
	fflush(stdout);
	bench->command_fd = STDIN_FILENO;
	fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
}

bool bench_command(struct bench *bench, char *line, size_t size)
{
	size_t len = 0;
	ssize_t n;

	if (bench->command_fd < 0)
		greet_commander(bench);
	for (;;) {
		bench_turn(bench, clock_now() + 1000 * MS);
		while ((n = read(STDIN_FILENO, line + len, 1)) == 1 && line[len] != '\n')
			if (++len == size)
				return false;
		if (n == 1) {
			line[len] = '\0';
			return true;
		}
		if (n == 0)
			return false;
	}
}
