/* SPDX-License-Identifier: MIT */
/* Prints tunnels as metrics, by one table of names. Called by show.c. */
#include "status/metrics.h"

#include <inttypes.h>
#include <string.h>

#define US_PER_S 1000000

/* Where a sample comes from. */
enum source {
	FROM_UP,     /* whether the tunnel is connected */
	FROM_INFO,   /* 1, with what it is in the labels */
	FROM_MEMBER, /* of the object */
	FROM_STATS,  /* of struct pptp_stats; in the library's words */
};

struct metric {
	const char *name;
	const char *help;  /* NULL: the library's */
	const char *field; /* of FROM_STATS */
	enum source source;
	enum tunnel_member member; /* of FROM_MEMBER */
};

/* Counters end in _total. They are of interest by the direction first: RX, TX, then PPP. */
static const struct metric metrics[] = {
#define STATS(field, name)                                                                         \
	{                                                                                          \
		name, NULL, field, FROM_STATS, TUNNEL_MEMBERS                                      \
	}
#define MEMBER(member, name, help)                                                                 \
	{                                                                                          \
		name, help, NULL, FROM_MEMBER, member                                              \
	}
	{ "pptp_up", "1 when the tunnel is connected, else 0", NULL, FROM_UP, TUNNEL_MEMBERS },
	{ "pptp_tunnel_info", "what the tunnel is, in its labels; always 1", NULL, FROM_INFO,
	  TUNNEL_MEMBERS },
	MEMBER(TUNNEL_STARTED, "pptp_start_timestamp_seconds", "when pptp was started, since 1970"),
	MEMBER(TUNNEL_UP_SINCE, "pptp_up_timestamp_seconds", "when the call came up, since 1970"),

	STATS("rx_accepted", "pptp_receive_packets_total"),
	STATS("rx_bytes", "pptp_receive_bytes_total"),
	STATS("rx_lost", "pptp_receive_lost_packets_total"),
	STATS("rx_under_win", "pptp_receive_late_packets_total"),
	STATS("rx_over_win", "pptp_receive_ahead_packets_total"),
	STATS("rx_buffered", "pptp_receive_reordered_packets_total"),
	STATS("rx_os_errors", "pptp_receive_errors_total"),
	STATS("rx_truncated", "pptp_receive_truncated_packets_total"),
	STATS("rx_invalid", "pptp_receive_invalid_packets_total"),
	STATS("rx_wrong_call", "pptp_receive_wrong_call_packets_total"),
	STATS("rx_queue_overflow", "pptp_receive_overflow_packets_total"),
	STATS("rx_acks", "pptp_receive_acknowledgments_total"),
	STATS("rx_resyncs", "pptp_receive_resyncs_total"),
	STATS("reorder_timeout_us", "pptp_reorder_timeout_seconds"),
	STATS("tx_sent", "pptp_transmit_packets_total"),
	STATS("tx_bytes", "pptp_transmit_bytes_total"),
	STATS("tx_failed", "pptp_transmit_failed_packets_total"),
	STATS("tx_short", "pptp_transmit_short_packets_total"),
	STATS("tx_acks", "pptp_transmit_acknowledgments_total"),
	STATS("tx_oversize", "pptp_transmit_oversize_frames_total"),
	STATS("tx_dropped", "pptp_transmit_dropped_frames_total"),
	STATS("tx_window", "pptp_transmit_window_packets"),
	STATS("tx_window_timeouts", "pptp_transmit_window_timeouts_total"),
	{ "pptp_round_trip_seconds", "estimated round-trip time; absent while it is unknown",
	  "rtt_us", FROM_STATS, TUNNEL_MEMBERS },
	STATS("link_rx_frames", "pptp_ppp_receive_frames_total"),
	STATS("link_rx_errors", "pptp_ppp_receive_error_frames_total"),
	STATS("link_tx_dropped", "pptp_ppp_transmit_dropped_frames_total"),

	MEMBER(TUNNEL_INTERFACE_RX_PACKETS, "pptp_interface_receive_packets_total",
	       "packets that the kernel received on the interface, with link kernel"),
	MEMBER(TUNNEL_INTERFACE_RX_OCTETS, "pptp_interface_receive_bytes_total",
	       "octets that the kernel received on the interface, with link kernel"),
	MEMBER(TUNNEL_INTERFACE_TX_PACKETS, "pptp_interface_transmit_packets_total",
	       "packets that the kernel sent on the interface, with link kernel"),
	MEMBER(TUNNEL_INTERFACE_TX_OCTETS, "pptp_interface_transmit_bytes_total",
	       "octets that the kernel sent on the interface, with link kernel"),
};

