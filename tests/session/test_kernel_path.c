/* SPDX-License-Identifier: MIT */
/*
 * The kernel's data path in a session: when the kernel's PPTP socket is opened, bound and connected, who
 * owns it, and what is heard beside it. The socket is a stand-in, so that it is tested without the
 * kernel's module; tests/vm has the real one.
 */
#define _GNU_SOURCE
#include "rig.h"

#include <linux/if_pppox.h>

const char suite_name[] = "session_kernel_path";

/* -- the stand-in ----------------------------------------------------------------------------- */

static struct {
	int fd;            /* the latest PPTP socket */
	int socket_error;  /* instead of one */
	int raw_error;     /* instead of a raw socket */
	unsigned int busy; /* so many Call IDs are another socket's */
	unsigned int binds;
	struct pptp_addr bound;
	struct pptp_addr connected;
} kernel;

int __real_socket(int domain, int type, int protocol);
int __real_bind(int fd, const struct sockaddr *name, socklen_t len);
int __real_connect(int fd, const struct sockaddr *name, socklen_t len);
int __real_getsockname(int fd, struct sockaddr *name, socklen_t *len);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_bind(int fd, const struct sockaddr *name, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *name, socklen_t len);
int __wrap_getsockname(int fd, struct sockaddr *name, socklen_t *len);

static int fails(int error)
{
	errno = error;
	return -1;
}

int __wrap_socket(int domain, int type, int protocol)
{
	if (domain == AF_INET && (type & 0xf) == SOCK_RAW && kernel.raw_error)
		return fails(kernel.raw_error);
	if (domain != AF_PPPOX)
		return __real_socket(domain, type, protocol);
	if (kernel.socket_error)
		return fails(kernel.socket_error);
	ck_assert_int_eq(protocol, PX_PROTO_PPTP);
	ck_assert(type & SOCK_CLOEXEC);
	kernel.fd = __real_socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return kernel.fd;
}

static struct pptp_addr pptp_of(const struct sockaddr *name, socklen_t len)
{
	struct sockaddr_pppox pppox;

	ck_assert_uint_eq(len, sizeof(pppox));
	memcpy(&pppox, name, sizeof(pppox));
	ck_assert_int_eq(pppox.sa_protocol, PX_PROTO_PPTP);
	return pppox.sa_addr.pptp;
}

int __wrap_bind(int fd, const struct sockaddr *name, socklen_t len)
{
	if (name->sa_family != AF_PPPOX)
		return __real_bind(fd, name, len);
	kernel.binds++;
	if (kernel.busy) {
		kernel.busy--;
		return fails(EBUSY);
	}
	kernel.bound = pptp_of(name, len);
	return 0;
}

int __wrap_connect(int fd, const struct sockaddr *name, socklen_t len)
{
	if (name->sa_family != AF_PPPOX)
		return __real_connect(fd, name, len);
	kernel.connected = pptp_of(name, len);
	return 0;
}

int __wrap_getsockname(int fd, struct sockaddr *name, socklen_t *len)
{
	struct sockaddr_pppox pppox = { .sa_family = AF_PPPOX, .sa_protocol = PX_PROTO_PPTP };

	if (fd != kernel.fd)
		return __real_getsockname(fd, name, len);
	memcpy(name, &pppox, sizeof(pppox));
	*len = sizeof(pppox);
	return 0;
}

static void setup(void)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.fd = -1;
}

/* -- a session ------------------------------------------------------------------------------- */

static unsigned int seen[PPTP_EVENT_CONNECTED + 1];
static struct pptp_event_call call_up;
static struct pptp_event_down closed;

static struct pptp_config *kernel_config(void)
{
	struct pptp_config *cfg = new_config();

	memset(seen, 0, sizeof(seen));
	ck_assert_int_eq(pptp_config_set_data_path(cfg, PPTP_DATA_PATH_KERNEL), 0);
	ck_assert_int_eq(pptp_config_set_gre_silent_ms(cfg, 200), 0);
	return cfg;
}

static void step(struct client *client, struct peer *peer)
{
	struct pollfd pfd = { .fd = pptp_session_get_fd(client->session), .events = POLLIN };
	const struct pptp_event *event;

	if (poll(&pfd, 1, 5) > 0)
		pptp_session_dispatch(client->session);
	while ((event = pptp_session_pop_event(client->session))) {
		seen[event->type]++;
		if (event->type == PPTP_EVENT_CALL_UP)
			call_up = event->u.call;
		if (event->type == PPTP_EVENT_CLOSED)
			closed = event->u.down;
	}
	peer_work(peer);
}

