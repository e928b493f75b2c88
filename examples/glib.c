/* SPDX-License-Identifier: MIT */
/*
 * A session in a GLib main loop, as NetworkManager would have it. PPP is on standard
 * input and output, so that pppd can use it:
 *
 *	pppd pty 'example-glib SERVER' ...      (root, or CAP_NET_RAW)
 */
#include <glib-unix.h>
#include <unistd.h>

#include <pptp/session.h>

struct manager {
	GMainLoop *loop;
	struct pptp_session *session;
	bool failed;
};

static void report(struct manager *manager, const struct pptp_event *event)
{
	switch (event->type) {
	case PPTP_EVENT_CALL_UP:
		g_printerr("call up, MTU %u\n", event->u.call.mtu);
		break;
	case PPTP_EVENT_GRE_SILENT:
		g_printerr("no GRE packet so far: firewall, or NAT without PPTP helper?\n");
		break;
	case PPTP_EVENT_CLOSED:
		g_printerr("%s%s\n", event->u.down.text,
			   event->u.down.transient ? "; try again later" : "");
		manager->failed = event->u.down.reason != PPTP_REASON_STOPPED &&
				  event->u.down.reason != PPTP_REASON_LINK_CLOSED;
		break;
	default:
		g_printerr("%s\n", pptp_phase_text(event->phase));
		break;
	}
}

static gboolean session_ready(gint fd, GIOCondition condition, gpointer user)
{
	struct manager *manager = user;
	bool over = pptp_session_dispatch(manager->session) < 0;
	const struct pptp_event *event;

	(void)fd;
	(void)condition;
	while ((event = pptp_session_pop_event(manager->session)))
		report(manager, event);
	if (over)
		g_main_loop_quit(manager->loop);
	return over ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static gboolean stop(gpointer user)
{
	struct manager *manager = user;

	pptp_session_stop(manager->session);
	return G_SOURCE_CONTINUE;
}

static int start(struct manager *manager, const char *server)
{
	struct pptp_config *cfg = NULL;
	int err = pptp_config_new(&cfg);

	if (!err)
		err = pptp_config_set_server(cfg, server);
	if (!err)
		err = pptp_session_new(&manager->session, cfg);
	pptp_config_free(cfg);
	if (!err)
		err = pptp_session_attach(manager->session, STDIN_FILENO, STDOUT_FILENO,
					  PPTP_LINK_ASYNC);
	return err ? err : pptp_session_start(manager->session);
}

int main(int argc, char **argv)
{
	struct manager manager = { .loop = g_main_loop_new(NULL, FALSE) };
	int err = start(&manager, argc == 2 ? argv[1] : "");

	if (err) {
		g_printerr("usage: %s SERVER\n%s\n", argv[0], pptp_strerror(err));
		return 2;
	}
	g_unix_fd_add(pptp_session_get_fd(manager.session), G_IO_IN, session_ready, &manager);
	g_unix_signal_add(SIGTERM, stop, &manager);
	g_main_loop_run(manager.loop);
	pptp_session_free(manager.session);
	g_main_loop_unref(manager.loop);
	return manager.failed;
}
