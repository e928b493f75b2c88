/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>

#ifndef HAVE_LIBSECCOMP

int sandbox_enter(enum sandbox_role role)
{
	(void)role;
	return -ENOTSUP;
}

#else

#include <fcntl.h>
#include <linux/netlink.h>
#include <malloc.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef PR_SET_VMA /* of Linux 5.17 */
#define PR_SET_VMA 0x53564d41
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the C library does on its own account, and the end. */
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
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigreturn),
	SCMP_SYS(time),
	SCMP_SYS(wait4),
	SCMP_SYS(waitid),
	SCMP_SYS(waitpid),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	/* syslog(3), and orders between the two processes */
	SCMP_SYS(connect),
	SCMP_SYS(recv),
	SCMP_SYS(recvfrom),
	SCMP_SYS(send),
	SCMP_SYS(sendto),
};

/*
 * Not what we call, but what another version of the C library or another allocator may, on a day of
 * its own choosing: questions about this process, waiting, and memory of its own that the kernel is
 * told of. Nothing is gained by them, and no tunnel shall end for one.
 */
static const int harmless[] = {
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_getres_time64),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(fcntl),
	SCMP_SYS(fcntl64),
	SCMP_SYS(getcpu),
	SCMP_SYS(getegid),
	SCMP_SYS(getegid32),
	SCMP_SYS(geteuid),
	SCMP_SYS(geteuid32),
	SCMP_SYS(getgid),
	SCMP_SYS(getgid32),
	SCMP_SYS(getppid),
	SCMP_SYS(getrlimit),
	SCMP_SYS(getrusage),
	SCMP_SYS(getuid),
	SCMP_SYS(getuid32),
	SCMP_SYS(lseek),
	SCMP_SYS(_llseek),
	SCMP_SYS(membarrier),
	SCMP_SYS(nanosleep),
	SCMP_SYS(readv),
	SCMP_SYS(rseq),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(sysinfo),
	SCMP_SYS(ugetrlimit),
	SCMP_SYS(uname),
};

static const int session_only[] = {
	SCMP_SYS(bind),
	SCMP_SYS(capget),
	SCMP_SYS(capset),
	SCMP_SYS(chdir),
	SCMP_SYS(dup),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(recvmmsg_time64),
	SCMP_SYS(recvmsg),
	/* a pipe that breaks shall raise no signal */
	SCMP_SYS(rt_sigpending),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(rt_sigtimedwait_time64),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(timerfd_settime),
	SCMP_SYS(timerfd_settime64),
};

static const int keeper_only[] = {
	SCMP_SYS(kill),
};

static const int opening[] = {
	SCMP_SYS(open),
	SCMP_SYS(openat),
};

static const int looking_up[] = {
	SCMP_SYS(access),   SCMP_SYS(faccessat),  SCMP_SYS(faccessat2), SCMP_SYS(getcwd),
	SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(stat),       SCMP_SYS(stat64),
	SCMP_SYS(statfs),   SCMP_SYS(statfs64),
};

/* Reports run a symboliser, and the leak check stops all threads through another process. */
static const int sanitizer_needs[] = {
	SCMP_SYS(access),
	SCMP_SYS(arch_prctl),
	SCMP_SYS(clone),
	SCMP_SYS(clone3),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(dup2),
	SCMP_SYS(execve),
	SCMP_SYS(fork),
	SCMP_SYS(getcwd),
	SCMP_SYS(getdents),
	SCMP_SYS(getdents64),
	SCMP_SYS(getppid),
	SCMP_SYS(getrlimit),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(ioctl),
	SCMP_SYS(kill),
	SCMP_SYS(lseek),
	SCMP_SYS(mmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(newfstatat),
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(pipe2),
	SCMP_SYS(prctl),
	SCMP_SYS(pread64),
	SCMP_SYS(prlimit64),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(ptrace),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(rseq),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(setrlimit),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(socketpair),
	SCMP_SYS(stat),
	SCMP_SYS(sysinfo),
	SCMP_SYS(tgkill),
	SCMP_SYS(uname),
	SCMP_SYS(vfork),
};

/* The first failure stays; a system call that this processor does not have is none. */
static void add(int *resultp, int result)
{
	if (*resultp == 0 && result != -EDOM && result != -EEXIST)
		*resultp = result;
}

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
	int result = 0;
	size_t i;

	for (i = 0; i < count; i++)
		add(&result, seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0));
	return result;
}

static struct scmp_arg_cmp equal(unsigned int argument, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){ argument, SCMP_CMP_EQ, value, 0 };
}

static struct scmp_arg_cmp masked(unsigned int argument, scmp_datum_t mask, scmp_datum_t value)
{
	return (struct scmp_arg_cmp){ argument, SCMP_CMP_MASKED_EQ, mask, value };
}

