/* SPDX-License-Identifier: MIT */
/* A session in a process without any privilege that was handed its raw socket. */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "rig.h"

#define NOBODY 65534

static int open_raw(void)
{
	return socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_GRE);
}

/* All capabilities for good, and root's user where there is another one. */
static void give_up_privileges(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 }, { 0 } };

	if (setresgid(NOBODY, NOBODY, NOBODY) == 0)
		ck_assert_int_eq(setresuid(NOBODY, NOBODY, NOBODY), 0);
	ck_assert_int_eq(syscall(SYS_capset, &header, none), 0);
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
}

static void no_raw_socket_any_more(void)
{
	ck_assert_int_eq(open_raw(), -1);
	ck_assert_int_eq(errno, EPERM);
}

/* In a child, as nothing of it can be undone. */
static void in_child(void (*body)(int raw_fd, struct peer *peer))
{
	struct peer peer;
	int raw_fd;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		peer_open(&peer);
		raw_fd = open_raw();
		ck_assert_int_ge(raw_fd, 0);
		give_up_privileges();
		no_raw_socket_any_more();
		body(raw_fd, &peer);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", status);
}

static void echo_frame(struct client *client, struct peer *peer)
{
	struct pptp_frame frame = { 0 };
	uint8_t packet[4096];
	struct pptp_gre gre;
	ssize_t n = -1;
	int header;

	ck_assert_int_eq(pptp_session_send_frame(client->session, lcp, sizeof(lcp)), 0);
	UNTIL((n = recv(peer->gre, packet, sizeof(packet), 0)) > 0);
	header = pptp_gre_decode(&gre, packet + 20, (size_t)n - 20);
	ck_assert_int_gt(header, 0);
	ck_assert_uint_eq(gre.payload_len, sizeof(lcp));
	ck_assert_mem_eq(packet + 20 + header, lcp, sizeof(lcp));
	peer_send_frame(peer, peer->client_call_id, lcp, sizeof(lcp));
	UNTIL(pptp_session_pop_frame(client->session, &frame));
	ck_assert_uint_eq(frame.len, sizeof(lcp));
	ck_assert_mem_eq(frame.data, lcp, sizeof(lcp));
}

static void whole_session(int raw_fd, struct peer *the_peer)
{
	struct client the_client;
	struct client *client = &the_client;
	struct peer *peer = the_peer;
	struct pptp_config *cfg = new_config();

	ck_assert_int_eq(pptp_config_set_gre_fd(cfg, raw_fd), 0);
	ck_assert_int_eq(pptp_config_set_host_route(cfg, true), 0);
	client_open(client, cfg);
	call(client, peer);
	echo_frame(client, peer);
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
	UNTIL(client->over);
	ck_assert_int_eq(client->closed.reason, PPTP_REASON_STOPPED);
	finish(client, peer);
	/* It was the session's, which has closed it. */
	ck_assert_int_eq(fcntl(raw_fd, F_GETFD), -1);
}

static void without_one(int raw_fd, struct peer *peer)
{
	struct pptp_session *session = NULL;
	struct pptp_config *cfg = new_config();

	ck_assert_int_eq(pptp_session_new(&session, cfg), -EPERM);
	pptp_config_free(cfg);
	close(raw_fd);
	peer_close(peer);
}

/* Whoever else holds the socket cannot take the filter off, nor put another one in. */
static void filter_is_locked(int raw_fd, struct peer *the_peer)
{
	struct sock_filter all[] = { BPF_STMT(BPF_RET | BPF_K, UINT32_MAX) };
	struct sock_fprog program = { .len = 1, .filter = all };
	struct client the_client;
	struct client *client = &the_client;
	struct peer *peer = the_peer;
	struct pptp_config *cfg = new_config();
	int copy = dup(raw_fd);
	int unused = 0;

	ck_assert_int_eq(setsockopt(copy, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)),
			 0);
	ck_assert_int_eq(pptp_config_set_gre_fd(cfg, raw_fd), 0);
	client_open(client, cfg);
	ck_assert_int_eq(setsockopt(copy, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)),
			 -1);
	ck_assert_int_eq(errno, EPERM);
	call(client, peer);
	ck_assert_int_eq(setsockopt(copy, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)),
			 -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(setsockopt(copy, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)),
			 -1);
	ck_assert_int_eq(errno, EPERM);
	echo_frame(client, peer);
	close(copy);
	finish(client, peer);
}

/* As where the kernel has no filters for sockets. */
static void refuse_filters(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setsockopt, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SO_ATTACH_FILTER, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOPROTOOPT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

/* The frames of other calls, with this server and from before, are not the session's. */
static void without_filters(int raw_fd, struct peer *the_peer)
{
	static const uint8_t stray[] = { 0xff, 0x03, 0x00, 0x21, 0x45 };
	struct client the_client;
	struct client *client = &the_client;
	struct peer *peer = the_peer;
	struct pptp_config *cfg = new_config();
	struct pptp_stats stats;

	refuse_filters();
	ck_assert_int_eq(pptp_config_set_gre_fd(cfg, raw_fd), 0);
	ck_assert_int_eq(pptp_config_set_call_id(cfg, 4711), 0);
	for (int i = 0; i < 3; i++)
		peer_send_frame(peer, 4711, stray, sizeof(stray));
	client_open(client, cfg);
	call(client, peer);
	peer_send_frame(peer, 4712, stray, sizeof(stray));
	echo_frame(client, peer);
	ck_assert_int_eq(pptp_session_get_stats(client->session, &stats, sizeof(stats)), 0);
	ck_assert_uint_eq(stats.rx_wrong_call, 1);
	finish(client, peer);
}

/* Another owner has decided for good what the socket receives. */
static void locked_by_another(int raw_fd, struct peer *peer)
{
	struct sock_filter none[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog program = { .len = 1, .filter = none };
	struct pptp_session *session = NULL;
	struct pptp_config *cfg = new_config();
	int on = 1;

	ck_assert_int_eq(
		setsockopt(raw_fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)), 0);
	ck_assert_int_eq(setsockopt(raw_fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof(on)), 0);
	ck_assert_int_eq(pptp_config_set_gre_fd(cfg, raw_fd), 0);
	ck_assert_int_eq(pptp_session_new(&session, cfg), -EPERM);
	pptp_config_free(cfg);
	close(raw_fd);
	peer_close(peer);
}

START_TEST(handed_its_raw_socket)
{
	in_child(whole_session);
}
END_TEST

START_TEST(not_permitted_without)
{
	in_child(without_one);
}
END_TEST

START_TEST(the_filter_is_locked)
{
	in_child(filter_is_locked);
}
END_TEST

START_TEST(no_filters)
{
	in_child(without_filters);
}
END_TEST

START_TEST(locked_already)
{
	in_child(locked_by_another);
}
END_TEST

const char suite_name[] = "session without privileges";

void add_tests(TCase *tc)
{
	tcase_add_test(tc, handed_its_raw_socket);
	tcase_add_test(tc, not_permitted_without);
	tcase_add_test(tc, the_filter_is_locked);
	tcase_add_test(tc, no_filters);
	tcase_add_test(tc, locked_already);
}
