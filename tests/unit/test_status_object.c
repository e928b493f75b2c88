/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "status/object.h"

#include <arpa/inet.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "exit_status.h"

#include "run_suite.h"

#define SECOND PPTP_NS_PER_SEC

static const struct log_warning no_warning;
static const struct pptp_event_down no_failure;

static struct status_view connecting(void)
{
	return (struct status_view){
		.name = "work",
		.started = 1000000000,
		.time = 1000000100,
		.now = 500 * SECOND,
		.phase_since = 498 * SECOND + SECOND / 2,
		.tunnel = 4711,
		.terminal = "",
		.interface = "",
		.route_text = "",
		.info = { .phase = PPTP_PHASE_CONNECTING,
			  .server = "vpn.example.org",
			  .host_name = "",
			  .vendor_name = "" },
		.warning = &no_warning,
		.failure = &no_failure,
	};
}

/* The object as the library reads it, which is as strict as it can be. */
static json_object *read_back(const struct status_view *view, size_t *lengthp)
{
	json_tokener *tokener = json_tokener_new();
	json_object *object;
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	status_object_write(view, out);
	ck_assert(fclose(out) == 0);
	ck_assert(length > 0 && text[length - 1] == '\n' && strlen(text) == length);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, text, (int)length);
	ck_assert_msg(object, "%s", text);
	ck_assert(json_object_is_type(object, json_type_object));
	if (lengthp)
		*lengthp = length;
	json_tokener_free(tokener);
	free(text);
	return object;
}

/* A member, by a path of names with '/' between them; NULL: it is not there. */
static json_object *member(json_object *object, const char *path)
{
	char name[64];
	size_t length;

	for (; object && *path; path += length + (path[length] == '/')) {
		length = strcspn(path, "/");
		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		if (!json_object_object_get_ex(object, name, &object))
			return NULL;
	}
	return object;
}

static void has_text(json_object *object, const char *path, const char *wanted)
{
	json_object *found = member(object, path);

	ck_assert_msg(found && json_object_is_type(found, json_type_string), "%s", path);
	ck_assert_str_eq(json_object_get_string(found), wanted);
}

static void has_number(json_object *object, const char *path, uint64_t wanted)
{
	json_object *found = member(object, path);

	ck_assert_msg(found && json_object_is_type(found, json_type_int), "%s", path);
	ck_assert_uint_eq(json_object_get_uint64(found), wanted);
}

START_TEST(what_is_not_known_is_absent)
{
	static const char *const absent[] = { "processes/keeper",
					      "processes/pppd",
					      "up_since",
					      "server/address",
					      "server/vendor_name",
					      "local_address",
					      "call",
					      "mtu",
					      "terminal",
					      "interface",
					      "host_route/text",
					      "statistics",
					      "interface_statistics",
					      "last_warning",
					      "failure" };
	struct status_view view = connecting();
	json_object *object = read_back(&view, NULL);

	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		ck_assert_msg(!member(object, absent[i]), "%s", absent[i]);
	has_text(object, "name", "work");
	has_text(object, "version", pptp_version());
	has_text(object, "time", "2001-09-09T01:48:20Z");
	has_text(object, "started", "2001-09-09T01:46:40Z");
	has_text(object, "phase", "connecting");
	has_text(object, "link", "pty");
	has_number(object, "processes/tunnel", 4711);
	ck_assert(json_object_get_double(member(object, "phase_seconds")) == 1.5);
	ck_assert(!json_object_get_boolean(member(object, "host_route/wanted")));
	json_object_put(object);
}
END_TEST

/* Every counter has its own value, and all 64 bits of it. */
static void fill_statistics(struct pptp_stats *stats)
{
	uint64_t values[sizeof(*stats) / sizeof(uint64_t)];

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		values[i] = UINT64_MAX - i;
	memcpy(stats, values, sizeof(*stats));
}

static struct status_view connected(const struct pptp_stats *stats)
{
	struct status_view view = connecting();

	view.keeper = 4712;
	view.pppd = 4713;
	view.terminal = "/dev/pts/3";
	view.route_wanted = true;
	view.route_text = "host route to 192.0.2.1 added";
	view.stats = stats;
	view.info.phase = PPTP_PHASE_UP;
	view.info.local.s_addr = htonl(0xC0000202);
	view.info.remote.s_addr = htonl(0xC0000201);
	view.info.host_name = "server";
	view.info.vendor_name = "vendor";
	view.info.version = 0x0100;
	view.info.firmware = 7;
	view.info.call_id = 65535;
	view.info.peer_call_id = 1;
	view.info.peer_window = 64;
	view.info.connect_speed = UINT32_MAX;
	view.info.mtu = 1456;
	view.info.up_at = 440 * SECOND;
	view.up_since = 1000000040;
	view.info.gre_heard = true;
	return view;
}

