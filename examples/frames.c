/* SPDX-License-Identifier: MIT */
/*
 * PPP frames of one's own, without pppd: opens LCP (RFC 1661) and sends an Echo-Request through the
 * tunnel. Ends with success when its Echo-Reply came.
 *
 *	example-frames SERVER                   (root, or CAP_NET_RAW)
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pptp/pptp.h>

#define TRIES 5

enum lcp_code { CONFIGURE_REQUEST = 1, CONFIGURE_ACK = 2, ECHO_REQUEST = 9, ECHO_REPLY = 10 };

struct lcp {
	struct pptp_session *session;
	bool call_up;
	bool acked_theirs;
	bool acked_ours;
	bool done;
};

/* Address, control, protocol LCP; then code, identifier, length, data. */
static void send_lcp(struct lcp *lcp, enum lcp_code code, uint8_t identifier, const uint8_t *data,
		     size_t len)
{
	uint8_t frame[PPTP_FRAME_MAX] = { 0xff, 0x03, 0xc0, 0x21 };

	frame[4] = (uint8_t)code;
	frame[5] = identifier;
	frame[6] = (uint8_t)((len + 4) >> 8);
	frame[7] = (uint8_t)(len + 4);
	memcpy(frame + 8, data, len);
	pptp_session_send_frame(lcp->session, frame, len + 8);
}

/* We request no option, so that none is refused; an Echo-Request carries our magic number, 0. */
static void speak(struct lcp *lcp)
{
	static const uint8_t magic[4];

	if (lcp->acked_ours && lcp->acked_theirs)
		send_lcp(lcp, ECHO_REQUEST, 2, magic, sizeof(magic));
	else if (!lcp->acked_ours)
		send_lcp(lcp, CONFIGURE_REQUEST, 1, magic, 0);
}

static void take(struct lcp *lcp, const struct pptp_frame *frame)
{
	size_t len = frame->len >= 8 ? (size_t)frame->data[6] << 8 | frame->data[7] : 0;

	if (len < 4 || len + 4 > frame->len || frame->data[2] != 0xc0 || frame->data[3] != 0x21)
		return;
	printf("LCP code %u, identifier %u, %zu octets\n", frame->data[4], frame->data[5], len);
	switch (frame->data[4]) {
	case CONFIGURE_REQUEST: /* accept all options of the peer */
		send_lcp(lcp, CONFIGURE_ACK, frame->data[5], frame->data + 8, len - 4);
		lcp->acked_theirs = true;
		break;
	case CONFIGURE_ACK:
		lcp->acked_ours = true;
		break;
	case ECHO_REQUEST:
		send_lcp(lcp, ECHO_REPLY, frame->data[5], frame->data + 8, len - 4);
		return;
	case ECHO_REPLY:
		lcp->done = true;
		return;
	default:
		return;
	}
	if (lcp->acked_ours && lcp->acked_theirs)
		speak(lcp);
}

/* False when the session is over. */
static bool turn(struct lcp *lcp)
{
	bool over = pptp_session_dispatch(lcp->session) < 0;
	const struct pptp_event *event;
	struct pptp_frame frame;

	while ((event = pptp_session_pop_event(lcp->session))) {
		if (event->type == PPTP_EVENT_CLOSED)
			printf("closed: %s\n", event->u.down.text);
		if (event->type == PPTP_EVENT_CALL_UP) {
			lcp->call_up = true;
			speak(lcp);
		}
	}
	while (!over && pptp_session_pop_frame(lcp->session, &frame))
		take(lcp, &frame);
	return !over;
}

static bool run(struct lcp *lcp)
{
	struct pollfd pfd = { .fd = pptp_session_get_fd(lcp->session), .events = POLLIN };
	int tries = 0;

	while (turn(lcp)) {
		if (lcp->done || tries == TRIES)
			pptp_session_stop(lcp->session);
		if (poll(&pfd, 1, 1000) == 0 && lcp->call_up && tries++ < TRIES)
			speak(lcp);
	}
	return lcp->done;
}

int main(int argc, char **argv)
{
	struct pptp_config *cfg = NULL;
	struct lcp lcp = { 0 };
	int err = pptp_config_new(&cfg);

	if (!err)
		err = pptp_config_set_server(cfg, argc == 2 ? argv[1] : "");
	if (!err)
		err = pptp_session_new(&lcp.session, cfg);
	if (!err)
		err = pptp_session_start(lcp.session);
	if (err)
		fprintf(stderr, "usage: %s SERVER\n%s\n", argv[0], pptp_strerror(err));
	else
		run(&lcp);
	pptp_session_free(lcp.session);
	pptp_config_free(cfg);
	return lcp.done ? EXIT_SUCCESS : EXIT_FAILURE;
}
