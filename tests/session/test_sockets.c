/* SPDX-License-Identifier: MIT */
/*
 * What a session does to its sockets, its addresses and its host route that no event tells. The
 * look-up of names, the host route and the clock are the test's own.
 */
#define _GNU_SOURCE
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>

#include <pptp/route.h>

#include "rig.h"

#define NOBODY "127.0.0.3" /* refuses connections */

/* -- the clock may jump --------------------------------------------------------------------- */

static time_t jumped; /* seconds */

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int result = __real_clock_gettime(id, ts);

	ts->tv_sec += jumped;
	return result;
}

/* -- names ---------------------------------------------------------------------------------- */

struct entry {
	struct addrinfo info;
	struct sockaddr_in sin;
};

/* One refuses, and all are there twice. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **listp)
{
	static const char *const texts[] = { NOBODY, SERVER, NOBODY, SERVER };
	struct entry *entries = calloc(4, sizeof(*entries));

	(void)name;
	(void)service;
	(void)hints;
	if (!entries)
		return EAI_MEMORY;
	for (int i = 0; i < 4; i++) {
		entries[i].sin = address(texts[i], 0);
		entries[i].info.ai_addr = (struct sockaddr *)&entries[i].sin;
		entries[i].info.ai_next = i < 3 ? &entries[i + 1].info : NULL;
	}
	*listp = &entries[0].info;
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	free(list);
}

/* -- the host route ------------------------------------------------------------------------- */

struct pptp_route {
	int fd;
};

static struct {
	unsigned int pinned;
	unsigned int unpinned;
	unsigned int dispatched;
	int error; /* of following it */
	enum pptp_route_state state;
	uint32_t gateway;
	int fd;
	uint32_t dst;
} routes;

int pptp_route_pin(struct pptp_route **routep, const struct pptp_route_query *query,
		   pptp_route_log_fn log, void *user)
{
	struct pptp_route *route = malloc(sizeof(*route));

	(void)log;
	(void)user;
	ck_assert_ptr_nonnull(route);
	route->fd = routes.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	routes.dst = query->dst.s_addr;
	routes.pinned++;
	routes.state = PPTP_ROUTE_PINNED;
	*routep = route;
	return 0;
}

int pptp_route_lookup(const struct pptp_route_query *query, struct pptp_route_info *infop,
		      size_t size)
{
	(void)query;
	(void)infop;
	(void)size;
	return PPTP_ERR_NO_ROUTE;
}

int pptp_route_get_fd(const struct pptp_route *route)
{
	return route->fd;
}

int pptp_route_dispatch(struct pptp_route *route)
{
	uint64_t value;

	ck_assert_int_eq(read(route->fd, &value, sizeof(value)), sizeof(value));
	routes.dispatched++;
	return routes.error;
}

enum pptp_route_state pptp_route_get_state(const struct pptp_route *route)
{
	(void)route;
	return routes.state;
}

int pptp_route_get_info(const struct pptp_route *route, struct pptp_route_info *infop, size_t size)
{
	ck_assert_uint_eq(size, sizeof(*infop));
	(void)route;
	*infop = (struct pptp_route_info){ .kind = PPTP_ROUTE_GATEWAY,
					   .gateway.s_addr = routes.gateway };
	return 0;
}

struct pptp_route *pptp_route_unpin(struct pptp_route *route)
{
	if (route) {
		close(route->fd);
		routes.unpinned++;
	}
	free(route);
	return NULL;
}

static void routes_change(struct client *client, struct peer *peer, int error)
{
	unsigned int before = routes.dispatched;

	routes.error = error;
	ck_assert_int_eq(eventfd_write(routes.fd, 1), 0);
	UNTIL(routes.dispatched > before);
}

/* -- what is heard of it -------------------------------------------------------------------- */

static struct {
	int fds[2]; /* GRE, TCP */
	unsigned int about_gre;
	unsigned int about_routes;
	bool says_21; /* the last one of them */
} seen;

static int see_socket(void *user, int fd)
{
	int type = 0;
	socklen_t len = sizeof(type);

	(void)user;
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len), 0);
	seen.fds[type == SOCK_STREAM] = fd;
	return 0;
}

