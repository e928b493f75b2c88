/* SPDX-License-Identifier: MIT */
/*
 * Prints the PPTP in a capture: control messages, and the headers of the GRE packets.
 *
 *	example-decode-pcap FILE                (tcpdump -w FILE tcp port 1723 or proto gre)
 *
 * Control messages are taken from the TCP segments of each direction of each connection, in the
 * order of the capture: octets that were sent again are skipped, and after a gap the stream is taken
 * up at the segment that follows. The end says what was left out. It does not reassemble fragments,
 * nor sort segments.
 */
#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pptp/proto/gre.h>
#include <pptp/proto/msg.h>

enum {
	TYPE_IPV4 = 0x0800,
	TYPE_ARP = 0x0806,
	TYPE_VLAN = 0x8100, /* 802.1Q */
	TYPE_IPV6 = 0x86DD,
	TYPE_PPPOE = 0x8864,
	TYPE_SERVICE_VLAN = 0x88A8, /* 802.1ad */
	TYPE_MIN = 0x0600,          /* below it is a length (802.3) */

	IP_HEADER_MIN = 20,
	IP_FRAGMENT_OFFSET = 0x1FFF,
	TCP_HEADER_MIN = 20,
	TCP_SYN = 0x02,
};

/* What is left out, apart from other EtherTypes and other protocols above IP. */
enum left_out {
	NOT_IP,
	WRONG_HEADER,
	FRAGMENT,
	OTHER_PORT,
	PACKET_END,
	SENT_AGAIN,
	GAP,
	INCOMPLETE,
	AFTER_MALFORMED,
	LEFT_OUT_KINDS,
};

static const struct {
	const char *noun, *rest; /* an s between them makes the plural */
} left_out_words[LEFT_OUT_KINDS] = {
	[NOT_IP] = { "packet", " of neither IPv4 nor IPv6" },
	[WRONG_HEADER] = { "packet", " with a wrong or incomplete header" },
	[FRAGMENT] = { "later fragment", " of IP packets" },
	[OTHER_PORT] = { "TCP segment", " of other ports" },
	[PACKET_END] = { "packet end", " that the capture does not have" },
	[SENT_AGAIN] = { "TCP segment", " sent again" },
	[GAP] = { "gap", " in control connections" },
	[INCOMPLETE] = { "incomplete control message", "" },
	[AFTER_MALFORMED] = { "TCP segment", " after a malformed control message" },
};

/* What precedes the packet in a frame. */
struct link {
	int type;
	unsigned int header;
	int ethertype_at; /* -1: there is none, the packet's IP version says what it is */
};

static const struct link links[] = {
	{ DLT_EN10MB, 14, 12 }, { DLT_LINUX_SLL, 16, 14 }, { DLT_LINUX_SLL2, 20, 0 },
	{ DLT_RAW, 0, -1 },     { DLT_IPV4, 0, -1 },       { DLT_NULL, 4, -1 },
	{ DLT_LOOP, 4, -1 },
};

/* One direction of one control connection. */
struct stream {
	struct stream *older;
	uint8_t ends[12]; /* addresses and ports: source's, destination's */
	bool started;     /* next is known */
	bool malformed;   /* no message begins at a known place any more, until a new SYN */
	uint32_t next;    /* sequence number of the octet after those held */
	size_t len;       /* octets held */
	uint8_t held[2 * PPTP_MSG_SIZE_MAX];
};

struct decoder {
	const struct link *link;
	struct stream *streams;
	char when[32];  /* of this packet */
	char where[96]; /* when and between whom, before each line */
	unsigned long left_out[LEFT_OUT_KINDS];
	unsigned long ethertypes[0x10000]; /* left out, by EtherType */
	unsigned long protocols[0x100];    /* left out, by IP's protocol number */
};

static uint32_t get(const uint8_t *at, unsigned int octets)
{
	uint32_t value = 0;

	while (octets--)
		value = value << 8 | *at++;
	return value;
}

/* "SECONDS FROM > TO:"; a port is given for the client's end of a TCP connection, else it is 0. */
static void set_where(struct decoder *decoder, const uint8_t *ip, unsigned int from_port,
		      unsigned int to_port)
{
	char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN], ports[2][8] = { "", "" };

	inet_ntop(AF_INET, ip + 12, from, sizeof(from));
	inet_ntop(AF_INET, ip + 16, to, sizeof(to));
	if (from_port)
		snprintf(ports[0], sizeof(ports[0]), ":%u", from_port & 0xFFFF);
	if (to_port)
		snprintf(ports[1], sizeof(ports[1]), ":%u", to_port & 0xFFFF);
	snprintf(decoder->where, sizeof(decoder->where), "%s %s%s > %s%s:", decoder->when, from,
		 ports[0], to, ports[1]);
}

static struct stream *find_stream(struct decoder *decoder, const uint8_t *ip, const uint8_t *tcp)
{
	struct stream *stream = decoder->streams;
	uint8_t ends[sizeof(stream->ends)];

