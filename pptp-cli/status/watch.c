/* SPDX-License-Identifier: MIT */
/*
 * --status --watch. The process that was started keeps its privileges and fetches octets alone; a child
 * for each refresh drops them, reads these octets and those before, and prints. Called by show.c.
 */
#define _GNU_SOURCE
#include "status/watch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <pptp/types.h>

#include "exit_status.h"
#include "log.h"
#include "monotonic.h"
#include "privilege.h"
#include "signals.h"
#include "status/fetch.h"
#include "status/screen.h"
#include "status/table.h"

#define INTERVAL_NS UINT64_C(1000000000)

/* What is fetched in one second and compared in the next. */
struct moment {
	struct fetched fetched;
	uint64_t at;
};

struct watch {
	const char *name; /* of one tunnel, or NULL */
	sigset_t signals, old_mask;
	struct moment now, before;
	bool confined; /* the process that prints */
	bool ended;    /* a signal requests it */
};

/* -- the child ---------------------------------------------------------------------------------- */

static int print_refresh(FILE *out, const struct watch *watch)
{
	const struct moment *now = &watch->now, *before = &watch->before;
	struct earlier earlier = { .ns = now->at - before->at };
	struct tunnels tunnels;
	int err = tunnels_read(&tunnels, &now->fetched.answers, &now->fetched.files);

	if (!err)
		err = tunnels_read(&earlier.tunnels, &before->fetched.answers,
				   &before->fetched.files);
	if (!err && watch->name && tunnels.count == 0)
		fprintf(out, "no tunnel of the name %s is running\n", watch->name);
	else if (!err)
		table_print(out, &tunnels, &earlier);
	tunnels_clear(&earlier.tunnels);
	tunnels_clear(&tunnels);
	return err;
}

static void get_window(unsigned short *heightp, unsigned short *widthp)
{
	struct winsize size = { 0 };

	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	*heightp = size.ws_row ? size.ws_row : 24;
	*widthp = size.ws_col ? size.ws_col : 80;
}

static int refresh(const struct watch *watch)
{
	unsigned short height, width;
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);
	int err = memory ? print_refresh(memory, watch) : -ENOMEM;

	if (memory && fclose(memory) != 0)
		err = -ENOMEM;
	if (!err) {
		get_window(&height, &width);
		screen_print(stdout, text, height, width);
		if (fflush(stdout) != 0)
			err = -errno;
	}
	free(text);
	if (!err)
		return EXIT_STATUS_OK;
	fprintf(stderr, "pptp: cannot show the tunnels: %s\n", pptp_strerror(err));
	return EXIT_STATUS_SYSTEM;
}

__attribute__((noreturn)) static void run_child(const struct watch *watch)
{
	pthread_sigmask(SIG_SETMASK, &watch->old_mask, NULL);
	/* A warning, once. */
	if (watch->before.at == 0)
		log_open("anon", PPTP_LOG_WARNING, true);
	if (watch->confined)
		privilege_drop_reader();
	_exit(refresh(watch));
}

/* -- the process that was started --------------------------------------------------------------- */

/* A child that a stopped terminal holds up ends with this process. */
static int wait_for_child(struct watch *watch, pid_t child)
{
	int status = 0;
	pid_t reaped = 0;

	while (reaped == 0) {
		int number = sigwaitinfo(&watch->signals, NULL);

		if (number > 0 && number != SIGCHLD) {
			watch->ended = true;
			(void)kill(child, SIGKILL);
		}
		reaped = waitpid(child, &status, watch->ended ? 0 : WNOHANG);
	}
	if (watch->ended || (reaped == child && WIFEXITED(status)))
		return watch->ended ? EXIT_STATUS_OK : WEXITSTATUS(status);
	/* Ctrl-C reaches both. */
	if (reaped == child && WIFSIGNALED(status) &&
	    sigismember(&watch->signals, WTERMSIG(status)))
		return EXIT_STATUS_OK;
	fputs("pptp: the process that prints the tunnels was killed\n", stderr);
	return EXIT_STATUS_SYSTEM;
}

static int refresh_in_child(struct watch *watch)
{
	pid_t child = fork();

	if (child == 0)
		run_child(watch);
	if (child < 0) {
		fprintf(stderr, "pptp: cannot start a process (fork): %s%s\n",
			pptp_strerror(-errno), privilege_hint(-errno));
		return EXIT_STATUS_SYSTEM;
	}
	return wait_for_child(watch, child);
}

/* Until the next second, or a signal that requests the end. */
static void pause_watch(struct watch *watch)
{
	const uint64_t next = watch->now.at + INTERVAL_NS;
	uint64_t now;
	int number;

	while (!watch->ended && (now = monotonic_ns()) < next) {
		struct timespec left = { 0 };

		left.tv_sec = (time_t)((next - now) / INTERVAL_NS);
		left.tv_nsec = (long)((next - now) % INTERVAL_NS);
		number = sigtimedwait(&watch->signals, NULL, &left);
		watch->ended = number > 0 && number != SIGCHLD;
	}
}

/* The exit status where it ends the command; EXIT_STATUS_OK goes on. */
static int watch_once(struct watch *watch)
{
	int status;

	fetched_clear(&watch->before.fetched);
	watch->before = watch->now;
	watch->now = (struct moment){ 0 };
	/* Before those are waited for that do not answer. */
	watch->now.at = monotonic_ns();
	fetch(&watch->now.fetched, watch->name, false);
	status = fetched_refusal(&watch->now.fetched);
	if (status != EXIT_STATUS_OK)
		return status;
	status = refresh_in_child(watch);
	if (status == EXIT_STATUS_OK)
		pause_watch(watch);
	return status;
}

int status_watch(const char *name, bool confined)
{
	struct watch watch = { .name = name, .confined = confined };
	int status = EXIT_STATUS_OK;

	if (!isatty(STDOUT_FILENO)) {
		fputs("pptp: --watch needs a terminal on standard output: use --status alone, "
		      "--json or --openmetrics\n",
		      stderr);
		return EXIT_STATUS_USAGE;
	}
	/* For tunnels, by "kill -USR1 $(pidof pptp)". */
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&watch.signals);
	signals_add_ends(&watch.signals);
	sigaddset(&watch.signals, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &watch.signals, &watch.old_mask);
	while (status == EXIT_STATUS_OK && !watch.ended)
		status = watch_once(&watch);
	fetched_clear(&watch.before.fetched);
	fetched_clear(&watch.now.fetched);
	return status;
}
