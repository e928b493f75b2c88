/* SPDX-License-Identifier: MIT */
/*
 * A status page: makes a call, prints what is known of it once the server's first GRE packet arrived,
 * or none did for some seconds, ends it.
 *
 *	example-status SERVER                   (root, or CAP_NET_RAW)
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <pptp/pptp.h>

static int print_status(const struct pptp_session *session)
{
	struct pptp_session_info info;
	struct pptp_stats stats;
	struct pptp_stats_field field;
	char address[INET_ADDRSTRLEN];
	int err = pptp_session_get_info(session, &info, sizeof(info));

	if (!err)
		err = pptp_session_get_stats(session, &stats, sizeof(stats));
	if (err)
		return err;
	inet_ntop(AF_INET, &info.remote, address, sizeof(address));
	printf("%s (%s, %s): %s\n", info.server, address, info.host_name,
	       pptp_phase_text(info.phase));
	printf("call %u, the server's %u, GRE %s\n", info.call_id, info.peer_call_id,
	       info.gre_heard ? "arrives" : "does not arrive");
	for (unsigned int i = 0; pptp_stats_get_field(&stats, sizeof(stats), i, &field); i++)
		printf("%s %" PRIu64 " %s: %s\n", field.name, field.value, field.unit, field.help);
	return 0;
}

/* Ends with success when a status was printed of a call that is up. */
static int run(struct pptp_session *session)
{
	struct pollfd pfd = { .fd = pptp_session_get_fd(session), .events = POLLIN };
	int status = EXIT_FAILURE;
	const struct pptp_event *event;
	bool over;

	do {
		poll(&pfd, 1, -1);
		over = pptp_session_dispatch(session) < 0;
		while ((event = pptp_session_pop_event(session))) {
			if (event->type == PPTP_EVENT_CLOSED)
				printf("closed: %s\n", event->u.down.text);
			if (event->type != PPTP_EVENT_GRE_HEARD &&
			    event->type != PPTP_EVENT_GRE_SILENT)
				continue;
			if (print_status(session) == 0)
				status = EXIT_SUCCESS;
			pptp_session_stop(session);
		}
	} while (!over);
	return status;
}

int main(int argc, char **argv)
{
	struct pptp_config *cfg = NULL;
	struct pptp_session *session = NULL;
	int err, status = EXIT_FAILURE;

	if (argc != 2) {
		fprintf(stderr, "usage: %s SERVER\n", argv[0]);
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
		status = run(session);
	pptp_session_free(session);
	pptp_config_free(cfg);
	return status;
}