	memcpy(ends, ip + 12, 8);
	memcpy(ends + 8, tcp, 4);
	while (stream && memcmp(stream->ends, ends, sizeof(ends)) != 0)
		stream = stream->older;
	if (stream)
		return stream;
	stream = calloc(1, sizeof(*stream));
	if (!stream) {
		fprintf(stderr, "no memory for another connection\n");
		/* There is one thread. NOLINTNEXTLINE(concurrency-mt-unsafe) */
		exit(EXIT_FAILURE);
	}
	memcpy(stream->ends, ends, sizeof(ends));
	stream->older = decoder->streams;
	decoder->streams = stream;
	return stream;
}

static void drop_held(struct decoder *decoder, struct stream *stream)
{
	decoder->left_out[INCOMPLETE] += stream->len > 0;
	stream->len = 0;
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
		if (err < 0 && err != PPTP_ERR_TYPE) {
			printf("%s malformed control message, the rest is left out: %s\n", where,
			       pptp_strerror(err));
			stream->malformed = true;
			stream->len = 0;
			return;
		}
		if (err < 0)
			snprintf(text, sizeof(text), "%s", pptp_strerror(err));
		else
			pptp_msg_print(&msg, text, sizeof(text));
		printf("%s %s\n", where, text);
		stream->len -= size;
		memmove(stream->held, stream->held + size, stream->len);
	}
}

/* How many octets of a segment were there before. After a gap the stream begins anew with it. */
static size_t seen_before(struct decoder *decoder, struct stream *stream, uint32_t seq, size_t len)
{
	int32_t ahead = stream->started ? (int32_t)(seq - stream->next) : 0;

	if (ahead < 0) {
		uint32_t seen = stream->next - seq;

		decoder->left_out[SENT_AGAIN]++;
		return seen < len ? seen : len;
	}
	if (ahead > 0) {
		printf("%s %d octets before this segment are missing\n", decoder->where, ahead);
		decoder->left_out[GAP]++;
		drop_held(decoder, stream);
	}
	stream->started = true;
	stream->next = seq;
	return 0;
}

static void decode_segment(struct decoder *decoder, struct stream *stream, uint32_t seq,
			   const uint8_t *data, size_t len)
{
	size_t seen;

	if (stream->malformed) {
		decoder->left_out[AFTER_MALFORMED]++;
		return;
	}
	seen = seen_before(decoder, stream, seq, len);
	data += seen;
	len -= seen;
	stream->next += (uint32_t)len;
	while (len && !stream->malformed) {
		size_t room = sizeof(stream->held) - stream->len, part = len < room ? len : room;

		memcpy(stream->held + stream->len, data, part);
		stream->len += part;
		data += part;
		len -= part;
		print_messages(decoder->where, stream);
	}
}

static void decode_tcp(struct decoder *decoder, const uint8_t *ip, const uint8_t *tcp, size_t len)
{
	size_t header = len >= TCP_HEADER_MIN ? (size_t)(tcp[12] >> 4) * 4 : 0;
	unsigned int from, to;
	struct stream *stream;
	uint32_t seq;

	if (header < TCP_HEADER_MIN || header > len) {
		decoder->left_out[WRONG_HEADER]++;
		return;
	}
	from = get(tcp, 2);
	to = get(tcp + 2, 2);
	if (from != PPTP_PORT && to != PPTP_PORT) {
		decoder->left_out[OTHER_PORT]++;
		return;
	}
	set_where(decoder, ip, to == PPTP_PORT ? from : 0, to == PPTP_PORT ? 0 : to);
	stream = find_stream(decoder, ip, tcp);
	seq = get(tcp + 4, 4);
	if (tcp[13] & TCP_SYN) {
		drop_held(decoder, stream);
		stream->started = true;
		stream->malformed = false;
		stream->next = ++seq;
	}
	if (len > header)
		decode_segment(decoder, stream, seq, tcp + header, len - header);
}

static void decode_gre(struct decoder *decoder, const uint8_t *ip, const uint8_t *packet,
		       size_t len)
{
	struct pptp_gre gre;
	int header = pptp_gre_decode(&gre, packet, len);

	set_where(decoder, ip, 0, 0);
	if (header < 0) {
		printf("%s GRE: %s\n", decoder->where, pptp_strerror(header));
		return;
	}
	printf("%s GRE for call %u", decoder->where, gre.call_id);
	if (gre.has_seq)
		printf(", number %u, %u octets", gre.seq, gre.payload_len);
	if (gre.has_ack)
		printf(", acknowledges %u", gre.ack);
	printf("\n");
}

