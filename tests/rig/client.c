/* SPDX-License-Identifier: MIT */
/* A session with its loop, against the PAC of pac.c. */
#define _GNU_SOURCE
#include "rig.h"

const uint8_t lcp[12] = { 0xff, 0x03, 0xc0, 0x21, 9, 1, 0, 8, 1, 2, 3, 4 };

void print_log(void *user, enum pptp_log_level level, const char *line)
{
	(void)user;
	printf("# %d %s\n", level, line);
}

struct pptp_config *new_config(void)
{
	struct pptp_config *cfg;

	ck_assert_int_eq(pptp_config_new(&cfg), 0);
	ck_assert_int_eq(pptp_config_set_server(cfg, SERVER), 0);
	ck_assert_int_eq(pptp_config_set_local_address(cfg, CLIENT), 0);
	ck_assert_int_eq(pptp_config_set_log(cfg, print_log, NULL, PPTP_LOG_INFO), 0);
	return cfg;
}

void client_open(struct client *client, struct pptp_config *cfg)
{
	*client = (struct client){ 0 };
	ck_assert_int_eq(pptp_session_new(&client->session, cfg), 0);
	pptp_config_free(cfg);
}

void attach(struct client *client, int fd, enum pptp_link_type type)
{
	ck_assert_int_eq(pptp_session_attach(client->session, fd, fd, type), 0);
}

void finish(struct client *client, struct peer *peer)
{
	pptp_session_free(client->session);
	peer_close(peer);
}

void client_pop(struct client *client)
{
	const struct pptp_event *event;

	while ((event = pptp_session_pop_event(client->session))) {
		if (event->type == PPTP_EVENT_CONTROL_UP)
			client->control_up = true;
		if (event->type == PPTP_EVENT_CALL_UP)
			client->up = true;
		if (event->type == PPTP_EVENT_CLOSED) {
			client->closed = event->u.down;
			client->closed_count++;
		}
	}
}

bool client_turn(struct client *client, int ms)
{
	struct pollfd pfd = { .fd = pptp_session_get_fd(client->session), .events = POLLIN };

	if (poll(&pfd, 1, ms) <= 0)
		return false;
	if (pptp_session_dispatch(client->session) < 0)
		client->over = true;
	client_pop(client);
	return true;
}

void turn(struct client *client, struct peer *peer)
{
	client_turn(client, 5);
	peer_work(peer);
}

void call(struct client *client, struct peer *peer)
{
	ck_assert_int_eq(pptp_session_start(client->session), 0);
	UNTIL(client->up);
}

unsigned int wake_ups(struct client *client, int ms)
{
	uint64_t end = clock_now() + (uint64_t)ms * PPTP_NS_PER_MS;
	unsigned int n = 0;

	while (clock_now() < end && !client->over)
		n += client_turn(client, 10);
	return n;
}

void flood(struct client *client, struct peer *peer, int frames)
{
	uint8_t frame[1400] = { 0xff, 0x03, 0x00, 0x21 };

	for (int i = 0; i < frames; i++) {
		peer_send_frame(peer, peer->client_call_id, frame, sizeof(frame));
		if (i % 16 == 0)
			client_turn(client, 0);
	}
}
