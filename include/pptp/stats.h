/* SPDX-License-Identifier: MIT */
#ifndef PPTP_STATS_H
#define PPTP_STATS_H

/**
 * @file stats.h
 * Counters of one call, 64 bits, cumulative since the call was made.
 */

#include <pptp/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Grows at its end in later versions; functions take its size. */
struct pptp_stats {
	/* the fifteen of pptp(8), in its order */
	uint64_t rx_accepted;  /**< data packets passed to PPP */
	uint64_t rx_lost;      /**< never received, presumed lost */
	uint64_t rx_under_win; /**< duplicates, or too late */
	uint64_t rx_over_win;  /**< too far ahead in the sequence */
	uint64_t rx_buffered;  /**< ahead of sequence: buffered, or (no buffer) accepted at once */
	uint64_t rx_os_errors; /**< errors reading from the GRE socket, in a hub the shared one */
	uint64_t rx_truncated; /**< shorter than the GRE header states */
	uint64_t rx_invalid;   /**< wrong header; a session's socket lets no wrong flags in */
	uint64_t rx_acks;      /**< pure acknowledgments received */
	uint64_t tx_sent;      /**< data packets sent */
	uint64_t tx_failed;    /**< the system reported an error */
	uint64_t tx_short;     /**< the system took only a part */
	uint64_t tx_acks;      /**< pure acknowledgments sent */
	uint64_t tx_oversize;  /**< frames too large to send */
	uint64_t rtt_us;       /**< estimated round-trip time, microseconds; 0 when unknown */

	/* ours */
	uint64_t rx_bytes;      /**< PPP octets passed to PPP */
	uint64_t tx_bytes;      /**< PPP octets sent */
	uint64_t rx_wrong_call; /**< for another call ID; a session's socket lets none in */
	uint64_t
		rx_queue_overflow; /**< packets the kernel dropped at a full GRE socket, likewise */
	uint64_t rx_resyncs;       /**< times the receiver moved to a new place in the sequence */
	uint64_t tx_dropped;       /**< frames dropped at a full window or socket */
	uint64_t link_rx_frames;   /**< good frames from PPP */
	uint64_t link_rx_errors;   /**< bad ones: FCS, aborted, oversize */
	uint64_t link_tx_dropped;  /**< frames dropped because PPP reads too slowly */
	uint64_t reorder_timeout_us; /**< present wait for a missing packet, microseconds */
	uint64_t tx_window;          /**< the acknowledgment window now, packets; 0: no limit */
	uint64_t tx_window_timeouts; /**< times the peer did not acknowledge in time */
};

/** One line of the statistics of pptp(8). */
struct pptp_stats_line {
	const char *name; /**< "rx accepted", in pptp(8)'s order */
	uint64_t value;   /**< in that unit */
	const char *unit; /**< "", or "ms" */
};

/** Number of the classic lines of pptp(8), which come first; the library's own follow. */
#define PPTP_STATS_LINES_CLASSIC 15

/**
 * Line `index` of the statistics, for printing.
 * @param stats  the counters
 * @param size   sizeof(*stats)
 * @param index  0 for the first
 * @param linep  receives the line
 * @return true, or false when index is past the last line
 */
PPTP_API bool pptp_stats_line(const struct pptp_stats *stats, size_t size, unsigned int index,
			      struct pptp_stats_line *linep);

/** How a statistic is to be read. */
enum pptp_stats_kind {
	PPTP_STATS_COUNTER = 1, /**< a sum that only grows */
	PPTP_STATS_GAUGE,       /**< a present value, which may fall */
};

/** A statistic for programs, with what a status page or a metrics exporter needs. */
struct pptp_stats_field {
	const char *name; /**< the member of struct pptp_stats, "rx_accepted"; never changes */
	enum pptp_stats_kind kind; /**< how to read the value */
	const char *unit;          /**< packets, frames, octets, errors, times or microseconds */
	const char *help;          /**< what it counts, without a full stop */
	uint64_t value;            /**< in that unit, not rounded */
};

/**
 * Statistic `index`, in the order of struct pptp_stats, for programs. The strings are constant.
 * @param stats   the counters
 * @param size    sizeof(*stats)
 * @param index   0 for the first
 * @param fieldp  receives the statistic
 * @return true, or false when index is past the last one within `size`
 */
PPTP_API bool pptp_stats_get_field(const struct pptp_stats *stats, size_t size, unsigned int index,
				   struct pptp_stats_field *fieldp);

#ifdef __cplusplus
}
#endif

#endif
