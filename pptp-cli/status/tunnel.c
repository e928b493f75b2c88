/* SPDX-License-Identifier: MIT */
/*
 * Reads the object of one tunnel (json-c), by the table of members.c. What does not agree with the table
 * makes the tunnel unreadable; members that are not in it are left out. Called by tunnels.c, which has
 * dropped its privileges.
 */
#define _GNU_SOURCE
#include "status/tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <json-c/json_object.h>
#include <json-c/json_tokener.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pptp/session.h>

#include "printable.h"
#include "status/members.h"

/* An object in an object; more for later versions. */
#define DEPTH_MAX 8
/* Of a time in a phase: thousands of years, which milliseconds hold. */
#define SECONDS_MAX 1e12
#define MS_PER_S    1000
#define TIME_FORM   "0000-00-00T00:00:00Z"

_Static_assert(sizeof(struct pptp_stats) / sizeof(uint64_t) <= 64, "a bit for each field");

bool tunnel_is_up(const struct tunnel *tunnel)
{
	return tunnel_is_readable(tunnel) && tunnel_number(tunnel, TUNNEL_PHASE) == PPTP_PHASE_UP;
}

/* -- values: 0, -EINVAL or -ENOMEM ---------------------------------------------------------------- */

static int keep_text(struct tunnel_value *value, const char *text, size_t max)
{
	char *copy = strndup(text, max);

	if (!copy)
		return -ENOMEM;
	make_printable(copy);
	free(value->text);
	value->text = copy;
	value->known = true;
	return 0;
}

/* Each digit is one, and all else is the same. */
static bool has_form_of_time(const char *text)
{
	const char *form = TIME_FORM;

	if (strlen(text) != strlen(form))
		return false;
	for (; *form; form++, text++)
		if (*form == '0' ? *text < '0' || *text > '9' : *text != *form)
			return false;
	return true;
}

static int read_time(struct tunnel_value *value, const char *text)
{
	struct tm tm = { 0 };
	time_t seconds;

	if (!has_form_of_time(text) || !strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm))
		return -EINVAL;
	seconds = timegm(&tm);
	if (seconds < 0)
		return -EINVAL;
	value->number = (uint64_t)seconds;
	return keep_text(value, text, strlen(text));
}

static int read_address(struct tunnel_value *value, const char *text)
{
	struct in_addr address;

	return inet_pton(AF_INET, text, &address) == 1 ? keep_text(value, text, strlen(text))
						       : -EINVAL;
}

static int read_choice(struct tunnel_value *value, const char *const *words, const char *text)
{
	for (value->number = 0; words[value->number]; value->number++)
		if (strcmp(words[value->number], text) == 0)
			return keep_text(value, text, strlen(text));
	return -EINVAL;
}

static int read_string(struct tunnel_value *value, const struct member *member,
		       struct json_object *json)
{
	const char *text;

	if (!json_object_is_type(json, json_type_string))
		return -EINVAL;
	text = json_object_get_string(json);
	switch (member->kind) {
	case MEMBER_TIME:
		return read_time(value, text);
	case MEMBER_ADDRESS:
		return read_address(value, text);
	case MEMBER_CHOICE:
		return read_choice(value, member->words, text);
	default:
		return keep_text(value, text, member->max);
	}
}

/* Above 2^64 - 1 json-c before 0.18 gives that, and later ones take the object for no JSON. */
static int read_number(uint64_t *numberp, uint64_t min, uint64_t max, struct json_object *json)
{
	if (!json_object_is_type(json, json_type_int) || json_object_get_int64(json) < 0)
		return -EINVAL;
	*numberp = json_object_get_uint64(json);
	return *numberp < min || *numberp > max ? -EINVAL : 0;
}

static int read_seconds(uint64_t *numberp, struct json_object *json)
{
	double seconds = json_object_get_double(json);

	if (!json_object_is_type(json, json_type_double) &&
	    !json_object_is_type(json, json_type_int))
		return -EINVAL;
	/* Neither is NaN. */
	if (!(seconds >= 0 && seconds <= SECONDS_MAX))
		return -EINVAL;
	*numberp = (uint64_t)(seconds * MS_PER_S + 0.5);
	return 0;
}

static int read_value(struct tunnel_value *value, const struct member *member,
		      struct json_object *json)
{
	int err = 0;

	switch (member->kind) {
	case MEMBER_NUMBER:
		err = read_number(&value->number, member->min, member->max, json);
		break;
	case MEMBER_SECONDS:
		err = read_seconds(&value->number, json);
		break;
	case MEMBER_BOOL:
		if (!json_object_is_type(json, json_type_boolean))
			return -EINVAL;
		value->number = json_object_get_boolean(json) ? 1 : 0;
		break;
	default:
		return read_string(value, member, json);
	}
	value->known = err == 0;
	return err;
}

/* -- the object --------------------------------------------------------------------------------- */

static bool __attribute__((format(printf, 2, 3)))
unreadable(struct tunnel *tunnel, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(tunnel->problem, sizeof(tunnel->problem), format, args);
	va_end(args);
	make_printable(tunnel->problem);
	return false;
}

