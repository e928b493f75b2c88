/* SPDX-License-Identifier: MIT */
/*
 * The names, order and units of the counters, as pptp(8) prints them, for pptp_stats_line().
 * Nothing is counted here: tunnel.c, reorder.c and session/data_path_call.c fill struct pptp_stats.
 * Called by pptp-cli/statistics.c and embedders.
 */
#include <pptp/stats.h>

#include <string.h>

#define MEMBER(name) offsetof(struct pptp_stats, name)

struct stats_entry {
	const char *name;
	size_t offset;
};

/* The first fifteen are pptp(8)'s, in its order and spelling, two spaces included. */
static const struct stats_entry entries[] = {
	{ "rx accepted", MEMBER(rx_accepted) },
	{ "rx lost", MEMBER(rx_lost) },
	{ "rx under win", MEMBER(rx_under_win) },
	{ "rx over  win", MEMBER(rx_over_win) },
	{ "rx buffered", MEMBER(rx_buffered) },
	{ "rx OS errors", MEMBER(rx_os_errors) },
	{ "rx truncated", MEMBER(rx_truncated) },
	{ "rx invalid", MEMBER(rx_invalid) },
	{ "rx acks", MEMBER(rx_acks) },
	{ "tx sent", MEMBER(tx_sent) },
	{ "tx failed", MEMBER(tx_failed) },
	{ "tx short", MEMBER(tx_short) },
	{ "tx acks", MEMBER(tx_acks) },
	{ "tx oversize", MEMBER(tx_oversize) },
	{ "round trip", MEMBER(rtt_us) },

	{ "rx bytes", MEMBER(rx_bytes) },
	{ "tx bytes", MEMBER(tx_bytes) },
	{ "rx wrong call", MEMBER(rx_wrong_call) },
	{ "rx overflow", MEMBER(rx_queue_overflow) },
	{ "rx resyncs", MEMBER(rx_resyncs) },
	{ "tx dropped", MEMBER(tx_dropped) },
	{ "ppp rx frames", MEMBER(link_rx_frames) },
	{ "ppp rx errors", MEMBER(link_rx_errors) },
	{ "ppp tx dropped", MEMBER(link_tx_dropped) },
	{ "reorder timeout", MEMBER(reorder_timeout_us) },
	{ "tx window", MEMBER(tx_window) },
	{ "tx timeouts", MEMBER(tx_window_timeouts) },
};

#define ENTRIES (sizeof(entries) / sizeof(entries[0]))

_Static_assert(ENTRIES == sizeof(struct pptp_stats) / sizeof(uint64_t), "a line for each counter");

bool pptp_stats_line(const struct pptp_stats *stats, size_t size, unsigned int index,
		     struct pptp_stats_line *linep)
{
	const struct stats_entry *entry;

	if (index >= ENTRIES)
		return false;
	entry = &entries[index];
	if (entry->offset + sizeof(uint64_t) > size)
		return false;
	linep->name = entry->name;
	memcpy(&linep->value, (const char *)stats + entry->offset, sizeof(linep->value));
	linep->unit = "";
	if (entry->offset == MEMBER(rtt_us) || entry->offset == MEMBER(reorder_timeout_us)) {
		linep->value = (linep->value + 500) / 1000;
		linep->unit = "ms";
	}
	return true;
}