static void see_line(void *user, enum pptp_log_level level, const char *line)
{
	print_log(user, level, line);
	if (strstr(line, "the tunnel is still up")) {
		seen.about_gre++;
		seen.says_21 = strstr(line, "(21 errors since") != NULL;
	}
	seen.about_routes += strstr(line, "following the host route") != NULL;
}

static struct pptp_config *seen_config(void)
{
	struct pptp_config *cfg = new_config();

	memset(&seen, 0, sizeof(seen));
	memset(&routes, 0, sizeof(routes));
	jumped = 0;
	ck_assert_int_eq(pptp_config_set_socket_hook(cfg, see_socket, NULL), 0);
	ck_assert_int_eq(pptp_config_set_log(cfg, see_line, NULL, PPTP_LOG_INFO), 0);
	return cfg;
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &len), 0);
	return value;
}

/* -- sockets -------------------------------------------------------------------------------- */

/* A message of 16 octets does not wait for the acknowledgment of the one before. */
START_TEST(control_messages_leave_at_once)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;

	peer_open(peer);
	client_open(client, seen_config());
	call(client, peer);
	ck_assert_int_eq(option(seen.fds[1], IPPROTO_TCP, TCP_NODELAY), 1);
	finish(client, peer);
}
END_TEST

/* Whoever made the socket, and whatever the system's default: what is too large is fragmented. */
START_TEST(large_frames_are_fragmented)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = seen_config();
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_GRE), refuse = IP_PMTUDISC_DO;

	peer_open(peer);
	ck_assert_int_eq(setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &refuse, sizeof(refuse)), 0);
	ck_assert_int_eq(pptp_config_set_gre_fd(cfg, fd), 0);
	client_open(client, cfg);
	ck_assert_int_eq(option(fd, IPPROTO_IP, IP_MTU_DISCOVER), IP_PMTUDISC_WANT);
	finish(client, peer);
}
END_TEST

static void set_mtu(int mtu)
{
	struct ifreq ifr = { .ifr_mtu = mtu };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strcpy(ifr.ifr_name, "lo");
	ck_assert_int_eq(ioctl(fd, SIOCSIFMTU, &ifr), 0);
	close(fd);
}

/* IPv4 with GRE and MPPE take 44 octets; no IPv4 path need carry less than 576. */
static const struct {
	int path;
	unsigned int suggested;
} mtus[] = { { 65536, 1456 }, { 1000, 956 }, { 576, 532 }, { 400, 532 } };

START_TEST(suggested_mtu_fits_the_path)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	const struct pptp_event *event = NULL;
	unsigned int mtu = 0;

	peer_open(peer);
	client_open(client, seen_config());
	set_mtu(mtus[_i].path);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	for (int i = 0; i < STEP_MS && !mtu; i++) {
		struct pollfd pfd = { pptp_session_get_fd(client->session), POLLIN, 0 };

		poll(&pfd, 1, 1);
		ck_assert_int_eq(pptp_session_dispatch(client->session), 0);
		while ((event = pptp_session_pop_event(client->session)))
			if (event->type == PPTP_EVENT_CALL_UP)
				mtu = event->u.call.mtu;
		peer_work(peer);
	}
	set_mtu(65536);
	ck_assert_uint_eq(mtu, mtus[_i].suggested);
	finish(client, peer);
}
END_TEST

/* Else the kernel sends a reset, which can overtake our last message at the server. */
START_TEST(what_is_unread_is_read_before_the_end)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_msg info = { .type = PPTP_MSG_SLI };
	struct pollfd pfd = { .events = POLLIN };
	uint8_t data[64];
	int len = pptp_msg_encode(&info, data, sizeof(data));

	peer_open(peer);
	client_open(client, seen_config());
	call(client, peer);
	ck_assert_int_eq(send(peer->tcp, data, (size_t)len, 0), len);
	pfd.fd = seen.fds[1];
	ck_assert_int_eq(poll(&pfd, 1, STEP_MS), 1);
	client->session = pptp_session_free(client->session);
	pfd.fd = peer->tcp;
	ck_assert_int_eq(poll(&pfd, 1, STEP_MS), 1);
	ck_assert_int_eq(option(peer->tcp, SOL_SOCKET, SO_ERROR), 0);
	ck_assert_int_eq(recv(peer->tcp, data, sizeof(data), 0), 0);
	finish(client, peer);
}
END_TEST