#define WAIT(condition)                                                                            \
	do {                                                                                       \
		uint64_t end_ = clock_now() + STEP_MS * PPTP_NS_PER_MS;                            \
		while (!(condition)) {                                                             \
			ck_assert_msg(clock_now() < end_, "never: %s", #condition);                \
			step(client, peer);                                                        \
		}                                                                                  \
	} while (0)

static void place_call(struct client *client, struct peer *peer, struct pptp_config *cfg)
{
	peer_open(peer);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	WAIT(seen[PPTP_EVENT_CALL_UP]);
}

/* With an acknowledgment, or without. */
static void send_packet(const struct peer *peer, bool acked)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	uint8_t packet[PPTP_GRE_HEADER_MAX + sizeof(lcp)];
	const struct pptp_gre gre = { .has_seq = true,
				      .has_ack = acked,
				      .payload_len = sizeof(lcp),
				      .call_id = peer->client_call_id };
	size_t header = pptp_gre_encode(&gre, packet);

	inet_pton(AF_INET, CLIENT, &to.sin_addr);
	memcpy(packet + header, lcp, sizeof(lcp));
	ck_assert_int_gt(sendto(peer->gre, packet, header + sizeof(lcp), 0, (struct sockaddr *)&to,
				sizeof(to)),
			 0);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int count_raw_sockets(void)
{
	int count = 0, type;
	socklen_t len;

	for (int fd = 0; fd < 64; fd++) {
		len = sizeof(type);
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_RAW)
			count++;
	}
	return count;
}

START_TEST(bound_before_the_call_and_connected_with_it)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_session_info info;
	int fd = -1;

	peer_open(peer);
	client_open(client, kernel_config());
	ck_assert_int_ge(kernel.fd, 0);
	ck_assert_uint_eq(kernel.binds, 0);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	WAIT(seen[PPTP_EVENT_CONNECTED]);
	ck_assert_uint_eq(kernel.bound.sin_addr.s_addr, inet_addr(CLIENT));
	ck_assert_uint_eq(kernel.connected.call_id, 0);
	ck_assert_int_eq(pptp_session_take_channel(client->session, &fd), PPTP_ERR_STATE);
	WAIT(seen[PPTP_EVENT_CALL_UP]);
	ck_assert_uint_eq(call_up.call_id, kernel.bound.call_id);
	ck_assert_uint_eq(peer->client_call_id, kernel.bound.call_id);
	ck_assert_uint_eq(kernel.connected.call_id, CALL_ID);
	ck_assert_uint_eq(kernel.connected.sin_addr.s_addr, inet_addr(SERVER));
	ck_assert_uint_gt(call_up.mtu, 1300);
	ck_assert_int_eq(pptp_session_get_info(client->session, &info, sizeof(info)), 0);
	ck_assert_int_eq(info.data_path, PPTP_DATA_PATH_KERNEL);
	ck_assert_uint_eq(info.call_id, kernel.bound.call_id);
	ck_assert_uint_eq(info.mtu, call_up.mtu);
	ck_assert(!info.gre_heard && !info.gre_acked);
	finish(client, peer);
	ck_assert(!is_open(kernel.fd));
}
END_TEST

START_TEST(taken_once_and_the_callers_from_then_on)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	int fd = -1, other = -1;

	place_call(client, peer, kernel_config());
	ck_assert_int_eq(pptp_session_take_channel(client->session, &fd), 0);
	ck_assert_int_eq(fd, kernel.fd);
	ck_assert_int_eq(pptp_session_take_channel(client->session, &other), PPTP_ERR_STATE);
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
	WAIT(seen[PPTP_EVENT_CLOSED]);
	finish(client, peer);
	ck_assert(is_open(fd));
	close(fd);
}
END_TEST

