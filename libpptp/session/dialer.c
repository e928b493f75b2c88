/* SPDX-License-Identifier: MIT */
/*
 * Dialing: look up the server's name, connect to its addresses in turn, each with a time-out of its
 * own, and hand out the open TCP connection. Works on struct dialer and the configuration alone; the
 * session reports each address, pins the route to it and calls again. No PPTP is sent here
 * (control.c).
 */
#define _GNU_SOURCE
#include "session/dialer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "deadline.h"
#include "session/log.h"
#include "session/socket_setup.h"

/* Octets shown of a server's name, so that the cause fits the longest sentence. */
#define NAME_SHOWN 48
#define NAME_TEXT  (NAME_SHOWN + sizeof("..."))
#define CAUSE_TEXT 160

void pptp_dialer_init(struct dialer *dialer, struct loop *loop, int resolver_id, int tcp_id)
{
	*dialer = (struct dialer){ .fd = -1, .deadline = PPTP_TIME_NEVER };
	pptp_watch_init(&dialer->resolver_watch, loop, resolver_id);
	pptp_watch_init(&dialer->tcp_watch, loop, tcp_id);
}

static void close_tcp(struct dialer *dialer)
{
	pptp_watch_remove(&dialer->tcp_watch);
	if (dialer->fd >= 0)
		close(dialer->fd);
	dialer->fd = -1;
	dialer->deadline = PPTP_TIME_NEVER;
}

/* Such a socket serves all addresses: another one may not be permitted any more. */
static bool needs_privilege(const struct pptp_config *cfg)
{
	return cfg->has_mark || cfg->interface[0];
}

static int open_tcp(struct dialer *dialer, const struct pptp_config *cfg)
{
	int err;

	dialer->call = "socket";
	dialer->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (dialer->fd < 0)
		return -errno;
	dialer->call = "setsockopt, bind";
	err = pptp_socket_setup(dialer->fd, cfg);
	if (err)
		close_tcp(dialer);
	else
		pptp_socket_set_int(dialer->fd, IPPROTO_TCP, TCP_NODELAY, 1);
	return err;
}

void pptp_dialer_open(struct dialer *dialer, const struct pptp_config *cfg)
{
	if (needs_privilege(cfg))
		(void)open_tcp(dialer, cfg);
	dialer->call = NULL;
}

static void disconnect(struct dialer *dialer, const struct pptp_config *cfg)
{
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	dialer->call = NULL;
	dialer->deadline = PPTP_TIME_NEVER;
	if (!needs_privilege(cfg) || connect(dialer->fd, &none, sizeof(none)) < 0)
		close_tcp(dialer);
}

void pptp_dialer_close(struct dialer *dialer)
{
	pptp_watch_remove(&dialer->resolver_watch);
	dialer->resolver = pptp_resolve_free(dialer->resolver);
	close_tcp(dialer);
}

/* -- the name --------------------------------------------------------------------------------- */

/* A name may have 253 octets; a long one is cut. */
static const char *name_text(const struct pptp_config *cfg, char text[NAME_TEXT])
{
	snprintf(text, NAME_TEXT, "%.*s%s", NAME_SHOWN, cfg->server,
		 strlen(cfg->server) > NAME_SHOWN ? "..." : "");
	return text;
}

int pptp_dialer_start(struct dialer *dialer, const struct pptp_config *cfg)
{
	int fd, err;

	memcpy(dialer->addresses, cfg->addresses, sizeof(dialer->addresses));
	dialer->count = cfg->address_count;
	if (!dialer->count && inet_pton(AF_INET, cfg->server, &dialer->addresses[0]) == 1)
		dialer->count = 1;
	if (dialer->count)
		return DIAL_ADDRESS;
	err = pptp_resolve_start(&dialer->resolver, cfg->server, &fd);
	if (!err)
		err = pptp_watch_add(&dialer->resolver_watch, fd, EPOLLIN);
	return err ? err : DIAL_WAIT;
}