START_TEST(a_call_that_is_up)
{
	struct pptp_stats stats = { 0 };
	struct status_view view = connected(&stats);
	struct pptp_stats_field field;
	json_object *object;
	char path[80];

	fill_statistics(&stats);
	object = read_back(&view, NULL);
	has_text(object, "phase", "up");
	has_text(object, "up_since", "2001-09-09T01:47:20Z");
	has_text(object, "server/name", "vpn.example.org");
	has_text(object, "server/address", "192.0.2.1");
	has_text(object, "server/host_name", "server");
	has_text(object, "server/vendor_name", "vendor");
	has_number(object, "server/firmware", 7);
	has_text(object, "local_address", "192.0.2.2");
	has_number(object, "call/id", 65535);
	has_number(object, "call/peer_id", 1);
	has_number(object, "call/connect_speed", UINT32_MAX);
	has_number(object, "call/peer_window", 64);
	has_number(object, "mtu", 1456);
	has_number(object, "processes/keeper", 4712);
	has_number(object, "processes/pppd", 4713);
	has_text(object, "terminal", "/dev/pts/3");
	has_text(object, "host_route/text", "host route to 192.0.2.1 added");
	ck_assert(json_object_get_boolean(member(object, "gre/received")));
	ck_assert(!json_object_get_boolean(member(object, "gre/acknowledged")));
	for (unsigned int i = 0; pptp_stats_get_field(&stats, sizeof(stats), i, &field); i++) {
		snprintf(path, sizeof(path), "statistics/%s", field.name);
		has_number(object, path, UINT64_MAX - i);
	}
	ck_assert_int_eq(json_object_object_length(member(object, "statistics")),
			 (int)(sizeof(stats) / sizeof(uint64_t)));
	json_object_put(object);
}
END_TEST

START_TEST(the_kernels_data_path)
{
	const struct unit_counters unit = { 1, 2, 3, UINT64_MAX };
	struct status_view view = connected(NULL);
	json_object *object;

	view.info.data_path = PPTP_DATA_PATH_KERNEL;
	view.interface = "ppp0";
	view.unit = &unit;
	object = read_back(&view, NULL);
	has_text(object, "link", "kernel");
	has_text(object, "interface", "ppp0");
	has_number(object, "interface_statistics/rx_octets", 1);
	has_number(object, "interface_statistics/rx_packets", 2);
	has_number(object, "interface_statistics/tx_octets", 3);
	has_number(object, "interface_statistics/tx_packets", UINT64_MAX);
	ck_assert(!member(object, "statistics"));
	json_object_put(object);
}
END_TEST

START_TEST(a_call_that_is_over)
{
	const struct pptp_event_down down = { .reason = PPTP_REASON_CALL_BUSY,
					      .transient = true,
					      .text = "the server is busy" };
	const struct log_warning warning = { "a warning", 1000000050 };
	struct status_view view = connecting();
	json_object *object;

	view.info.phase = PPTP_PHASE_CLOSED;
	view.failure = &down;
	view.warning = &warning;
	object = read_back(&view, NULL);
	has_text(object, "phase", "closed");
	has_text(object, "failure/reason", pptp_reason_text(PPTP_REASON_CALL_BUSY));
	has_text(object, "failure/text", "the server is busy");
	has_number(object, "failure/exit_status", EXIT_STATUS_BUSY);
	ck_assert(json_object_get_boolean(member(object, "failure/retry")));
	has_text(object, "last_warning/text", "a warning");
	has_text(object, "last_warning/time", "2001-09-09T01:47:30Z");
	json_object_put(object);
}
END_TEST

/* Names of the peer, of the caller and of the kernel, each as long as it can be and hostile throughout. */
START_TEST(hostile_texts_of_full_length)
{
	static char long_text[256], name[65], terminal[64], interface[16], octets[256];
	struct log_warning warning = { .time = 1 };
	struct pptp_event_down down = { .reason = PPTP_REASON_PROTOCOL_ERROR };
	const struct unit_counters unit = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
	struct pptp_stats stats = { 0 };
	struct status_view view = connected(&stats);
	json_object *object;
	size_t length;

	memset(long_text, '"', sizeof(long_text) - 1);
	memset(name, '\\', sizeof(name) - 1);
	memset(terminal, '"', sizeof(terminal) - 1);
	memset(interface, '\n', sizeof(interface) - 1);
	for (size_t i = 0; i < sizeof(octets) - 1; i++)
		octets[i] = (char)(i + 1);
	memset(warning.text, '"', sizeof(warning.text) - 1);
	memset(down.text, '"', sizeof(down.text) - 1);
	memset(&stats, 0xFF, sizeof(stats));
	view.name = name;
	view.info.server = long_text;
	view.info.host_name = view.info.vendor_name = name;
	view.terminal = terminal;
	view.interface = interface;
	view.route_text = octets;
	view.unit = &unit;
	view.warning = &warning;
	view.failure = &down;
	object = read_back(&view, &length);
	ck_assert_uint_lt(length, STATUS_OBJECT_MAX);
	has_text(object, "server/name", long_text);
	has_text(object, "server/vendor_name", name);
	has_text(object, "interface", interface);
	json_object_put(object);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("status_object");
	TCase *tc = tcase_create("object");

	tcase_add_test(tc, what_is_not_known_is_absent);
	tcase_add_test(tc, a_call_that_is_up);
	tcase_add_test(tc, the_kernels_data_path);
	tcase_add_test(tc, a_call_that_is_over);
	tcase_add_test(tc, hostile_texts_of_full_length);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
