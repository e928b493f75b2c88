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
#include <grp.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel_message.h"
#include "pptp_socket.h"

/* The two names that pppd looks for. */
#define FOR_PPPD __attribute__((visibility("default")))

extern FOR_PPPD char pppd_version[];
char pppd_version[] = PPPD_VERSION;

FOR_PPPD void plugin_init(void);

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
	NAME,
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
	[NAME] = { "--name", NULL },
};

static char *server;
static char *command; /* pppd frees what an option replaces: no literal */
static char *client;
/* Of pptp_sock; -1: not given. */
#define SUPPLIED_AND_TAKEN (-2)
static int supplied_fd = -1;
static int no_host_route;
static int no_sandbox;
static int no_status;
static int ignored;

#define VALUE(word, number, help)                                                                  \
	{                                                                                          \
		.name = (word), .type = o_string, .addr = &given[number].value,                    \
		.description = (help), .flags = OPT_PRIV | OPT_PRIO                                \
	}

/* Of a serial line, found in many files of options: pppd does not know it any more with a plugin. */
#define OF_A_LINE(word)                                                                            \
	{                                                                                          \
		.name = (word), .type = o_int, .addr = &ignored,                                   \
		.description = "No effect with the PPTP plugin", .flags = OPT_NOARG | OPT_VAL(1)   \
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
	VALUE("pptp_name", NAME, "Name of the tunnel for pptp --status"),
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
	{ .name = "pptp_nostatus",
	  .type = o_int,
	  .addr = &no_status,
	  .description = "pptp makes no status socket",
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
	OF_A_LINE("lock"),
	OF_A_LINE("nolock"),
	OF_A_LINE("modem"),
	OF_A_LINE("local"),
	OF_A_LINE("crtscts"),
	OF_A_LINE("nocrtscts"),
	OF_A_LINE("sync"),
	{ .name = NULL },
};

static void check_words(void)
{
	const char *wrong = NULL;

	if (!server == (supplied_fd < 0))
		wrong = "give either pptp_server, or pptp_client and pptp_sock";
	else if (supplied_fd >= 0 && !client)
		wrong = "pptp_sock needs pptp_client, the client's address";
	else if (command && *command != '/')
		wrong = "pptp_command needs a path from the root directory";
	if (!wrong)
		return;
	option_error("pptp: %s", wrong);
	/* As pppd does; it has one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
	exit(EXIT_OPTION_ERROR);
}

/* -- the control process ---------------------------------------------------------------------- */

/* Its status where it could not be run, as a shell's. */
#define NOT_RUN 127
/* From the end of its side of the pair to its end. */
#define END_MAX_MS  2000
#define END_STEP_MS 20

static int control_fd = -1; /* to the control process; -1: none */
static pid_t control_pid;
static int channel_fd = -1; /* what pppd has as the channel; -1: none */

static const char *program(void)
{
	return command ? command : PROGRAM;
}

/*
 * The signals of pppd's terminal are pppd's alone, which first ends PPP. Users, groups and environment of
 * who called a set-user-ID pppd are left behind; their limits (ulimit) are not.
 */
static bool stand_alone(void)
{
	umask(022);
	return setsid() >= 0 && chdir("/") == 0 && setgroups(0, NULL) == 0 && setgid(0) == 0 &&
	       setuid(0) == 0;
}

/* Nothing is logged here: the log of pppd is in use by its other process. */
static void __attribute__((noreturn)) become_control(void)
{
	char *environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	/* Program, server, --channel, --, two words for each value, three flags, NULL. */
	const char *argv[2 * GIVEN_COUNT + 8];
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
	if (no_status)
		argv[count++] = "--nostatus";
	argv[count++] = "--";
	argv[count++] = server;
	argv[count] = NULL;
	if (stand_alone())
		execve(program(), (char **)(void *)argv, environment);
	_exit(NOT_RUN);
}

static int start_control(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		error("pptp: cannot make a pair of sockets: %m");
		return -1;
	}
	control_pid = ppp_safe_fork(ends[1], STDERR_FILENO, STDERR_FILENO);
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

/* The control process clears the call when it sees this. */
static void leave(void)
{
	if (control_fd >= 0)
		close(control_fd);
	if (channel_fd >= 0)
		close(channel_fd);
	control_fd = channel_fd = -1;
}

/* That of the last call: pppd does not reap what it did not start. */
static void reap_control(void)
{
	if (control_pid > 0 && waitpid(control_pid, NULL, WNOHANG) != 0)
		control_pid = 0;
}

/* It has closed its side of the pair; false where it does not end. */
static bool wait_for_end(int *howp)
{
	for (int ms = 0; ms < END_MAX_MS; ms += END_STEP_MS) {
		pid_t ended = waitpid(control_pid, howp, WNOHANG);

		if (ended != 0)
			return ended == control_pid;
		(void)poll(NULL, 0, END_STEP_MS);
	}
	return false;
}

static void report_not_run(void)
{
	if (faccessat(AT_FDCWD, program(), X_OK, AT_EACCESS) < 0)
		error("pptp: cannot run %s: %m", program());
	else
		error("pptp: %s could not be run, or ended with %d", program(), NOT_RUN);
}

static void report_failure(void)
{
	int how = 0;

	if (!wait_for_end(&how))
		error("pptp: no call: pptp (process %d) has closed its socket", control_pid);
	else if (WIFSIGNALED(how))
		error("pptp: no call: pptp was killed by signal %d", WTERMSIG(how));
	else if (WEXITSTATUS(how) == NOT_RUN)
		report_not_run();
	else
		error("pptp: no call: pptp ended with status %d, its log lines say why",
		      WEXITSTATUS(how));
}

/* The descriptor of the channel, or -1. */
static int receive_offer(void)
{
	struct channel_offer offer = { 0 };
	struct iovec data = { .iov_base = &offer, .iov_len = sizeof(offer) };
	_Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof(int))] = { 0 };
	/* Of this length, more than one descriptor does not fit. */
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = space,
				  .msg_controllen = CMSG_LEN(sizeof(int)) };
	ssize_t n = recvmsg(control_fd, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	int fd = -1;

	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	if (n <= 0) {
		report_failure();
		return -1;
	}
	if (n == (ssize_t)sizeof(offer) && offer.version == CHANNEL_VERSION &&
	    !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && fd >= 0 && is_pptp_socket(fd))
		return fd;
	error("pptp: %s is of another version than the plugin", program());
	if (fd >= 0)
		close(fd);
	return -1;
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
	if (n < 0)
		error("pptp: cannot wait for %s (ppoll): %m", program());
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n > 0 ? receive_offer() : -1;
}

