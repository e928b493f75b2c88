/* SPDX-License-Identifier: MIT */
/*
 * The filters of system calls. A call that a process does not need fails with EPERM, so that a C
 * library which makes a new call loses a feature and not the tunnel. Calls that only an attacker
 * makes (running programs, other processes' memory, the kernel's own code) end the process. No process
 * makes or binds a socket: all of them are open before. Only the keeper of launch mode names files. A
 * filter cannot check what is in memory: the destination in sendmsg() and sendmmsg(), the address of
 * the system's log. privilege.c enters the filters.
 */
#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>

#ifndef HAVE_LIBSECCOMP

int sandbox_enter(enum sandbox_role role, const struct sandbox_descriptors *descriptors)
{
	(void)role;
	(void)descriptors;
	return SANDBOX_NOT_BUILT;
}

#else

#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* TCGETS2; the structure it names conflicts with <termios.h> */
#define TERMIOS2_GET _IOR('T', 0x2A, char[44])
#ifndef PR_SET_VMA /* of Linux 5.17 */
#define PR_SET_VMA 0x53564d41
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What both processes and the C library need, and the end. */
static const int everybody[] = {
	SCMP_SYS(brk),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(close),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	SCMP_SYS(futex),
	SCMP_SYS(futex_time64),
	SCMP_SYS(getpid),
	SCMP_SYS(getrandom),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(madvise),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(ppoll_time64),
	SCMP_SYS(read),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rseq), /* without it the C library aborts a new thread */
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(sigreturn),
	SCMP_SYS(time),
	SCMP_SYS(wait4),
	SCMP_SYS(waitid),
	SCMP_SYS(waitpid),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	/* the system's log, netlink, and messages between the two processes */
	SCMP_SYS(recv),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(send),
	SCMP_SYS(sendmsg),
};

static const int session_only[] = {
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(pread64),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(recvmmsg_time64),
	/* a broken pipe raises no signal */
	SCMP_SYS(rt_sigpending),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(rt_sigtimedwait_time64),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(shutdown),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_settime64),
};

static const int launcher_only[] = {
	SCMP_SYS(kill),
};

/* What injected code would call and this program never does. */
static const int attacks[] = {
	SCMP_SYS(add_key),          SCMP_SYS(bpf),
	SCMP_SYS(chroot),           SCMP_SYS(delete_module),
	SCMP_SYS(execve),           SCMP_SYS(execveat),
	SCMP_SYS(finit_module),     SCMP_SYS(fork),
	SCMP_SYS(init_module),      SCMP_SYS(io_uring_setup),
	SCMP_SYS(kexec_file_load),  SCMP_SYS(kexec_load),
	SCMP_SYS(keyctl),           SCMP_SYS(mount),
	SCMP_SYS(move_mount),       SCMP_SYS(open_by_handle_at),
	SCMP_SYS(open_tree),        SCMP_SYS(perf_event_open),
	SCMP_SYS(pidfd_getfd),      SCMP_SYS(pivot_root),
	SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(ptrace),           SCMP_SYS(reboot),
	SCMP_SYS(request_key),      SCMP_SYS(setns),
	SCMP_SYS(umount2),          SCMP_SYS(unshare),
	SCMP_SYS(userfaultfd),      SCMP_SYS(vfork),
};

/* The first failure is kept; a system call that this processor does not have is no failure. */
static void add(int *errp, int err)
{
	if (*errp == 0 && err != -EDOM && err != -EEXIST)
		*errp = err;
}

static int add_calls(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	int err = 0;
	size_t i;

	for (i = 0; i < count; i++)
		add(&err, seccomp_rule_add(filter, action, calls[i], 0));
	return err;
}

static struct scmp_arg_cmp equal(unsigned int argument, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){ argument, SCMP_CMP_EQ, value, 0 };
}

static struct scmp_arg_cmp masked(unsigned int argument, scmp_datum_t mask, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){ argument, SCMP_CMP_MASKED_EQ, mask, value };
}

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
	return add_calls(filter, SCMP_ACT_ALLOW, calls, count);
}

static int allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp one)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, one);
}

static int allow_if_both(scmp_filter_ctx filter, int call, struct scmp_arg_cmp one,
			 struct scmp_arg_cmp other)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 2, one, other);
}

