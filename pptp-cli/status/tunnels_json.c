/* SPDX-License-Identifier: MIT */
/*
 * Prints tunnels as JSON by the table of members.c: what the schema does not know is not passed on, and
 * texts stay printable. Called by show.c.
 */
#include "status/tunnels_json.h"

#include <string.h>

#include "json.h"
#include "status/members.h"

static void print_value(struct json *json, const struct member *member,
			const struct tunnel_value *value)
{
	switch (member->kind) {
	case MEMBER_NUMBER:
		json_unsigned(json, member->name, value->number);
		break;
	case MEMBER_SECONDS:
		json_thousandths(json, member->name, value->number);
		break;
	case MEMBER_BOOL:
		json_boolean(json, member->name, value->number != 0);
		break;
	default:
		json_string(json, member->name, value->text);
		break;
	}
}

static bool is_other_group(const char *left, const char *right)
{
	return left != right && (!left || !right || strcmp(left, right) != 0);
}

static void print_members(struct json *json, const struct tunnel *tunnel)
{
	const char *group = NULL;

	for (unsigned int id = 0; id < TUNNEL_MEMBERS; id++) {
		const struct member *member = &tunnel_members[id];

		if (!tunnel->values[id].known)
			continue;
		if (is_other_group(group, member->group)) {
			if (group)
				json_end(json, '}');
			if (member->group)
				json_begin(json, member->group, '{');
			group = member->group;
		}
		print_value(json, member, &tunnel->values[id]);
	}
	if (group)
		json_end(json, '}');
}

static void print_statistics(struct json *json, const struct tunnel *tunnel)
{
	struct pptp_stats_field field;

	if (!tunnel->has_stats)
		return;
	json_begin(json, "statistics", '{');
	for (unsigned int i = 0;
	     pptp_stats_get_field(&tunnel->stats, sizeof(tunnel->stats), i, &field); i++)
		if (tunnel->stats_known >> i & 1)
			json_unsigned(json, field.name, field.value);
	json_end(json, '}');
}

static bool print_unreadable(struct json *json, const struct tunnels *tunnels)
{
	bool any = false;

	for (size_t i = 0; i < tunnels->count; i++) {
		const struct tunnel *tunnel = &tunnels->list[i];

		if (tunnel_is_readable(tunnel))
			continue;
		if (!any)
			json_begin(json, "unreadable", '[');
		any = true;
		json_begin(json, NULL, '{');
		json_string(json, "name", tunnel_text(tunnel, TUNNEL_NAME));
		json_string(json, "text", tunnel->problem);
		json_end(json, '}');
	}
	return any;
}

void tunnels_print_json(FILE *out, const struct tunnels *tunnels)
{
	struct json json = { .out = out };

	json_begin(&json, NULL, '{');
	json_begin(&json, "tunnels", '[');
	for (size_t i = 0; i < tunnels->count; i++) {
		if (!tunnel_is_readable(&tunnels->list[i]))
			continue;
		json_begin(&json, NULL, '{');
		print_members(&json, &tunnels->list[i]);
		print_statistics(&json, &tunnels->list[i]);
		json_end(&json, '}');
	}
	json_end(&json, ']');
	if (print_unreadable(&json, tunnels))
		json_end(&json, ']');
	json_end(&json, '}');
	fputc('\n', out);
}
