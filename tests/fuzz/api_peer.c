/* SPDX-License-Identifier: MIT */
/* A PAC for some connections that may break every rule. Called by fuzz_api.c, which has the clock. */
#define _GNU_SOURCE
#include "api_peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <pptp/proto/gre.h>

#include "api_system.h"
#include "network.h"

#define CONNECTIONS   8
#define FIRST_CALL_ID 2000
#define PAYLOAD_MAX   2000
#define PACKETS_MAX   64
#define BURST         3

struct connection {
	int tcp;
	struct pptp_ctrl *ctrl;
	uint16_t client_call_id; /* as its Outgoing-Call-Request said, or 0 */
	uint32_t seq;            /* of the next packet */
	uint32_t heard;          /* the highest that came */
};

static struct {
	int listener;
	int gre;
	struct connection connections[CONNECTIONS];
	unsigned int count;
} pac;

/* What is done to the octets of a reply. */
struct damage {
	uint16_t at;
	uint8_t flip; /* 0: nothing */
	uint8_t keep; /* so many octets only; 0: all */
	bool twice;
};

bool api_peer_open(void)
{
	struct sockaddr_in sin = address(API_SERVER, PPTP_PORT);
	int one = 1;

	pac.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	setsockopt(pac.listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	pac.gre = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_GRE);
	return pac.listener >= 0 && pac.gre >= 0 &&
	       bind(pac.listener, (struct sockaddr *)&sin, sizeof(sin)) == 0 &&
	       listen(pac.listener, CONNECTIONS) == 0 &&
	       bind(pac.gre, (struct sockaddr *)&sin, sizeof(sin)) == 0;
}

/* -- connections ---------------------------------------------------------------------------- */

