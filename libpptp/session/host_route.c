/* SPDX-License-Identifier: MIT */
#include "session/session_state.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/epoll.h>

#include <pptp/route.h>

#include "session/log.h"

static void route_log(void *user, bool warning, const char *text)
{
	const struct pptp_session *s = user;

	pptp_session_log(&s->cfg, warning ? PPTP_LOG_WARNING : PPTP_LOG_NOTICE, "%s", text);
}

static void warn(struct pptp_session *s, struct in_addr server, int err)
{
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &server, text, sizeof(text));
	if (err == -EPERM)
		pptp_session_log(
			&s->cfg, PPTP_LOG_WARNING,
			"no host route to %s: changing routes needs root or CAP_NET_ADMIN; the "
			"tunnel works without it as long as no route into the tunnel covers the "
			"server",
			text);
	else if (err != PPTP_ERR_NO_ROUTE) /* connecting says that better */
		pptp_session_log(
			&s->cfg, PPTP_LOG_WARNING,
			"no host route to %s: %s; the tunnel works without it as long as no route "
			"into the tunnel covers the server",
			text, pptp_strerror(err));
}

static void pin(struct pptp_session *s, const struct pptp_route_query *query)
{
	int err = pptp_route_pin(&s->route, query, route_log, s);

	if (err) {
		warn(s, query->dst, err);
		return;
	}
	err = pptp_session_watch_fd(s, WATCH_ROUTE, pptp_route_get_fd(s->route), EPOLLIN);
	if (err)
		pptp_session_log(&s->cfg, PPTP_LOG_WARNING,
				 "the host route will not follow changes of the uplink: %s",
				 pptp_strerror(err));
}

static struct pptp_route_query packets_of(const struct pptp_session *s)
{
	return (struct pptp_route_query){
		.dst = s->addresses[s->address_index],
		.src = s->cfg.local,
		.mark = s->cfg.mark,
	};
}

int pptp_host_route_pin(struct pptp_session *s)
{
	const struct pptp_route_query query = packets_of(s);
	int answer = PPTP_ROUTE_BY_LIBRARY;

	if (s->cfg.route_hook)
		answer = s->cfg.route_hook(s->cfg.route_user, &query, true);
	s->route_by_caller = answer == PPTP_ROUTE_BY_CALLER;
	if (answer > PPTP_ROUTE_BY_CALLER)
		answer = -EINVAL;
	if (answer < 0)
		return answer;
	if (s->cfg.host_route && !s->route_by_caller)
		pin(s, &query);
	return 0;
}

/* The kernel refuses the same thing with every change of a route: say it once. */
void pptp_host_route_ready(struct pptp_session *s)
{
	int err = pptp_route_dispatch(s->route);

	if (err < 0 && err != s->route_error)
		pptp_session_log(&s->cfg, PPTP_LOG_WARNING, "following the host route: %s",
				 pptp_strerror(err));
	s->route_error = err;
}

void pptp_host_route_unpin(struct pptp_session *s)
{
	const struct pptp_route_query query = packets_of(s);

	if (s->route_by_caller) {
		s->route_by_caller = false;
		s->cfg.route_hook(s->cfg.route_user, &query, false);
	}
	pptp_session_unwatch(s, WATCH_ROUTE);
	s->route = pptp_route_unpin(s->route);
}

bool pptp_session_has_host_route(const struct pptp_session *s)
{
	return s->route != NULL;
}
