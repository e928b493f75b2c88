/* SPDX-License-Identifier: MIT */
/*
 * The smallest client: makes a call, prints what happens, ends it after some seconds.
 *
 *	example-minimal SERVER [SECONDS]        (root, or CAP_NET_RAW)
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <pptp/pptp.h>

static void print_event(const struct pptp_event *event)
{
	char address[INET_ADDRSTRLEN];

	switch (event->type) {
	case PPTP_EVENT_CONNECTING:
		inet_ntop(AF_INET, &event->u.connecting.address, address, sizeof(address));
		printf("connecting to %s\n", address);
		break;
	case PPTP_EVENT_CONTROL_UP:
		printf("control connection up: %s, %s\n", event->u.control.host_name,
		       event->u.control.vendor_name);
		break;
	case PPTP_EVENT_CALL_UP:
		printf("call up: ours %u, the server's %u, suggested MTU %u\n",
		       event->u.call.call_id, event->u.call.peer_call_id, event->u.call.mtu);
		break;
	case PPTP_EVENT_CALL_FAILED:
	case PPTP_EVENT_CALL_DOWN:
	case PPTP_EVENT_CLOSED:
		printf("%s: %s\n", event->type == PPTP_EVENT_CLOSED ? "closed" : "call over",
		       event->u.down.text);
		break;
	case PPTP_EVENT_GRE_SILENT:
		printf("no GRE packet so far\n");
		break;
	default:
		break;
	}
	fflush(stdout);
}

static int run(struct pptp_session *session, time_t seconds)
{
	time_t end = time(NULL) + seconds;
	enum pptp_reason reason = PPTP_REASON_NONE;
	const struct pptp_event *event;
	bool over;

	do {
		struct pollfd pfd = { .fd = pptp_session_get_fd(session), .events = POLLIN };

		poll(&pfd, 1, 1000);
		if (time(NULL) >= end)
			pptp_session_stop(session);
		over = pptp_session_dispatch(session) < 0;
		while ((event = pptp_session_pop_event(session))) {
			print_event(event);
			if (event->type == PPTP_EVENT_CLOSED)
				reason = event->u.down.reason;
		}
	} while (!over);
	return reason == PPTP_REASON_STOPPED ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct pptp_config *cfg = NULL;
	struct pptp_session *session = NULL;
	int err, status = EXIT_FAILURE;

	if (argc < 2) {
		fprintf(stderr, "usage: %s SERVER [SECONDS]\n", argv[0]);
		return 2;
	}
	err = pptp_config_new(&cfg);
	if (!err)
		err = pptp_config_set_server(cfg, argv[1]);
	if (!err)
		err = pptp_session_new(&session, cfg);
	if (!err)
		err = pptp_session_start(session);
	if (err)
		fprintf(stderr, "%s: %s\n", argv[1], pptp_strerror(err));
	else
		status = run(session, argc > 2 ? (int)strtol(argv[2], NULL, 10) : 10);
	pptp_session_free(session);
	pptp_config_free(cfg);
	return status;
}
