/* SPDX-License-Identifier: MIT */
#include "session/session_state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session/log.h"
#include "session/socket_setup.h"

/* The answers to so much fit the core's output: 20 octets for an Echo-Request of 16. */
#define READ_SIZE 2048
/* Room for address text. */
#define ADDRESS_TEXT INET_ADDRSTRLEN
/* Of a server's name, so that the longest sentence has room for the cause. */
#define NAME_SHOWN 48
#define NAME_TEXT  (NAME_SHOWN + sizeof("..."))

static const char *address_text(struct in_addr address, char text[ADDRESS_TEXT])
{
	return inet_ntop(AF_INET, &address, text, ADDRESS_TEXT);
}

/* A name may have 253 octets: the user knows it, but not the cause that stands behind it. */
static const char *name_text(const struct pptp_session *s, char text[NAME_TEXT])
{
	const char *name = s->cfg.server;

	snprintf(text, NAME_TEXT, "%.*s%s", NAME_SHOWN, name,
		 strlen(name) > NAME_SHOWN ? "..." : "");
	return text;
}

static void close_tcp(struct pptp_session *s)
{
	pptp_session_unwatch(s, WATCH_TCP);
	if (s->tcp_fd >= 0)
		close(s->tcp_fd);
	s->tcp_fd = -1;
	s->connect_deadline = PPTP_TIME_NEVER;
}

static enum pptp_reason reason_of_connect_error(int err)
{
	switch (-err) {
	case ECONNREFUSED:
		return PPTP_REASON_CONNECT_REFUSED;
	case ETIMEDOUT:
		return PPTP_REASON_CONNECT_TIMEOUT;
	case ECONNRESET: /* it came up and was gone before we looked */
		return PPTP_REASON_PEER_CLOSED;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case ENONET:
		return PPTP_REASON_UNREACHABLE;
	case EPERM:
	case EACCES:
		return PPTP_REASON_NOT_PERMITTED;
	default:
		return PPTP_REASON_SYSTEM_ERROR;
	}
}

static const char *connect_failure_text(enum pptp_reason reason, int err)
{
	switch (reason) {
	case PPTP_REASON_CONNECT_REFUSED:
		return "the server refused the connection; is a PPTP server running there";
	case PPTP_REASON_CONNECT_TIMEOUT:
		return "the server did not answer; is the address right, or does a firewall "
		       "block it";
	case PPTP_REASON_UNREACHABLE:
		return "there is no way to reach it; check the network and the routes";
	case PPTP_REASON_PEER_CLOSED:
		return "the server closed the TCP connection at once";
	default:
		return pptp_strerror(err);
	}
}

static int begin_connect(struct pptp_session *s)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(s->cfg.port),
		.sin_addr = s->addresses[s->address_index],
	};
	int err;

	s->tcp_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->tcp_fd < 0)
		return -errno;
	err = pptp_socket_setup(s->tcp_fd, &s->cfg);
	if (err)
		return err;
	pptp_socket_set_int(s->tcp_fd, IPPROTO_TCP, TCP_NODELAY, 1);
	/* Interrupted, it goes on all the same. */
	if (connect(s->tcp_fd, (const struct sockaddr *)&sin, sizeof(sin)) < 0 &&
	    errno != EINPROGRESS && errno != EINTR)
		return -errno;
	s->connect_deadline = s->now + s->cfg.connect_timeout;
	return pptp_session_watch_fd(s, WATCH_TCP, s->tcp_fd, EPOLLOUT);
}

static void report(struct pptp_session *s, enum pptp_event_type type)
{
	struct pptp_event event = { .type = type };

	event.u.connecting.server = s->cfg.server;
	event.u.connecting.address = s->addresses[s->address_index];
	event.u.connecting.attempt = s->address_index + 1;
	event.u.connecting.count = s->address_count;
	pptp_session_push(s, &event);
}

static int begin_address(struct pptp_session *s)
{
	int err;

	s->phase = SESSION_CONNECTING;
	report(s, PPTP_EVENT_CONNECTING);
	err = pptp_host_route_pin(s);
	return err ? err : begin_connect(s);
}

