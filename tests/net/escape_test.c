/* SPDX-License-Identifier: MIT */
/*
 * What injected code could do in each process of the command: with the real objects of pptp-cli, so many
 * attempts after the process has confined itself. An attempt ends with EPERM, EACCES or SIGSYS, or is
 * one that the process exists for. Needs root, for the privileges that are given up, and changes
 * nothing outside of a network namespace of its own.
 */
#define _GNU_SOURCE
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "escapes.h"
#include "privilege.h"
#include "sandbox.h"

#include "../run_suite.h"

/* -- the processes ---------------------------------------------------------------------------- */

#define KEEPERS      (KEEPER | LAUNCHER)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct sandbox_descriptors no_descriptors = SANDBOX_NO_DESCRIPTORS;

static void become_worker(void)
{
	privilege_drop();
	privilege_confine(-1, held.listener);
}

static void become_keeper(void)
{
	privilege_drop_keeper();
	privilege_confine_keeper();
}

static void become_launcher(void)
{
	privilege_drop_launcher(true);
}

static char folder[] = "/tmp/pptp-escape-XXXXXX";

static void become_remover(void)
{
	privilege_drop_remover(folder, held.folder);
}

static const struct {
	enum process process;
	const char *name;
	void (*become)(void);
} processes[] = {
	{ WORKER, "worker", become_worker },
	{ KEEPER, "keeper, pty mode", become_keeper },
	{ LAUNCHER, "keeper, launch mode", become_launcher },
	{ REMOVER, "remover", become_remover },
};

/* At an address of the kernel's choice, of those that are no file. */
static void open_listener(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(address);
	int caller = socket(AF_UNIX, SOCK_STREAM, 0);

	held.listener = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert(bind(held.listener, (struct sockaddr *)&address, sizeof(sa_family_t)) == 0 &&
		  listen(held.listener, 1) == 0 &&
		  getsockname(held.listener, (struct sockaddr *)&address, &len) == 0 &&
		  connect(caller, (struct sockaddr *)&address, len) == 0);
}

static void open_all(void)
{
	held.tcp = socket(AF_INET, SOCK_STREAM, 0);
	held.gre = socket(AF_INET, SOCK_RAW, IPPROTO_GRE);
	held.netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	held.log = socket(AF_UNIX, SOCK_DGRAM, 0);
	ck_assert(held.tcp >= 0 && held.gre >= 0 && held.netlink >= 0 && held.log >= 0);
	open_listener();
	held.folder = open(folder, O_RDONLY | O_DIRECTORY);
	ck_assert(close(openat(held.folder, "victim", O_WRONLY | O_CREAT, 0600)) == 0);
	snprintf(held.outside, sizeof(held.outside), "%s.outside", folder);
	ck_assert(close(open(held.outside, O_WRONLY | O_CREAT, 0600)) == 0);
}

/* -- how it ends ------------------------------------------------------------------------------ */

enum { DONE = 0, FAILED = 1, REFUSED = 2 };

static void __attribute__((noreturn)) try(const struct attempt *attempt)
{
	long result;

	errno = 0;
	result = attempt->run ? attempt->run() : syscall(attempt->number, 0, 0, 0, 0, 0, 0);
	if (result >= 0)
		_exit(DONE);
	_exit(errno == EPERM || errno == EACCES ? REFUSED : FAILED);
}

/* The status with which a process ends that confines itself and then does this. */
static int ending_of(void (*become)(void), const struct attempt *attempt)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		open_all();
		become();
		try(attempt);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static const char *result_of(int status)
{
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? "SIGSYS" : "another signal";
	return WEXITSTATUS(status) == DONE      ? "done"
	       : WEXITSTATUS(status) == REFUSED ? "refused"
						: "failed";
}

/*
 * One system call makes sockets of every kind on some processors, and what it is to do stands in memory,
 * where no filter looks.
 */
static bool passes_socketcall(const struct attempt *attempt)
{
#ifdef SYS_socketcall
	return strncmp(attempt->name, "socket", 6) == 0 ||
	       strstr(attempt->name, "another address") || strstr(attempt->name, "another socket");
#else
	(void)attempt;
	return false;
#endif
}

