/* SPDX-License-Identifier: MIT */
/*
 * A session in a libuv loop. PPP is on standard input and output:
 *
 *	pppd pty 'example-libuv SERVER' ...     (root, or CAP_NET_RAW)
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <uv.h>

#include <pptp/session.h>

struct client {
	struct pptp_session *session;
	uv_poll_t ready;
	uv_signal_t term;
	bool failed;
};

static void end(struct client *client)
{
	uv_close((uv_handle_t *)&client->ready, NULL);
	uv_close((uv_handle_t *)&client->term, NULL);
}

static void session_ready(uv_poll_t *handle, int status, int events)
{
	struct client *client = handle->data;
	bool over = pptp_session_dispatch(client->session) < 0;
	const struct pptp_event *event;

	(void)status;
	(void)events;
	while ((event = pptp_session_pop_event(client->session))) {
		fprintf(stderr, "%s\n", pptp_phase_text(event->phase));
		if (event->type != PPTP_EVENT_CLOSED)
			continue;
		fprintf(stderr, "%s\n", event->u.down.text);
		client->failed = event->u.down.reason != PPTP_REASON_STOPPED &&
				 event->u.down.reason != PPTP_REASON_LINK_CLOSED;
	}
	if (over)
		end(client);
}

static void stop(uv_signal_t *handle, int number)
{
	struct client *client = handle->data;

	(void)number;
	pptp_session_stop(client->session);
}

static int open_session(struct client *client, const char *server)
{
	struct pptp_config *cfg = NULL;
	int err = pptp_config_new(&cfg);

	if (!err)
		err = pptp_config_set_server(cfg, server);
	if (!err)
		err = pptp_session_new(&client->session, cfg);
	pptp_config_free(cfg);
	if (!err)
		err = pptp_session_attach(client->session, STDIN_FILENO, STDOUT_FILENO,
					  PPTP_LINK_ASYNC);
	return err ? err : pptp_session_start(client->session);
}

int main(int argc, char **argv)
{
	struct client client = { 0 };
	uv_loop_t *loop = uv_default_loop();
	int err = open_session(&client, argc == 2 ? argv[1] : "");

	if (err) {
		fprintf(stderr, "usage: %s SERVER\n%s\n", argv[0], pptp_strerror(err));
		return 2;
	}
	client.ready.data = client.term.data = &client;
	uv_poll_init(loop, &client.ready, pptp_session_get_fd(client.session));
	uv_poll_start(&client.ready, UV_READABLE, session_ready);
	uv_signal_init(loop, &client.term);
	uv_signal_start(&client.term, stop, SIGTERM);
	uv_run(loop, UV_RUN_DEFAULT);
	pptp_session_free(client.session);
	uv_loop_close(loop);
	return client.failed;
}
