/* SPDX-License-Identifier: MIT */
/* Edits of chap-secrets: the whole text after each, so that no other octet changes. */
#include "run_suite.h"

#include <stdlib.h>
#include <string.h>

#include "setup/secrets.h"
#include "setup/words.h"

static struct secrets from(const char *text)
{
	struct secrets secrets = { malloc(strlen(text) + 1), strlen(text) };

	ck_assert_ptr_nonnull(secrets.text);
	memcpy(secrets.text, text, strlen(text) + 1);
	return secrets;
}

static void expect(struct secrets *secrets, const char *text)
{
	ck_assert_uint_eq(secrets->length, strlen(text));
	if (*text)
		ck_assert_mem_eq(secrets->text, text, strlen(text));
	secrets_clear(secrets);
}

static const struct {
	const char *before;
	const char *secret;
	enum secrets_result result;
	const char *after;
} sets[] = {
	{ "", "pw", SECRETS_CHANGED, "D\\u work pw *\n" },
	{ "# x\na b c\n", "p w", SECRETS_CHANGED, "# x\na b c\nD\\u work \"p w\" *\n" },
	{ "a b c", "pw", SECRETS_CHANGED, "a b c\nD\\u work pw *\n" },
	{ "a b c\nD\\\\u\twork 'pw' * # mine\nd e f", "pw", SECRETS_SAME, NULL },
	{ "a b c\nD\\\\u\twork 'pw' * # mine\nd e f", "new", SECRETS_CHANGED,
	  "a b c\nD\\\\u\twork new * # mine\nd e f" },
	{ "D\\\\u work old\nD\\\\u work other\n", "new", SECRETS_CHANGED,
	  "D\\\\u work new\nD\\\\u work other\n" },
	/* None of these is the line of the two names. */
	{ "D\\u work a *\n", "pw", SECRETS_CHANGED, "D\\u work a *\nD\\u work pw *\n" },
	{ "# D\\\\u work a *\n", "pw", SECRETS_CHANGED, "# D\\\\u work a *\nD\\u work pw *\n" },
	{ "D\\\\u works a *\n", "pw", SECRETS_CHANGED, "D\\\\u works a *\nD\\u work pw *\n" },
	{ "D\\\\u * a\n* work a\nD\\\\u work\n", "pw", SECRETS_CHANGED,
	  "D\\\\u * a\n* work a\nD\\\\u work\nD\\u work pw *\n" },
	{ "a b \"c\nD\\\\u work a *\n\"\n", "pw", SECRETS_CHANGED,
	  "a b \"c\nD\\\\u work a *\n\"\nD\\u work pw *\n" },
	{ "a b \"c\n", "pw", SECRETS_BROKEN, NULL },
	{ "a b 'c\n", "p w", SECRETS_BROKEN, NULL },
	{ "a b c\\\n", "pw", SECRETS_BROKEN, NULL },
};

/* In the table the new line has the user as he is, for reading. */
static void quote_user(const char *text, char *quoted)
{
	const char *at = strstr(text, "D\\u work");
	const char *next;

	while (at && (next = strstr(at + 1, "D\\u work")))
		at = next;
	if (!at) {
		memcpy(quoted, text, strlen(text) + 1);
		return;
	}
	memcpy(quoted, text, (size_t)(at - text));
	quoted += at - text;
	memcpy(quoted, "\"D\\\\u\"", 6);
	memcpy(quoted + 6, at + 3, strlen(at + 3) + 1);
}

START_TEST(setting)
{
	struct secrets secrets = from(sets[_i].before);
	char after[200], found[WORD_MAX + 1] = "";

	ck_assert_int_eq(secrets_set(&secrets, "D\\u", "work", sets[_i].secret), sets[_i].result);
	if (sets[_i].result == SECRETS_BROKEN) {
		secrets_clear(&secrets);
		return;
	}
	ck_assert(secrets_find(&secrets, "D\\u", "work", found));
	ck_assert_str_eq(found, sets[_i].secret);
	ck_assert_int_eq(secrets_set(&secrets, "D\\u", "work", sets[_i].secret), SECRETS_SAME);
	quote_user(sets[_i].after ? sets[_i].after : sets[_i].before, after);
	expect(&secrets, after);
}
END_TEST

static const struct {
	const char *before;
	enum secrets_result result;
	const char *after;
} removals[] = {
	{ "", SECRETS_SAME, "" },
	{ "a b c\nme work pw *\nd e f\n", SECRETS_CHANGED, "a b c\nd e f\n" },
	{ "me work pw", SECRETS_CHANGED, "" },
	{ "# x\n\n  me work \"p\nw\" * # mine\n# y\n", SECRETS_CHANGED, "# x\n\n# y\n" },
	{ "me work a\nx y z\nme \\\n work b\n\n", SECRETS_CHANGED, "x y z\n\n" },
	{ "me home pw\nyou work pw\nme work\n* work pw\n", SECRETS_SAME,
	  "me home pw\nyou work pw\nme work\n* work pw\n" },
};

START_TEST(removing)
{
	struct secrets secrets = from(removals[_i].before);
	char found[WORD_MAX + 1];

	ck_assert_int_eq(secrets_remove(&secrets, "me", "work"), removals[_i].result);
	ck_assert(!secrets_find(&secrets, "me", "work", found));
	expect(&secrets, removals[_i].after);
}
END_TEST

/* What was not written ends as it began, whatever the names. */
START_TEST(setting_and_removing_hostile_names)
{
	static const char *const names[] = {
		"#", "\"", "'",        "\\",           " ",    "\\n",
		"@", "*",  "a\"b'c\\", "\303\244\377", "\t\r", "x y#z"
	};
	static const char before[] = "# secrets\nother \"x y\" 'z#' *\n";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
			struct secrets secrets = from(before);
			char found[WORD_MAX + 1] = "";

			ck_assert_int_eq(secrets_set(&secrets, names[i], "work", names[j]),
					 SECRETS_CHANGED);
			ck_assert(secrets_find(&secrets, names[i], "work", found));
			ck_assert_str_eq(found, names[j]);
			ck_assert_int_eq(secrets_remove(&secrets, names[i], "work"),
					 SECRETS_CHANGED);
			expect(&secrets, before);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("setup_secrets");
	TCase *edits = tcase_create("edits");

	tcase_add_loop_test(edits, setting, 0, (int)(sizeof(sets) / sizeof(sets[0])));
	tcase_add_loop_test(edits, removing, 0, (int)(sizeof(removals) / sizeof(removals[0])));
	tcase_add_test(edits, setting_and_removing_hostile_names);
	suite_add_tcase(suite, edits);
	return run_suite(suite);
}