/* The filter cannot see which file the keeper of launch mode reads, nor which one the remover removes. */
static bool needs_landlock(const struct attempt *attempt, enum process process)
{
	const bool reads = process == LAUNCHER && strcmp(attempt->name, "read a file") == 0;
	const bool removes = process == REMOVER &&
			     (strcmp(attempt->name, "remove a file by its path") == 0 ||
			      strcmp(attempt->name, "remove a file above the folder") == 0);

	if ((!reads && !removes) ||
	    syscall(444, NULL, (size_t)0, 1u) >= 1) /* landlock_create_ruleset(): its version */
		return false;
	printf("# SKIP %s: not tested in the %s, this kernel has no Landlock\n", attempt->name,
	       reads ? "keeper of launch mode" : "remover");
	return true;
}

/* Prints a row of the table: the attempt, and how it ended in each process. */
START_TEST(attempts_are_refused)
{
	const struct attempt *attempt = &escapes[_i];
	int status[COUNT(processes)];

	if (passes_socketcall(attempt)) {
		printf("# SKIP %s: not tested, socketcall() of this processor passes the filter\n",
		       attempt->name);
		fflush(stdout);
		return;
	}
	printf("# %-38s", attempt->name);
	for (size_t i = 0; i < COUNT(processes); i++) {
		status[i] = ending_of(processes[i].become, attempt);
		printf(" %-8s", result_of(status[i]));
	}
	printf("\n");
	fflush(stdout);
	for (size_t i = 0; i < COUNT(processes); i++) {
		const char *result = result_of(status[i]), *expected = "refused";

		if (attempt->done_by & processes[i].process)
			expected = "done";
		else if (attempt->killed)
			expected = "SIGSYS";
		if (needs_landlock(attempt, processes[i].process))
			continue;
		ck_assert_msg(strcmp(result, expected) == 0, "%s, in the %s: %s, not %s",
			      attempt->name, processes[i].name, result, expected);
	}
}
END_TEST

/* -- what must go on -------------------------------------------------------------------------- */

static long do_usual_calls(void)
{
	struct epoll_event event;
	struct stat st;
	struct timespec ts;
	void *memory = malloc(1 << 20);
	int ends[2] = { 0, 1 };

	if (!memory || fstat(ends[0], &st) < 0 || clock_gettime(CLOCK_MONOTONIC, &ts) < 0)
		return -1;
	memset(memory, 1, 1 << 20);
	free(memory);
	return epoll_wait(ends[1], &event, 1, 0) == 0 ? -1 : 0;
}

/* TCGETS2, as isatty(3) of glibc asks since 2.42; the structure it names conflicts with <termios.h>. */
static long do_ask_for_a_terminal(void)
{
	char settings[44];

	return syscall(SYS_ioctl, held.tcp, _IOR('T', 0x2A, settings), settings) < 0 &&
			       errno == ENOTTY
		       ? 0
		       : -1;
}

