/* SPDX-License-Identifier: MIT */
/*
 * The names, order and units of the counters: as pptp(8) prints them, for pptp_stats_line(), and for
 * programs, for pptp_stats_get_field().
 * Nothing is counted here: tunnel.c, reorder.c and session/data_path_call.c fill struct pptp_stats.
 * Called by pptp-cli/statistics.c and embedders.
 */
#include <pptp/stats.h>

#include <string.h>

#define MEMBER(name) offsetof(struct pptp_stats, name)

#define ROW(text, member, kind, unit, help)                                                        \
	{                                                                                          \
		text, #member, unit, help, MEMBER(member), kind                                    \
	}
#define COUNTER PPTP_STATS_COUNTER
#define GAUGE   PPTP_STATS_GAUGE

struct stats_entry {
	const char *text; /* of pptp(8) */
	const char *name;
	const char *unit;
	const char *help;
	size_t offset;
	enum pptp_stats_kind kind;
};

/* The first fifteen are pptp(8)'s, in its order and spelling, two spaces included. */
static const struct stats_entry entries[] = {
	ROW("rx accepted", rx_accepted, COUNTER, "packets", "data packets passed to PPP"),
	ROW("rx lost", rx_lost, COUNTER, "packets", "data packets never received, presumed lost"),
	ROW("rx under win", rx_under_win, COUNTER, "packets",
	    "packets that were duplicates or came too late"),
	ROW("rx over  win", rx_over_win, COUNTER, "packets",
	    "packets too far ahead in the sequence"),
	ROW("rx buffered", rx_buffered, COUNTER, "packets",
	    "packets ahead of sequence: buffered, or without a buffer accepted at once"),
	ROW("rx OS errors", rx_os_errors, COUNTER, "errors", "errors reading from the GRE socket"),
	ROW("rx truncated", rx_truncated, COUNTER, "packets",
	    "packets shorter than the GRE header states"),
	ROW("rx invalid", rx_invalid, COUNTER, "packets", "packets with a wrong GRE header"),
	ROW("rx acks", rx_acks, COUNTER, "packets", "pure acknowledgments received"),
	ROW("tx sent", tx_sent, COUNTER, "packets", "data packets sent"),
	ROW("tx failed", tx_failed, COUNTER, "packets",
	    "packets not sent: the system reported an error"),
	ROW("tx short", tx_short, COUNTER, "packets",
	    "packets of which the system took only a part"),
	ROW("tx acks", tx_acks, COUNTER, "packets", "pure acknowledgments sent"),
	ROW("tx oversize", tx_oversize, COUNTER, "frames", "frames too large to send"),
	ROW("round trip", rtt_us, GAUGE, "microseconds",
	    "estimated round-trip time; 0 when unknown"),

	ROW("rx bytes", rx_bytes, COUNTER, "octets", "PPP octets passed to PPP"),
	ROW("tx bytes", tx_bytes, COUNTER, "octets", "PPP octets sent"),
	ROW("rx wrong call", rx_wrong_call, COUNTER, "packets", "packets for another Call ID"),
	ROW("rx overflow", rx_queue_overflow, COUNTER, "packets",
	    "packets dropped by the kernel at a full GRE socket"),
	ROW("rx resyncs", rx_resyncs, COUNTER, "times",
	    "moves of the receiver to a new place in the sequence"),
	ROW("tx dropped", tx_dropped, COUNTER, "frames",
	    "frames dropped at a full window or socket"),
	ROW("ppp rx frames", link_rx_frames, COUNTER, "frames", "good frames from PPP"),
	ROW("ppp rx errors", link_rx_errors, COUNTER, "frames",
	    "bad frames from PPP: FCS, aborted, oversize"),
	ROW("ppp tx dropped", link_tx_dropped, COUNTER, "frames",
	    "frames dropped because PPP reads too slowly"),
	ROW("reorder timeout", reorder_timeout_us, GAUGE, "microseconds",
	    "present wait for a missing packet"),
	ROW("tx window", tx_window, GAUGE, "packets", "the acknowledgment window now; 0: no limit"),
	ROW("tx timeouts", tx_window_timeouts, COUNTER, "times",
	    "waits for an acknowledgment that did not come in time"),
};

#define ENTRIES (sizeof(entries) / sizeof(entries[0]))

_Static_assert(ENTRIES == sizeof(struct pptp_stats) / sizeof(uint64_t), "a line for each counter");

/* NULL past the last one that counters of this size have. */
static const struct stats_entry *find_entry(const struct pptp_stats *stats, size_t size,
					    unsigned int index, uint64_t *valuep)
{
	if (index >= ENTRIES || entries[index].offset + sizeof(*valuep) > size)
		return NULL;
	memcpy(valuep, (const char *)stats + entries[index].offset, sizeof(*valuep));
	return &entries[index];
}

bool pptp_stats_get_field(const struct pptp_stats *stats, size_t size, unsigned int index,
			  struct pptp_stats_field *fieldp)
{
	const struct stats_entry *entry = find_entry(stats, size, index, &fieldp->value);

	if (!entry)
		return false;
	fieldp->name = entry->name;
	fieldp->kind = entry->kind;
	fieldp->unit = entry->unit;
	fieldp->help = entry->help;
	return true;
}

bool pptp_stats_line(const struct pptp_stats *stats, size_t size, unsigned int index,
		     struct pptp_stats_line *linep)
{
	const struct stats_entry *entry = find_entry(stats, size, index, &linep->value);

	if (!entry)
		return false;
	linep->name = entry->text;
	linep->unit = "";
	if (entry->offset == MEMBER(rtt_us) || entry->offset == MEMBER(reorder_timeout_us)) {
		linep->value = (linep->value + 500) / 1000;
		linep->unit = "ms";
	}
	return true;
}
