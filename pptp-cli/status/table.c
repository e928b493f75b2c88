/* SPDX-License-Identifier: MIT */
/* Prints tunnels as a table, a column for each thing that people look at. Called by show.c and watch.c. */
#include "status/table.h"

#include <string.h>

#include <pptp/session.h>

#include "status/units.h"

/* A server's name with its address. */
#define CELL_MAX    300
#define COLUMNS_MAX 16
/* Octets of a warning in a table. */
#define WARNING_SHOWN 200
#define NS_PER_S      1e9
/* Between columns, and before a sentence. */
#define GAP "  "

struct row {
	const struct tunnel *now;
	const struct tunnel *before; /* the same run of pptp earlier, or NULL */
	double seconds;              /* between the two */
};

/* -- counters, of this process or of the interface ------------------------------------------------ */

enum traffic { RX_OCTETS, RX_PACKETS, TX_OCTETS, TX_PACKETS };

static bool count_traffic(const struct tunnel *tunnel, enum traffic traffic, uint64_t *countp)
{
	static const enum tunnel_member of_interface[] = {
		[RX_OCTETS] = TUNNEL_INTERFACE_RX_OCTETS,
		[RX_PACKETS] = TUNNEL_INTERFACE_RX_PACKETS,
		[TX_OCTETS] = TUNNEL_INTERFACE_TX_OCTETS,
		[TX_PACKETS] = TUNNEL_INTERFACE_TX_PACKETS,
	};
	const uint64_t of_process[] = {
		[RX_OCTETS] = tunnel->stats.rx_bytes,
		[RX_PACKETS] = tunnel->stats.rx_accepted,
		[TX_OCTETS] = tunnel->stats.tx_bytes,
		[TX_PACKETS] = tunnel->stats.tx_sent,
	};

	if (tunnel->has_stats)
		*countp = of_process[traffic];
	else if (tunnel_has(tunnel, of_interface[traffic]))
		*countp = tunnel_number(tunnel, of_interface[traffic]);
	else
		return false;
	return true;
}

static void traffic_cell(const struct row *row, enum traffic traffic, char *cell)
{
	uint64_t count;

	if (count_traffic(row->now, traffic, &count))
		unit_octets(cell, count);
}

static void rate_cell(const struct row *row, enum traffic traffic, double factor, char *cell)
{
	uint64_t now, before;

	if (row->before && row->seconds > 0 && count_traffic(row->now, traffic, &now) &&
	    count_traffic(row->before, traffic, &before) && now >= before)
		unit_rate(cell, (double)(now - before) * factor / row->seconds);
}

/* -- columns: each leaves the cell as it is where it does not know --------------------------------- */

static void name_cell(const struct row *row, char *cell)
{
	snprintf(cell, CELL_MAX, "%s", tunnel_text(row->now, TUNNEL_NAME));
}

static void state_cell(const struct row *row, char *cell)
{
	const struct tunnel *tunnel = row->now;

	snprintf(cell, CELL_MAX, "%s",
		 tunnel_is_readable(tunnel)
			 ? pptp_phase_text((enum pptp_phase)tunnel_number(tunnel, TUNNEL_PHASE))
			 : "unreadable");
}

static void up_cell(const struct row *row, char *cell)
{
	if (tunnel_is_up(row->now))
		unit_duration(cell, tunnel_number(row->now, TUNNEL_PHASE_MS));
}

static void server_cell(const struct row *row, char *cell)
{
	const char *name = tunnel_text(row->now, TUNNEL_SERVER_NAME);
	const char *address = tunnel_text(row->now, TUNNEL_SERVER_ADDRESS);

	if (*address && strcmp(name, address) != 0)
		snprintf(cell, CELL_MAX, "%s (%s)", name, address);
	else if (*name)
		snprintf(cell, CELL_MAX, "%s", name);
}

static void interface_cell(const struct row *row, char *cell)
{
	if (tunnel_has(row->now, TUNNEL_INTERFACE))
		snprintf(cell, CELL_MAX, "%s", tunnel_text(row->now, TUNNEL_INTERFACE));
}

static void rx_cell(const struct row *row, char *cell)
{
	traffic_cell(row, RX_OCTETS, cell);
}

static void tx_cell(const struct row *row, char *cell)
{
	traffic_cell(row, TX_OCTETS, cell);
}

static void loss_cell(const struct row *row, char *cell)
{
	const struct pptp_stats *stats = &row->now->stats;

	/* In floating point, where no sum is too large. */
	if (row->now->has_stats)
		unit_percent(cell, (double)stats->rx_lost,
			     (double)stats->rx_accepted + (double)stats->rx_lost);
}

static void reordered_cell(const struct row *row, char *cell)
{
	const struct pptp_stats *stats = &row->now->stats;

	if (row->now->has_stats)
		unit_percent(cell, (double)stats->rx_buffered, (double)stats->rx_accepted);
}

static void rtt_cell(const struct row *row, char *cell)
{
	if (row->now->has_stats && row->now->stats.rtt_us)
		unit_milliseconds(cell, row->now->stats.rtt_us);
}

static void rx_bits_cell(const struct row *row, char *cell)
{
	rate_cell(row, RX_OCTETS, 8, cell);
}

static void rx_packets_cell(const struct row *row, char *cell)
{
	rate_cell(row, RX_PACKETS, 1, cell);
}

