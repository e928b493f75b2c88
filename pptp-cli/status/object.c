/* SPDX-License-Identifier: MIT */
/*
 * The JSON object that a tunnel's status socket returns: what docs/status.schema.json says, from a view
 * that own.c fills. It reads no clock and no descriptor. Called by own.c.
 */
#include "status/object.h"

#include <arpa/inet.h>

#include "exit_status.h"
#include "json.h"

static const char *phase_name(enum pptp_phase phase)
{
	static const char *const names[] = {
		[PPTP_PHASE_NEW] = "new",
		[PPTP_PHASE_RESOLVING] = "resolving",
		[PPTP_PHASE_CONNECTING] = "connecting",
		[PPTP_PHASE_STARTING] = "starting",
		[PPTP_PHASE_CALLING] = "calling",
		[PPTP_PHASE_UP] = "up",
		[PPTP_PHASE_ENDING] = "ending",
		[PPTP_PHASE_CLOSED] = "closed",
	};

	return names[phase];
}

static void write_time(struct json *json, const char *name, time_t when)
{
	char text[32];
	struct tm tm = { 0 };

	gmtime_r(&when, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	json_string(json, name, text);
}

static void write_address(struct json *json, const char *name, struct in_addr address)
{
	char text[INET_ADDRSTRLEN];

	if (address.s_addr != htonl(INADDR_ANY))
		json_string(json, name, inet_ntop(AF_INET, &address, text, sizeof(text)));
}

/* 0: none. */
static void write_process(struct json *json, const char *name, pid_t pid)
{
	if (pid > 0)
		json_unsigned(json, name, (uint64_t)pid);
}

static void write_known(struct json *json, const char *name, const char *text)
{
	if (*text)
		json_string(json, name, text);
}

static void write_processes(struct json *json, const struct status_view *view)
{
	json_begin(json, "processes", '{');
	write_process(json, "tunnel", view->tunnel);
	write_process(json, "keeper", view->keeper);
	write_process(json, "pppd", view->pppd);
	json_end(json, '}');
}

static void write_phase(struct json *json, const struct status_view *view)
{
	const struct pptp_session_info *info = &view->info;

	json_string(json, "phase", phase_name(info->phase));
	json_string(json, "phase_text", pptp_phase_text(info->phase));
	json_thousandths(json, "phase_seconds", (view->now - view->phase_since) / PPTP_NS_PER_MS);
	if (view->up_since)
		write_time(json, "up_since", view->up_since);
}

static void write_server(struct json *json, const struct pptp_session_info *info)
{
	json_begin(json, "server", '{');
	json_string(json, "name", info->server);
	write_address(json, "address", info->remote);
	if (info->version) {
		json_string(json, "host_name", info->host_name);
		json_string(json, "vendor_name", info->vendor_name);
		json_unsigned(json, "firmware", info->firmware);
	}
	json_end(json, '}');
	write_address(json, "local_address", info->local);
}

static void write_call(struct json *json, const struct pptp_session_info *info)
{
	if (!info->up_at)
		return;
	json_begin(json, "call", '{');
	json_unsigned(json, "id", info->call_id);
	json_unsigned(json, "peer_id", info->peer_call_id);
	json_unsigned(json, "connect_speed", info->connect_speed);
	json_unsigned(json, "peer_window", info->peer_window);
	json_end(json, '}');
	json_unsigned(json, "mtu", info->mtu);
}

static void write_path(struct json *json, const struct status_view *view)
{
	json_string(json, "link", view->info.data_path == PPTP_DATA_PATH_KERNEL ? "kernel" : "pty");
	write_known(json, "terminal", view->terminal);
	write_known(json, "interface", view->interface);
	json_begin(json, "host_route", '{');
	json_boolean(json, "wanted", view->route_wanted);
	write_known(json, "text", view->route_text);
	json_end(json, '}');
	json_begin(json, "gre", '{');
	json_boolean(json, "received", view->info.gre_heard);
	json_boolean(json, "acknowledged", view->info.gre_acked);
	json_end(json, '}');
}

static void write_statistics(struct json *json, const struct pptp_stats *stats)
{
	struct pptp_stats_field field;

	if (!stats)
		return;
	json_begin(json, "statistics", '{');
	for (unsigned int i = 0; pptp_stats_get_field(stats, sizeof(*stats), i, &field); i++)
		json_unsigned(json, field.name, field.value);
	json_end(json, '}');
}

static void write_unit(struct json *json, const struct unit_counters *unit)
{
	if (!unit)
		return;
	json_begin(json, "interface_statistics", '{');
	json_unsigned(json, "rx_packets", unit->rx_packets);
	json_unsigned(json, "rx_octets", unit->rx_octets);
	json_unsigned(json, "tx_packets", unit->tx_packets);
	json_unsigned(json, "tx_octets", unit->tx_octets);
	json_end(json, '}');
}

static void write_troubles(struct json *json, const struct status_view *view)
{
	const struct pptp_event_down *failure = view->failure;

	if (*view->warning->text) {
		json_begin(json, "last_warning", '{');
		json_string(json, "text", view->warning->text);
		write_time(json, "time", view->warning->time);
		json_end(json, '}');
	}
	if (failure->reason == PPTP_REASON_NONE)
		return;
	json_begin(json, "failure", '{');
	json_string(json, "reason", pptp_reason_text(failure->reason));
	json_string(json, "text", failure->text);
	json_unsigned(json, "exit_status", (uint64_t)exit_status_of_reason(failure->reason));
	json_boolean(json, "retry", failure->transient);
	json_end(json, '}');
}

void status_object_write(const struct status_view *view, FILE *out)
{
	struct json json = { .out = out };

	json_begin(&json, NULL, '{');
	json_string(&json, "version", pptp_version());
	json_string(&json, "name", view->name);
	write_time(&json, "time", view->time);
	write_time(&json, "started", view->started);
	write_processes(&json, view);
	write_phase(&json, view);
	write_server(&json, &view->info);
	write_call(&json, &view->info);
	write_path(&json, view);
	write_statistics(&json, view->stats);
	write_unit(&json, view->unit);
	write_troubles(&json, view);
	json_end(&json, '}');
	fputc('\n', out);
}
