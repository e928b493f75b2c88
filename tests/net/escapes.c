/* SPDX-License-Identifier: MIT */
/*
 * The attempts of escape_test.c, each a function or the number of a system call. They use what the process
 * has open, and change nothing but the network namespace that they run in.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "escapes.h"

struct held held;

static char page[8192] __attribute__((aligned(4096)));

static long do_executable_memory(void)
{
	return (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long do_mprotect(void)
{
	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long do_exec(void)
{
	char name[] = "true";
	char *argv[] = { name, NULL };

	return execve("/bin/true", argv, NULL);
}

static long do_fork(void)
{
	return fork();
}

static long do_kill(void)
{
	return kill(held.other, 0);
}

static long do_tgkill(void)
{
	return syscall(SYS_tgkill, held.other, held.other, 0);
}

static long do_tkill(void)
{
	return syscall(SYS_tkill, held.other, 0);
}

static long do_stat(void)
{
	struct stat st;

	return stat("/etc/passwd", &st);
}

static long do_set_limit(void)
{
	const struct rlimit limit = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &limit);
}

static long do_read_proc(void)
{
	return open("/proc/self/comm", O_RDONLY);
}

static long do_read_memory(void)
{
	return open("/proc/self/mem", O_RDWR);
}

static long do_open(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static long do_make_file(void)
{
	return open("/tmp/.escape", O_WRONLY | O_CREAT, 0600);
}

static long do_bind_path(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "/tmp/.escape" };

	return bind(held.log, (const struct sockaddr *)&sun, sizeof(sun));
}

static long do_listen(void)
{
	return listen(held.tcp, 1);
}

static long do_connect_elsewhere(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(22) };

	return connect(held.tcp, (const struct sockaddr *)&sin, sizeof(sin));
}

static long do_send_elsewhere(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return sendto(held.gre, page, 8, 0, (const struct sockaddr *)&sin, sizeof(sin));
}

/* The rules of iptables, through any IPv4 socket; IPT_SO_SET_REPLACE and IPT_SO_GET_INFO are both 64. */
static long do_replace_firewall(void)
{
	return setsockopt(held.tcp, IPPROTO_IP, 64, page, 256);
}

static long do_read_firewall(void)
{
	socklen_t len = 84;

	return getsockopt(held.tcp, IPPROTO_IP, 64, page, &len);
}

static long set_option(int level, int option)
{
	int value = 1;

	return setsockopt(held.tcp, level, option, &value, sizeof(value));
}

static long do_write_ip_header(void)
{
	int value = 1;

	return setsockopt(held.gre, IPPROTO_IP, IP_HDRINCL, &value, sizeof(value));
}

static long do_tcp_repair(void)
{
	return set_option(IPPROTO_TCP, TCP_REPAIR);
}

static long do_attach_bpf(void)
{
	return set_option(SOL_SOCKET, SO_ATTACH_BPF);
}

static long do_mark(void)
{
	return set_option(SOL_SOCKET, SO_MARK);
}

static long do_load_protocol(void)
{
	return setsockopt(held.tcp, IPPROTO_TCP, TCP_ULP, "tls", 4);
}

static long do_raw_socket(void)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_GRE);
}

static long do_packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
}

static long do_tcp_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long do_multipath_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 262);
}

static long do_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long do_route_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static long do_netfilter_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
}

static long do_crypto_socket(void)
{
	return socket(AF_ALG, SOCK_SEQPACKET, 0);
}

static long do_autoload_socket(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0);
}

static long do_socketpair(void)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
}

static long do_link_down(void)
{
	struct ifreq request = { .ifr_name = "lo" };

	return ioctl(held.tcp, SIOCSIFFLAGS, &request);
}

static long do_type_into_terminal(void)
{
	return ioctl(STDIN_FILENO, TIOCSTI, "x");
}

static long do_set_owner(void)
{
	return fcntl(STDIN_FILENO, F_SETOWN, held.other);
}

static long do_set_signal(void)
{
	return fcntl(STDIN_FILENO, F_SETSIG, SIGKILL);
}

static long do_async(void)
{
	return fcntl(STDIN_FILENO, F_SETFL, O_ASYNC);
}

static long do_duplicate(void)
{
	return dup2(held.tcp, held.log);
}

