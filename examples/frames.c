/* SPDX-License-Identifier: MIT */
/*
 * PPP frames of one's own, without pppd: negotiates nothing, sends LCP Configure-Requests and
 * prints what LCP answers. Ends with success when the first LCP frame of the server came.
 *
 *	example-frames SERVER                   (root, or CAP_NET_RAW)
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <pptp/pptp.h>

#define TRIES 5

/* Address, control, protocol LCP (RFC 1661), Configure-Request 1, length 10, magic number. */
static const uint8_t configure_request[] = {
	0xff, 0x03, 0xc0, 0x21, 1, 1, 0, 10, 5, 6, 0x12, 0x34, 0x56, 0x78,
};

static bool is_lcp(const struct pptp_frame *frame)
{
	return frame->len >= 8 && frame->data[2] == 0xc0 && frame->data[3] == 0x21;
}

/* Pops everything there is; true once an LCP frame was seen. */
static bool print_frames(struct pptp_session *session)
{
	struct pptp_frame frame;
	bool seen = false;

	while (pptp_session_pop_frame(session, &frame)) {
		printf("%zu octets", frame.len);
		if (is_lcp(&frame)) {
			printf(", LCP code %u identifier %u", frame.data[4], frame.data[5]);
			seen = true;
		}
		printf("\n");
	}
	return seen;
}

static bool run(struct pptp_session *session)
{
	struct pollfd pfd = { .fd = pptp_session_get_fd(session), .events = POLLIN };
	struct pptp_event event;
	bool seen = false, up = false;
	int tries = 0;

	for (;;) {
		int ready = poll(&pfd, 1, 1000);
		bool over = pptp_session_dispatch(session) < 0;

		while (pptp_session_pop_event(session, &event, sizeof(event))) {
			up |= event.type == PPTP_EVENT_CALL_UP;
			if (event.type == PPTP_EVENT_CLOSED)
				printf("closed: %s\n", event.u.down.text);
		}
		if (over)
			return seen;
		if (print_frames(session))
			seen = true;
		if (seen || tries == TRIES)
			pptp_session_stop(session, PPTP_REASON_STOPPED);
		else if (up && (tries == 0 || ready == 0) && tries++ < TRIES)
			pptp_session_send_frame(session, configure_request,
						sizeof configure_request);
	}
}

int main(int argc, char **argv)
{
	struct pptp_config *cfg = NULL;
	struct pptp_session *session = NULL;
	bool seen = false;
	int err;

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
		seen = run(session);
	pptp_session_free(session);
	pptp_config_free(cfg);
	return seen ? EXIT_SUCCESS : EXIT_FAILURE;
}