START_TEST(no_link_and_no_frames)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_stats stats;
	struct pptp_frame frame;
	int pair[2];

	place_call(client, peer, kernel_config());
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(pptp_session_attach(client->session, pair[0], pair[0], PPTP_LINK_ASYNC),
			 PPTP_ERR_STATE);
	ck_assert_int_eq(pptp_session_send_frame(client->session, lcp, sizeof(lcp)),
			 PPTP_ERR_STATE);
	send_packet(peer, true);
	WAIT(seen[PPTP_EVENT_GRE_HEARD]);
	ck_assert(!pptp_session_pop_frame(client->session, &frame));
	ck_assert_int_eq(pptp_session_get_stats(client->session, &stats, sizeof(stats)), 0);
	ck_assert_uint_eq(stats.rx_accepted, 0);
	ck_assert_uint_eq(stats.tx_sent, 0);
	close(pair[0]);
	close(pair[1]);
	finish(client, peer);
}
END_TEST

START_TEST(another_random_call_id_where_one_is_busy)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;

	kernel.busy = 3;
	place_call(client, peer, kernel_config());
	ck_assert_uint_eq(kernel.binds, 4);
	ck_assert_uint_eq(call_up.call_id, kernel.bound.call_id);
	ck_assert_uint_eq(peer->client_call_id, kernel.bound.call_id);
	finish(client, peer);
}
END_TEST

START_TEST(a_configured_call_id_that_is_busy_ends_the_attempt)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_config *cfg = kernel_config();

	pptp_config_set_call_id(cfg, 77);
	kernel.busy = 1;
	peer_open(peer);
	client_open(client, cfg);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	WAIT(seen[PPTP_EVENT_CLOSED]);
	ck_assert_uint_eq(kernel.binds, 1);
	ck_assert_int_eq(closed.system_error, -EBUSY);
	finish(client, peer);
}
END_TEST

START_TEST(listens_until_the_server_has_acknowledged)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;

	place_call(client, peer, kernel_config());
	ck_assert_int_eq(count_raw_sockets(), 2);
	send_packet(peer, false);
	WAIT(seen[PPTP_EVENT_GRE_HEARD]);
	ck_assert_int_eq(count_raw_sockets(), 2);
	send_packet(peer, true);
	WAIT(count_raw_sockets() == 1);
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
	WAIT(seen[PPTP_EVENT_CLOSED]);
	ck_assert(closed.gre_heard && closed.gre_acked);
	ck_assert_uint_eq(seen[PPTP_EVENT_GRE_SILENT] + seen[PPTP_EVENT_GRE_ONE_WAY], 0);
	finish(client, peer);
}
END_TEST

START_TEST(silence_and_one_way_are_seen)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;

	place_call(client, peer, kernel_config());
	WAIT(seen[PPTP_EVENT_GRE_SILENT]);
	send_packet(peer, false);
	WAIT(seen[PPTP_EVENT_GRE_ONE_WAY]);
	ck_assert_uint_eq(seen[PPTP_EVENT_GRE_HEARD], 1);
	WAIT(count_raw_sockets() == 1);
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
	WAIT(seen[PPTP_EVENT_CLOSED]);
	ck_assert(closed.gre_heard && !closed.gre_acked);
	finish(client, peer);
}
END_TEST

START_TEST(works_without_a_raw_socket)
{
	struct peer peer_, *peer = &peer_;
	struct client client_, *client = &client_;
	struct pptp_session_info info;
	uint64_t end;

	peer_open(peer);
	kernel.raw_error = EPERM;
	client_open(client, kernel_config());
	kernel.raw_error = 0;
	ck_assert_int_eq(pptp_session_get_info(client->session, &info, sizeof(info)), 0);
	ck_assert(!info.gre_heard && !info.gre_acked);
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	WAIT(seen[PPTP_EVENT_CALL_UP]);
	ck_assert_int_eq(pptp_session_get_info(client->session, &info, sizeof(info)), 0);
	ck_assert(info.gre_heard && info.gre_acked);
	for (end = clock_now() + 500 * PPTP_NS_PER_MS; clock_now() < end;)
		step(client, peer);
	ck_assert_uint_eq(seen[PPTP_EVENT_GRE_SILENT] + seen[PPTP_EVENT_GRE_ONE_WAY], 0);
	ck_assert_int_eq(pptp_session_stop(client->session), 0);
	WAIT(seen[PPTP_EVENT_CLOSED]);
	ck_assert(closed.gre_heard && closed.gre_acked);
	finish(client, peer);
}
END_TEST