static enum dial not_found(struct dialer *dialer, const struct pptp_config *cfg,
			   const struct resolve_answer *answer)
{
	int code = answer->gai_error ? answer->gai_error : EAI_NONAME;
	struct pptp_event_down *failure = &dialer->failure;
	char name[NAME_TEXT];
	struct in6_addr ipv6;

	name_text(cfg, name);
	if (answer->system_error)
		pptp_down_set(failure, PPTP_REASON_NAME_NOT_FOUND, answer->system_error,
			      "cannot look up the server %s: %s%s%s%s", name,
			      answer->refused_call ? answer->refused_call : "",
			      answer->refused_call ? ": " : "", pptp_strerror(answer->system_error),
			      pptp_refusal_hint(answer->system_error));
	else if (inet_pton(AF_INET6, cfg->server, &ipv6) == 1)
		pptp_down_set(failure, PPTP_REASON_NAME_NOT_FOUND, 0,
			      "cannot use the server's address %s: PPTP needs an IPv4 address",
			      name);
	else if (code == EAI_NODATA || code == EAI_ADDRFAMILY)
		pptp_down_set(failure, PPTP_REASON_NAME_NOT_FOUND, 0,
			      "the server %s has no IPv4 address, which PPTP needs", name);
	else
		pptp_down_set(failure, PPTP_REASON_NAME_NOT_FOUND, code == EAI_AGAIN ? -EAGAIN : 0,
			      "cannot find the server %s: %s; check the name and the DNS settings",
			      name, gai_strerror(code));
	return DIAL_FAILED;
}

/* A name server or a hosts file with a block list answers with the address of nobody. */
static bool is_blocked(const struct dialer *dialer)
{
	return dialer->count == 1 && dialer->addresses[0].s_addr == htonl(INADDR_ANY);
}

static enum dial blocked(struct dialer *dialer, const struct pptp_config *cfg)
{
	char name[NAME_TEXT];

	name_text(cfg, name);
	pptp_down_set(&dialer->failure, PPTP_REASON_NAME_NOT_FOUND, 0,
		      "the server %s resolves to 0.0.0.0: its name is on a block list of the name "
		      "server or the hosts file",
		      name);
	return DIAL_FAILED;
}

enum dial pptp_dialer_resolved(struct dialer *dialer, const struct pptp_config *cfg)
{
	struct resolve_answer answer;

	/* A spurious wake-up: the answer makes the descriptor readable again. */
	if (!dialer->resolver || pptp_resolve_finish(dialer->resolver, &answer) < 0)
		return DIAL_WAIT;
	pptp_watch_remove(&dialer->resolver_watch);
	dialer->resolver = pptp_resolve_free(dialer->resolver);
	dialer->count = answer.count;
	memcpy(dialer->addresses, answer.addresses, sizeof(dialer->addresses));
	if (!dialer->count)
		return not_found(dialer, cfg, &answer);
	return is_blocked(dialer) ? blocked(dialer, cfg) : DIAL_ADDRESS;
}

/* -- one address ------------------------------------------------------------------------------ */

enum pptp_reason pptp_dialer_reason(int err)
{
	switch (-err) {
	case ECONNREFUSED:
		return PPTP_REASON_CONNECT_REFUSED;
	case ETIMEDOUT:
		return PPTP_REASON_CONNECT_TIMEOUT;
	case ECONNRESET: /* established and reset before the result was read */
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

/* The words for this failure; `text` is used where they name a system call or an interface. */
static const char *cause_of(const struct dialer *dialer, enum pptp_reason reason, int err,
			    char text[CAUSE_TEXT])
{
	const char *cause = connect_failure_text(reason, err);

	if (dialer->call && pptp_is_refusal(err)) {
		snprintf(text, CAUSE_TEXT, "%s: %s%s", dialer->call, cause, pptp_refusal_hint(err));
		return text;
	}
	if (!dialer->tunnel[0] ||
	    (reason != PPTP_REASON_UNREACHABLE && reason != PPTP_REASON_CONNECT_TIMEOUT))
		return cause;
	snprintf(text, CAUSE_TEXT, "%s; the way there leads into %s", cause, dialer->tunnel);
	return text;
}

static int begin_connect(struct dialer *dialer, const struct pptp_config *cfg, uint64_t now)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(cfg->port),
		.sin_addr = dialer_address(dialer),
	};
	int err = dialer->fd < 0 ? open_tcp(dialer, cfg) : 0;