/* What libpptp asks and sets while a session runs. */
static long do_socket_options(void)
{
	const struct in_addr own = { htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(int);
	int value = 1;

	if (setsockopt(held.gre, SOL_SOCKET, SO_TIMESTAMPNS, &value, sizeof(value)) < 0 ||
	    getsockopt(held.tcp, SOL_SOCKET, SO_ERROR, &value, &len) < 0)
		return -1;
	/* The interface is down: the answer is the kernel's, not the filter's. */
	(void)setsockopt(held.gre, IPPROTO_IP, IP_MULTICAST_IF, &own, sizeof(own));
	return errno == EPERM ? -1 : 0;
}

static long do_abort(void)
{
	signal(SIGABRT, SIG_DFL);
	abort();
}

START_TEST(usual_calls_go_on)
{
	const struct attempt usual = { "usual calls", do_usual_calls, 0, 0, false };
	const struct attempt options = { "socket options", do_socket_options, 0, 0, false };
	const struct attempt terminal = { "TCGETS2", do_ask_for_a_terminal, 0, 0, false };
	const struct attempt aborts = { "abort()", do_abort, 0, 0, false };

	ck_assert_int_eq(ending_of(become_worker, &usual), 0);
	ck_assert_int_eq(ending_of(become_worker, &options), 0);
	ck_assert_int_eq(ending_of(become_worker, &terminal), 0);
	ck_assert_int_eq(WTERMSIG(ending_of(become_worker, &aborts)), SIGABRT);
}
END_TEST

static int named_fd;

static void become_worker_with_channel(void)
{
	named_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	dup2(named_fd, named_fd + 1);
	privilege_drop();
	privilege_confine(named_fd, -1);
}

/* To nobody, which needs no route. */
static int connect_one(int fd)
{
	const struct sockaddr_in to = { .sin_family = AF_UNSPEC };

	return connect(fd, (const struct sockaddr *)&to, sizeof(to));
}

/* Here the channel is another kind of socket, which each kernel has. */
static long do_connect_channel(void)
{
	return connect_one(named_fd);
}

static long do_connect_other(void)
{
	return connect_one(named_fd + 1);
}

START_TEST(the_channel_alone_may_be_connected)
{
	const struct attempt channel = { "connect the channel", do_connect_channel, 0, 0, false };
	const struct attempt other = { "connect another", do_connect_other, 0, 0, false };

	ck_assert_str_eq(result_of(ending_of(become_worker_with_channel, &channel)), "done");
	ck_assert_str_eq(result_of(ending_of(become_worker_with_channel, &other)), "refused");
	ck_assert_str_eq(result_of(ending_of(become_worker, &channel)), "refused");
}
END_TEST

static void *unshare_later(void *arg)
{
	char octet;

	if (read(*(int *)arg, &octet, 1) == 1)
		syscall(SYS_unshare, 0);
	return NULL;
}

/* A thread that was there before is under the filter too. */
START_TEST(all_threads_are_confined)
{
	int status;
	int ends[2];
	pthread_t thread;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (pipe(ends) < 0 || pthread_create(&thread, NULL, unshare_later, &ends[0]) != 0 ||
		    sandbox_enter(SANDBOX_SESSION, &no_descriptors) != 0 ||
		    write(ends[1], "", 1) != 1)
			_exit(77);
		pthread_join(thread, NULL);
		_exit(1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS, "status %#x", status);
}
END_TEST

static bool can_confine(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(sandbox_enter(SANDBOX_SESSION, &no_descriptors) != 0);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static pid_t start_other(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		for (;;)
			pause();
	}
	return pid;
}

int main(void)
{
	const struct rlimit no_core = { 0, 0 };
	Suite *suite;
	TCase *tc;
	int failed;

	setrlimit(RLIMIT_CORE, &no_core);
	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		printf("1..0 # SKIP no attempt to escape was tested: needs root\n");
		return EXIT_SUCCESS;
	}
	if (!can_confine()) {
		printf("1..0 # SKIP no attempt to escape was tested: the filter of system calls is "
		       "not built in, or the kernel has none\n");
		return EXIT_SUCCESS;
	}
	if (!mkdtemp(folder)) {
		perror(folder);
		return EXIT_FAILURE;
	}
	held.other = start_other();
	suite = suite_create("escape");
	tc = tcase_create("filter");
	tcase_set_timeout(tc, 20);
	tcase_add_loop_test(tc, attempts_are_refused, 0, (int)escape_count);
	tcase_add_test(tc, usual_calls_go_on);
	tcase_add_test(tc, the_channel_alone_may_be_connected);
	tcase_add_test(tc, all_threads_are_confined);
	suite_add_tcase(suite, tc);
	failed = run_suite(suite);
	kill(held.other, SIGKILL);
	waitpid(held.other, NULL, 0);
	held.folder = open(folder, O_RDONLY | O_DIRECTORY);
	unlinkat(held.folder, "victim", 0);
	rmdir(folder);
	snprintf(held.outside, sizeof(held.outside), "%s.outside", folder);
	unlink(held.outside);
	return failed;
}
