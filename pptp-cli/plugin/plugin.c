/* SPDX-License-Identifier: MIT */
/*
 * pptp.so, a plugin of pppd: PPP over the kernel's PPTP socket. It starts the pptp command as its control
 * process (--channel), which reads the network, and receives the socket of the call from it. Once PPP is
 * attached the plugin gives its copy up: the line hangs up with the control process, and the control
 * process ends the call when pppd closes the pair of sockets. So pppd, which is root, reads nothing from
 * the network but PPP. It decides nothing about the call.
 */
#include "pppd_api.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel_message.h"

char pppd_version[] = PPPD_VERSION;

void plugin_init(void);

/* -- options ---------------------------------------------------------------------------------- */

/* Options with a value that are passed to the command as they are. */
enum given_option {
	PHONE,
	OFFER_WINDOW,
	QUIRKS,
	IDLE_WAIT,
	MAX_ECHO_WAIT,
	LOGSTRING,
	LOGLEVEL,
	LOCALBIND,
	RTMARK,
	CONNECT_TIMEOUT,
	GIVEN_COUNT,
};

static struct {
	const char *option; /* of the command */
	char *value;        /* NULL: not given */
} given[GIVEN_COUNT] = {
	[PHONE] = { "--phone", NULL },
	[OFFER_WINDOW] = { "--offer-window", NULL },
	[QUIRKS] = { "--quirks", NULL },
	[IDLE_WAIT] = { "--idle-wait", NULL },
	[MAX_ECHO_WAIT] = { "--max-echo-wait", NULL },
	[LOGSTRING] = { "--logstring", NULL },
	[LOGLEVEL] = { "--loglevel", NULL },
	[LOCALBIND] = { "--localbind", NULL },
	[RTMARK] = { "--rtmark", NULL },
	[CONNECT_TIMEOUT] = { "--connect-timeout", NULL },
};

static char *server;
static char *command; /* pppd frees what an option replaces: no literal */
static char *client;
static int supplied_fd = -1;
static int no_host_route;
static int no_sandbox;

#define VALUE(word, number, help)                                                                  \
	{                                                                                          \
		.name = (word), .type = o_string, .addr = &given[number].value,                    \
		.description = (help), .flags = OPT_PRIV | OPT_PRIO                                \
	}

/* All are privileged: where pppd is set-user-ID, they steer a process that starts as root. */
static option_t options[] = {
	{ .name = "pptp_server",
	  .type = o_string,
	  .addr = &server,
	  .description = "Name or IPv4 address of the PPTP server",
	  .flags = OPT_PRIV | OPT_PRIO },
	VALUE("pptp_phone", PHONE, "Phone number to ask the server for"),
	VALUE("pptp_window", OFFER_WINDOW, "Packets the server may send ahead"),
	VALUE("pptp_offer-window", OFFER_WINDOW, "Packets the server may send ahead"),
	VALUE("pptp_quirks", QUIRKS, "Adapt to one PPTP server"),
	VALUE("pptp_idle-wait", IDLE_WAIT, "Idle seconds before an Echo-Request"),
	VALUE("pptp_max-echo-wait", MAX_ECHO_WAIT, "Seconds to wait for the Echo-Reply"),
	VALUE("pptp_logstring", LOGSTRING, "Name in log messages of pptp"),
	VALUE("pptp_loglevel", LOGLEVEL, "Log level of pptp, 0 to 2"),
	VALUE("pptp_localbind", LOCALBIND, "Local IPv4 address of the tunnel"),
	VALUE("pptp_rtmark", RTMARK, "Routing mark of the tunnel's packets"),
	VALUE("pptp_connect-timeout", CONNECT_TIMEOUT, "Limit of each phase of the connection"),
	{ .name = "pptp_nohostroute",
	  .type = o_int,
	  .addr = &no_host_route,
	  .description = "Configure no host route to the server",
	  .flags = OPT_PRIV | OPT_NOARG | OPT_VAL(1) },
	{ .name = "pptp_nosandbox",
	  .type = o_int,
	  .addr = &no_sandbox,
	  .description = "pptp keeps its privileges",
	  .flags = OPT_PRIV | OPT_NOARG | OPT_VAL(1) },
	{ .name = "pptp_command",
	  .type = o_string,
	  .addr = &command,
	  .description = "Path of the pptp command",
	  .flags = OPT_PRIV | OPT_PRIO },
	{ .name = "pptp_client",
	  .type = o_string,
	  .addr = &client,
	  .description = "With pptp_sock, as a server: the client's address",
	  .flags = OPT_PRIV | OPT_PRIO },
	{ .name = "pptp_sock",
	  .type = o_int,
	  .addr = &supplied_fd,
	  .description = "Number of an open PPTP socket whose call is up",
	  .flags = OPT_PRIV },
	{ .name = NULL },
};

