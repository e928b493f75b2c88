/* SPDX-License-Identifier: MIT */
/*
 * Prints the PPTP in a capture: control messages, and the headers of the GRE packets.
 *
 *	example-decode-pcap FILE                (tcpdump -w FILE tcp port 1723 or proto gre)
 *
 * Control messages are taken from TCP segments in the order of the capture; one that was lost or
 * sent again is noted and the stream taken up at the next message that begins a segment.
 */
#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pptp/proto/gre.h>
#include <pptp/proto/msg.h>

/* One direction of the control connection. */
struct stream {
	uint32_t next; /* sequence number of the octet after those held */
	uint8_t held[2 * PPTP_MSG_SIZE_MAX];
	size_t len;
};

struct decoder {
	int link_type;
	char where[80]; /* when and between whom, before each line */
	struct stream to_server;
	struct stream from_server;
};

static uint32_t get(const uint8_t *at, unsigned int octets)
{
	uint32_t value = 0;

	while (octets--)
		value = value << 8 | *at++;
	return value;
}

static void print_messages(const char *where, struct stream *stream)
{
	char text[512];

	while (stream->len >= PPTP_MSG_HEADER_SIZE) {
		size_t size = get(stream->held, 2);
		struct pptp_msg msg;
		int err;

		if (size >= PPTP_MSG_HEADER_SIZE && size > stream->len && size <= PPTP_MSG_SIZE_MAX)
			return;
		err = size <= stream->len ? pptp_msg_decode(&msg, stream->held, size)
					  : PPTP_ERR_LENGTH;
		if (err < 0) {
			printf("%s no control message: %s\n", where, pptp_strerror(err));
			stream->len = 0;
			return;
		}
		pptp_msg_print(&msg, text, sizeof(text));
		printf("%s %s\n", where, text);
		stream->len -= size;
		memmove(stream->held, stream->held + size, stream->len);
	}
}

static void decode_tcp(struct decoder *decoder, const uint8_t *tcp, size_t len)
{
	size_t header = len >= 20 ? (size_t)(tcp[12] >> 4) * 4 : len;
	struct stream *stream;
	uint32_t seq;

	if (header < 20 || header >= len)
		return;
	if (get(tcp + 2, 2) == PPTP_PORT)
		stream = &decoder->to_server;
	else if (get(tcp, 2) == PPTP_PORT)
		stream = &decoder->from_server;
	else
		return;
	seq = get(tcp + 4, 4);
	if (stream->next && seq != stream->next) {
		printf("%s a segment is missing, or is there twice\n", decoder->where);
		stream->len = 0;
	}
	stream->next = seq + (uint32_t)(len - header);
	for (tcp += header, len -= header; len; print_messages(decoder->where, stream)) {
		size_t room = sizeof(stream->held) - stream->len, part = len < room ? len : room;

		memcpy(stream->held + stream->len, tcp, part);
		stream->len += part;
		tcp += part;
		len -= part;
	}
}

static void decode_gre(const char *where, const uint8_t *packet, size_t len)
{
	struct pptp_gre gre;
	int header = pptp_gre_decode(&gre, packet, len);

	if (header < 0) {
		printf("%s GRE: %s\n", where, pptp_strerror(header));
		return;
	}
	printf("%s GRE for call %u", where, gre.call_id);
	if (gre.has_seq)
		printf(", number %u, %u octets", gre.seq, gre.payload_len);
	if (gre.has_ack)
		printf(", acknowledges %u", gre.ack);
	printf("\n");
}

/* Octets before the IP header. */
static size_t link_header(int link_type)
{
	switch (link_type) {
	case DLT_EN10MB:
		return 14;
	case DLT_LINUX_SLL:
		return 16;
	case DLT_LINUX_SLL2:
		return 20;
	default:
		return 0;
	}
}

static void decode(u_char *user, const struct pcap_pkthdr *packet, const u_char *data)
{
	struct decoder *decoder = (struct decoder *)(void *)user;
	size_t before = link_header(decoder->link_type), len = packet->caplen, header, total;
	const uint8_t *ip = data + before;
	char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN];

	if (len < before + 20 || ip[0] >> 4 != 4)
		return;
	len -= before;
	header = (size_t)(ip[0] & 15) * 4;
	total = get(ip + 2, 2);
	if (total < len)
		len = total;
	if (header < 20 || header > len)
		return;
	inet_ntop(AF_INET, ip + 12, from, sizeof(from));
	inet_ntop(AF_INET, ip + 16, to, sizeof(to));
	snprintf(decoder->where, sizeof(decoder->where),
		 "%ld.%06ld %s > %s:", (long)packet->ts.tv_sec, (long)packet->ts.tv_usec, from, to);
	if (ip[9] == IPPROTO_TCP)
		decode_tcp(decoder, ip + header, len - header);
	else if (ip[9] == IPPROTO_GRE)
		decode_gre(decoder->where, ip + header, len - header);
}

int main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE] = "no file given";
	struct decoder decoder = { 0 };
	pcap_t *capture = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;
	int err;

	if (!capture) {
		fprintf(stderr, "usage: %s FILE\n%s\n", argv[0], why);
		return 2;
	}
	decoder.link_type = pcap_datalink(capture);
	err = pcap_loop(capture, -1, decode, (u_char *)&decoder);
	if (err < 0)
		fprintf(stderr, "%s\n", pcap_geterr(capture));
	pcap_close(capture);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