#define METRICS (sizeof(metrics) / sizeof(metrics[0]))

static bool find_field(const struct tunnel *tunnel, const char *name,
		       struct pptp_stats_field *fieldp)
{
	for (unsigned int i = 0;
	     pptp_stats_get_field(&tunnel->stats, sizeof(tunnel->stats), i, fieldp); i++)
		if (strcmp(fieldp->name, name) == 0)
			return tunnel->stats_known >> i & 1;
	return false;
}

/* Texts are printable ASCII: two octets have a meaning in a label. */
static void print_label(FILE *out, const char *name, const char *text)
{
	fprintf(out, "%s=\"", name);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void begin_sample(FILE *out, const struct metric *metric, const struct tunnel *tunnel)
{
	fprintf(out, "%s{", metric->name);
	print_label(out, "name", tunnel_text(tunnel, TUNNEL_NAME));
}

static void print_info(FILE *out, const struct metric *metric, const struct tunnel *tunnel)
{
	static const struct {
		const char *label;
		enum tunnel_member member;
	} labels[] = {
		{ "server", TUNNEL_SERVER_NAME },   { "address", TUNNEL_SERVER_ADDRESS },
		{ "vendor", TUNNEL_SERVER_VENDOR }, { "link", TUNNEL_LINK },
		{ "interface", TUNNEL_INTERFACE },  { "version", TUNNEL_VERSION },
	};

	begin_sample(out, metric, tunnel);
	for (unsigned int i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		fputc(',', out);
		print_label(out, labels[i].label, tunnel_text(tunnel, labels[i].member));
	}
	fputs("} 1\n", out);
}

static void print_integer(FILE *out, const struct metric *metric, const struct tunnel *tunnel,
			  uint64_t value)
{
	begin_sample(out, metric, tunnel);
	fprintf(out, "} %" PRIu64 "\n", value);
}

static void print_field(FILE *out, const struct metric *metric, const struct tunnel *tunnel)
{
	struct pptp_stats_field field;

	if (!find_field(tunnel, metric->field, &field))
		return;
	if (strcmp(field.unit, "microseconds") != 0) {
		print_integer(out, metric, tunnel, field.value);
		return;
	}
	begin_sample(out, metric, tunnel);
	fprintf(out, "} %" PRIu64 ".%06" PRIu64 "\n", field.value / US_PER_S,
		field.value % US_PER_S);
}

/* The round trip is 0 where it is unknown. */
static bool has_sample(const struct metric *metric, const struct tunnel *tunnel)
{
	struct pptp_stats_field field;

	if (!tunnel_is_readable(tunnel))
		return metric->source == FROM_UP;
	switch (metric->source) {
	case FROM_MEMBER:
		return tunnel_has(tunnel, metric->member);
	case FROM_STATS:
		return find_field(tunnel, metric->field, &field) &&
		       (strcmp(metric->field, "rtt_us") != 0 || field.value > 0);
	default:
		return true;
	}
}

static void print_sample(FILE *out, const struct metric *metric, const struct tunnel *tunnel)
{
	switch (metric->source) {
	case FROM_UP:
		print_integer(out, metric, tunnel, tunnel_is_up(tunnel));
		break;
	case FROM_INFO:
		print_info(out, metric, tunnel);
		break;
	case FROM_MEMBER:
		print_integer(out, metric, tunnel, tunnel_number(tunnel, metric->member));
		break;
	case FROM_STATS:
		print_field(out, metric, tunnel);
		break;
	}
}

static bool is_counter(const struct metric *metric)
{
	static const char ending[] = "_total";
	size_t length = strlen(metric->name);

	return length >= sizeof(ending) &&
	       strcmp(metric->name + length - (sizeof(ending) - 1), ending) == 0;
}

static void print_head(FILE *out, const struct metric *metric, const struct tunnel *tunnel)
{
	struct pptp_stats_field field = { .help = "" };

	if (!metric->help)
		(void)find_field(tunnel, metric->field, &field);
	fprintf(out, "# HELP %s %s\n", metric->name, metric->help ? metric->help : field.help);
	if (!is_counter(metric))
		fprintf(out, "# TYPE %s gauge\n", metric->name);
}

void metrics_print(FILE *out, const struct tunnels *tunnels)
{
	for (unsigned int i = 0; i < METRICS; i++) {
		bool has_head = false;

		for (size_t at = 0; at < tunnels->count; at++) {
			if (!has_sample(&metrics[i], &tunnels->list[at]))
				continue;
			if (!has_head)
				print_head(out, &metrics[i], &tunnels->list[at]);
			has_head = true;
			print_sample(out, &metrics[i], &tunnels->list[at]);
		}
	}
	fputs("# EOF\n", out);
}