static void check_words(void)
{
	if (!server == (supplied_fd < 0))
		fatal("pptp: give either pptp_server, or pptp_client and pptp_sock");
	if (supplied_fd >= 0 && !client)
		fatal("pptp: pptp_sock needs pptp_client, the client's address");
}

/* -- the control process ---------------------------------------------------------------------- */

static int control_fd = -1; /* to the control process; -1: none */
static pid_t control_pid;

static const char *program(void)
{
	return command ? command : PROGRAM;
}

static void __attribute__((noreturn)) become_control(void)
{
	/* Program, server, --channel, two words for each value, two flags, NULL. */
	const char *argv[2 * GIVEN_COUNT + 6];
	int count = 0;

	argv[count++] = program();
	argv[count++] = "--channel";
	for (int i = 0; i < GIVEN_COUNT; i++) {
		if (!given[i].value)
			continue;
		argv[count++] = given[i].option;
		argv[count++] = given[i].value;
	}
	if (no_host_route)
		argv[count++] = "--nohostroute";
	if (no_sandbox)
		argv[count++] = "--nosandbox";
	argv[count++] = server;
	argv[count] = NULL;
	execv(program(), (char **)(void *)argv);
	error("pptp: cannot run %s: %m", program());
	_exit(127);
}

static int start_control(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		error("pptp: cannot make a pair of sockets: %m");
		return -1;
	}
	control_pid = ppp_safe_fork(ends[1], ends[1], STDERR_FILENO);
	if (control_pid == 0)
		become_control();
	close(ends[1]);
	if (control_pid < 0) {
		error("pptp: cannot start a process: %m");
		close(ends[0]);
		return -1;
	}
	control_fd = ends[0];
	return 0;
}

/* It clears the call when it sees this. */
static void leave_control(void)
{
	if (control_fd >= 0)
		close(control_fd);
	control_fd = -1;
}

static void report_failure(void)
{
	int how = 0;

	if (waitpid(control_pid, &how, 0) == control_pid && WIFEXITED(how))
		error("pptp: no call: pptp ended with status %d, its log lines say why",
		      WEXITSTATUS(how));
	else
		error("pptp: no call: pptp was killed");
}

/* The descriptor of the channel, or -1. */
static int receive_offer(void)
{
	struct channel_offer offer = { 0 };
	struct iovec data = { .iov_base = &offer, .iov_len = sizeof(offer) };
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = space,
				  .msg_controllen = sizeof(space) };
	ssize_t n = recvmsg(control_fd, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	if (n <= 0) {
		report_failure();
	} else if (fd < 0 || n != (ssize_t)sizeof(offer) || offer.version != CHANNEL_VERSION) {
		error("pptp: %s is of another version than the plugin", program());
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	return fd;
}

/* Until the control process offers the channel or ends, which it does in a bounded time, or pppd shall end. */
static int wait_for_offer(void)
{
	struct pollfd readable = { .fd = control_fd, .events = POLLIN };
	sigset_t ends, before;
	int n = 0;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ends, &before);
	while (!is_told_to_end() && n == 0) {
		n = ppoll(&readable, 1, NULL, &before);
		if (n < 0 && errno == EINTR)
			n = 0;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n > 0 ? receive_offer() : -1;
}

/* -- the channel of pppd ---------------------------------------------------------------------- */

static int connect_channel(void)
{
	char name[128];
	int fd = supplied_fd;

	slprintf(name, sizeof(name), "pptp (%s)", server ? server : client);
	ppp_set_pppdevnam(name);
	if (fd >= 0)
		return fd;
	if (start_control() == 0)
		fd = wait_for_offer();
	if (fd < 0) {
		leave_control();
		set_connect_failed();
	}
	return fd;
}

/* pppd keeps the number; what it still does with it does not need the socket. */
static void give_up_copy(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, fd) < 0)
		error("pptp: cannot replace the channel: %m");
	if (null >= 0)
		close(null);
}

static int establish(int fd)
{
	int ppp = ppp_generic_establish(fd);

	if (ppp >= 0 && fd != supplied_fd)
		give_up_copy(fd);
	return ppp;
}

static void tell_interface(void *context, int argument)
{
	struct channel_news news = { 0 };

	(void)context;
	(void)argument;
	if (control_fd < 0)
		return;
	strncpy(news.interface, ppp_ifname(), sizeof(news.interface) - 1);
	/* Only its statistics need it. */
	(void)send(control_fd, &news, sizeof(news), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static struct channel pptp_channel = {
	.options = options,
	.check_options = check_words,
	.connect = connect_channel,
	.disconnect = leave_control,
	.establish_ppp = establish,
	.disestablish_ppp = ppp_generic_disestablish,
	.cleanup = leave_control,
	.close = leave_control,
};

void plugin_init(void)
{
	ppp_add_options(options);
	on_ip_up(tell_interface);
	the_channel = &pptp_channel;
	ppp_set_modem(0);
}
