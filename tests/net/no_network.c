/* SPDX-License-Identifier: MIT */
/*
 * no_network COMMAND...             ends the command with SIGSYS as soon as it asks for any socket
 *                                   but a local one
 * no_network --no-marks COMMAND...  setting SO_MARK fails with EPERM
 * no_network --no-seccomp COMMAND... as on a kernel without seccomp
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARGUMENT(n) offsetof(struct seccomp_data, args[n])
#define LOAD(what)  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, what)
#define EQUAL(value, jump_true, jump_false)                                                        \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, jump_true, jump_false)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)

static int filter(struct sock_filter *code, unsigned short length)
{
	struct sock_fprog program = { .len = length, .filter = code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static int no_sockets(void)
{
	struct sock_filter code[] = {
		LOAD(offsetof(struct seccomp_data, nr)),
		EQUAL(SYS_socket, 0, 3),
		LOAD(ARGUMENT(0)),
		EQUAL(AF_UNIX, 1, 0),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		RETURN(SECCOMP_RET_ALLOW),
	};

	return filter(code, sizeof(code) / sizeof(code[0]));
}

static int no_marks(void)
{
	struct sock_filter code[] = {
		LOAD(offsetof(struct seccomp_data, nr)),
		EQUAL(SYS_setsockopt, 0, 5),
		LOAD(ARGUMENT(1)),
		EQUAL(SOL_SOCKET, 0, 3),
		LOAD(ARGUMENT(2)),
		EQUAL(SO_MARK, 0, 1),
		RETURN(SECCOMP_RET_ERRNO | EPERM),
		RETURN(SECCOMP_RET_ALLOW),
	};

	return filter(code, sizeof(code) / sizeof(code[0]));
}

static int no_seccomp(void)
{
	struct sock_filter code[] = {
		LOAD(offsetof(struct seccomp_data, nr)),
		EQUAL(SYS_seccomp, 4, 0),
		EQUAL(SYS_prctl, 0, 2),
		LOAD(ARGUMENT(0)),
		EQUAL(PR_SET_SECCOMP, 1, 0),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_ERRNO | EINVAL),
	};

	return filter(code, sizeof(code) / sizeof(code[0]));
}

/* What the first word asks for; NULL: nothing that is known. */
static int (*chosen(const char *word))(void)
{
	if (strcmp(word, "--no-marks") == 0)
		return no_marks;
	if (strcmp(word, "--no-seccomp") == 0)
		return no_seccomp;
	return NULL;
}

int main(int argc, char **argv)
{
	int (*choice)(void) = argc > 1 ? chosen(argv[1]) : NULL;
	char **command = argv + (choice ? 2 : 1);

	if (!command[0])
		return 99;
	if ((choice ? choice() : no_sockets()) < 0) {
		fprintf(stderr, "no_network: %s\n", strerror(errno));
		return 99;
	}
	execvp(command[0], command);
	fprintf(stderr, "no_network: %s: %s\n", command[0], strerror(errno));
	return 99;
}
