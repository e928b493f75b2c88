/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_STATUS_RIG_H
#define TESTS_UNIT_STATUS_RIG_H

/* The object of a tunnel as text, edited copies of it, and what is printed as a string. */

#include "run_suite.h"

#include <stdio.h>
#include <string.h>

#include "status/tunnels.h"

/* All members, and two of the statistics. */
static const char good_object[] =
	"{\"version\":\"1.0.0\",\"name\":\"office\",\"time\":\"2026-11-28T04:00:00Z\","
	"\"started\":\"2026-11-28T00:00:00Z\","
	"\"processes\":{\"tunnel\":4711,\"keeper\":4710,\"pppd\":4712},"
	"\"phase\":\"up\",\"phase_text\":\"connected\",\"phase_seconds\":725.5,"
	"\"up_since\":\"2026-11-28T00:00:01Z\","
	"\"server\":{\"name\":\"vpn.example.org\",\"address\":\"192.0.2.7\","
	"\"host_name\":\"pptpd\",\"vendor_name\":\"linux\",\"firmware\":1},"
	"\"local_address\":\"198.51.100.4\","
	"\"call\":{\"id\":17,\"peer_id\":128,\"connect_speed\":10000000,\"peer_window\":64},"
	"\"link\":\"pty\",\"terminal\":\"/dev/pts/3\",\"interface\":\"ppp0\",\"mtu\":1400,"
	"\"host_route\":{\"wanted\":true,\"text\":\"host route added\"},"
	"\"gre\":{\"received\":true,\"acknowledged\":false},"
	"\"interface_statistics\":{\"rx_packets\":1,\"rx_octets\":2,\"tx_packets\":3,"
	"\"tx_octets\":4},"
	"\"last_warning\":{\"text\":\"a warning\",\"time\":\"2026-11-28T01:00:00Z\"},"
	"\"failure\":{\"reason\":\"lost\",\"text\":\"it was lost\",\"exit_status\":13,"
	"\"retry\":true},"
	"\"statistics\":{\"rx_accepted\":18446744073709551615,\"rtt_us\":23456}}\n";

#define OBJECT_MAX 4096

/* How many edited copies are kept. */
#define COPIES 32

/* A copy of the object with the first `old` replaced; it must be there. */
static inline const char *edited(const char *object, const char *old, const char *new)
{
	static char copies[COPIES][OBJECT_MAX];
	static unsigned int turn;
	char *copy = copies[turn++ % COPIES];
	const char *at = strstr(object, old);
	char text[OBJECT_MAX];

	ck_assert_msg(at != NULL, "the object has no %s", old);
	ck_assert_uint_lt(strlen(object) + strlen(new), OBJECT_MAX);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - object), object, new, at + strlen(old));
	return memcpy(copy, text, sizeof(text));
}

/* Only what is required. */
static inline const char *least_object(void)
{
	return "{\"version\":\"1\",\"name\":\"x\",\"time\":\"2026-11-28T04:00:00Z\","
	       "\"started\":\"2026-11-28T00:00:00Z\",\"processes\":{\"tunnel\":1},"
	       "\"phase\":\"connecting\",\"phase_text\":\"connecting\",\"phase_seconds\":7,"
	       "\"server\":{\"name\":\"vpn.example.org\"},\"link\":\"pty\","
	       "\"host_route\":{\"wanted\":false},"
	       "\"gre\":{\"received\":false,\"acknowledged\":false}}";
}

static inline bool read_text(struct tunnel *tunnel, const char *object)
{
	return tunnel_read(tunnel, "office", object, strlen(object));
}

/* Everything that a function prints; to be freed. */
struct printed {
	FILE *file;
	char *text;
	size_t size;
};

static inline void begin_printing(struct printed *printed)
{
	printed->file = open_memstream(&printed->text, &printed->size);
	ck_assert_ptr_nonnull(printed->file);
}

static inline const char *end_printing(struct printed *printed)
{
	ck_assert_int_eq(fclose(printed->file), 0);
	return printed->text;
}

#endif
