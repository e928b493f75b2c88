/* SPDX-License-Identifier: MIT */
/*
 * A PPTP server whose end of a call is the kernel's PPTP socket: it answers as a PAC with the library's
 * control connection, and starts pppd with the plugin for each call.
 *
 *	kernel_server ADDRESS PPPD-WORD...
 *
 * pppd is started with these words and "pptp_client ADDRESS pptp_sock NUMBER". Ends by a signal, and every
 * pppd with it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_pppox.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <pptp/proto/ctrl.h>

/* Call IDs of this end; the kernel has one table of them for all network namespaces. */
#define FIRST_CALL_ID 40000
#define PPPD_WORDS    64

struct call {
	int tcp;
	int channel;
	pid_t pppd;
	int pppd_fd; /* readable when pppd has ended */
	struct in_addr client;
	struct pptp_ctrl *ctrl;
	char **words;
};

static uint64_t clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	_exit(EXIT_FAILURE);
}

/* The kernel's structure is packed, so its address may not be cast. */
union channel_name {
	struct sockaddr any;
	struct sockaddr_pppox pppox;
};

static union channel_name name_of(struct in_addr address, uint16_t call_id)
{
	union channel_name name;

	memset(&name, 0, sizeof(name));
	name.pppox.sa_family = AF_PPPOX;
	name.pppox.sa_protocol = PX_PROTO_PPTP;
	name.pppox.sa_addr.pptp.call_id = call_id;
	name.pppox.sa_addr.pptp.sin_addr = address;
	return name;
}

/* Returns the Call ID; another one where a call of this machine has it. */
static uint16_t open_channel(struct call *call, struct in_addr local)
{
	call->channel = socket(AF_PPPOX, SOCK_STREAM, PX_PROTO_PPTP);
	if (call->channel < 0)
		fail("socket of the kernel's PPTP");
	for (uint16_t id = FIRST_CALL_ID; id < UINT16_MAX; id++) {
		union channel_name name = name_of(local, id);

		if (bind(call->channel, &name.any, sizeof(name.pppox)) == 0)
			return id;
		if (errno != EBUSY)
			break;
	}
	fail("bind of the kernel's PPTP socket");
	return 0;
}

static void exec_pppd(const struct call *call)
{
	char client[INET_ADDRSTRLEN], number[16];
	char *argv[PPPD_WORDS + 6] = { "pppd" };
	int count = 1;

	for (char **word = call->words; *word && count < PPPD_WORDS; word++)
		argv[count++] = *word;
	inet_ntop(AF_INET, &call->client, client, sizeof(client));
	snprintf(number, sizeof(number), "%d", call->channel);
	argv[count++] = "pptp_client";
	argv[count++] = client;
	argv[count++] = "pptp_sock";
	argv[count++] = number;
	close(call->tcp);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	execvp(argv[0], argv);
	fail("pppd");
}

static void call_is_up(struct call *call, uint16_t peer_call_id)
{
	union channel_name name = name_of(call->client, peer_call_id);

	if (connect(call->channel, &name.any, sizeof(name.pppox)) < 0)
		fail("connect of the kernel's PPTP socket");
	call->pppd = fork();
	if (call->pppd == 0)
		exec_pppd(call);
	call->pppd_fd = (int)syscall(SYS_pidfd_open, call->pppd, 0);
	if (call->pppd_fd < 0)
		fail("pidfd_open");
	close(call->channel);
}

static void read_tcp(struct call *call, uint64_t now)
{
	uint8_t data[4096];
	ssize_t n = recv(call->tcp, data, sizeof(data), MSG_DONTWAIT);

	if (n > 0)
		pptp_ctrl_input(call->ctrl, data, (size_t)n, now);
	else if (n == 0 || errno != EAGAIN)
		pptp_ctrl_tcp_closed(call->ctrl, now);
}

static void settle(struct call *call, uint64_t now)
{
	struct pptp_ctrl_event event;
	const uint8_t *data;
	size_t len;
	ssize_t n;

	pptp_ctrl_expire(call->ctrl, now);
	while (pptp_ctrl_pop_event(call->ctrl, &event, sizeof(event))) {
		if (event.type == PPTP_CTRL_CALL_UP)
			call_is_up(call, event.u.call.peer_call_id);
		else if (event.type == PPTP_CTRL_CALL_DOWN && call->pppd > 0)
			kill(call->pppd, SIGTERM);
	}
	while ((data = pptp_ctrl_output(call->ctrl, &len))) {
		n = send(call->tcp, data, len, MSG_NOSIGNAL);
		if (n < 0)
			return;
		pptp_ctrl_output_done(call->ctrl, (size_t)n);
	}
}

static void end_call(struct call *call)
{
	if (call->pppd > 0) {
		kill(call->pppd, SIGTERM);
		waitpid(call->pppd, NULL, 0);
	}
	pptp_ctrl_free(call->ctrl);
	_exit(EXIT_SUCCESS);
}

/* In a process of its own, until the control connection is closed. */
static void serve(struct call *call, struct in_addr local)
{
	struct pptp_ctrl_config config;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	pptp_ctrl_config_init(&config, sizeof(config));
	config.receiver = true;
	config.call_id = open_channel(call, local);
	if (pptp_ctrl_new(&call->ctrl, &config, NULL, NULL) < 0)
		fail("control connection");
	pptp_ctrl_tcp_open(call->ctrl, clock_now());
	while (!pptp_ctrl_is_closed(call->ctrl)) {
		struct pollfd fds[] = { { .fd = call->tcp, .events = POLLIN },
					{ .fd = call->pppd_fd, .events = POLLIN } };
		uint64_t now = clock_now(), due = pptp_ctrl_deadline(call->ctrl);
		int ms = due == PPTP_TIME_NEVER ? -1
			 : due <= now           ? 0
						: (int)((due - now) / PPTP_NS_PER_MS) + 1;

		poll(fds, 2, ms);
		now = clock_now();
		if (fds[0].revents)
			read_tcp(call, now);
		if (fds[1].revents) {
			call->pppd_fd = -1;
			pptp_ctrl_stop(call->ctrl, PPTP_REASON_STOPPED, now);
		}
		settle(call, now);
	}
	end_call(call);
}

int main(int argc, char **argv)
{
	struct sockaddr_in local = { .sin_family = AF_INET, .sin_port = htons(PPTP_PORT) };
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (argc < 2 || inet_pton(AF_INET, argv[1], &local.sin_addr) != 1) {
		fprintf(stderr, "usage: %s ADDRESS PPPD-WORD...\n", argv[0]);
		return 2;
	}
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&local, sizeof(local)) < 0 ||
	    listen(listener, 16) < 0)
		fail(argv[1]);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		struct sockaddr_in peer;
		socklen_t len = sizeof(peer);
		struct call call = { .pppd_fd = -1, .words = argv + 2 };

		call.tcp = accept4(listener, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC);
		if (call.tcp < 0)
			continue;
		call.client = peer.sin_addr;
		if (fork() == 0) {
			signal(SIGCHLD, SIG_DFL);
			serve(&call, local.sin_addr);
		}
		close(call.tcp);
	}
}