static void decode_ipv4(struct decoder *decoder, const uint8_t *ip, size_t len)
{
	bool whole = len >= IP_HEADER_MIN && ip[0] >> 4 == 4;
	size_t header = whole ? (size_t)(ip[0] & 15) * 4 : 0;
	size_t total = whole ? get(ip + 2, 2) : 0;

	if (header < IP_HEADER_MIN || header > len || total < header) {
		decoder->left_out[WRONG_HEADER]++;
		return;
	}
	if (ip[9] != IPPROTO_TCP && ip[9] != IPPROTO_GRE) {
		decoder->protocols[ip[9]]++;
		return;
	}
	if (get(ip + 6, 2) & IP_FRAGMENT_OFFSET) {
		decoder->left_out[FRAGMENT]++;
		return;
	}
	if (total > len)
		decoder->left_out[PACKET_END]++;
	else
		len = total;
	if (ip[9] == IPPROTO_TCP)
		decode_tcp(decoder, ip, ip + header, len - header);
	else
		decode_gre(decoder, ip, ip + header, len - header);
}

static void decode_frame(u_char *user, const struct pcap_pkthdr *info, const u_char *frame)
{
	struct decoder *decoder = (struct decoder *)(void *)user;
	const struct link *link = decoder->link;
	size_t at = link->header, len = info->caplen;
	uint32_t type;

	snprintf(decoder->when, sizeof(decoder->when), "%ld.%06ld", (long)info->ts.tv_sec,
		 (long)info->ts.tv_usec);
	if (len <= at) {
		decoder->left_out[WRONG_HEADER]++;
		return;
	}
	if (link->ethertype_at >= 0) {
		type = get(frame + link->ethertype_at, 2);
	} else if (frame[at] >> 4 == 4 || frame[at] >> 4 == 6) {
		type = frame[at] >> 4 == 4 ? TYPE_IPV4 : TYPE_IPV6;
	} else {
		decoder->left_out[NOT_IP]++;
		return;
	}
	while ((type == TYPE_VLAN || type == TYPE_SERVICE_VLAN) && len >= at + 4) {
		type = get(frame + at + 2, 2);
		at += 4;
	}
	if (type == TYPE_IPV4)
		decode_ipv4(decoder, frame + at, len - at);
	else
		decoder->ethertypes[type < TYPE_MIN ? 0 : type]++;
}

static void print_left_out(unsigned long count, const char *noun, const char *rest)
{
	if (count)
		printf("left out: %lu %s%s%s\n", count, noun, count == 1 ? "" : "s", rest);
}

static void print_all_left_out(const struct decoder *decoder)
{
	char rest[32];

	print_left_out(decoder->ethertypes[TYPE_IPV6], "IPv6 packet", "");
	print_left_out(decoder->ethertypes[TYPE_ARP], "ARP packet", "");
	print_left_out(decoder->ethertypes[TYPE_PPPOE], "PPPoE packet", "");
	print_left_out(decoder->ethertypes[0], "802.3 frame", "");
	for (unsigned int type = TYPE_MIN; type < 0x10000; type++) {
		if (type == TYPE_IPV6 || type == TYPE_ARP || type == TYPE_PPPOE)
			continue;
		snprintf(rest, sizeof(rest), " of EtherType 0x%04x", type);
		print_left_out(decoder->ethertypes[type], "packet", rest);
	}
	for (unsigned int protocol = 0; protocol < 0x100; protocol++) {
		snprintf(rest, sizeof(rest), " of IP protocol %u", protocol);
		print_left_out(decoder->protocols[protocol], "packet", rest);
	}
	for (unsigned int kind = 0; kind < LEFT_OUT_KINDS; kind++)
		print_left_out(decoder->left_out[kind], left_out_words[kind].noun,
			       left_out_words[kind].rest);
}

static void free_streams(struct decoder *decoder)
{
	while (decoder->streams) {
		struct stream *stream = decoder->streams;

		drop_held(decoder, stream);
		decoder->streams = stream->older;
		free(stream);
	}
}

static const struct link *find_link(int type)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (links[i].type == type)
			return &links[i];
	return NULL;
}

static void print_other_link(const char *file, int type)
{
	const char *name = pcap_datalink_val_to_name(type);

	fprintf(stderr,
		"%s: link type %d (%s): only Ethernet, Linux cooked, raw IP and loopback "
		"captures are read\n",
		file, type, name ? name : "no name");
}

int main(int argc, char **argv)
{
	static struct decoder decoder;
	char why[PCAP_ERRBUF_SIZE] = "no file given";
	pcap_t *capture = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;
	int err;

	if (!capture) {
		fprintf(stderr, "usage: %s FILE\n%s\n", argv[0], why);
		return 2;
	}
	decoder.link = find_link(pcap_datalink(capture));
	if (!decoder.link) {
		print_other_link(argv[1], pcap_datalink(capture));
		pcap_close(capture);
		return EXIT_FAILURE;
	}
	err = pcap_loop(capture, -1, decode_frame, (u_char *)&decoder);
	if (err < 0)
		fprintf(stderr, "%s\n", pcap_geterr(capture));
	pcap_close(capture);
	free_streams(&decoder);
	print_all_left_out(&decoder);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
