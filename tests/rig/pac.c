/* SPDX-License-Identifier: MIT */
/* A PAC for one call, which a test can silence and whose frames it sends itself. */
#define _GNU_SOURCE
#include "rig.h"

void peer_open(struct peer *peer)
{
	struct sockaddr_in sin = address(SERVER, PPTP_PORT);
	struct pptp_ctrl_config cfg;
	int one = 1;

	*peer = (struct peer){ .tcp = -1 };
	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(peer->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	ck_assert_int_eq(bind(peer->listener, (struct sockaddr *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(listen(peer->listener, 8), 0);
	peer->gre = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_GRE);
	sin.sin_port = 0;
	ck_assert_int_eq(bind(peer->gre, (struct sockaddr *)&sin, sizeof(sin)), 0);
	pptp_ctrl_config_init(&cfg, sizeof(cfg));
	cfg.receiver = true;
	cfg.call_id = CALL_ID;
	ck_assert_int_eq(pptp_ctrl_new(&peer->ctrl, &cfg, NULL, NULL), 0);
}

void peer_close(struct peer *peer)
{
	pptp_ctrl_free(peer->ctrl);
	close(peer->listener);
	close(peer->gre);
	if (peer->tcp >= 0)
		close(peer->tcp);
}

void peer_work(struct peer *peer)
{
	struct pptp_ctrl_event event;
	uint8_t data[4096];
	const uint8_t *out;
	size_t len;
	ssize_t n;

	if (peer->tcp < 0) {
		peer->tcp = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (peer->tcp < 0)
			return;
		pptp_ctrl_tcp_open(peer->ctrl, clock_now());
	}
	if (peer->mute)
		return;
	n = recv(peer->tcp, data, sizeof(data), 0);
	if (n > 0)
		pptp_ctrl_input(peer->ctrl, data, (size_t)n, clock_now());
	while (pptp_ctrl_pop_event(peer->ctrl, &event, sizeof(event)))
		if (event.type == PPTP_CTRL_CALL_UP)
			peer->client_call_id = event.u.call.peer_call_id;
	while ((out = pptp_ctrl_output(peer->ctrl, &len))) {
		if (send(peer->tcp, out, len, MSG_NOSIGNAL) < 0)
			return;
		pptp_ctrl_output_done(peer->ctrl, len);
	}
}

void peer_send_frame(struct peer *peer, uint16_t call_id, const uint8_t *frame, size_t len)
{
	struct sockaddr_in to = address(CLIENT, 0);
	uint8_t packet[PPTP_GRE_HEADER_MAX + PPTP_FRAME_MAX];
	struct pptp_gre gre = { .has_seq = true,
				.payload_len = (uint16_t)len,
				.call_id = call_id,
				.seq = peer->seq++ };
	size_t header = pptp_gre_encode(&gre, packet);

	memcpy(packet + header, frame, len);
	ck_assert_int_eq(
		sendto(peer->gre, packet, header + len, 0, (struct sockaddr *)&to, sizeof(to)),
		(ssize_t)(header + len));
}