/* Memory is never made executable; only this process may be signalled (abort). */
static int allow_in_part(scmp_filter_ctx filter)
{
	int err = 0;

	add(&err, allow_if(filter, SCMP_SYS(mmap), masked(2, PROT_EXEC, 0)));
	add(&err, allow_if(filter, SCMP_SYS(mmap2), masked(2, PROT_EXEC, 0)));
	add(&err, allow_if(filter, SCMP_SYS(mprotect), masked(2, PROT_EXEC, 0)));
	add(&err, allow_if(filter, SCMP_SYS(tgkill), equal(0, (scmp_datum_t)getpid())));
	add(&err, allow_if(filter, SCMP_SYS(tkill), equal(0, (scmp_datum_t)getpid())));
	/* Reading the own limits; naming the own memory. */
	add(&err, allow_if_both(filter, SCMP_SYS(prlimit64), equal(0, 0), equal(2, 0)));
	add(&err, allow_if(filter, SCMP_SYS(prctl), equal(0, PR_SET_VMA)));
	/* fstat(3) of some C libraries */
	add(&err, allow_if(filter, SCMP_SYS(newfstatat), masked(3, AT_EMPTY_PATH, AT_EMPTY_PATH)));
	add(&err, allow_if(filter, SCMP_SYS(statx), masked(2, AT_EMPTY_PATH, AT_EMPTY_PATH)));
	add(&err, allow_if(filter, SCMP_SYS(ioctl), equal(1, TCGETS)));
	/* isatty() of glibc since 2.42 */
	add(&err, allow_if(filter, SCMP_SYS(ioctl), equal(1, TERMIOS2_GET)));
	/* to where the socket is connected */
	add(&err, allow_if(filter, SCMP_SYS(sendto), equal(4, 0)));
	return err;
}

static int allow_on(scmp_filter_ctx filter, int call, int fd)
{
	return fd < 0 ? 0 : allow_if(filter, call, equal(0, (scmp_datum_t)fd));
}

/* Only over the standard streams, which are given up. */
static int allow_dup(scmp_filter_ctx filter, int call)
{
	return allow_if(filter, call, (struct scmp_arg_cmp){ 1, SCMP_CMP_LE, STDERR_FILENO, 0 });
}

/* What libpptp/session sets and asks of open sockets. */
static int allow_socket_options(scmp_filter_ctx filter)
{
	const int set = SCMP_SYS(setsockopt), get = SCMP_SYS(getsockopt);
	int err = 0;

	add(&err, allow_if_both(filter, set, equal(1, SOL_SOCKET), equal(2, SO_TIMESTAMPNS)));
	add(&err, allow_if_both(filter, set, equal(1, IPPROTO_IP), equal(2, IP_MULTICAST_IF)));
	add(&err, allow_if_both(filter, get, equal(1, SOL_SOCKET), equal(2, SO_ERROR)));
	add(&err, allow_if_both(filter, get, equal(1, IPPROTO_IP), equal(2, IP_MTU)));
	return err;
}

static int allow_session(scmp_filter_ctx filter)
{
	int err = allow(filter, session_only, COUNT(session_only));

	add(&err, allow_socket_options(filter));
	add(&err, allow_dup(filter, SCMP_SYS(dup2)));
	add(&err, allow_dup(filter, SCMP_SYS(dup3)));
	return err;
}

/* It reads files of /proc. */
static int allow_launcher(scmp_filter_ctx filter)
{
	const scmp_datum_t flags = O_ACCMODE | O_CREAT | O_TRUNC;
	int err = allow(filter, launcher_only, COUNT(launcher_only));

	add(&err, allow_if(filter, SCMP_SYS(open), masked(1, flags, O_RDONLY)));
	add(&err, allow_if(filter, SCMP_SYS(openat), masked(2, flags, O_RDONLY)));
	return err;
}

/* fstatat() and unlinkat(), with a name that no filter sees. */
static int allow_remover(scmp_filter_ctx filter, int folder)
{
	const int calls[] = { SCMP_SYS(fstatat64), SCMP_SYS(newfstatat), SCMP_SYS(statx),
			      SCMP_SYS(unlinkat) };
	int err = 0;

	for (size_t i = 0; i < COUNT(calls); i++)
		add(&err, allow_on(filter, calls[i], folder));
	return err;
}

static int fill(scmp_filter_ctx filter, enum sandbox_role role,
		const struct sandbox_descriptors *descriptors)
{
	int err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	add(&err, add_calls(filter, SCMP_ACT_KILL_PROCESS, attacks, COUNT(attacks)));
	add(&err, allow(filter, everybody, COUNT(everybody)));
	add(&err, allow_in_part(filter));
	add(&err, allow_on(filter, SCMP_SYS(connect), descriptors->log));
	add(&err, allow_on(filter, SCMP_SYS(connect), descriptors->channel));
	add(&err, allow_on(filter, SCMP_SYS(accept4), descriptors->listener));
	if (role == SANDBOX_SESSION)
		add(&err, allow_session(filter));
	if (role == SANDBOX_LAUNCHER)
		add(&err, allow_launcher(filter));
	if (role == SANDBOX_REMOVER)
		add(&err, allow_remover(filter, descriptors->folder));
	return err;
}

/* Building the filter took 40 KiB that are not used again. */
static void give_back_memory(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

int sandbox_enter(enum sandbox_role role, const struct sandbox_descriptors *descriptors)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err;

	if (!filter)
		return -ENOMEM;
	err = fill(filter, role, descriptors);
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	give_back_memory();
	return err;
}

#endif