/* With a reset: no port waits for its time. */
static void reset(int tcp)
{
	const struct linger now = { .l_onoff = 1 };

	setsockopt(tcp, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(tcp);
}

static void accept_connection(int tcp)
{
	struct connection *c = &pac.connections[pac.count];
	struct pptp_ctrl_config cfg;

	pptp_ctrl_config_init(&cfg, sizeof(cfg));
	cfg.receiver = true;
	cfg.call_id = (uint16_t)(FIRST_CALL_ID + pac.count);
	*c = (struct connection){ .tcp = tcp };
	FUZZ_CHECK(pptp_ctrl_new(&c->ctrl, &cfg, NULL, NULL) == 0);
	pptp_ctrl_tcp_open(c->ctrl, api_clock());
	pac.count++;
}

static void accept_all(void)
{
	int tcp;

	while ((tcp = accept4(pac.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		if (pac.count < CONNECTIONS)
			accept_connection(tcp);
		else
			reset(tcp);
	}
}

static void drain_gre(void)
{
	uint8_t packet[256];
	struct pptp_gre gre;

	for (int i = 0; i < PACKETS_MAX; i++) {
		ssize_t n = recv(pac.gre, packet, sizeof(packet), 0);
		size_t ip = n > 0 ? (size_t)(packet[0] & 15) * 4 : 0;
		unsigned int which;

		if (n <= (ssize_t)ip)
			return;
		/* What it carries may be cut off here; the header is not. */
		if (pptp_gre_decode(&gre, packet + ip, (size_t)n - ip) < 0 || !gre.has_seq)
			continue;
		which = gre.call_id - (unsigned int)FIRST_CALL_ID;
		if (which < pac.count)
			pac.connections[which].heard = gre.seq;
	}
}

void api_peer_begin(void)
{
	pac.count = 0;
}

void api_peer_end(void)
{
	accept_all();
	drain_gre();
	for (unsigned int i = 0; i < pac.count; i++) {
		struct connection *c = &pac.connections[i];

		pptp_ctrl_free(c->ctrl);
		if (c->tcp >= 0)
			reset(c->tcp);
	}
	pac.count = 0;
}

/* -- the control connection ----------------------------------------------------------------- */

static void send_octets(struct connection *c, const uint8_t *octets, size_t len)
{
	if (c->tcp >= 0)
		(void)!send(c->tcp, octets, len, MSG_NOSIGNAL);
}

static void send_damaged(struct connection *c, const uint8_t *octets, size_t len,
			 const struct damage *damage)
{
	uint8_t *copy = fuzz_copy(octets, len);

	copy[damage->at % len] ^= damage->flip;
	if (damage->keep && damage->keep < len)
		len = damage->keep;
	send_octets(c, copy, len);
	if (damage->twice)
		send_octets(c, copy, len);
	free(copy);
}

static void answer(struct connection *c, const struct damage *damage)
{
	struct pptp_ctrl_event event;
	uint8_t data[4096];
	const uint8_t *out;
	size_t len;
	ssize_t n = c->tcp >= 0 ? recv(c->tcp, data, sizeof(data), 0) : -1;

	if (n > 0)
		pptp_ctrl_input(c->ctrl, data, (size_t)n, api_clock());
	while (pptp_ctrl_pop_event(c->ctrl, &event, sizeof(event)))
		if (event.type == PPTP_CTRL_CALL_UP)
			c->client_call_id = event.u.call.peer_call_id;
	while ((out = pptp_ctrl_output(c->ctrl, &len))) {
		send_damaged(c, out, len, damage);
		pptp_ctrl_output_done(c->ctrl, len);
	}
}

void api_peer_serve(void)
{
	static const struct damage none;

	accept_all();
	drain_gre();
	for (unsigned int i = 0; i < pac.count; i++)
		answer(&pac.connections[i], &none);
}

/* A message of any type: header and Call IDs fit, the other fields are the input's. */
static void send_message(struct connection *c, struct fuzz_input *in)
{
	unsigned int type = fuzz_u8(in) % 18;
	size_t given = fuzz_u8(in), len = pptp_msg_size(type);
	uint8_t octets[PPTP_MSG_SIZE_MAX] = { 0 };
	uint16_t call_id = (uint16_t)(FIRST_CALL_ID + (c - pac.connections));
	const uint8_t header[12] = { 0, 0, 0, 1, 0x1A, 0x2B, 0x3C, 0x4D, 0, (uint8_t)type, 0, 0 };

	if (!len)
		len = 16;
	memcpy(octets, header, sizeof(header));
	octets[0] = (uint8_t)(len >> 8);
	octets[1] = (uint8_t)len;
	octets[12] = (uint8_t)(call_id >> 8);
	octets[13] = (uint8_t)call_id;
	octets[14] = (uint8_t)(c->client_call_id >> 8);
	octets[15] = (uint8_t)c->client_call_id;
	/* Start and echo have no Call ID: what is given begins behind the header, or behind the IDs. */
	if (type <= PPTP_MSG_ECHORP)
		fuzz_octets(in, octets + 12, given < len - 12 ? given : len - 12);
	else
		fuzz_octets(in, octets + 16, given < len - 16 ? given : len - 16);
	send_octets(c, octets, len);
}

static void send_garbage(struct connection *c, struct fuzz_input *in)
{
	uint8_t octets[256];
	size_t len = fuzz_octets(in, octets, fuzz_u8(in));

	if (len)
		send_octets(c, octets, len);
}

static void answer_damaged(struct connection *c, struct fuzz_input *in)
{
	struct damage damage = { .at = fuzz_u16(in), .flip = fuzz_u8(in), .keep = fuzz_u8(in) };

	damage.twice = fuzz_u8(in) & 1;
	answer(c, &damage);
}

static void end_connection(struct connection *c, struct fuzz_input *in)
{
	if (c->tcp < 0)
		return;
	switch (fuzz_u8(in) % 3) {
	case 0:
		shutdown(c->tcp, SHUT_WR);
		return;
	case 1:
		close(c->tcp);
		break;
	default:
		reset(c->tcp);
		break;
	}
	c->tcp = -1;
}

/* -- GRE ------------------------------------------------------------------------------------ */

static void send_packet(const uint8_t *packet, size_t len)
{
	struct sockaddr_in to = address(API_CLIENT, 0);

	/* Refused while nobody has a socket for it: what came of an earlier one. */
	(void)!sendto(pac.gre, packet, len, 0, (struct sockaddr *)&to, sizeof(to));
}

static void send_gre(const struct pptp_gre *gre, size_t payload)
{
	uint8_t packet[PPTP_GRE_HEADER_MAX + PAYLOAD_MAX];
	size_t header = pptp_gre_encode(gre, packet);

	memset(packet + header, 0x55, payload);
	send_packet(packet, header + payload);
}

static void send_frames(struct connection *c, struct fuzz_input *in, int32_t jump)
{
	struct pptp_gre gre = { .has_seq = true, .call_id = c->client_call_id };
	size_t len = fuzz_u16(in) % PAYLOAD_MAX;

	gre.payload_len = (uint16_t)len;
	for (int i = 0; i < BURST; i++) {
		gre.seq = c->seq + (uint32_t)jump;
		gre.has_ack = i == 1;
		gre.ack = c->heard;
		send_gre(&gre, len);
		c->seq += jump == 0;
	}
}

/* Anything behind the input's own header. */
static void send_wrong(struct connection *c, struct fuzz_input *in)
{
	struct pptp_gre gre = { .has_seq = true, .call_id = c->client_call_id, .seq = c->seq };
	uint8_t packet[PPTP_GRE_HEADER_MAX + 64] = { 0 };
	size_t len = pptp_gre_encode(&gre, packet), at = fuzz_u8(in) % len;

	packet[at] ^= fuzz_u8(in);
	packet[7] ^= (uint8_t)fuzz_u8(in); /* its Call ID */
	send_packet(packet, fuzz_u8(in) % sizeof(packet) + 1);
}

static void send_ack(struct connection *c, struct fuzz_input *in)
{
	struct pptp_gre gre = { .has_ack = true, .call_id = c->client_call_id };

	gre.ack = c->heard + (uint32_t)(int8_t)fuzz_u8(in);
	send_gre(&gre, 0);
}

/* -- a step --------------------------------------------------------------------------------- */

void api_peer_step(struct fuzz_input *in)
{
	unsigned int what = fuzz_u8(in);
	struct connection *c;

	accept_all();
	drain_gre();
	if (!pac.count)
		return;
	c = &pac.connections[(what >> 4) % pac.count];
	switch (what & 15) {
	case 0:
		send_message(c, in);
		break;
	case 1:
		send_garbage(c, in);
		break;
	case 2:
		answer_damaged(c, in);
		break;
	case 3:
		end_connection(c, in);
		break;
	case 4:
		send_frames(c, in, 0);
		break;
	case 5: /* ahead, or again */
		send_frames(c, in, (int16_t)fuzz_u16(in));
		break;
	case 6:
		send_wrong(c, in);
		break;
	case 7:
		send_ack(c, in);
		break;
	default:
		answer(c, &(struct damage){ 0 });
		break;
	}
}