/* True when there is another address to try; else the session has failed. */
static bool next_address(struct pptp_session *s, int err)
{
	enum pptp_reason reason = reason_of_connect_error(err);
	struct in_addr address = s->addresses[s->address_index];
	char text[ADDRESS_TEXT], name[NAME_TEXT];
	bool named;

	close_tcp(s);
	pptp_host_route_unpin(s);
	address_text(address, text);
	named = strcmp(s->cfg.server, text) != 0;
	if (s->address_index + 1 < s->address_count) {
		pptp_session_log(&s->cfg, PPTP_LOG_NOTICE, "cannot connect to %s (%s): %s",
				 s->cfg.server, text, connect_failure_text(reason, err));
		s->address_index++;
		return true;
	}
	pptp_session_fail(s, reason, err, "cannot connect to %s%s%s port %u: %s",
			  named ? name_text(s, name) : "", named ? ", address " : "", text,
			  s->cfg.port, connect_failure_text(reason, err));
	return false;
}

static void try_address(struct pptp_session *s)
{
	int err;

	do
		err = begin_address(s);
	while (err && next_address(s, err));
}

static void connect_failed(struct pptp_session *s, int err)
{
	if (next_address(s, err))
		try_address(s);
}

static int local_address(struct pptp_session *s)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	if (getsockname(s->tcp_fd, (struct sockaddr *)&sin, &len) < 0)
		return -errno;
	s->local = sin.sin_addr;
	return 0;
}

static int open_gre(struct pptp_session *s)
{
	struct in_addr remote = s->addresses[s->address_index];
	int err;

	if (s->cfg.hub)
		return pptp_hub_open_gre(s, s->local, remote);
	err = pptp_gre_socket_connect(&s->gre, s->local, remote);
	return err ? err : pptp_gre_socket_hear_call(&s->gre, s->call_id);
}

static void connected(struct pptp_session *s)
{
	int err = local_address(s);

	s->connect_deadline = PPTP_TIME_NEVER;
	if (!err)
		err = open_gre(s);
	if (err) {
		pptp_session_fail(s, reason_of_connect_error(err), err,
				  "cannot prepare the GRE socket: %s", pptp_strerror(err));
		return;
	}
	s->phase = SESSION_CONTROL;
	pptp_ctrl_tcp_open(s->ctrl, s->now);
}