START_TEST(refused_at_once)
{
	struct pptp_session *session = NULL;
	struct pptp_config *cfg = kernel_config();
	struct pptp_hub *hub;
	int before = count_descriptors(), pair[2];
	const int errors[] = { EAFNOSUPPORT, EPROTONOSUPPORT, EPERM };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		kernel.socket_error = errors[i];
		ck_assert_int_eq(pptp_session_new(&session, cfg), PPTP_ERR_UNSUPPORTED);
	}
	kernel.socket_error = 0;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert_int_eq(pptp_config_set_channel_fd(cfg, pair[0]), 0);
	ck_assert_int_eq(pptp_session_new(&session, cfg), PPTP_ERR_VALUE);
	ck_assert_int_eq(pptp_config_set_channel_fd(cfg, 999), 0);
	ck_assert_int_eq(pptp_session_new(&session, cfg), -EBADF);
	ck_assert_int_eq(pptp_config_set_channel_fd(cfg, -2), PPTP_ERR_VALUE);
	close(pair[0]);
	close(pair[1]);
	ck_assert_int_eq(pptp_hub_new(&hub), 0);
	pptp_config_set_channel_fd(cfg, -1);
	pptp_config_set_hub(cfg, hub);
	ck_assert_int_eq(pptp_session_new(&session, cfg), PPTP_ERR_VALUE);
	ck_assert_ptr_null(session);
	pptp_hub_free(hub);
	ck_assert_int_eq(pptp_config_set_data_path(cfg, (enum pptp_data_path)2), PPTP_ERR_VALUE);
	pptp_config_free(cfg);
	ck_assert_int_eq(count_descriptors(), before);
}
END_TEST

START_TEST(a_supplied_socket_serves_one_session)
{
	struct pptp_config *cfg = kernel_config();
	struct pptp_session *first, *second = NULL;
	int fd = socket(AF_PPPOX, SOCK_STREAM | SOCK_CLOEXEC, PX_PROTO_PPTP);

	ck_assert_int_eq(pptp_config_set_channel_fd(cfg, fd), 0);
	ck_assert_int_eq(pptp_session_new(&first, cfg), 0);
	ck_assert_int_eq(kernel.fd, fd);
	ck_assert_int_eq(pptp_session_new(&second, cfg), -EPERM);
	ck_assert(is_open(fd));
	pptp_session_free(first);
	ck_assert(!is_open(fd));
	pptp_config_free(cfg);
}
END_TEST

START_TEST(a_supplied_socket_stays_the_callers_where_the_raw_one_fails)
{
	struct pptp_config *cfg = kernel_config();
	struct pptp_session *session = NULL;
	int fd = socket(AF_PPPOX, SOCK_STREAM | SOCK_CLOEXEC, PX_PROTO_PPTP);
	int before = count_descriptors();
	const int errors[] = { EMFILE, ENFILE, ENOMEM };

	ck_assert_int_eq(pptp_config_set_channel_fd(cfg, fd), 0);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		kernel.raw_error = errors[i];
		ck_assert_int_eq(pptp_session_new(&session, cfg), -errors[i]);
		ck_assert_ptr_null(session);
		ck_assert_int_eq(count_descriptors(), before);
	}
	ck_assert(is_open(fd));
	/* It is not marked as another session's either. */
	kernel.raw_error = 0;
	ck_assert_int_eq(pptp_session_new(&session, cfg), 0);
	pptp_session_free(session);
	ck_assert(!is_open(fd));
	pptp_config_free(cfg);
}
END_TEST

void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, bound_before_the_call_and_connected_with_it);
	tcase_add_test(tc, taken_once_and_the_callers_from_then_on);
	tcase_add_test(tc, no_link_and_no_frames);
	tcase_add_test(tc, another_random_call_id_where_one_is_busy);
	tcase_add_test(tc, a_configured_call_id_that_is_busy_ends_the_attempt);
	tcase_add_test(tc, listens_until_the_server_has_acknowledged);
	tcase_add_test(tc, silence_and_one_way_are_seen);
	tcase_add_test(tc, works_without_a_raw_socket);
	tcase_add_test(tc, refused_at_once);
	tcase_add_test(tc, a_supplied_socket_serves_one_session);
	tcase_add_test(tc, a_supplied_socket_stays_the_callers_where_the_raw_one_fails);
}