static bool wrong_member(struct tunnel *tunnel, const char *group, const char *name, int err)
{
	if (err == -ENOMEM)
		return unreadable(tunnel, "%s", pptp_strerror(err));
	return unreadable(tunnel, "\"%s%s%s\" in its answer %s", group ? group : "",
			  group ? "." : "", name,
			  err == -ENOENT ? "is missing" : "has a value that is not allowed");
}

static bool read_member(struct tunnel *tunnel, enum tunnel_member id, struct json_object *root)
{
	const struct member *member = &tunnel_members[id];
	struct json_object *object = root, *json;
	bool needed = member->need == MEMBER_REQUIRED;
	int err;

	if (member->group) {
		if (!json_object_object_get_ex(root, member->group, &object))
			return needed ? wrong_member(tunnel, NULL, member->group, -ENOENT) : true;
		if (!json_object_is_type(object, json_type_object))
			return wrong_member(tunnel, NULL, member->group, -EINVAL);
		needed = member->need != MEMBER_OPTIONAL;
	}
	if (!json_object_object_get_ex(object, member->name, &json))
		return needed ? wrong_member(tunnel, member->group, member->name, -ENOENT) : true;
	err = read_value(&tunnel->values[id], member, json);
	return err ? wrong_member(tunnel, member->group, member->name, err) : true;
}

static bool read_statistics(struct tunnel *tunnel, struct json_object *root)
{
	struct pptp_stats_field field;
	struct json_object *object, *json;
	uint64_t value;

	if (!json_object_object_get_ex(root, "statistics", &object))
		return true;
	if (!json_object_is_type(object, json_type_object))
		return wrong_member(tunnel, NULL, "statistics", -EINVAL);
	tunnel->has_stats = true;
	for (unsigned int i = 0;
	     pptp_stats_get_field(&tunnel->stats, sizeof(tunnel->stats), i, &field); i++) {
		if (!json_object_object_get_ex(object, field.name, &json))
			continue;
		if (read_number(&value, 0, UINT64_MAX, json) < 0)
			return wrong_member(tunnel, "statistics", field.name, -EINVAL);
		/* The fields are in the order of the structure. */
		memcpy((char *)&tunnel->stats + i * sizeof(value), &value, sizeof(value));
		tunnel->stats_known |= UINT64_C(1) << i;
	}
	return true;
}

static bool read_object(struct tunnel *tunnel, const char *name, struct json_object *root)
{
	if (!json_object_is_type(root, json_type_object))
		return unreadable(tunnel, "its answer is no JSON object");
	for (unsigned int id = 0; id < TUNNEL_MEMBERS; id++)
		if (!read_member(tunnel, (enum tunnel_member)id, root))
			return false;
	if (!read_statistics(tunnel, root))
		return false;
	/* The file's name counts, which the process could not choose again. */
	if (!tunnel_set_text(tunnel, TUNNEL_NAME, name))
		return wrong_member(tunnel, NULL, "name", -ENOMEM);
	return true;
}

/* NULL: the tunnel is unreadable. */
static struct json_object *parse(struct tunnel *tunnel, const char *octets, size_t size)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *root;
	enum json_tokener_error error;

	if (!tokener) {
		unreadable(tunnel, "%s", pptp_strerror(-ENOMEM));
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	root = json_tokener_parse_ex(tokener, octets, (int)size);
	error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue)
		unreadable(tunnel, "its answer is cut short, or no object");
	else if (error != json_tokener_success)
		unreadable(tunnel, "its answer is no JSON: %s", json_tokener_error_desc(error));
	else if (json_tokener_get_parse_end(tokener) != size)
		unreadable(tunnel, "its answer is no JSON: it contains octets of value 0");
	else if (!root)
		unreadable(tunnel, "its answer is no JSON object");
	if (!tunnel_is_readable(tunnel)) {
		json_object_put(root);
		root = NULL;
	}
	json_tokener_free(tokener);
	return root;
}

bool tunnel_read(struct tunnel *tunnel, const char *name, const char *octets, size_t size)
{
	struct json_object *root;
	char problem[TUNNEL_PROBLEM_MAX];

	*tunnel = (struct tunnel){ 0 };
	root = parse(tunnel, octets, size);
	if (root && read_object(tunnel, name, root)) {
		json_object_put(root);
		return true;
	}
	json_object_put(root);
	memcpy(problem, tunnel->problem, sizeof(problem));
	tunnel_clear(tunnel);
	tunnel_set_unreadable(tunnel, name, problem);
	return false;
}

bool tunnel_set_text(struct tunnel *tunnel, enum tunnel_member member, const char *text)
{
	return !text || keep_text(&tunnel->values[member], text, strlen(text)) == 0;
}

void tunnel_set_unreadable(struct tunnel *tunnel, const char *name, const char *problem)
{
	*tunnel = (struct tunnel){ 0 };
	(void)tunnel_set_text(tunnel, TUNNEL_NAME, name);
	unreadable(tunnel, "%s", problem);
}

void tunnel_clear(struct tunnel *tunnel)
{
	for (unsigned int id = 0; id < TUNNEL_MEMBERS; id++)
		free(tunnel->values[id].text);
	*tunnel = (struct tunnel){ 0 };
}
