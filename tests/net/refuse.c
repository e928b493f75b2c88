/* SPDX-License-Identifier: MIT */
/*
 * refuse ERROR CALL [ARGUMENT=VALUE]... COMMAND...   one system call fails with this errno, in the
 *                                                    command and all that it starts
 *
 * As a container runtime or a sandbox refuses it. The call is refused only where its numbered arguments
 * (the first is 0) have these values. Status 98: this processor has no such call.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARGUMENTS_MAX 6
#define CODE_MAX      (4 + 2 * ARGUMENTS_MAX)
#define CALL(name)                                                                                 \
	{                                                                                          \
#name, SYS_##name                                                                  \
	}

static const struct {
	const char *name;
	unsigned int number;
} calls[] = {
	CALL(bind),       CALL(capget),         CALL(capset),          CALL(chdir),
	CALL(clone),      CALL(clone3),         CALL(close),           CALL(connect),
	CALL(dup3),       CALL(epoll_create1),  CALL(epoll_ctl),       CALL(epoll_pwait),
	CALL(eventfd2),   CALL(faccessat),      CALL(fcntl),           CALL(futex),
	CALL(getpgid),    CALL(getpid),         CALL(getppid),         CALL(getrandom),
	CALL(getrusage),  CALL(getsockname),    CALL(getsockopt),      CALL(gettid),
	CALL(getuid),     CALL(geteuid),        CALL(getgid),          CALL(ioctl),
	CALL(kill),       CALL(madvise),        CALL(pipe2),           CALL(ppoll),
	CALL(prctl),      CALL(prlimit64),      CALL(readlinkat),      CALL(recvfrom),
	CALL(recvmmsg),   CALL(recvmsg),        CALL(rt_sigaction),    CALL(rt_sigprocmask),
	CALL(seccomp),    CALL(sendmmsg),       CALL(sendmsg),         CALL(sendto),
	CALL(setgroups),  CALL(setresgid),      CALL(setresuid),       CALL(setsid),
	CALL(setsockopt), CALL(shutdown),       CALL(signalfd4),       CALL(socket),
	CALL(socketpair), CALL(timerfd_create), CALL(timerfd_settime), CALL(uname),
	CALL(wait4),      CALL(waitid),         CALL(write),
#ifdef SYS_access
	CALL(access),
#endif
#ifdef SYS_dup2
	CALL(dup2),
#endif
#ifdef SYS_epoll_wait
	CALL(epoll_wait),
#endif
#ifdef SYS_poll
	CALL(poll),
#endif
#ifdef SYS_rseq
	CALL(rseq),
#endif
#ifdef SYS_statx
	CALL(statx),
#endif
};

static long number_of(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].number;
	return -1;
}

static struct sock_filter load(size_t offset)
{
	return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned int)offset);
}

/* Goes on with the next instruction, or jumps over so many. */
static struct sock_filter expect(unsigned int value, size_t over)
{
	return (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0,
					    (unsigned char)over);
}

static struct sock_filter end(unsigned int action)
{
	return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action);
}

/* The call, each of its arguments (the low half: they are int), then the error. */
static int refuse(unsigned int number, unsigned int error, char **arguments, size_t count)
{
	struct sock_filter code[CODE_MAX];
	struct sock_fprog program = { .filter = code };
	size_t at = 0, last = 3 + 2 * count, i;

	code[at++] = load(offsetof(struct seccomp_data, nr));
	code[at++] = expect(number, last - 2);
	for (i = 0; i < count; i++) {
		unsigned int which = 0, value = 0;

		if (sscanf(arguments[i], "%u=%u", &which, &value) != 2 || which >= ARGUMENTS_MAX)
			return -1;
		code[at++] = load(offsetof(struct seccomp_data, args[which]));
		code[at] = expect(value, last - at - 1);
		at++;
	}
	code[at++] = end(SECCOMP_RET_ERRNO | error);
	code[at++] = end(SECCOMP_RET_ALLOW);
	program.len = (unsigned short)at;
	/* Needs root: no_new_privs would be seen by the command. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	long number = argc > 3 ? number_of(argv[2]) : -1;
	char **command = argv + 3;
	size_t count = 0;

	if (number < 0)
		return 98;
	while (command[count] && strchr(command[count], '=') && count < ARGUMENTS_MAX)
		count++;
	if (!command[count] ||
	    refuse((unsigned int)number, (unsigned int)strtoul(argv[1], NULL, 10), command, count) <
		    0) {
		fprintf(stderr, "refuse: no filter or no command\n");
		return 99;
	}
	execvp(command[count], command + count);
	perror("refuse");
	return 99;
}
