/* SPDX-License-Identifier: MIT */
#include "pppd_standin.h"

#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
	signalled = number;
}

static FILE *leave(const char *name)
{
	char path[200];
	const char *dir = getenv("PPPD_STANDIN_DIR");

	if (!dir)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return fopen(path, "w");
}

static void leave_end(const char *how, int value)
{
	FILE *file = leave("end");

	if (!file)
		return;
	fprintf(file, "%s %d\n", how, value);
	fclose(file);
}

static void leave_argv(int argc, char **argv)
{
	FILE *file = leave("argv");
	int i;

	if (!file)
		return;
	for (i = 0; i < argc; i++)
		fwrite(argv[i], strlen(argv[i]) + 1, 1, file);
	fclose(file);
	file = leave("pid");
	if (!file)
		return;
	fprintf(file, "%d\n", (int)getpid());
	fclose(file);
}

static int orders_listen(void)
{
	struct sockaddr_un where = { .sun_family = AF_UNIX };
	char path[sizeof(where.sun_path)];
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	const char *dir = getenv("PPPD_STANDIN_DIR");

	if (fd < 0 || !dir)
		return -1;
	snprintf(path, sizeof(path), "%s/orders", dir);
	snprintf(where.sun_path, sizeof(where.sun_path), "%s/orders.new", dir);
	unlink(where.sun_path);
	/* Its name appears when it can be connected to. */
	if (bind(fd, (struct sockaddr *)&where, sizeof(where)) < 0 || listen(fd, 4) < 0 ||
	    rename(where.sun_path, path) < 0)
		return -1;
	return fd;
}

static int split(char *text, char **words, int max)
{
	int n = 0;
	char *word = strtok(text, " ");

	while (word && n < max) {
		words[n++] = word;
		word = strtok(NULL, " ");
	}
	return n;
}

static void go_to_background(void)
{
	pid_t pid = fork();
	int null;

	if (pid < 0)
		exit(1);
	if (pid > 0)
		_exit(0);
	setsid();
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
}

/* Returns the exit status that was ordered, or -1 to go on. */
static int order_take(int listener, int tty)
{
	struct traffic_plan plan;
	char text[512] = "";
	char *words[40];
	FILE *reply;
	int status = -1;
	int n;
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		return -1;
	if (recv(fd, text, sizeof(text) - 1, 0) <= 0) {
		close(fd);
		return -1;
	}
	reply = fdopen(fd, "w");
	n = split(text, words, 40);
	if (n == 2 && strcmp(words[0], "exit") == 0)
		status = atoi(words[1]);
	else if (n == 1 && strcmp(words[0], "detach") == 0)
		go_to_background();
	else if (n >= 1 && strcmp(words[0], "traffic") == 0 &&
		 traffic_parse(&plan, n - 1, words + 1) == 0)
		traffic_run(tty, &plan, reply);
	else
		fprintf(reply, "{\"error\": \"unknown order\"}\n");
	fclose(reply);
	return status;
}

static int serve_orders(int listener, int tty)
{
	int hangups = 0;

	while (!signalled) {
		struct pollfd p[2] = {
			{ .fd = listener, .events = POLLIN },
			{ .fd = tty, .events = 0 },
		};
		int status;

		if (poll(p, 2, 1000) < 0)
			continue;
		if (p[1].revents & (POLLHUP | POLLERR)) {
			leave_end("hangup", ++hangups);
			return 16;
		}
		if (!(p[0].revents & POLLIN))
			continue;
		status = order_take(listener, tty);
		if (status >= 0) {
			leave_end("exit", status);
			return status;
		}
	}
	leave_end("signal", (int)signalled);
	return 5;
}

/*
 * As pppd does it: unless told "nodetach" the process that was started is gone at once, and with
 * "updetach" when PPP is up, which the order "detach" stands for.
 */
static void detach(int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++) {
		if (strcmp(argv[i], "nodetach") == 0 || strcmp(argv[i], "updetach") == 0)
			return;
	}
	go_to_background();
}

int pppd_standin(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	const char *at_once = getenv("PPPD_STANDIN_EXIT");
	int listener;
	int tty;

	if (at_once) {
		leave_argv(argc, argv);
		return atoi(at_once);
	}
	detach(argc, argv);
	leave_argv(argc, argv);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	tty = open(argc > 0 ? argv[0] : "/dev/null", O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (tty < 0 || terminal_raw(tty) < 0) {
		leave_end("terminal", errno);
		return 7;
	}
	listener = orders_listen();
	if (listener < 0) {
		leave_end("socket", errno);
		return 1;
	}
	return serve_orders(listener, tty);
}