static void finish_connect(struct pptp_session *s)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (getsockopt(s->tcp_fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	if (err)
		connect_failed(s, -err);
	else
		connected(s);
}

static void tcp_lost(struct pptp_session *s, int err)
{
	const uint8_t *data;
	size_t len;

	s->tcp_error = err;
	pptp_session_unwatch(s, WATCH_TCP);
	pptp_ctrl_tcp_closed(s->ctrl, s->now);
	/* Last words, if there are any; nothing can be waited for. */
	data = pptp_ctrl_output(s->ctrl, &len);
	if (data)
		send(s->tcp_fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void read_tcp(struct pptp_session *s)
{
	uint8_t data[READ_SIZE];
	ssize_t n = recv(s->tcp_fd, data, sizeof(data), MSG_DONTWAIT);

	if (n > 0) {
		pptp_ctrl_input(s->ctrl, data, (size_t)n, s->now);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	tcp_lost(s, n < 0 ? -errno : 0);
}

static void write_tcp(struct pptp_session *s)
{
	const uint8_t *data;
	size_t len;

	while ((data = pptp_ctrl_output(s->ctrl, &len))) {
		ssize_t n = send(s->tcp_fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			/* Who does not read our answers is not read either, but for the end. */
			pptp_session_watch_events(s, WATCH_TCP, EPOLLRDHUP | EPOLLOUT);
			return;
		}
		if (n < 0) {
			tcp_lost(s, -errno);
			return;
		}
		pptp_ctrl_output_done(s->ctrl, (size_t)n);
	}
	pptp_session_watch_events(s, WATCH_TCP, EPOLLIN);
}

void pptp_control_tcp_ready(struct pptp_session *s, uint32_t events)
{
	if (s->phase == SESSION_CONNECTING)
		finish_connect(s);
	else if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		read_tcp(s);
}

int pptp_control_start(struct pptp_session *s)
{
	int fd, err;

	if (inet_pton(AF_INET, s->cfg.server, &s->addresses[0]) == 1) {
		s->address_count = 1;
		try_address(s);
		return 0;
	}
	err = pptp_resolve_start(&s->resolver, s->cfg.server, &fd);
	if (err)
		return err;
	s->phase = SESSION_RESOLVING;
	report(s, PPTP_EVENT_RESOLVING);
	return pptp_session_watch_fd(s, WATCH_RESOLVER, fd, EPOLLIN);
}

static void not_found(struct pptp_session *s, const struct resolve_answer *answer)
{
	int code = answer->gai_error ? answer->gai_error : EAI_NONAME;
	char name[NAME_TEXT];
	struct in6_addr ipv6;

	name_text(s, name);
	if (answer->system_error)
		pptp_session_fail(s, PPTP_REASON_NAME_NOT_FOUND, answer->system_error,
				  "cannot look up the server %s: %s", name,
				  pptp_strerror(answer->system_error));
	else if (inet_pton(AF_INET6, s->cfg.server, &ipv6) == 1)
		pptp_session_fail(s, PPTP_REASON_NAME_NOT_FOUND, 0,
				  "cannot use the server's address %s: PPTP needs an IPv4 address",
				  name);
	else
		pptp_session_fail(
			s, PPTP_REASON_NAME_NOT_FOUND, code == EAI_AGAIN ? -EAGAIN : 0,
			"cannot find the server %s: %s; check the name and the DNS settings", name,
			gai_strerror(code));
}

void pptp_control_resolved(struct pptp_session *s)
{
	struct resolve_answer answer;

	/* Woken for nothing: the answer wakes us again. */
	if (pptp_resolve_finish(s->resolver, &answer) < 0)
		return;
	pptp_session_unwatch(s, WATCH_RESOLVER);
	s->resolver = pptp_resolve_free(s->resolver);
	s->address_count = answer.count;
	memcpy(s->addresses, answer.addresses, sizeof(s->addresses));
	if (s->address_count)
		try_address(s);
	else
		not_found(s, &answer);
}

void pptp_control_expire(struct pptp_session *s)
{
	if (s->phase == SESSION_CONNECTING && s->now >= s->connect_deadline)
		connect_failed(s, -ETIMEDOUT);
	if (s->phase == SESSION_CONTROL && s->now >= pptp_ctrl_deadline(s->ctrl))
		pptp_ctrl_expire(s->ctrl, s->now);
}

void pptp_control_pump(struct pptp_session *s)
{
	struct pptp_ctrl_event event;

	if (s->phase == SESSION_CONTROL && s->watched_fd[WATCH_TCP] >= 0)
		write_tcp(s);
	while (s->phase == SESSION_CONTROL && pptp_ctrl_pop_event(s->ctrl, &event, sizeof(event)))
		pptp_control_event(s, &event);
}

uint64_t pptp_control_deadline(const struct pptp_session *s)
{
	return s->phase == SESSION_CONTROL ? pptp_ctrl_deadline(s->ctrl) : s->connect_deadline;
}

/* What is unread would make the kernel send a reset, and our last words be lost: read it first. */
static void finish_tcp(struct pptp_session *s)
{
	uint8_t data[READ_SIZE];

	if (s->tcp_fd < 0 || s->phase == SESSION_CONNECTING)
		return;
	shutdown(s->tcp_fd, SHUT_WR);
	for (int i = 0; i < 16 && recv(s->tcp_fd, data, sizeof(data), MSG_DONTWAIT) > 0; i++)
		continue;
}

void pptp_control_close(struct pptp_session *s)
{
	pptp_session_unwatch(s, WATCH_RESOLVER);
	s->resolver = pptp_resolve_free(s->resolver);
	finish_tcp(s);
	close_tcp(s);
}