static int allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp one)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, one);
}

/* Memory is never made executable; we may signal ourselves only (abort). */
static int allow_in_part(scmp_filter_ctx filter)
{
	int result = 0;

	add(&result, allow_if(filter, SCMP_SYS(mmap), masked(2, PROT_EXEC, 0)));
	add(&result, allow_if(filter, SCMP_SYS(mmap2), masked(2, PROT_EXEC, 0)));
	add(&result, allow_if(filter, SCMP_SYS(mprotect), masked(2, PROT_EXEC, 0)));
	add(&result, allow_if(filter, SCMP_SYS(tgkill), equal(0, (scmp_datum_t)getpid())));
	add(&result, allow_if(filter, SCMP_SYS(tkill), equal(0, (scmp_datum_t)getpid())));
	/* Our own limits, to read them; names of our own memory. */
	add(&result, seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, equal(0, 0),
				      equal(2, 0)));
	add(&result, allow_if(filter, SCMP_SYS(prctl), equal(0, PR_SET_VMA)));
	/* fstat(3) of some C libraries */
	add(&result,
	    allow_if(filter, SCMP_SYS(newfstatat), masked(3, AT_EMPTY_PATH, AT_EMPTY_PATH)));
	add(&result, allow_if(filter, SCMP_SYS(statx), masked(2, AT_EMPTY_PATH, AT_EMPTY_PATH)));
	add(&result, allow_if(filter, SCMP_SYS(ioctl), equal(1, TCGETS)));
	add(&result, allow_if(filter, SCMP_SYS(socket), equal(0, AF_UNIX)));
	return result;
}

/* The next address of the server, and a netlink socket again after one failed. */
static int allow_session(scmp_filter_ctx filter)
{
	int result = allow(filter, session_only, COUNT(session_only));

	add(&result, seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
				      equal(0, AF_INET), masked(1, 0xf, SOCK_STREAM)));
	add(&result, seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2,
				      equal(0, AF_NETLINK), equal(2, NETLINK_ROUTE)));
	/* what libcap-ng looks at before it gives up the last capability */
	add(&result, allow_if(filter, SCMP_SYS(prctl), equal(0, PR_CAPBSET_READ)));
	add(&result, allow_if(filter, SCMP_SYS(prctl), equal(0, PR_CAP_AMBIENT)));
	return result;
}

/* It reads files of /proc. */
static int allow_keeper(scmp_filter_ctx filter)
{
	const scmp_datum_t flags = O_ACCMODE | O_CREAT | O_TRUNC;
	int result = allow(filter, keeper_only, COUNT(keeper_only));

	add(&result, allow_if(filter, SCMP_SYS(open), masked(1, flags, O_RDONLY)));
	add(&result, allow_if(filter, SCMP_SYS(openat), masked(2, flags, O_RDONLY)));
	return result;
}

static int refuse(scmp_filter_ctx filter, const int *calls, size_t count)
{
	int result = 0;
	size_t i;

	for (i = 0; i < count; i++)
		add(&result, seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), calls[i], 0));
	return result;
}

static int refuse_files(scmp_filter_ctx filter, enum sandbox_role role)
{
	int result = refuse(filter, looking_up, COUNT(looking_up));

	if (role == SANDBOX_SESSION)
		add(&result, refuse(filter, opening, COUNT(opening)));
	add(&result, seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(newfstatat), 1,
				      masked(3, AT_EMPTY_PATH, 0)));
	add(&result, seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(statx), 1,
				      masked(2, AT_EMPTY_PATH, 0)));
	return result;
}

static int fill(scmp_filter_ctx filter, enum sandbox_role role)
{
	int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	add(&result, allow(filter, everybody, COUNT(everybody)));
	add(&result, allow(filter, harmless, COUNT(harmless)));
	if (SANDBOX_FOR_SANITIZER)
		add(&result, allow(filter, sanitizer_needs, COUNT(sanitizer_needs)));
	add(&result, allow_in_part(filter));
	if (role == SANDBOX_SESSION)
		add(&result, allow_session(filter));
	else
		add(&result, allow_keeper(filter));
	if (!SANDBOX_FOR_SANITIZER)
		add(&result, refuse_files(filter, role));
	return result;
}

/* What making the filter took would stay with the process, 40 KiB that nothing uses again. */
static void give_back_memory(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

int sandbox_enter(enum sandbox_role role)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int result;

	/* Kernels before 4.14 end the thread, and the others with it or not. */
	if (!filter)
		filter = seccomp_init(SCMP_ACT_KILL);
	if (!filter)
		return -ENOMEM;
	result = fill(filter, role);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	give_back_memory();
	return result;
}

#endif