static int see_roomy_socket(void *user, int fd)
{
	const int size = 400 * 1024;

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	return see_socket(user, fd);
}

/* More than is read in a turn, and than 32 turns read: 100 KiB of messages that no one knows. */
static void send_backlog(const struct peer *peer)
{
	static const uint8_t unknown[512] = { 2, 0, 0, 1, 0x1A, 0x2B, 0x3C, 0x4D, 0, 99 };

	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(send(peer->tcp, unknown, sizeof(unknown), 0), sizeof(unknown));
}

/* The process stood still meanwhile: the time-out has passed, and the reply is there, far behind. */
START_TEST(a_reply_behind_a_backlog_is_in_time)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = seen_config();
	uint64_t end = clock_now() + STEP_MS * PPTP_NS_PER_MS;
	int waiting = 0;

	peer_open(peer);
	ck_assert_int_eq(pptp_config_set_socket_hook(cfg, see_roomy_socket, NULL), 0);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	for (; !client->control_up && clock_now() < end; client_turn(client, 5))
		peer_work(peer);
	ck_assert(client->control_up);
	send_backlog(peer);
	peer_work(peer); /* takes the call */
	while (waiting < 100 * 1024 + 32 && clock_now() < end)
		ck_assert_int_eq(ioctl(seen.fds[1], FIONREAD, &waiting), 0);
	ck_assert_int_eq(waiting, 100 * 1024 + 32);
	jumped += 1000;
	client_turn(client, STEP_MS);
	ck_assert_uint_eq(client->closed_count, 0);
	ck_assert(client->up);
	finish(client, peer);
}
END_TEST

/* A frame that nobody takes: its ICMP error comes back to our socket. */
static void frame_into_the_void(struct client *client, struct peer *peer)
{
	struct pptp_stats stats;
	uint64_t before;

	pptp_session_get_stats(client->session, &stats, sizeof(stats));
	before = stats.rx_os_errors + stats.tx_failed;
	ck_assert_int_eq(pptp_session_send_frame(client->session, lcp, sizeof(lcp)), 0);
	UNTIL(pptp_session_get_stats(client->session, &stats, sizeof(stats)) == 0 &&
	      stats.rx_os_errors + stats.tx_failed > before);
}

START_TEST(socket_trouble_is_said_once_a_minute)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;

	peer_open(peer);
	client_open(client, seen_config());
	call(client, peer);
	close(peer->gre);
	peer->gre = -1;
	for (int i = 0; i < 20; i++)
		frame_into_the_void(client, peer);
	ck_assert_uint_eq(seen.about_gre, 1);
	jumped += 59;
	frame_into_the_void(client, peer);
	ck_assert_uint_eq(seen.about_gre, 1);
	jumped += 2;
	frame_into_the_void(client, peer);
	ck_assert_uint_eq(seen.about_gre, 2);
	ck_assert(seen.says_21);
	finish(client, peer);
}
END_TEST

/* -- addresses and routes ------------------------------------------------------------------- */

START_TEST(each_address_is_tried_once_with_its_route)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = seen_config();
	const struct pptp_event *event;
	unsigned int tries = 0;

	peer_open(peer);
	pptp_config_set_server(cfg, "vpn.test");
	pptp_config_set_host_route(cfg, true);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	for (int i = 0; i < STEP_MS && !client->up; i++) {
		struct pollfd pfd = { pptp_session_get_fd(client->session), POLLIN, 0 };

		poll(&pfd, 1, 1);
		ck_assert_int_eq(pptp_session_dispatch(client->session), 0);
		while ((event = pptp_session_pop_event(client->session))) {
			client->up = client->up || event->type == PPTP_EVENT_CALL_UP;
			if (event->type != PPTP_EVENT_CONNECTING)
				continue;
			tries++;
			ck_assert_uint_eq(event->u.connecting.count, 2);
		}
		peer_work(peer);
	}
	ck_assert(client->up);
	ck_assert_uint_eq(tries, 2);
	ck_assert_uint_eq(routes.pinned, 2);
	ck_assert_uint_eq(routes.unpinned, 1);
	ck_assert_uint_eq(routes.dst, inet_addr(SERVER));
	finish(client, peer);
	ck_assert_uint_eq(routes.unpinned, 2);
}
END_TEST