/* -- the channel of pppd ---------------------------------------------------------------------- */

/* The call of pptp_sock, once. */
static int take_supplied(void)
{
	int fd = supplied_fd;

	supplied_fd = SUPPLIED_AND_TAKEN;
	if (fd < 0)
		error("pptp: the call of pptp_sock is over; only who accepted it can take another");
	else if (!is_pptp_socket(fd) || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		error("pptp: pptp_sock: descriptor %d is no PPTP socket", fd);
		fd = -1;
	}
	return fd;
}

static int connect_channel(void)
{
	char name[128];

	slprintf(name, sizeof(name), "pptp (%s)", server ? server : client);
	ppp_set_pppdevnam(name);
	forget_hangup();
	/* With "persist" and "holdoff 0" pppd would dial again for ever. */
	if (is_terminated())
		fatal("pptp: told to end while dialling");
	reap_control();
	if (!server)
		channel_fd = take_supplied();
	else if (start_control() == 0)
		channel_fd = wait_for_offer();
	if (channel_fd < 0) {
		leave();
		set_status(is_terminated() ? EXIT_USER_REQUEST : EXIT_CONNECT_FAILED);
	}
	return channel_fd;
}

/* pppd keeps the number; what it still does with it does not need the socket. */
static int give_up_copy(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int err = null < 0 || dup3(null, channel_fd, O_CLOEXEC) < 0 ? -1 : 0;

	if (err)
		error("pptp: cannot replace the channel's descriptor (open, dup3): %m");
	if (null >= 0)
		close(null);
	return err;
}

/* pppd calls .disconnect after a failure. */
static int establish(int fd)
{
	int ppp = ppp_generic_establish(fd);

	/* With two copies nobody would see the control process end. */
	if (ppp >= 0 && control_fd >= 0 && give_up_copy() < 0) {
		ppp_generic_disestablish(fd);
		return -1;
	}
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
	.disconnect = leave,
	.establish_ppp = establish,
	.disestablish_ppp = ppp_generic_disestablish,
	.cleanup = leave,
	.close = leave,
};

void plugin_init(void)
{
	ppp_add_options(options);
	on_network_up(tell_interface);
	watch_hangups();
	the_channel = &pptp_channel;
	ppp_set_modem(0);
}