static void tx_bits_cell(const struct row *row, char *cell)
{
	rate_cell(row, TX_OCTETS, 8, cell);
}

static void tx_packets_cell(const struct row *row, char *cell)
{
	rate_cell(row, TX_PACKETS, 1, cell);
}

static const struct column {
	const char *head;
	void (*write)(const struct row *row, char *cell); /* CELL_MAX octets */
	bool is_number;                                   /* stands at the right */
	bool is_rate;
} columns[] = {
	{ "NAME", name_cell, false, false },
	{ "STATE", state_cell, false, false },
	{ "UP", up_cell, true, false },
	/* --watch has them within the width of a common terminal. */
	{ "RX bit/s", rx_bits_cell, true, true },
	{ "TX bit/s", tx_bits_cell, true, true },
	{ "RX pkt/s", rx_packets_cell, true, true },
	{ "TX pkt/s", tx_packets_cell, true, true },
	{ "LOSS", loss_cell, true, false },
	{ "RTT", rtt_cell, true, false },
	{ "RX", rx_cell, true, false },
	{ "TX", tx_cell, true, false },
	{ "REORDERED", reordered_cell, true, false },
	{ "INTERFACE", interface_cell, false, false },
	/* The widest, last: nothing is moved out of a window by it. */
	{ "SERVER", server_cell, false, false },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

_Static_assert(COLUMNS <= COLUMNS_MAX, "widths for all columns");

/* -- rows ----------------------------------------------------------------------------------------- */

static void write_cell(const struct column *column, const struct row *row, char cell[CELL_MAX])
{
	snprintf(cell, CELL_MAX, "-");
	column->write(row, cell);
}

/* A run that was started anew counts from zero. */
static struct row make_row(const struct tunnel *tunnel, const struct earlier *earlier)
{
	struct row row = { .now = tunnel };
	const struct tunnel *before;

	if (!earlier)
		return row;
	before = tunnels_find(&earlier->tunnels, tunnel_text(tunnel, TUNNEL_NAME));
	row.seconds = (double)earlier->ns / NS_PER_S;
	if (before &&
	    tunnel_number(before, TUNNEL_PROCESS) == tunnel_number(tunnel, TUNNEL_PROCESS))
		row.before = before;
	return row;
}

static void measure(const struct tunnels *tunnels, const struct earlier *earlier,
		    int widths[COLUMNS_MAX])
{
	char cell[CELL_MAX];

	for (unsigned int i = 0; i < COLUMNS; i++)
		widths[i] = (int)strlen(columns[i].head);
	for (size_t at = 0; at < tunnels->count; at++) {
		const struct row row = make_row(&tunnels->list[at], earlier);

		for (unsigned int i = 0; i < COLUMNS; i++) {
			write_cell(&columns[i], &row, cell);
			if ((int)strlen(cell) > widths[i])
				widths[i] = (int)strlen(cell);
		}
	}
}

/* row: NULL for the heads. */
static void print_row(FILE *out, const struct row *row, const int widths[COLUMNS_MAX], bool rates)
{
	char cell[CELL_MAX];
	const char *gap = "";

	for (unsigned int i = 0; i < COLUMNS; i++) {
		if (columns[i].is_rate && !rates)
			continue;
		if (row)
			write_cell(&columns[i], row, cell);
		else
			snprintf(cell, sizeof(cell), "%s", columns[i].head);
		if (i == COLUMNS - 1)
			fprintf(out, "%s%s", gap, cell);
		else
			fprintf(out, "%s%*s", gap, columns[i].is_number ? widths[i] : -widths[i],
				cell);
		gap = GAP;
	}
	fputc('\n', out);
}

static void print_sentence(FILE *out, const struct tunnel *tunnel)
{
	char since[UNIT_TEXT_MAX];

	if (!tunnel_is_readable(tunnel)) {
		fprintf(out, GAP "cannot be read: %s\n", tunnel->problem);
		return;
	}
	if (tunnel_has(tunnel, TUNNEL_FAILURE_TEXT)) {
		fprintf(out, GAP "%s\n", tunnel_text(tunnel, TUNNEL_FAILURE_TEXT));
		return;
	}
	if (tunnel_is_up(tunnel))
		return;
	unit_duration(since, tunnel_number(tunnel, TUNNEL_PHASE_MS));
	fprintf(out, GAP "%s for %s",
		pptp_phase_text((enum pptp_phase)tunnel_number(tunnel, TUNNEL_PHASE)), since);
	if (tunnel_has(tunnel, TUNNEL_WARNING_TEXT))
		fprintf(out, "; last warning (%s): %.*s", tunnel_text(tunnel, TUNNEL_WARNING_TIME),
			WARNING_SHOWN, tunnel_text(tunnel, TUNNEL_WARNING_TEXT));
	fputc('\n', out);
}

void table_print(FILE *out, const struct tunnels *tunnels, const struct earlier *earlier)
{
	int widths[COLUMNS_MAX];

	if (tunnels->count == 0) {
		fputs("no tunnel is running\n", out);
		return;
	}
	measure(tunnels, earlier, widths);
	print_row(out, NULL, widths, earlier != NULL);
	for (size_t at = 0; at < tunnels->count; at++) {
		const struct row row = make_row(&tunnels->list[at], earlier);

		print_row(out, &row, widths, earlier != NULL);
		print_sentence(out, row.now);
	}
}