	if (err)
		return err;
	dialer->call = "connect";
	/* A connection attempt that a signal interrupts continues. */
	if (connect(dialer->fd, (const struct sockaddr *)&sin, sizeof(sin)) < 0 &&
	    errno != EINPROGRESS && errno != EINTR)
		return -errno;
	dialer->deadline = deadline_after(now, cfg->connect_timeout);
	dialer->call = "epoll_ctl";
	return watch_is_active(&dialer->tcp_watch)
		       ? 0
		       : pptp_watch_add(&dialer->tcp_watch, dialer->fd, EPOLLOUT);
}

enum dial pptp_dialer_connect(struct dialer *dialer, const struct pptp_config *cfg, uint64_t now)
{
	int err = begin_connect(dialer, cfg, now);

	return err ? pptp_dialer_refuse(dialer, cfg, err) : DIAL_WAIT;
}

enum dial pptp_dialer_refuse(struct dialer *dialer, const struct pptp_config *cfg, int err)
{
	enum pptp_reason reason = pptp_dialer_reason(err);
	struct in_addr address = dialer_address(dialer);
	char text[INET_ADDRSTRLEN], name[NAME_TEXT], cause_text[CAUSE_TEXT];
	const char *cause = cause_of(dialer, reason, err, cause_text);
	bool named;

	disconnect(dialer, cfg);
	inet_ntop(AF_INET, &address, text, sizeof(text));
	if (dialer->index + 1 < dialer->count) {
		pptp_session_log(cfg, PPTP_LOG_NOTICE, "cannot connect to %s (%s): %s", cfg->server,
				 text, cause);
		dialer->index++;
		return DIAL_ADDRESS;
	}
	named = strcmp(cfg->server, text) != 0;
	pptp_down_set(&dialer->failure, reason, err, "cannot connect to %s%s%s port %u: %s",
		      named ? name_text(cfg, name) : "", named ? ", address " : "", text, cfg->port,
		      cause);
	return DIAL_FAILED;
}

static int finish_connect(struct dialer *dialer)
{
	struct sockaddr_in sin;
	socklen_t len = sizeof(int), sin_len = sizeof(sin);
	int err = 0;

	dialer->call = "getsockopt";
	if (getsockopt(dialer->fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	else
		dialer->call = err ? "connect" : "getsockname";
	if (!err && getsockname(dialer->fd, (struct sockaddr *)&sin, &sin_len) < 0)
		err = errno;
	if (!err)
		dialer->local = sin.sin_addr;
	return -err;
}

enum dial pptp_dialer_ready(struct dialer *dialer, const struct pptp_config *cfg)
{
	int err = finish_connect(dialer);

	if (err)
		return pptp_dialer_refuse(dialer, cfg, err);
	dialer->deadline = PPTP_TIME_NEVER;
	return DIAL_CONNECTED;
}

enum dial pptp_dialer_expire(struct dialer *dialer, const struct pptp_config *cfg, uint64_t now)
{
	if (!deadline_is_due(dialer->deadline, now))
		return DIAL_WAIT;
	return pptp_dialer_refuse(dialer, cfg, -ETIMEDOUT);
}

int pptp_dialer_take(struct dialer *dialer, struct watch *watch)
{
	int fd = dialer->fd;
	int err = pptp_watch_move(watch, &dialer->tcp_watch, EPOLLIN);

	if (err)
		return err;
	dialer->fd = -1;
	return fd;
}