static long do_limit_of_other(void)
{
	return syscall(SYS_prlimit64, held.other, RLIMIT_CORE, NULL, page);
}

static long do_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

/* An address for the loopback interface of the test's own namespace. */
static long do_add_address(void)
{
	struct {
		struct nlmsghdr header;
		struct ifaddrmsg message;
		struct rtattr attribute;
		struct in_addr address;
	} request = {
		.header = { .nlmsg_len = sizeof(request),
			    .nlmsg_type = RTM_NEWADDR,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE },
		.message = { .ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = 1 },
		.attribute = { .rta_len = RTA_LENGTH(sizeof(struct in_addr)),
			       .rta_type = IFA_LOCAL },
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct iovec iov = { &request, sizeof(request) };
	struct msghdr message = {
		.msg_name = &kernel, .msg_namelen = sizeof(kernel), .msg_iov = &iov, .msg_iovlen = 1
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} answer = { 0 };

	request.address.s_addr = htonl(INADDR_LOOPBACK + 0x10000);
	request.header.nlmsg_flags |= NLM_F_ACK;
	if (sendmsg(held.netlink, &message, 0) < 0 ||
	    recv(held.netlink, &answer, sizeof(answer), 0) < 0)
		return -1;
	errno = -answer.error.error;
	return errno ? -1 : 0;
}

#define KEEPERS (KEEPER | LAUNCHER)

/* By its number alone: refused before the kernel looks at anything else. */
#define CALL(call)                                                                                 \
	{                                                                                          \
#call, NULL, SYS_##call, 0, false                                                  \
	}
#define ATTACK(call)                                                                               \
	{                                                                                          \
#call, NULL, SYS_##call, 0, true                                                   \
	}

static long do_accept(void)
{
	return accept4(held.listener, NULL, NULL, SOCK_CLOEXEC);
}

static long do_accept_elsewhere(void)
{
	return accept4(held.tcp, NULL, NULL, SOCK_CLOEXEC);
}

static long do_remove(void)
{
	return unlinkat(held.folder, "victim", 0);
}

static long do_remove_by_path(void)
{
	return unlinkat(held.folder, held.outside, 0);
}

static long do_remove_above(void)
{
	char path[80];

	snprintf(path, sizeof(path), "..%s", strrchr(held.outside, '/'));
	return unlinkat(held.folder, path, 0);
}

static long do_remove_elsewhere(void)
{
	return unlinkat(AT_FDCWD, "/tmp/none", 0);
}

const struct attempt escapes[] = {
	{ "run a program", do_exec, 0, 0, true },
	{ "fork", do_fork, 0, 0, false },
	{ "memory mapped executable", do_executable_memory, 0, 0, false },
	{ "memory made executable", do_mprotect, 0, 0, false },
	{ "signal a process of root", do_kill, 0, LAUNCHER, false },
	{ "signal a thread of another process", do_tgkill, 0, 0, false },
	{ "signal a thread by its number alone", do_tkill, 0, 0, false },
	{ "signal through F_SETOWN", do_set_owner, 0, 0, false },
	{ "signal through F_SETSIG", do_set_signal, 0, 0, false },
	{ "signal through O_ASYNC", do_async, 0, 0, false },
	{ "read a file of /proc", do_read_proc, 0, LAUNCHER, false },
	{ "write its own memory through /proc", do_read_memory, 0, 0, false },
	{ "read a file", do_open, 0, 0, false },
	{ "look at a file", do_stat, 0, 0, false },
	{ "make a file", do_make_file, 0, 0, false },
	{ "make a file by bind()", do_bind_path, 0, 0, false },
	{ "listen", do_listen, 0, 0, false },
	{ "connect TCP to another address", do_connect_elsewhere, 0, 0, false },
	{ "send GRE to another address", do_send_elsewhere, 0, 0, false },
	{ "send GRE with an IP header of its own", do_write_ip_header, 0, 0, false },
	{ "replace the firewall's rules", do_replace_firewall, 0, 0, false },
	{ "read the firewall's rules", do_read_firewall, 0, 0, false },
	{ "TCP repair mode", do_tcp_repair, 0, 0, false },
	{ "attach BPF to a socket", do_attach_bpf, 0, 0, false },
	{ "mark packets", do_mark, 0, 0, false },
	{ "load a module by TCP_ULP", do_load_protocol, 0, 0, false },
	{ "socket: raw", do_raw_socket, 0, 0, false },
	{ "socket: packet", do_packet_socket, 0, 0, false },
	{ "socket: TCP", do_tcp_socket, 0, 0, false },
	{ "socket: MPTCP", do_multipath_socket, 0, 0, false },
	{ "socket: Unix", do_unix_socket, 0, 0, false },
	{ "socket: netlink, routes", do_route_socket, 0, 0, false },
	{ "socket: netlink, netfilter", do_netfilter_socket, 0, 0, false },
	{ "socket: the kernel's cryptography", do_crypto_socket, 0, 0, false },
	{ "socket: a module's (vsock)", do_autoload_socket, 0, 0, false },
	{ "socketpair", do_socketpair, 0, 0, false },
	{ "change an address by netlink", do_add_address, 0, KEEPERS, false },
	{ "take a link down by ioctl()", do_link_down, 0, 0, false },
	{ "type into the terminal", do_type_into_terminal, 0, 0, false },
	{ "replace the log's descriptor", do_duplicate, 0, 0, false },
	{ "limits of another process", do_limit_of_other, 0, 0, false },
	{ "change its own limits", do_set_limit, 0, 0, false },
	{ "become dumpable", do_dumpable, 0, 0, false },
	{ "accept from the status socket", do_accept, 0, WORKER, false },
	{ "accept from another socket", do_accept_elsewhere, 0, 0, false },
	{ "remove a status socket", do_remove, 0, REMOVER, false },
	{ "remove a file elsewhere", do_remove_elsewhere, 0, 0, false },
	{ "remove a file by its path", do_remove_by_path, 0, 0, false },
	{ "remove a file above the folder", do_remove_above, 0, 0, false },
	CALL(accept4),
	CALL(acct),
	ATTACK(add_key),
	CALL(adjtimex),
	ATTACK(bpf),
	CALL(capset),
	CALL(chdir),
	ATTACK(chroot),
	CALL(clock_settime),
	CALL(clone3),
	ATTACK(delete_module),
	ATTACK(execveat),
	CALL(fanotify_init),
	CALL(fchmodat),
	CALL(fchownat),
	ATTACK(finit_module),
	CALL(getxattr),
	ATTACK(init_module),
	CALL(inotify_init1),
	CALL(io_setup),
	ATTACK(io_uring_setup),
	CALL(kcmp),
	ATTACK(kexec_load),
	ATTACK(keyctl),
	CALL(linkat),
	CALL(memfd_create),
	CALL(migrate_pages),
	CALL(mkdirat),
	CALL(mknodat),
	ATTACK(mount),
	ATTACK(move_mount),
	CALL(mq_open),
	CALL(msgget),
	CALL(name_to_handle_at),
	ATTACK(open_by_handle_at),
	ATTACK(open_tree),
	ATTACK(perf_event_open),
	CALL(personality),
	ATTACK(pidfd_getfd),
	CALL(pidfd_open),
	CALL(pidfd_send_signal),
	ATTACK(pivot_root),
	ATTACK(process_vm_readv),
	ATTACK(process_vm_writev),
	ATTACK(ptrace),
	CALL(quotactl),
	CALL(readlinkat),
	ATTACK(reboot),
	CALL(renameat2),
	ATTACK(request_key),
	CALL(rt_sigqueueinfo),
	CALL(sched_setaffinity),
	CALL(seccomp),
	CALL(semget),
	CALL(setdomainname),
	CALL(setgid),
	CALL(setgroups),
	CALL(sethostname),
	ATTACK(setns),
	CALL(setpriority),
	CALL(setresuid),
	CALL(setsid),
	CALL(settimeofday),
	CALL(setuid),
	CALL(shmat),
	CALL(shmget),
	CALL(splice),
	CALL(swapon),
	CALL(symlinkat),
	CALL(syslog),
	CALL(tee),
	CALL(timer_create),
	CALL(truncate),
	ATTACK(umount2),
	CALL(unlinkat),
	ATTACK(unshare),
	ATTACK(userfaultfd),
	CALL(utimensat),
	CALL(vmsplice),
};

const size_t escape_count = sizeof(escapes) / sizeof(escapes[0]);