/* Routes change often, and the kernel refuses the same thing each time. */
static const struct pptp_event *next_route_event(struct client *client)
{
	const struct pptp_event *event;

	while ((event = pptp_session_pop_event(client->session)))
		if (event->type == PPTP_EVENT_ROUTE_PINNED || event->type == PPTP_EVENT_ROUTE_LOST)
			return event;
	return NULL;
}

/* The route changes; one turn of the session, whose events are left in its queue. */
static void route_becomes(struct client *client, enum pptp_route_state state, uint32_t gateway)
{
	struct pollfd pfd = { pptp_session_get_fd(client->session), POLLIN, 0 };
	unsigned int before = routes.dispatched;

	routes.state = state;
	routes.gateway = gateway;
	ck_assert_int_eq(eventfd_write(routes.fd, 1), 0);
	while (routes.dispatched == before) {
		ck_assert_int_eq(poll(&pfd, 1, STEP_MS), 1);
		ck_assert_int_eq(pptp_session_dispatch(client->session), 0);
	}
}

START_TEST(the_host_route_is_reported_when_it_changes)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = seen_config();
	const struct pptp_event *event;

	peer_open(peer);
	pptp_config_set_host_route(cfg, true);
	client_open(client, cfg);
	routes.gateway = 1;
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	event = next_route_event(client);
	ck_assert_ptr_nonnull(event);
	ck_assert_int_eq(event->type, PPTP_EVENT_ROUTE_PINNED);
	ck_assert_uint_eq(event->u.route.gateway.s_addr, 1);
	UNTIL(client->up);
	route_becomes(client, PPTP_ROUTE_PINNED, 1);
	ck_assert_ptr_null(next_route_event(client));
	route_becomes(client, PPTP_ROUTE_PINNED, 2);
	event = next_route_event(client);
	ck_assert_ptr_nonnull(event);
	ck_assert_int_eq(event->type, PPTP_EVENT_ROUTE_PINNED);
	ck_assert_uint_eq(event->u.route.gateway.s_addr, 2);
	route_becomes(client, PPTP_ROUTE_LOST, 2);
	event = next_route_event(client);
	ck_assert_ptr_nonnull(event);
	ck_assert_int_eq(event->type, PPTP_EVENT_ROUTE_LOST);
	ck_assert_uint_eq(event->u.route.gateway.s_addr, 2);
	route_becomes(client, PPTP_ROUTE_LOST, 2);
	ck_assert_ptr_null(next_route_event(client));
	route_becomes(client, PPTP_ROUTE_PINNED, 2);
	event = next_route_event(client);
	ck_assert_ptr_nonnull(event);
	ck_assert_int_eq(event->type, PPTP_EVENT_ROUTE_PINNED);
	finish(client, peer);
}
END_TEST

START_TEST(an_error_of_the_route_is_said_once)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = seen_config();

	peer_open(peer);
	pptp_config_set_host_route(cfg, true);
	client_open(client, cfg);
	call(client, peer);
	for (int i = 0; i < 5; i++)
		routes_change(client, peer, -EPERM);
	ck_assert_uint_eq(seen.about_routes, 1);
	routes_change(client, peer, -ENOMEM);
	ck_assert_uint_eq(seen.about_routes, 2);
	routes_change(client, peer, 0);
	routes_change(client, peer, -ENOMEM);
	ck_assert_uint_eq(seen.about_routes, 3);
	finish(client, peer);
}
END_TEST

const char suite_name[] = "session sockets";

void add_tests(TCase *tc)
{
	tcase_add_test(tc, control_messages_leave_at_once);
	tcase_add_test(tc, large_frames_are_fragmented);
	tcase_add_loop_test(tc, suggested_mtu_fits_the_path, 0, sizeof(mtus) / sizeof(mtus[0]));
	tcase_add_test(tc, what_is_unread_is_read_before_the_end);
	tcase_add_test(tc, a_reply_behind_a_backlog_is_in_time);
	tcase_add_test(tc, socket_trouble_is_said_once_a_minute);
	tcase_add_test(tc, each_address_is_tried_once_with_its_route);
	tcase_add_test(tc, the_host_route_is_reported_when_it_changes);
	tcase_add_test(tc, an_error_of_the_route_is_said_once);
}
